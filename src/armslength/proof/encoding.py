"""What an event's leaf hash covers: the canonical bytes of an event as the ledger keeps it, salted.

    leaf = SHA-256(0x00 || SHA-256(tag || salt || canonical bytes))

The outer hash is RFC 6962's leaf hash of a 32-byte commitment. The salt keeps a small amount from being guessed from its hash.
Canonical JSON here is UTF-8, keys sorted by code point, no spaces, no floats; a field that holds its default is left out, so
that a field added later does not change the bytes of what was recorded before.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from pydantic import JsonValue

from armslength.model.book import Entry, Event, Recorded

ENCODING = "armslength-event/v1"
SALT_BYTES = 16
INTEGER_MAX = 2**63 - 1
DEPTH_MAX = 32
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = [f"{number:02}" for number in range(60)]
_MINUTES = [f"{number // 60:02}:{number % 60:02}" for number in range(24 * 60)]

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def canonical(document: JsonValue | Mapping[str, object]) -> bytes:
    """Returns the canonical bytes of a document of texts, integers, truth values, nulls, lists and maps.

    What ``unencodable`` finds must have been refused before: this function trusts its argument.
    """
    return _encode(document).encode()


def unencodable(value: object, depth: int = 0) -> str:
    """Returns why a value has no canonical form, or an empty string when it has one.

    >>> unencodable({"share": 0.25})
    'a number with a fraction (0.25); write it as an integer of a smaller unit'
    >>> unencodable({"lots": ["lot-7"], "count": 12000})
    ''
    """
    if depth > DEPTH_MAX:
        return f"lists and maps nested more than {DEPTH_MAX} deep"
    match value:
        case None | bool():
            return ""
        case int():
            return "" if abs(value) <= INTEGER_MAX else "an integer of more than 64 bits"
        case str():
            return "" if _is_utf8(value) else "a text with half of a surrogate pair, which UTF-8 cannot hold"
        case list() | tuple():
            return next((why for item in value if (why := unencodable(item, depth + 1))), "")
        case dict():
            if not all(isinstance(key, str) for key in value):
                return "a map whose keys are not texts"
            both = (*value, *value.values())
            return next((why for item in both if (why := unencodable(item, depth + 1))), "")
        case float():
            return f"a number with a fraction ({value}); write it as an integer of a smaller unit"
        case _:
            return f"a {type(value).__name__}, which JSON does not have"


def _is_utf8(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def instant(moment: datetime) -> str:
    """Returns an instant in UTC with all six digits of its microseconds, so that equal instants have equal texts.

    >>> from datetime import timedelta, timezone
    >>> instant(datetime(2024, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))))
    '2024-01-01T00:00:00.000000Z'
    """
    since = moment - _EPOCH
    minute, second = divmod(since.seconds, 60)
    return f"{_day(since.days)}T{_MINUTES[minute]}:{_SECONDS[second]}.{since.microseconds:06}Z"


@lru_cache(maxsize=1024)
def _day(days: int) -> str:
    """Returns a day, counted from 1970. The general way of writing instants takes twice as long."""
    return (_EPOCH + timedelta(days)).date().isoformat()


def event_bytes(event: Event) -> bytes:
    """Returns the canonical bytes of an event as the client submitted it; fields that hold their default are left out.

    Two submissions have the same bytes exactly when they say the same.
    """
    return _event_text(event, _entries_text(event.entries)).encode()


def _event_text(event: Event, entries: str) -> str:
    """Writes the text key by key, already in order: the general encoder takes three times as long.

    Ids, accounts and kinds need no escapes, for their pattern allows neither quotes nor backslashes.
    """
    parts = [f'"account":"{event.account}"'] if event.account else []
    if event.asserts:
        parts.append(
            '"asserts":' + _encode({**event.asserts.model_dump(), "as_of_at": instant(event.asserts.as_of_at)})
        )
    if event.body:
        parts.append('"body":' + _encode(event.body))
    parts.append(f'"book":"{event.book}"')
    if event.clearings:
        parts.append('"clearings":' + _encode([clearing.model_dump() for clearing in event.clearings]))
    if event.corrects:
        parts.append(f'"corrects":"{event.corrects}"')
    parts.append(f'"effective_at":"{instant(event.effective_at)}"')
    if event.entries:
        parts.append('"entries":' + entries)
    if event.evidence:
        parts.append('"evidence":' + _encode(event.evidence))
    parts.append(f'"id":"{event.id}","kind":"{event.kind}"')
    if event.of:
        parts.append(f'"of":"{event.of}"')
    if event.opens:
        parts.append('"opens":' + _encode(event.opens.model_dump()))
    parts.append(f'"organisation":"{event.organisation}"')
    if event.reason:
        parts.append('"reason":' + _encode(event.reason))
    if event.timeout_seconds:
        parts.append(f'"timeout_seconds":{event.timeout_seconds}')
    if event.topic:
        parts.append(f'"topic":"{event.topic}"')
    if event.up_to:
        parts.append('"up_to":true')
    return "{" + ",".join(parts) + "}"


def _entries_text(entries: Iterable[Entry]) -> str:
    texts = [f'{{"account":"{e.account}","amount_count":{e.amount_count},"side":"{e.side}"}}' for e in entries]
    return "[" + ",".join(texts) + "]"


def touched_accounts(event: Event, moved: Iterable[Entry]) -> list[str]:
    """Returns the accounts whose version an event advances by one, each once, in the order of first mention.

    These are the accounts on which something moved, was opened, closed, cleared or asserted. Versions of an account run
    1, 2, 3 ... in its book, so that whoever holds them all can show that none is left out.
    """
    names = [entry.account for entry in moved]
    names += [name for name in (event.opens.id if event.opens else None, event.account) if name]
    names += [clearing.account for clearing in event.clearings]
    if event.asserts:
        names.append(event.asserts.account)
    return list(dict.fromkeys(names))


def recorded_bytes(
    event: Event,
    *,
    moved: Sequence[Entry],
    group: str,
    sequence_count: int,
    recorded_at: datetime,
    versions: dict[str, int],
) -> bytes:
    """Returns the canonical bytes of an event as the ledger keeps it.

    Args:
        event: as submitted.
        moved: what was posted, reserved, released or reversed.
        group: id of its group.
        sequence_count: its place in its book, dense from 0.
        recorded_at: the ledger's own time.
        versions: of each of its ``touched_accounts``, the number that this event has in the account's own order, from 1.
    """
    entries = _entries_text(event.entries)
    text = f'{{"encoding":"{ENCODING}","event":{_event_text(event, entries)},"group":"{group}"'
    if moved:
        text += ',"moved":' + (entries if moved is event.entries else _entries_text(moved))
    text += f',"recorded_at":"{instant(recorded_at)}","sequence_count":{sequence_count}'
    if versions:
        numbered = [f'"{name}":{versions[name]}' for name in sorted(versions)]
        text += ',"versions_count":{' + ",".join(numbered) + "}"
    return (text + "}").encode()


def leaf_of(content: bytes, salt: bytes) -> bytes:
    """Returns the leaf hash, 32 bytes.

    Args:
        content: what ``recorded_bytes`` returned.
        salt: 16 random bytes, kept with the event and shown only together with it.
    """
    return salted_leaf(ENCODING, content, salt)


def salted_leaf(tag: str, content: bytes, salt: bytes) -> bytes:
    """Returns the leaf hash of some content under a tag, which says what the content is and how it is encoded."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    return sha256(b"\x00" + sha256(tag.encode() + b"\n" + salt + content).digest()).digest()


def bytes_of(recorded: Recorded) -> bytes:
    """Returns the canonical bytes of an event read back from a store."""
    return recorded_bytes(
        recorded.event,
        moved=recorded.moved,
        group=recorded.group,
        sequence_count=recorded.sequence_count,
        recorded_at=recorded.recorded_at,
        versions=recorded.versions_count,
    )
