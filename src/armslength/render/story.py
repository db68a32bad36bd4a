"""A replayed story: for the terminal, a pipe, and as one HTML page that needs nothing else."""

from rich.console import Console
from rich.text import Text

from armslength.model.story import Replayed, Told
from armslength.render import figures
from armslength.render.templating import environment

_MARK = {"done": "done", "refused": "refused", "open": "left open"}
_STYLE = {"done": "green", "refused": "yellow", "open": "dim"}
LINES_MOST = 12


def print_story(story: Replayed, console: Console, *, full: bool = False) -> None:
    """Prints what came of each act; long answers are cut unless they are asked for in full."""
    console.print(Text(story.title, style="bold"), soft_wrap=True)
    console.print(Text(story.about), soft_wrap=True)
    day = None
    for row in story.told:
        if row.tried_on != day:
            day = row.tried_on
            console.print()
            console.print(Text(figures.day(day), style="bold"))
        console.print(
            Text.assemble(f"{row.number_count:3}. {row.title} · ", (_MARK[row.outcome], _STYLE[row.outcome])),
            soft_wrap=True,
        )
        for line in _answer(row, full):
            console.print(Text(f"       {line}", style="dim"), soft_wrap=True)
        for name, text in (("Shows", row.shows), ("Invented", row.invented)):
            if text:
                console.print(Text(f"     {name}: {text}"), soft_wrap=True)
        if row.flaw:
            console.print(Text(f"     NOT AS TOLD: {row.flaw}", style="bold red"), soft_wrap=True)
    console.print()
    console.print(Text(outcome(story), style="bold"), soft_wrap=True)


def outcome(story: Replayed) -> str:
    """Returns in a sentence whether the books answered as the story says."""
    wrong = [str(row.number_count) for row in story.told if not row.as_expected]
    acts = figures.count(len(story.told), "act")
    if wrong:
        return f"{acts}; not as told: {', '.join(wrong)}"
    refused = sum(row.outcome == "refused" for row in story.told)
    return f"{acts} carried out, all as told; {refused} of them refused, as they should be"


def story_html(story: Replayed, version: str) -> str:
    """Returns the replay as one self-contained HTML document."""
    return (
        environment()
        .get_template("story.html.j2")
        .render(
            story=story,
            outcome=outcome(story),
            days=[figures.day(row.tried_on) for row in story.told],
            mark=_MARK,
            version=version,
        )
    )


def _answer(row: Told, full: bool) -> list[str]:
    lines = list(row.answer)
    if full or len(lines) <= LINES_MOST:
        return lines
    return [*lines[:LINES_MOST], f"and {len(lines) - LINES_MOST} more lines; --full shows all"]
