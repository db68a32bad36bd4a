"""A story in a YAML file to a noun."""

from datetime import date
from pathlib import Path

from armslength.connectors.agreement_file import read_noun
from armslength.errors import InputError, Problem
from armslength.model.story import Story

FILE = "story.yaml"


def read_story(case: Path) -> Story:
    """Reads the story that stands beside a case.

    Args:
        case: folder of the case, or its ``story.yaml``.

    Raises:
        InputError: when there is none, or it has problems; all are listed.
    """
    path = case if case.name == FILE else case / FILE
    if not path.is_file():
        hint = f"a case folder with a {FILE}, such as cases/redirect-2023; docs/how-to/keep-books.md describes it"
        raise InputError(f"{case}: there is no story to replay", hint=hint)
    story = read_noun(path, Story, "`title` and `acts`; see docs/how-to/keep-books.md")
    before = date.min
    problems = []
    for index, act in enumerate(story.acts):
        if act.tried_on < before:
            problems.append(
                Problem(f"acts[{index}].tried_on", f"{act.tried_on} is before {before}, the day of the act before it")
            )
        before = act.tried_on
    if problems:
        raise InputError(f"{path}: days never go back", hint="put the acts in order", problems=problems)
    return story
