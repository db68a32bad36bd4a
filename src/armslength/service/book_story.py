"""Replays a story: each act is carried out on real books, under approval policies, with proofs, and its answer is kept.

The clock of these books stands on the day of the act, as if they had been kept at the time. That makes the replay a rehearsal:
books that are kept in earnest take the machine's own clock, and nothing in them can be recorded in the past.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from armslength.connectors.case_file import read_case
from armslength.connectors.story_file import read_story
from armslength.errors import ArmslengthError, InputError
from armslength.model.case import Case
from armslength.model.story import (
    Advance,
    AskPoll,
    Backdate,
    BringIn,
    CountVotes,
    Deliver,
    Disclose,
    Execute,
    Later,
    MakePlan,
    OpenBooks,
    Owed,
    Page,
    Propose,
    Prove,
    Replayed,
    Seal,
    Speak,
    Story,
    StoryAct,
    Told,
    Verify,
)
from armslength.service import story_agreeing, story_proving, story_reading
from armslength.service.story_stage import Clock, Stage
from armslength.store.opening import open_store
from armslength.store.scope import scope_of

BOOKS_FILE = "books.sqlite"
Say = Callable[[str], None]


def replay_story(path: Path, out: Path, say: Say = lambda _: None) -> Replayed:
    """Replays the story of a case.

    Args:
        path: folder of the case.
        out: new or empty folder for the books, plans, keys, bundle and pages.
        say: hears what is being done.

    Raises:
        InvalidCase: the case has errors.
        InputError: there is no story, or the folder is not empty.
    """
    story = read_story(path)
    folder = path if path.is_dir() else path.parent
    case = read_case(folder)
    _make_empty(out)
    with _stage(case, folder, out, story) as stage:
        told = []
        for number, act in enumerate(story.acts, 1):
            say(f"act {number} of {len(story.acts)}: {act.title}")
            stage.clock.go_to(act.tried_on)
            told.append(_play(stage, number, act))
    return Replayed(title=story.title, about=story.about, told=tuple(told))


@contextmanager
def _stage(case: Case, folder: Path, out: Path, story: Story) -> Iterator[Stage]:
    clock = Clock(story.acts[0].tried_on)
    books = open_store(str(out / BOOKS_FILE), clock=clock.now, entropy=secrets.token_bytes)
    organisations = tuple(row.id for row in case.organisations)
    with books:
        yield Stage(case, folder, out, books, clock, scope_of(*organisations, operator=True))


def _make_empty(out: Path) -> None:
    if out.exists() and any(out.iterdir()):
        raise InputError(
            f"{out}: the folder is not empty", hint="name a new one with --out; a replay begins from nothing"
        )
    out.mkdir(parents=True, exist_ok=True)


def _play(stage: Stage, number: int, act: StoryAct) -> Told:
    """Carries out one act; a refusal is an answer, and what the story did not expect is a flaw."""
    flaw = ""
    outcome: Literal["done", "refused", "open"]
    try:
        answer = _carried_out(stage, act)
        outcome = "open" if isinstance(act, Later) else "done"
    except ArmslengthError as error:
        outcome = "refused"
        problems = getattr(error, "problems", ())
        answer = [error.message, *(f"{problem.message}" for problem in problems)]
    expected = "open" if isinstance(act, Later) else act.expect
    text = " ".join(answer)
    missing = [words for words in act.says if words not in text]
    if outcome != expected:
        flaw = f"the story expects `{expected}`"
    elif missing:
        flaw = f"the answer lacks: {'; '.join(missing)}"
    return Told(
        number_count=number,
        tried_on=act.tried_on,
        act=act.act,
        title=act.title,
        outcome=outcome,
        as_expected=not flaw,
        answer=tuple(answer),
        shows=act.shows,
        invented=act.invented,
        flaw=flaw,
    )


def _carried_out(stage: Stage, act: StoryAct) -> list[str]:
    """Hands an act to whoever carries it out and returns the answer, line by line."""
    match act:
        case OpenBooks() | BringIn():
            return story_reading.bring_in(stage, act)
        case MakePlan():
            return story_agreeing.make_plan(stage, act)
        case Propose():
            return story_agreeing.propose(stage, act)
        case Speak() | CountVotes() | AskPoll():
            return story_agreeing.speak(stage, act)
        case Execute() | Deliver():
            return story_agreeing.carry_out(stage, act)
        case Advance():
            return story_reading.advance(stage, act)
        case Owed() | Disclose() | Page() | Verify():
            return story_reading.look_up(stage, act)
        case Seal() | Backdate():
            return story_proving.seal(stage, act)
        case Prove():
            return story_proving.prove(stage, act)
        case Later():
            return ["left open"]
