"""Bytes of a file to text, or the problem that prevents it. Plain reading, no more."""

from pathlib import Path

from armslength.errors import Problem

# A case of a million rows is far smaller; beyond this the wrong file was named.
BYTES_MAX = 256 * 1024 * 1024


def read_bytes(path: Path, name: str) -> bytes | Problem:
    """Reads a file whole."""
    try:
        if path.stat().st_size > BYTES_MAX:
            return Problem(name, f"the file is larger than {BYTES_MAX // 1024**2} MiB", "is it the right file?")
        return path.read_bytes()
    except OSError as error:
        return Problem(name, f"the file cannot be read: {error.strerror or error}", "check its name and permissions")
    except ValueError:
        return Problem(name, "the file's name cannot be used", "check the path")


def read_text(path: Path, name: str) -> str | Problem:
    """Reads a file of UTF-8 text, with or without a byte order mark."""
    data = read_bytes(path, name)
    if isinstance(data, Problem):
        return data
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Problem(name, "the text is UTF-16", "save it as UTF-8")
    if b"\0" in data:
        return Problem(name, "this is not a text file: it holds NUL bytes", "save it as plain text in UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{data[error.start]:02x} is not UTF-8"
        return Problem(f"{name} line {line}", message, "save the file as UTF-8; spreadsheets call it `CSV UTF-8`")
