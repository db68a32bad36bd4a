"""What is wrong with one value as it was written, before anyone knows where it stands."""

from dataclasses import dataclass

SHOWN_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a value cannot be read, and what to write instead.

    Attributes:
        message: what is wrong.
        hint: what to write instead.
    """

    message: str
    hint: str = ""


def shown(text: str) -> str:
    """Returns a value as it was written, short enough for a message and without unprintable characters."""
    short = text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 3] + "..."
    return "`" + "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in short) + "`"
