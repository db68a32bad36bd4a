"""Books in memory, gone when the program ends: for trying things out, and for tests."""

import threading

from armslength.store.sqlite_link import SqliteLink


class MemoryLink(SqliteLink):
    """One connection for all threads, which take turns for whole transactions."""

    def __init__(self) -> None:
        super().__init__(":memory:")
        self._turn = threading.RLock()

    def begin_write(self) -> None:
        """Waits for the other threads, then begins."""
        self._turn.acquire()
        super().begin_write()

    def begin_read(self) -> None:
        """Waits for the other threads, then begins."""
        self._turn.acquire()
        super().begin_read()

    def commit(self) -> None:
        """Ends the transaction."""
        super().commit()
        self._turn.release()

    def rollback(self) -> None:
        """Undoes the transaction."""
        super().rollback()
        self._turn.release()

    def close(self) -> None:
        """Does nothing: the books last as long as something refers to them."""
