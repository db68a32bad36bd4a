"""Measures the offline verifier and the proofs on a book of many events: `python -m benchmarks.audit [EVENTS]`.

The book is made without a store, so that only encoding, tree and verifier are timed.
"""

import json
import resource
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter

from armslength.audit import verify
from armslength.audit.ahead import ahead
from armslength.model.book import Account, Entry, Event
from armslength.proof.checkpoint import Checkpoint, cosignature, signed_checkpoint
from armslength.proof.encoding import leaf_of, recorded_bytes
from armslength.proof.exchange import LeafProof
from armslength.proof.note import COSIGNER_KEY, NOTE_KEY, Note, SigningKey
from armslength.proof.tree import Frontier, append, consistency_proof, includes, inclusion_proof, reader, root_of

BOOK = "private/north"
LOTS = 200
START = datetime(2024, 1, 1, tzinfo=UTC)
LOG = SigningKey(f"ledger.example/{BOOK}", NOTE_KEY, b"\x01" * 32)
WITNESS = SigningKey("south.example/witness", COSIGNER_KEY, b"\x02" * 32)
POLICY = f"log {LOG.verifier}\nwitness south {WITNESS.verifier}\nquorum south\n"


def events(count: int) -> Iterator[Event]:
    """Yields events of a book: accounts are opened, then lots are bought."""
    names = ["external/vendor", *(f"title/lot-{n}" for n in range(LOTS))]
    for number in range(count):
        given = {"id": f"event-{number}", "organisation": "north", "book": BOOK, "effective_at": START}
        if number < len(names):
            yield Event(kind="open_account", opens=Account(id=names[number], unit="GPU:H100"), **given)
            continue
        lot = names[1 + number % LOTS]
        entries = (
            Entry(account=lot, side="debit", amount_count=number),
            Entry(account=names[0], side="credit", amount_count=number),
        )
        yield Event(kind="post", entries=entries, **given)


def timed(what: str, began: tuple[float, float], count: int = 1) -> float:
    """Prints how long something took, and for each of many."""
    seconds, cpu_seconds = perf_counter() - began[0], _cpu() - began[1]
    each = f"{cpu_seconds / count * 1e6:.1f} us each" if count > 1 else ""
    print(f"{what:48} {seconds:8.2f} s, of CPU {cpu_seconds:7.2f} s  {each}", flush=True)
    return seconds


def now() -> tuple[float, float]:
    """Returns the two stopwatches: of the wall, and of the CPU, which other work on the machine slows less."""
    return perf_counter(), _cpu()


def _cpu() -> float:
    """Returns seconds of CPU of this process and of those it has ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def write(path: Path, count: int) -> tuple[list[bytes], Note]:
    """Writes a whole bundle; returns the leaves and the checkpoint."""
    salts, versions, leaves = Random(1), dict[str, int](), list[bytes]()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        with file.open("events.txt", "w", force_zip64=True) as lines:
            for number, event in enumerate(events(count)):
                touched = [entry.account for entry in event.entries] or [event.opens.id if event.opens else ""]
                for account in touched:
                    versions[account] = versions.get(account, 0) + 1
                content = recorded_bytes(
                    event,
                    moved=event.entries,
                    group=event.id,
                    sequence_count=number,
                    recorded_at=START + timedelta(seconds=number),
                    versions={account: versions[account] for account in touched},
                )
                salt = salts.randbytes(16)
                leaves.append(leaf_of(content, salt))
                lines.write(f"{number} {salt.hex()} ".encode() + content + b"\n")
        frontier, _ = append(Frontier(), leaves)
        note = signed_checkpoint(Checkpoint(LOG.name, count, root_of(frontier)), LOG)
        note = note.joined(cosignature(note.text, WITNESS, int(START.timestamp()) + count))
        file.writestr("checkpoint", str(note))
        file.writestr("bundle.json", json.dumps({"book": BOOK, "whole": True, "accounts": []}))
    return leaves, note


def main(count: int) -> None:
    """Runs and prints everything."""
    print(f"{count:,} events")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bundle.zip"
        began = now()
        leaves, note = write(path, count)
        timed("encode, salt, hash and write", began, count)
        print(f"{'size of the bundle':48} {path.stat().st_size / 1e6:8.1f} MB")
        began = now()
        frontier, _ = append(Frontier(), leaves)
        timed("append to the tree", began, count)
        read = reader(leaves)
        read(2, 0, 0)
        began, picked = now(), Random(2)
        for _ in range(200):
            index = picked.randrange(count)
            proof = inclusion_proof(read, index, count)
            assert includes(leaves[index], index, count, proof, root_of(frontier))
        timed(f"inclusion proof of {len(proof)} hashes, made and verified", began, 200)
        print(f"{'one proof with its checkpoint':48} {len(str(LeafProof(index, proof, note)).encode()):8} bytes")
        began = now()
        for _ in range(200):
            consistency_proof(read, picked.randrange(1, count), count)
        timed("consistency proof", began, 200)
        began = now()
        bundle = verify.Bundle(path, verify.Policy(POLICY))
        code = bundle.verify()
        timed("full offline audit, the verifier alone", began, count)
        assert code == verify.VERIFIED, verify.report(bundle, code)
        began = now()
        bundle = verify.Bundle(path, verify.Policy(POLICY))
        code = bundle.verify(each=ahead)
        timed("full offline audit, two processes", began, count)
        assert code == verify.VERIFIED, verify.report(bundle, code)
    print(f"{'most memory used':48} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:8.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
