"""The words of `armslength audit`, `armslength witness` and the proofs of `armslength book`. Imports nothing heavy."""

import argparse
from collections.abc import Callable
from pathlib import Path

LAG_SECONDS = 3600


def add_audit(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds `armslength audit`."""
    audit = commands.add_parser(
        "audit",
        help="verify, offline, what you were given of a book",
        epilog="exit code: 0 verified; 1 a check failed; 2 unreadable; 7 consistent, but no policy says whom you trust",
    )
    audit.add_argument("bundle", nargs="+", type=Path, metavar="BUNDLE", help="file that `book bundle` wrote")
    audit.add_argument("--policy", type=Path, metavar="F", help="whose signatures you trust: logs, witnesses, a quorum")
    audit.add_argument(
        "--held",
        type=Path,
        action="append",
        default=[],
        metavar="F",
        help="checkpoint you got earlier; may be repeated",
    )
    audit.add_argument(
        "--lag-seconds",
        type=_count,
        default=LAG_SECONDS,
        metavar="N",
        help=f"how far clocks and witnesses may lag before an event counts as backdated ({LAG_SECONDS})",
    )
    audit.add_argument("--json", action="store_true", help="print JSON")


def add_witness(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    add_store: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Adds `armslength witness`."""
    witness = commands.add_parser("witness", help="watch books with a key of your own, so that nobody can rewrite them")
    acts = witness.add_subparsers(dest="act", required=True, metavar="ACT")
    init = acts.add_parser("init", help="make a key, kept in a folder of its own")
    init.add_argument("--name", required=True, metavar="NAME", help="such as org-b.example/witness")
    init.add_argument("--operator", action="store_true", help="the key of whoever runs the books, to sign checkpoints")
    trust = acts.add_parser("trust", help="watch the log of a book")
    trust.add_argument(
        "vkey",
        nargs="+",
        metavar="VKEY",
        help="key of the log, as its operator gave it to you, or a file that holds it",
    )
    cosign = acts.add_parser("cosign", help="sign the newest checkpoints, if they continue what was signed before")
    cosign.add_argument("book", nargs="*", metavar="BOOK", help="books or organisations (default: all that it watches)")
    cosign.add_argument("--request", type=Path, metavar="F", help="sign the checkpoint of this request, and print it")
    add_store(cosign)
    status = acts.add_parser("status", help="what the witness signed last, and when")
    status.add_argument("--json", action="store_true", help="print JSON")
    for parser in (init, trust, cosign, status):
        parser.add_argument("--folder", type=Path, required=True, metavar="DIR", help="folder of the key")


def add_book_proofs(
    kinds: "argparse._SubParsersAction[argparse.ArgumentParser]",
    add_store: Callable[[argparse.ArgumentParser], None],
    instant: Callable[[str], object],
) -> None:
    """Adds `book checkpoint`, `book seal` and `book bundle`."""
    checkpoint = kinds.add_parser("checkpoint", help="sign how long each book is, and its root hash")
    checkpoint.add_argument("book", nargs="*", metavar="BOOK", help="books or organisations (default: all)")
    checkpoint.add_argument("--operator", type=Path, metavar="DIR", help="folder of the operator's key: sign now")
    checkpoint.add_argument(
        "--request", type=Path, metavar="F", help="write what a witness elsewhere needs, for one book"
    )
    checkpoint.add_argument("--since", type=_count, default=0, metavar="N", help="events that witness has signed (0)")
    checkpoint.add_argument(
        "--cosignature", type=Path, metavar="F", help="add the signatures of the checkpoint that a witness printed"
    )
    seal = kinds.add_parser("seal", help="close a book up to an instant, and commit to its balances then")
    seal.add_argument("book", metavar="BOOK", help="book or organisation")
    seal.add_argument("--until", type=instant, metavar="TIME", help="last instant that is sealed (default: now)")
    seal.add_argument("--by", metavar="ORG", help="member that seals it (default: the book's only one)")
    bundle = kinds.add_parser("bundle", help="write what an auditor is given: events with proofs that hold offline")
    bundle.add_argument("book", metavar="BOOK", help="book or organisation")
    bundle.add_argument("--out", type=Path, required=True, metavar="F", help="file to write, such as for-auditor.zip")
    bundle.add_argument(
        "--account", action="append", default=[], metavar="PREFIX", help="all events of these accounts; may be repeated"
    )
    bundle.add_argument(
        "--event",
        action="append",
        default=[],
        metavar="ID",
        help="this event, ORG=ID where several have one; may be repeated",
    )
    bundle.add_argument("--no-evidence", action="store_true", help="leave out the documents that the events name")
    bundle.add_argument(
        "--since",
        type=_count,
        action="append",
        default=[],
        metavar="N",
        help="connect to an earlier checkpoint of N events",
    )
    for parser in (checkpoint, seal, bundle):
        parser.add_argument("--json", action="store_true", help="print JSON")
        add_store(parser)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 on")
    return int(text)
