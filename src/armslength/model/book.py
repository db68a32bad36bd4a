"""What the books hold: accounts, entries, events, groups of events, and the ledger's answers.

An event is one business act. It is made by a client, which also chooses its id; it is never altered. Amounts are positive
integers in the unit's smallest part: single accelerators, GPU-seconds, cents.
"""

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, Field, JsonValue

from armslength.model.noun import Noun

Side = Literal["debit", "credit"]
Limit = Literal["none", "debits_must_not_exceed_credits", "credits_must_not_exceed_debits"]
BookKind = Literal["private", "agreement"]

ID = r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$"
LARGEST_AMOUNT = 2**63 - 1


class Book(Noun):
    """The unit of isolation: every event belongs to exactly one book, and only its members may see it.

    A private book has one member. An agreement book has the parties, and observers who may read.
    """

    id: str = Field(pattern=ID, description="Short name of the book.")
    kind: BookKind = Field(description="private: one organisation's own; agreement: shared by its parties.")
    members: tuple[str, ...] = Field(
        min_length=1, description="Organisations that may write; the owner of a private book."
    )
    observers: tuple[str, ...] = Field((), description="Organisations that may read: an auditor, a lender, an adviser.")


class Account(Noun):
    """Where amounts stand in a book. The first part of the id names its tree.

    The trees: ``title``, ``custody``, ``use``, ``slot``, ``money``, ``due_from``, ``due_to``, ``external`` and others that
    a user opens. A limit holds for posted and pending amounts together.
    """

    id: str = Field(pattern=ID, description="Path, its parts divided by `/`, such as `custody/hall-1/energised/lot-7`.")
    unit: str = Field(pattern=ID, description="What is counted, such as `GPU:H100-SXM`, `GPU-s:H100-SXM` or `USD/2`.")
    limit: Limit = Field("none", description="Which side may not exceed the other.")


class Entry(Noun):
    """An amount on one side of one account."""

    account: str = Field(pattern=ID, description="Id of the account.")
    side: Side = Field(description="debit or credit.")
    amount_count: int = Field(
        gt=0, le=LARGEST_AMOUNT, description="How much, in the smallest part of the account's unit."
    )


class Clearing(Noun):
    """What part of an earlier entry (an open item) another one settles. It moves nothing."""

    item: str = Field(pattern=ID, description="Id of the event that opened the item.")
    by: str = Field(pattern=ID, description="Id of the event that settles it.")
    account: str = Field(pattern=ID, description="Account on which both stand, on opposite sides.")
    amount_count: int = Field(gt=0, le=LARGEST_AMOUNT, description="How much is settled.")


class Assertion(Noun):
    """What an outside document says an account held; checked when recorded and for ever after."""

    account: str = Field(pattern=ID, description="Id of the account.")
    debits_count: int = Field(ge=0, le=LARGEST_AMOUNT, description="Posted debits less posted credits, if positive.")
    credits_count: int = Field(ge=0, le=LARGEST_AMOUNT, description="Posted credits less posted debits, if positive.")
    as_of_at: AwareDatetime = Field(description="Effective instant; the last one counted.")


EventKind = Literal[
    "open_account",
    "close_account",
    "reopen_account",
    "post",
    "reserve",
    "post_reserved",
    "void",
    "expire",
    "reverse",
    "clear",
    "assert_balance",
    "seal",
    "record",
]


class Event(Noun):
    """One business act in one book.

    Which fields a kind uses; any other is refused:

    * ``open_account``: ``opens``. ``close_account``, ``reopen_account``: ``account``. A closed account takes no ``post``,
      ``reserve``, ``reverse`` or ``post_reserved``; what is reserved on it may still be voided and may expire.
    * ``post``: ``entries``. With ``up_to`` there are two entries, a debit and a credit of equal amount, which is a ceiling:
      cut to what the limits allow, perhaps to nothing (``moved`` is then empty).
    * ``reserve``: ``entries`` and, where it lapses by itself, ``timeout_seconds``, counted from the ``recorded_at`` of the
      group's first event.
    * ``post_reserved``: ``of`` and, for a part only, ``entries``: the same accounts and sides, none above what was
      reserved; the rest is released. ``void``: ``of``. Before the reservation takes effect nothing is reserved.
    * ``expire``: ``of``; the writer's own, never a client's. Ids that begin with ``ledger:`` are the writer's.
    * ``reverse``: ``of``, a ``post`` or ``post_reserved``; the same entries on the other sides, once, and only while nothing
      of it is cleared. The two settle each other: neither can be cleared, reversed again, or is an open item.
    * ``clear``: ``clearings``.
    * ``assert_balance``: ``asserts``. Afterwards nothing is posted to that account at or before its ``as_of_at``.
    * ``seal``: ``effective_at`` becomes the watermark; nothing is booked at or before it any more, by any kind.
    * ``record``: ``topic`` and ``body``: something said or decided that moves nothing by itself (approvals, recusals).

    Any kind may carry a ``topic`` and a ``body``, ``evidence``, and ``corrects`` with a ``reason``. ``of``, ``corrects`` and
    the ids of clearings name events of the same organisation in the same book.
    """

    id: str = Field(pattern=ID, description="Made by the client before it submits; the same again on a retry.")
    organisation: str = Field(pattern=ID, description="Organisation that submits it; ids are its own.")
    book: str = Field(pattern=ID, description="Book it belongs to.")
    kind: EventKind = Field(description="What is done.")
    effective_at: AwareDatetime = Field(
        description="Business time, UTC, not later than `recorded_at`, which is the ledger's own."
    )
    entries: tuple[Entry, ...] = Field((), description="What moves; per unit, debits equal credits.")
    up_to: bool = Field(False, description="Whether the amounts are a ceiling.")
    timeout_seconds: int | None = Field(None, gt=0, le=10**9, description="A reservation's life after it is recorded.")
    of: str | None = Field(None, pattern=ID, description="Id of the event that is posted, voided, expired or reversed.")
    corrects: str | None = Field(None, pattern=ID, description="Id of the event that this one puts right.")
    reason: str = Field("", max_length=2000, description="Why, in words; asked for with `corrects`.")
    opens: Account | None = Field(None, description="Account that is opened.")
    account: str | None = Field(None, pattern=ID, description="Account that is closed or opened again.")
    clearings: tuple[Clearing, ...] = Field((), description="What settles what.")
    asserts: Assertion | None = Field(None, description="What an outside document says.")
    topic: str | None = Field(None, pattern=ID, description="What a record is about, such as `agreement.approve`.")
    body: dict[str, JsonValue] = Field(
        default_factory=dict, description="The record itself; integers, texts, lists, maps."
    )
    evidence: tuple[str, ...] = Field((), description="Digests (`sha256:...`) of documents it rests on.")


class Group(Noun):
    """Events that take effect together or not at all, in one book or across several."""

    id: str = Field(pattern=ID, description="Made by the client; kept with each event.")
    events: tuple[Event, ...] = Field(min_length=1, max_length=8190, description="In the order in which they apply.")
    expected_size_count: dict[str, int] = Field(
        default_factory=dict,
        description="Events a book must hold at this moment, so that nothing was decided on old news.",
    )


class Recorded(Noun):
    """An event as the ledger keeps it."""

    event: Event = Field(description="As submitted; amounts of an `up_to` event stand in `moved`.")
    sequence_count: int = Field(ge=0, description="Its place in its book, dense from 0.")
    recorded_at: AwareDatetime = Field(description="The ledger's own time, strictly increasing in a book.")
    group: str = Field(description="Id of its group.")
    moved: tuple[Entry, ...] = Field(
        (), description="What was posted or reserved; of a void or an expiry, what was released."
    )
    versions_count: dict[str, int] = Field(
        default_factory=dict,
        description="Of each account it touched: how many events have touched that account, this one included.",
    )
    salt: str = Field(pattern=r"^[0-9a-f]{32}$", description="128 random bits, in hexadecimal.")
    leaf: str = Field(pattern=r"^[0-9a-f]{64}$", description="Leaf hash in the book's Merkle log, in hexadecimal.")


class Refusal(StrEnum):
    """Why a group was refused, in the order in which it is looked for: the first that holds is the answer.

    The first five are looked for in all events of the group before any other; the rest event by event, in the group's
    order; ``mirror_unmatched`` last. Those in ``STICKY`` keep the id of the event that caused it refused for ever.
    """

    UNKNOWN_BOOK = "unknown_book"
    NOT_A_MEMBER = "not_a_member"
    ID_CONFLICT = "id_conflict"
    ID_ALREADY_FAILED = "id_already_failed"
    STALE_SIZE = "stale_size"
    WRONG_FIELDS = "wrong_fields"
    FUTURE_EFFECT = "future_effect"
    SEALED = "sealed"
    UNKNOWN_ACCOUNT = "unknown_account"
    ACCOUNT_EXISTS = "account_exists"
    ACCOUNT_CLOSED = "account_closed"
    ACCOUNT_NOT_CLOSED = "account_not_closed"
    UNBALANCED = "unbalanced"
    UNKNOWN_EVENT = "unknown_event"
    NOT_RESERVED = "not_reserved"
    ALREADY_POSTED = "already_posted"
    ALREADY_VOIDED = "already_voided"
    ALREADY_EXPIRED = "already_expired"
    EXCEEDS_RESERVED = "exceeds_reserved"
    NOT_REVERSIBLE = "not_reversible"
    ALREADY_REVERSED = "already_reversed"
    NOTHING_TO_CLEAR = "nothing_to_clear"
    EXCEEDS_RESIDUAL = "exceeds_residual"
    ASSERTION_FAILED = "assertion_failed"
    EXCEEDS_LIMIT = "exceeds_limit"
    OVERFLOW = "overflow"
    MIRROR_UNMATCHED = "mirror_unmatched"


STICKY = frozenset(
    {
        Refusal.STALE_SIZE,
        Refusal.FUTURE_EFFECT,
        Refusal.UNKNOWN_ACCOUNT,
        Refusal.ACCOUNT_CLOSED,
        Refusal.ACCOUNT_NOT_CLOSED,
        Refusal.UNKNOWN_EVENT,
        Refusal.NOTHING_TO_CLEAR,
        Refusal.EXCEEDS_RESIDUAL,
        Refusal.ASSERTION_FAILED,
        Refusal.EXCEEDS_LIMIT,
        Refusal.OVERFLOW,
        Refusal.MIRROR_UNMATCHED,
    }
)
"""Refusals that depend on the state of the books. A delayed retry could succeed later and surprise everybody, so the
same id is answered ``id_already_failed`` from then on; a new attempt needs a new id."""


class Accepted(Noun):
    """A group that took effect, or had done so before (``duplicate``)."""

    recorded: tuple[Recorded, ...] = Field(description="One for each of the group's events, in its order.")
    duplicate: bool = Field(False, description="Whether the same group had been accepted earlier.")


class Refused(Noun):
    """A group that changed nothing."""

    code: Refusal = Field(description="The first reason, in the order of the list.")
    event: str = Field(description="Id of the event that caused it.")
    organisation: str = Field(description="Organisation that submits that event; ids are its own.")
    message: str = Field(description="What, where and with which figures; names only what the submitter may see.")
    hint: str = Field("", description="What to do next.")


class Balance(Noun):
    """The four counters of an account; never one signed number."""

    account: str = Field(description="Id of the account.")
    unit: str = Field(description="What is counted.")
    debits_posted_count: int = Field(ge=0, description="Sum of posted debits.")
    credits_posted_count: int = Field(ge=0, description="Sum of posted credits.")
    debits_pending_count: int = Field(ge=0, description="Sum of reserved debits.")
    credits_pending_count: int = Field(ge=0, description="Sum of reserved credits.")


class OpenItem(Noun):
    """What an event posted on an account, and how much of it nothing has settled yet."""

    event: str = Field(description="Id of the event.")
    organisation: str = Field(description="Organisation that submitted it.")
    account: str = Field(description="Id of the account.")
    side: Side = Field(description="Side of the account on which it stands.")
    amount_count: int = Field(gt=0, description="What was posted.")
    residual_count: int = Field(gt=0, description="What is left of it.")
    effective_at: AwareDatetime = Field(description="Business time of the event.")


class TreeHead(Noun):
    """How long a book's log is, and the root hash that stands for all of it."""

    book: str = Field(description="Id of the book.")
    size_count: int = Field(ge=0, description="Events in the book.")
    root: str = Field(pattern=r"^[0-9a-f]{64}$", description="RFC 6962 root hash, in hexadecimal.")
