"""How explanations write numbers with their units, days as ISO dates, and lists, cut short where long."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from armslength.model.case import Run
from armslength.model.plan import Period

MILLION = 1e6
# Below this the solver's tolerance speaks, not the case.
TINY_GPU_HOURS = 0.5
TINY_MONEY = 0.5
CENT = 0.01
ITEMS_SHOWN = 5

RUN_WORDS: dict[Run, str] = {"alone": "Alone", "as_agreed": "As agreed", "shared": "Shared"}
FORM_WORDS: dict[str, str] = {
    "redirect": "redirect",
    "slot_swap": "slot swap",
    "loan": "loan",
    "hosting": "hosting",
    "capacity_lease": "capacity lease",
    "contribution": "contribution of compute",
}
SPLIT_WORDS: dict[str, str] = {
    "equal_gain": "equal gain",
    "shapley": "the Shapley value",
    "nucleolus": "the nucleolus",
    "proportional": "proportion to contribution",
}
STANDING_WORDS: dict[str, str] = {
    "better": "better off",
    "same": "neither better nor worse off",
    "worse": "worse off",
}

NOTES: dict[str, str] = {
    "alike": "Accelerators of one SKU in one hand are alike; the first received are told as the first to stand.",
    "prices": "Prices are the worth of one more unit in the linear program: they hold for small changes, "
    "with every gang kept where it is.",
    "again": "“Planned again” means: solved anew with that one change and all else as it was.",
    "large": "This part of the case is too large to be planned again here, so turning days and what-ifs are left out.",
    "quick": "Not everything that could be asked was planned again, to keep this quick.",
}


def money(amount: float, currency: str) -> str:
    """Returns an amount of money with its currency, in millions from a million on.

    >>> money(54_750_000, "USD"), money(43_008, "EUR"), money(2.5, "USD")
    ('54.75 M USD', '43,008 EUR', '2.50 USD')
    """
    return f"{_scaled(0.0 if abs(amount) < CENT else amount)} {currency}"


def signed(amount: float, currency: str) -> str:
    """Returns an amount of money with its sign."""
    return ("+" if amount >= CENT else "") + money(amount, currency)


def gpu_hours(amount: float) -> str:
    """Returns GPU-hours, in millions from a million on.

    >>> gpu_hours(78_840_000.4), gpu_hours(21_504)
    ('78.84 M GPU-hours', '21,504 GPU-hours')
    """
    return f"{_scaled(amount, cents=False)} GPU-hours"


def part_of(part: float, whole: float, whose: str = "") -> str:
    """Returns GPU-hours out of GPU-hours.

    >>> part_of(78_840_000, 105_120_000, "their ")
    '78.84 M of their 105.12 M GPU-hours'
    """
    return f"{_scaled(part, cents=False)} of {whose}{gpu_hours(whole)}"


def sentence(text: str) -> str:
    """Returns a text that begins like a sentence; names keep their own letters."""
    return text[:1].upper() + text[1:]


def _scaled(amount: float, *, cents: bool = True) -> str:
    if abs(amount) >= MILLION - 5000:
        # Rounded to one first, so that the solver's last digits do not decide between .37 and .38.
        return f"{round(amount) / MILLION:,.2f} M"
    if cents and 0 < abs(amount) < 100:
        return f"{amount:,.2f}"
    return f"{round(amount) + 0:,}"


def megawatts(level: float) -> str:
    """Returns power with as many decimals as it needs, three at most.

    >>> megawatts(70.0), megawatts(16.8), megawatts(0.016)
    ('70 MW', '16.8 MW', '0.016 MW')
    """
    text = f"{level:,.3f}"
    return f"{text.rstrip('0').rstrip('.')} MW"


def joined(parts: Iterable[str], word: str = "and") -> str:
    """Returns a list as people write it.

    >>> joined(["a", "b", "c"])
    'a, b and c'
    """
    items = list(parts)
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


def some(parts: Sequence[str], shown: int = ITEMS_SHOWN) -> str:
    """Returns the first few items of a list, and how many more there are."""
    if len(parts) <= shown:
        return joined(parts)
    return joined([*parts[:shown], f"{len(parts) - shown:,} more"])


def counted(number: int, noun: str, plural: str = "") -> str:
    """Returns a number with its noun.

    >>> counted(1, "lot"), counted(12_000, "lot")
    ('1 lot', '12,000 lots')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def between(first: date, last: date) -> str:
    """Returns a span of days; ``last`` is no longer in it."""
    return f"from {first} until {last}"


def spans(periods: tuple[Period, ...], chosen: Iterable[int]) -> list[tuple[date, date]]:
    """Returns the stretches of consecutive periods as (first day, first day after)."""
    found: list[tuple[date, date]] = []
    last = -2
    for index in sorted(set(chosen)):
        period = periods[index]
        if index == last + 1:
            found[-1] = (found[-1][0], period.end_on)
        else:
            found.append((period.start_on, period.end_on))
        last = index
    return found


def when(periods: tuple[Period, ...], chosen: Iterable[int]) -> str:
    """Returns when, in words: a few stretches, or the first and last day of many."""
    found = spans(periods, chosen)
    if len(found) > 3:
        return f"in {len(found)} stretches between {found[0][0]} and {found[-1][1]}"
    return joined([between(first, last) for first, last in found])


def by_run(words: Mapping[Run, str]) -> str:
    """Returns what is said of each run, runs of which the same is said together.

    >>> by_run({"alone": "nothing", "as_agreed": "+2 USD", "shared": "+2 USD"})
    'nothing alone and +2 USD as agreed and shared'
    """
    runs: dict[str, list[str]] = {}
    for run, word in words.items():
        runs.setdefault(word, []).append(RUN_WORDS[run].lower())
    return joined([f"{word} {joined(names)}" for word, names in runs.items()])


@dataclass
class Story:
    """The sentences of an explanation, in order, and which notes they call for at the end.

    Attributes:
        sentences: what is told.
        notes: said once, last.
    """

    sentences: list[str] = field(default_factory=list)
    notes: set[str] = field(default_factory=set)

    def tell(self, text: str) -> None:
        """Adds a sentence; nothing for an empty text."""
        if text:
            self.sentences.append(text if text.endswith((".", ":")) else f"{text}.")

    def note(self, what: Literal["alike", "prices", "again", "large", "quick"]) -> None:
        """Calls for a note at the end."""
        self.notes.add(what)

    def told(self) -> tuple[str, ...]:
        """Returns all sentences, the notes last."""
        return (*self.sentences, *(text for what, text in NOTES.items() if what in self.notes))
