"""Reads the lines of a large bundle with two processes, for ``verify`` to follow: half the wait, and the same checks.

The other process asks of each line whether it is canonical, and hashes it; that takes about as long as following the book.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from typing import Any

from armslength.audit.verify import DECODER

# Smaller files are read before another process has begun.
LARGE_BYTES = 2**24
LINES_AT_ONCE = 2000
Line = tuple[int, bytes, dict[str, Any]]


def ahead(salted: Callable[[bytes], Line], lines: Iterable[bytes]) -> Iterator[Line]:
    """Does what ``map(salted, lines)`` does, index, leaf hash and content of each line, some thousand lines ahead.

    Raises:
        ValueError: a line is not an index, a salt and canonical JSON.
    """
    source = iter(lines)
    parts = iter(lambda: list(islice(source, LINES_AT_ONCE)), list[bytes]())
    with ProcessPoolExecutor(1) as other:
        waiting = deque((part, other.submit(_leaves, salted, part)) for part in islice(parts, 2))
        while waiting:
            part, found = waiting.popleft()
            leaves = found.result()
            if leaves is None:
                yield from map(salted, part)
                continue
            for line, (index, leaf) in zip(part, leaves, strict=True):
                # Taken apart here once more, for that is cheaper than to send it from there.
                yield index, leaf, DECODER.decode(line.split(b" ", 2)[2].decode())
            waiting.extend((part, other.submit(_leaves, salted, part)) for part in islice(parts, 1))


def _leaves(salted: Callable[[bytes], Line], lines: list[bytes]) -> list[tuple[int, bytes]] | None:
    """Returns index and leaf hash of each line, or nothing if one cannot be read: whoever asked then meets it alone."""
    try:
        return [salted(line)[:2] for line in lines]
    except (ValueError, RecursionError):
        return None
