"""What every test may use: golden files, a real browser, recorded data, and one Hypothesis profile."""

import difflib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

PROJECT = Path(__file__).resolve().parents[1]
GOLDEN = Path(__file__).resolve().parent / "golden"
DIFF_LINES_SHOWN = 80
# In the order tried; ARMSLENGTH_CHROMIUM names another one.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless_shell")

# The same examples on every machine. `--hypothesis-profile long` looks further, and differently each time.
settings.register_profile("house", derandomize=True, deadline=None, max_examples=50, print_blob=True)
settings.register_profile("long", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--accept",
        action="store_true",
        help="rewrite the golden files which differ, instead of failing; the diff is then what is reviewed",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks whatever uses the browser, so that `-m "not browser"` leaves it out."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Returns a function that compares a text with the file ``tests/golden/<path>``.

    Under ``--accept`` a file that differs or is missing is written instead.
    """
    accept = bool(request.config.getoption("--accept"))

    def compare(path: str, text: str) -> None:
        problem = settle_golden(GOLDEN, path, text, accept=accept)
        if problem:
            pytest.fail(problem, pytrace=False)

    return compare


def settle_golden(folder: Path, path: str, text: str, *, accept: bool) -> str:
    """Writes the golden file if differences are accepted; else returns what differs, or an empty string."""
    file = folder / path
    if accept:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
        return ""
    if not file.exists():
        return f"tests/golden/{path} does not exist; `make accept` writes it"
    return golden_difference(path, file.read_bytes().decode("utf-8"), text)


def golden_difference(path: str, expected: str, actual: str) -> str:
    """Returns a readable account of how two texts differ, or an empty string."""
    if expected == actual:
        return ""
    lines = list(
        difflib.unified_diff(
            expected.splitlines(), actual.splitlines(), f"tests/golden/{path}", "this run", lineterm="", n=2
        )
    )
    if not lines:
        lines = ["The lines are the same; their ends differ (a missing last newline, or carriage returns)."]
    more = len(lines) - DIFF_LINES_SHOWN
    shown = lines[:DIFF_LINES_SHOWN] + ([f"... and {more} more lines"] if more > 0 else [])
    return "\n".join([*shown, "If the new text is right: `make accept`, then read the diff."])


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Returns the command that starts a headless browser; add options and an address.

    The browser stays off the network. Tests which use it are marked ``browser``, and are skipped where none
    is installed.
    """
    names = (os.environ.get("ARMSLENGTH_CHROMIUM", ""), *BROWSERS)
    found = next((path for path in map(shutil.which, filter(None, names)) if path), None)
    if found is None:
        pytest.skip(
            "no browser: install chromium (Debian: apt-get install chromium fonts-dejavu-core), "
            "or name one in ARMSLENGTH_CHROMIUM"
        )
    return (
        found,
        "--headless=new",
        # The browser refuses its sandbox to root, which is who runs in most containers.
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--hide-scrollbars",
        f"--user-data-dir={tmp_path_factory.mktemp('browser-profile')}",
    )


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Returns the folder of recorded data: ARMSLENGTH_SHARED, or ``shared`` beside the project."""
    named = os.environ.get("ARMSLENGTH_SHARED")
    folder = Path(named) if named else PROJECT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"no recorded data in '{folder}'; name the folder that holds it in ARMSLENGTH_SHARED")
    return folder
