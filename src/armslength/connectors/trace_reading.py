"""Job logs in: one file or one per owner, in a format that is recognised, named, or described by its columns."""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from armslength.connectors.trace_documents import PAI_JOBS, read_document, read_pai
from armslength.connectors.trace_parquet import PARQUET_SUFFIXES, read_parquet
from armslength.connectors.trace_rows import TraceDraft, TraceReading
from armslength.connectors.trace_tables import FORMATS, Columns, columns_of, known_format, read_rows
from armslength.errors import InputError, Problem

DOCUMENT_FORMATS = ("kueue", "philly-json", "pai-2020", "parquet")
FORMAT_NAMES = (*FORMATS, *DOCUMENT_FORMATS)
_DELIMITERS = ("|", ",", ";", "\t")


def read_trace(sources: Sequence[str], *, form: str = "", columns: str = "") -> TraceReading:
    """Reads a trace.

    Args:
        sources: files; ``north=north.csv`` gives every job of a file to one owner.
        form: name of the format; recognised by its columns when empty.
        columns: mapping of columns for any table, such as ``submit=created:ms,gpus=n,run=secs,owner=team``.

    Returns:
        The good rows and all problems.

    Raises:
        InputError: when a file cannot be read at all.
    """
    draft = TraceDraft()
    paths = []
    for source in sources:
        owner, path = _split(source)
        paths.append(path)
        draft.open(path.name)
        _read_one(path, owner, form, columns, draft)
    return draft.finish(" + ".join(path.name for path in paths))


def _split(source: str) -> tuple[str, Path]:
    """Parts ``owner=file``; a file that has such a name itself is a file."""
    owner, equals, path = source.partition("=")
    if equals and not Path(source).exists():
        if not owner:
            raise InputError(f"{source}: no owner stands before the `=`", hint="write north=north.csv")
        return owner, Path(path)
    return "", Path(source)


def _read_one(path: Path, owner: str, form: str, columns: str, draft: TraceDraft) -> None:
    if not path.exists():
        raise InputError(f"{path}: there is no such file", hint="name a job log; `armslength trace generate` makes one")
    if path.is_dir():
        if form not in ("", "pai-2020") or not (path / PAI_JOBS).exists():
            raise InputError(f"{path}: a folder, and none of the PAI tables of 2020", hint="name the file in it")
        read_pai(path, draft, owner)
        return
    if form == "parquet" or path.suffix in PARQUET_SUFFIXES:
        read_parquet(path, columns_of(columns, owner) if columns else FORMATS["armslength"], draft, owner)
        return
    lines = _Lines(path, draft)
    first = lines.first()
    if form in ("kueue", "philly-json") or (not form and first.lstrip()[:1] in ("{", "[")):
        read_document(lines.whole(), draft, owner)
        return
    read_rows(lines.numbered(), _columns(first, form, columns, owner, path), draft, owner)


def _columns(first: str, form: str, columns: str, owner: str, path: Path) -> Columns:
    delimiter = max(_DELIMITERS, key=first.count)
    if columns:
        given = columns_of(columns, owner)
        return Columns(given.named, given.units, given.owner, delimiter)
    if form:
        return FORMATS[form]
    head = [name.strip().strip('"') for name in first.strip().split(delimiter)]
    found = known_format(head, delimiter)
    if found is None and not {"Submit", "JobID"} - set(head):
        raise InputError(
            f"{path}: this looks like sacct's output, with columns {', '.join(head)}",
            hint="run sacct -a -X -P --format=JobID,Account,Submit,Start,End,ElapsedRaw,AllocTRES,Timelimit,State",
        )
    if found is None:
        raise InputError(
            f"{path}: its columns are those of no job log known here: {', '.join(head[:12]) or 'none'}",
            hint="say which is which: --columns submit=...,run=...,gpus=...,owner=...",
        )
    return found


class _Lines:
    """Lines of a text file, gzipped or not, without the comments at its head."""

    def __init__(self, path: Path, draft: TraceDraft) -> None:
        self.path, self.draft = path, draft

    def _open(self) -> Iterator[str]:
        opened = gzip.open if self.path.suffix == ".gz" else open
        try:
            with opened(self.path, "rt", encoding="utf-8-sig", newline="") as file:
                yield from file
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError(f"{self.path}: the archive breaks off: {error}", hint="fetch it again, whole") from None
        except UnicodeDecodeError as error:
            message = f"{self.path}: byte 0x{error.object[error.start]:02x} is not UTF-8"
            raise InputError(message, hint="save the file as UTF-8") from None
        except OSError as error:
            raise InputError(f"{self.path}: cannot be read: {error.strerror}", hint="check its permissions") from None

    def first(self) -> str:
        """Returns the first line that says something."""
        lines = self._open()
        try:
            return next((line for line in lines if line.strip() and not line.startswith("#")), "")
        finally:
            lines.close()  # type: ignore[attr-defined]

    def whole(self) -> str:
        """Returns the whole text."""
        return "".join(self._open())

    def numbered(self) -> Iterator[tuple[int, str]]:
        """Yields each line with its number; says so when the last one does not end."""
        begun = False
        line, number = "\n", 0
        for number, line in enumerate(self._open(), 1):
            if not begun and (line.startswith("#") or not line.strip()):
                continue
            begun = True
            yield number, line.replace("\0", "")
        if not line.endswith(("\n", "\r")):
            message = "the last line does not end: the file may have been cut there"
            hint = "its last number may have lost digits"
            self.draft.warnings.append(Problem(self.draft.place(number), message, hint, "warning"))
