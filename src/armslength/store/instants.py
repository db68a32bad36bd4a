"""Instants as whole microseconds since 1970, which is how tables keep them."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


def micros(moment: datetime) -> int:
    """Returns an instant as microseconds since 1970."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def moment_of(microseconds: int) -> datetime:
    """Returns the instant, UTC.

    >>> moment_of(micros(datetime(2024, 1, 1, tzinfo=UTC))).isoformat()
    '2024-01-01T00:00:00+00:00'
    """
    return _EPOCH + microseconds * _TICK


def maybe(microseconds: int | None) -> datetime | None:
    """Returns the instant, or None for none."""
    return None if microseconds is None else moment_of(microseconds)
