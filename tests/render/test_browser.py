"""The report in a real browser, at desk and phone widths: only the boxes made for it scroll sideways."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from armslength.model.comparison import Comparison
from armslength.render.report import report_html

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--virtual-time-budget=2000",
)
# A frame can be as narrow as a phone; a browser's own window cannot. The page under test says how wide it is,
# how wide its content is, what outside a scrolling box sticks out of it, and how many chart texts are tiny.
PROBE = """
<script>
addEventListener("load", () => {
  const d = document.documentElement;
  const all = s => [...document.querySelectorAll(s)];
  const out = all("body *").filter(e => !e.closest(".scroll, .skip, .patterns")
    && e.getBoundingClientRect().right > d.clientWidth + 0.5);
  const small = all("svg text").filter(e => parseFloat(getComputedStyle(e).fontSize) < 10);
  parent.postMessage({frame: innerWidth, width: d.clientWidth, content: d.scrollWidth, small: small.length,
    out: out.map(e => e.tagName + "." + e.getAttribute("class") + ":" + e.textContent.slice(0, 30))}, "*");
});
</script>
"""
FRAME = """<!doctype html><pre id="found"></pre>
<script>addEventListener("message", m => {
  document.getElementById("found").textContent += JSON.stringify(m.data) + "\\n"; });</script>
"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed here, so no page can be looked at"),
]


def look(pages: dict[str, str], widths: tuple[int, ...], folder: Path) -> list[dict[str, object]]:
    """Loads each page in a frame of each width, in one start of the browser, and returns what they found."""
    frames = ""
    for name, page in pages.items():
        (folder / f"{name}.html").write_text(page.replace("</body>", PROBE + "</body>"), encoding="utf-8")
        for width in widths:
            frames += f'<iframe src="{name}.html" width="{width}" height="900"></iframe>'
    outer = folder / "frame.html"
    outer.write_text(FRAME + frames, encoding="utf-8")
    assert BROWSER is not None
    done = subprocess.run(
        [BROWSER, *QUIET, f"--user-data-dir={folder / 'profile'}", "--dump-dom", outer.as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stdout[:500]
    return [json.loads(line) for line in unescape(found.group(1)).split("\n") if line]


def long_names(comparison: Comparison) -> Comparison:
    """The comparison with names that want to break the layout."""
    name = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    case = comparison.case
    organisations = tuple(o.model_copy(update={"name": f"{name} {o.id}"}) for o in case.organisations)
    sites = tuple(s.model_copy(update={"name": name}) for s in case.sites)
    workloads = tuple(w.model_copy(update={"name": name}) for w in case.workloads)
    agreements = tuple(a.model_copy(update={"name": name}) for a in case.agreements)
    update = {
        "organisations": organisations,
        "sites": sites,
        "workloads": workloads,
        "agreements": agreements,
        "title": name,
    }
    return comparison.model_copy(update={"case": case.model_copy(update=update)})


def test_no_page_scrolls_sideways(swap: Comparison, tmp_path: Path) -> None:
    pages = {"swap": report_html(swap), "long": report_html(long_names(swap))}
    found = look(pages, (390, 768, 1280), tmp_path)
    assert len(found) == 6
    assert {page["frame"] for page in found} == {390, 768, 1280}
    for page in found:
        assert page["content"] == page["width"], page
        assert page["out"] == [], page
        assert page["small"] == 0
