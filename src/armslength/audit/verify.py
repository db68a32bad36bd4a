"""Verifies a bundle of a book, offline: what was recorded, that nothing was changed or left out, and who watched.

It shares no code with what wrote the bundle and may be copied out and run alone, with the standard library and `cryptography`:
`python verify.py BUNDLE POLICY [CHECKPOINT ...]`. docs/books-proof.md says what each check asks, and what no bundle can show.
"""

import base64
import json
import re
import sys
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

EVENT_TAG, ROW_TAG = "armslength-event/v1", "armslength-balances/v1"
CHECKS = (
    "signature,quorum,inclusion,history,times,order,completeness,double entry,reservations,limits,balances,evidence"
)
VERIFIED, FAILED, UNREADABLE, UNPROVEN = 0, 1, 2, 7
EMPTY_ROOT, DECIMAL = sha256(b"").digest(), re.compile(r"0|[1-9][0-9]{0,17}")


def _require(holds: object, message: str) -> None:
    if not holds:
        raise ValueError(message)


# ---- Signatures: C2SP signed-note, tlog-checkpoint, tlog-cosignature, tlog-policy
def _exact(text: str, length: int | None = None) -> bytes:
    """Reads base64 which is exactly what encoding its bytes gives, so that nothing has two spellings."""
    value = base64.b64decode(text, validate=True)
    fits = (base64.b64encode(value).decode(), length or len(value)) == (text, len(value))
    _require(fits, f"not exact base64: {text[:60]!r}")
    return value


def _decimal(text: str) -> int:
    _require(DECIMAL.fullmatch(text), f"not a plain integer: {text[:60]!r}")
    return int(text)


class Key:
    """A public key, `NAME+ID+BASE64`, and its use: 1 signs notes, 4 cosigns checkpoints together with a time."""

    def __init__(self, text: str) -> None:
        _require(re.fullmatch(r"[^\s+]+\+[0-9a-f]{8}\+\S+", text.strip()), f"not a public key: {text.strip()[:80]!r}")
        self.name, key_id, packed = text.strip().split("+", 2)
        value = _exact(packed, 33)
        self.use, self.public = value[0], value[1:]
        self.key_id = sha256(self.name.encode() + b"\n" + value).digest()[:4]
        _require(self.use in (1, 4) and self.key_id.hex() == key_id, f"damaged key: {text.strip()[:80]!r}")

    def verifies(self, signature: bytes, message: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class Head:
    """A checkpoint as read; ``signatures`` are (name, key id, bytes) and still to be verified."""

    def __init__(self, text: str) -> None:
        body, gap, rest = text.rpartition("\n\n")
        lines, found = body.split("\n"), re.findall(r"(?m)^— ([^\s+]+) ([A-Za-z0-9+/=]+)\n", rest)
        whole = "".join(f"— {name} {packed}\n" for name, packed in found) == rest and len(lines) == 3
        _require(gap and found and whole and not re.search(r"[\x00-\x09\x0b-\x1f]", text), "not a signed checkpoint")
        self.body, self.origin, self.size, self.root = body + "\n", lines[0], _decimal(lines[1]), _exact(lines[2], 32)
        self.signatures = [(name, _exact(packed)[:4], _exact(packed)[4:]) for name, packed in found]

    def signed_by(self, key: Key) -> bool:
        """Tells whether a log signed it under the log's own name. One that does not fit spoils the whole note."""
        values = [value for name, key_id, value in self.signatures if (name, key_id) == (key.name, key.key_id)]
        fits = key.use == 1 and key.name == self.origin and bool(values)
        return fits and all(key.verifies(value, self.body.encode()) for value in values)

    def cosigned_at(self, key: Key) -> int | None:
        """Returns a witness's time in seconds since 1970, or nothing without its valid cosignature."""
        for name, key_id, value in self.signatures:
            if (name, key_id, key.use, len(value)) == (key.name, key.key_id, 4, 72):
                at = int.from_bytes(value[:8], "big")
                if key.verifies(value[8:], f"cosignature/v1\ntime {at}\n{self.body}".encode()):
                    return at
        return None


class Policy:
    """Whom the reader of a bundle trusts: logs, witnesses, and how many witnesses are enough."""

    def __init__(self, text: str) -> None:
        self.logs, self.witnesses, self.quorum = list[Key](), dict[str, Key](), ""
        self.groups: dict[str, tuple[int, list[str]]] = {"none": (0, [])}
        for line in text.split("\n"):
            match line.split():
                case ["log", vkey, *_]:
                    self.logs.append(Key(vkey))
                case ["witness", name, vkey, *_]:
                    self.witnesses[name] = Key(vkey)
                case ["group", name, least, *members]:
                    self.groups[name] = ({"any": 1, "all": len(members)}.get(least) or _decimal(least), members)
                case ["quorum", name]:
                    self.quorum = name
                case words:
                    _require(not words or words[0].startswith("#"), f"policy: line not understood: {line[:80]!r}")
        keys = [key.public for key in (*self.logs, *self.witnesses.values())]
        fits = all(1 <= count <= len(members) for count, members in self.groups.values() if members)
        fits = fits and len(keys) == len(set(keys)) and self.quorum in self.groups | self.witnesses
        _require(fits, "policy: no known quorum, a group that is always or never met, or a public key twice")

    def is_met(self, name: str, present: Iterable[str]) -> bool:
        count, members = self.groups.get(name, (1, []))
        return name in present or sum(self.is_met(member, present) for member in members) >= count


# ---- The tree: RFC 6962 section 2.1, RFC 9162 sections 2.1.3.2 and 2.1.4.2
def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """Appends leaves and gives the root; keeps only the roots of full subtrees."""

    def __init__(self) -> None:
        self.size, self.nodes = 0, list[bytes]()

    def append(self, value: bytes) -> None:
        rest, self.size = self.size, self.size + 1
        while rest & 1:
            value, rest = _node(self.nodes.pop(), value), rest >> 1
        self.nodes.append(value)

    def root(self) -> bytes:
        root = self.nodes[-1] if self.nodes else EMPTY_ROOT
        for left in self.nodes[-2::-1]:
            root = _node(left, root)
        return root


def _climb(place: int, last: int, old: bytes, new: bytes, path: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Walks a proof up to the roots it leads to; returns nothing if it is too long or too short."""
    for sibling in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            old, new = _node(sibling, old), _node(sibling, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = _node(new, sibling)
        place, last = place >> 1, last >> 1
    return (old, new) if last == 0 else None


def includes(value: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Tells whether a leaf stands at an index of the tree of a size and root."""
    return 0 <= index < size and (_climb(index, size - 1, value, value, path) or (b"", b""))[1] == root


def continues(old_size: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Tells whether the tree of a size and root begins with an older one."""
    if old_size in (0, size):
        return not path and old_root == (root if old_size == size else EMPTY_ROOT)
    steps = list(path) if old_size & (old_size - 1) else [old_root, *path]
    place, last = old_size - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    return bool(old_size < size and steps) and _climb(place, last, steps[0], steps[0], steps[1:]) == (old_root, root)


# ---- The book: what the events say, followed from one to the next
ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
DECODER = json.JSONDecoder(parse_float=_decimal, parse_constant=_decimal)
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
OTHER = {"debit": "credit", "credit": "debit"}
COLUMNS = tuple(f"{side}s_{state}_count" for state in ("posted", "pending") for side in OTHER)
Moves = list[tuple[str, str, int]]
Sums = dict[str, int]


class Book:
    """Follows the events that are shown. Of the accounts it ``knows`` all are shown: of every account, in a whole book."""

    def __init__(self, name: str, knows: Callable[[str], bool], expect: Callable[..., None], sealing: bool) -> None:
        self.name, self.knows, self.expect, self.sealing = name, knows, expect, sealing
        self.last_at, self.watermark = "", ""
        self.opened, self.versions, self.cited = dict[str, dict[str, str]](), dict[str, int](), set[str]()
        self.reserved, self.inversions, self.unsettled = dict[str, Moves](), dict[str, int](), list[Any]()
        self.now, self.settled = (defaultdict[str, Sums](lambda: dict.fromkeys(COLUMNS, 0)) for _ in range(2))

    def apply(self, index: int, document: dict[str, Any]) -> None:
        event, expect = document["event"], self.expect
        at, effective, mine = document["recorded_at"], event["effective_at"], event["organisation"] + " "
        moved = [(m["account"], m["side"], m["amount_count"]) for m in document.get("moved", ())]
        opens = [event["opens"]] if "opens" in event else []
        again = mine + event["id"] in self.inversions or any(account["id"] in self.opened for account in opens)
        fits = (document["sequence_count"], event["book"], again) == (index, self.name, False)
        expect(fits, "order", "event {}: another place or book, or {} was there before", index, event["id"])
        fits = bool(INSTANT.fullmatch(at) and INSTANT.fullmatch(effective)) and effective <= at > self.last_at
        fits = fits and effective > self.watermark
        expect(fits, "order", "event {}: recorded {}, effective {}, sealed {}", index, at, effective, self.watermark)
        self.last_at, self.inversions[mine + event["id"]] = at, hash(tuple((a, OTHER[s], n) for a, s, n in moved))
        self.watermark = effective if event["kind"] == "seal" else self.watermark
        self.opened.update((account["id"], account) for account in opens)
        self.cited.update(event.get("evidence", ()))
        settles = event["kind"] in ("post_reserved", "void", "expire")
        held = self.reserved.pop(mine + event["of"], None) if settles else []
        named = (event, *event.get("clearings", ()), event.get("asserts", ()))
        touched = {m[0] for m in (*moved, *(held or ()))} | {account["id"] for account in opens}
        touched |= {item["account"] for item in named if "account" in item}
        versions = document.get("versions_count", {})
        fits = versions.keys() == touched or (held is None and versions.keys() > touched)
        expect(fits, "completeness", "event {} does not number the accounts that it touches", index)
        for account, version in versions.items():
            due = self.versions.get(account, 0) + 1
            fits = version == due or (version > due and not self.knows(account))
            expect(fits, "completeness", "{}: event {} is number {}, where {} was due", account, index, version, due)
            self.versions[account] = version
        self.balance(index, moved)
        kind, known, whole = event["kind"], any(map(self.knows, touched)), hash(tuple(moved))
        asked = [(e["account"], e["side"], e["amount_count"]) for e in event.get("entries", ())]
        fits = moved == (asked or held) or (event.get("up_to", False) and _bag(moved) <= _bag(asked))
        fits = fits and held is not None and (not held or _bag(moved) <= _bag(held))
        if kind == "reverse":
            fits = self.inversions.get(mine + event["of"], None if known else whole) == whole
            self.inversions[mine + event["of"]] = 0
        if known or held is not None:
            expect(fits, "reservations", "event {} moves other than it says, or was reserved or is reversed", index)
        state = "pending" if kind == "reserve" else "posted"
        self.reserved.update({mine + event["id"]: moved} if kind == "reserve" else {})
        changes = [] if kind in ("void", "expire") else [(a, f"{s}s_{state}_count", n) for a, s, n in moved]
        self.count(index, effective, changes + [(a, f"{s}s_pending_count", -n) for a, s, n in held or ()])

    def balance(self, index: int, moved: Moves) -> None:
        sums = dict[str, int]()
        for account, side, amount in moved:
            unit = self.opened[account]["unit"] if account in self.opened else "?"
            sums[unit] = sums.get(unit, 0) + (amount if side == "debit" else -amount)
        fits = all(type(amount) is int and 0 < amount < 2**63 and side in OTHER for _, side, amount in moved)
        self.expect(fits, "order", "event {}: an amount is not a positive integer on a side", index)
        if sums and ("?" not in sums or self.knows("")):
            fits = "?" not in sums and not any(sums.values())
            self.expect(fits, "double entry", "event {}: debits and credits differ, or an account is not open", index)

    def count(self, index: int, effective: str, changes: Moves) -> None:
        """Counts what moved. What is reserved counts on the side that is limited, and not yet on the one that covers it."""
        for account, column, amount in changes:
            self.now[account][column] += amount
            if self.sealing:
                self.unsettled.append((effective, account, column, amount))
        for account in {change[0] for change in changes if self.knows(change[0])}:
            limited, _, cover = self.opened.get(account, {}).get("limit", "none").partition("_must_not_exceed_")
            now = self.now[account]
            used = now[f"{limited}_posted_count"] + now[f"{limited}_pending_count"] if cover else 0
            fits = not cover or used <= now[f"{cover}_posted_count"]
            self.expect(fits, "limits", "event {}: {} is overdrawn", index, account)

    def balances(self, as_of_at: str) -> dict[str, Sums]:
        """Returns what accounts held at an instant, which may not lie before that of an earlier call."""
        for effective, account, column, amount in self.unsettled:
            self.settled[account][column] += amount if effective <= as_of_at else 0
        self.unsettled = [move for move in self.unsettled if move[0] > as_of_at]
        return self.settled


def _bag(moved: Moves) -> Counter[tuple[str, str]]:
    """Sums amounts by account and side; what is ``<=`` another bag is within it."""
    return sum((Counter({(account, side): amount}) for account, side, amount in moved), Counter[tuple[str, str]]())


# ---- The bundle: a zip file of texts
def salted(line: bytes, tag: str = EVENT_TAG) -> tuple[int, bytes, dict[str, Any]]:
    """Reads `INDEX SALT CONTENT`. Returns the index, the leaf hash, and the content, which must be canonical JSON."""
    index, salt, content = line.removesuffix(b"\n").split(b" ", 2)
    document = DECODER.decode(content.decode())
    again = ENCODER.encode(document).encode()
    _require(again == content and re.fullmatch(rb"[0-9a-f]{32}", salt), "a line is not INDEX SALT CANONICAL-JSON")
    commitment = sha256(tag.encode() + b"\n" + bytes.fromhex(salt.decode()) + content).digest()
    return _decimal(index.decode()), sha256(b"\x00" + commitment).digest(), document


def _proof(text: str) -> tuple[int, list[bytes], Head]:
    """Reads a tlog-proof, or a request to a witness: a number, hashes, and the checkpoint they lead to."""
    head, _, note = text.removeprefix("c2sp.org/tlog-proof@v1\n").partition("\n\n")
    first, *lines = head.split("\n")
    return _decimal(re.sub(r"\A(index|old) ", "", first)), [_exact(line, 32) for line in lines], Head(note)


class Bundle:
    """A bundle, with how often each check was made and what was found wrong."""

    def __init__(self, path: Path, policy: Policy, held: Sequence[Head] = (), lag_seconds: int = 3600) -> None:
        self.flaws: dict[str, list[str]] = {check: [] for check in CHECKS.split(",")}
        self.made, self.proven, self.attested = dict.fromkeys(self.flaws, 0), bool(policy.logs), dict[str, int]()
        self.files, self.tree, self.marks = zipfile.ZipFile(path), Tree(), list[tuple[int, int, int]]()
        self.names = set(self.files.namelist())
        about, self.head = json.loads(self.read("bundle.json")), Head(self.read("checkpoint"))
        self.whole, self.complete = about["whole"] is True, frozenset(about["accounts"])
        sealing = any(name.startswith("balances/") for name in self.names)
        self.book = Book(about["book"], lambda name: self.whole or name in self.complete, self.expect, sealing)
        self.earlier = [*held, *(Head(self.read(name)) for name in self.names if name.startswith("history/old-"))]
        requests = [_proof(self.read(name)) for name in self.names if name.startswith("history/from-")]
        self.paths = {old: path for old, path, to in requests if to.body == self.head.body}
        named = self.head.origin.endswith("/" + self.book.name.replace("+", "%2B"))
        self.expect(named, "order", f"the checkpoint of {self.head.origin} is not of book {self.book.name}")
        for head in (self.head, *self.earlier) if self.proven else ():
            signed = any(head.signed_by(key) for key in policy.logs)
            self.expect(signed, "signature", f"{head.size:,} events: not signed by a log that you trust")
            times = {name: at for name, key in policy.witnesses.items() if (at := head.cosigned_at(key)) is not None}
            met, absent = policy.is_met(policy.quorum, times), ", ".join(sorted(policy.witnesses.keys() - times.keys()))
            self.expect(met or head is not self.head, "quorum", f"{head.size:,} events: not cosigned by {absent}")
            self.marks += [(head.size, at - lag_seconds, at + lag_seconds) for at in times.values()]

    def expect(self, holds: object, check: str, message: str, *about: object) -> None:
        self.made[check] += 1
        if not holds:
            self.flaws[check].append(message.format(*about) if about else message)

    def read(self, name: str) -> str:
        _require(name in self.names and self.files.getinfo(name).file_size < 2**26, f"{name} is missing or above 64 MB")
        return self.files.read(name).decode()

    def verify(self, say: Callable[[str], None] = lambda _: None, each: Callable[..., Any] = map) -> int:
        sizes, roots = {head.size for head in self.earlier}, {0: EMPTY_ROOT}
        for index, value, document in each(salted, self.files.open("events.txt")):
            if document["event"]["kind"] == "seal" and f"balances/{index}.txt" in self.names:
                self.sealed(index, document["event"]["body"])
            if self.whole:
                self.expect(index == self.tree.size, "inclusion", "event {} is left out", self.tree.size)
                self.tree.append(value)
                roots.update({self.tree.size: self.tree.root()} if self.tree.size in sizes else {})
            else:
                place, path, to = _proof(self.read(f"proofs/{index}.tlog-proof"))
                fits = (place, to.body) == (index, self.head.body)
                fits = fits and includes(value, index, self.head.size, path, self.head.root)
                self.expect(fits, "inclusion", f"event {index} does not stand in the signed tree")
            self.book.apply(index, document)
            at = datetime.fromisoformat(document["recorded_at"])
            for size, floor, ceiling in self.marks:
                fits = at.timestamp() >= floor if index >= size else at.timestamp() <= ceiling
                self.expect(fits, "times", "event {} is dated {}, against the witness of {} events", index, at, size)
            if index % 20_000 == 0:
                say(f"{index:,} of {self.head.size:,} events")
        self.expect(self.book.last_at or not self.head.size, "inclusion", "no event is shown")
        if self.whole:
            fits = (self.tree.size, self.tree.root()) == (self.head.size, self.head.root)
            self.expect(fits, "inclusion", f"these {self.tree.size:,} events are not the {self.head.size:,} signed")
        for old in self.earlier:
            by_path = continues(old.size, old.root, self.head.size, self.head.root, self.paths.get(old.size, []))
            fits = roots.get(old.size) == old.root if self.whole else by_path
            message = f"not shown to continue {old.size:,} events of {old.origin}: rewritten, or the proof is missing"
            self.expect(fits and old.origin == self.head.origin, "history", message)
        for name in (name for name in self.names if name.startswith("evidence/")):
            digest = "sha256:" + sha256(self.files.read(name)).hexdigest()
            fits = name == "evidence/" + digest.replace(":", "-") and digest in self.book.cited
            self.expect(fits, "evidence", f"{name} is not a document that an event names")
        return FAILED if any(self.flaws.values()) else VERIFIED if self.proven else UNPROVEN

    def sealed(self, index: int, body: dict[str, Any]) -> None:
        """Checks the balances that a seal commits to, as far as they are shown."""
        paths, sums = json.loads(self.read(f"balances/{index}.json")), self.book.balances(body["as_of_at"])
        for line in self.files.open(f"balances/{index}.txt"):
            place, value, row = salted(line, ROW_TAG)
            account, path = row["account"], [_exact(text, 32) for text in paths[str(place)]]
            fits = includes(value, place, body["accounts_count"], path, bytes.fromhex(body["balances_root"]))
            self.expect(fits, "balances", f"{account}: the balance shown is not in the seal at event {index}")
            known = sums[account] | {"version_count": self.book.versions.get(account, 0)}
            fits = not self.book.knows(account) or all(row[column] == count for column, count in known.items())
            self.attested[account] = index
            self.expect(fits, "balances", f"{account}: what event {index} seals is not what its events add up to")
        fits = not self.whole or (self.tree.root().hex(), index) == (body["log_root"], body["size_count"])
        self.expect(fits, "balances", f"the seal at event {index} was made over other events")


def report(bundle: Bundle, code: int) -> str:
    """Returns the outcome in words."""
    lines = [f"{bundle.head.origin}: {bundle.head.size:,} events, {'all' if bundle.whole else 'some'} of them shown"]
    for account in sorted(bundle.complete):
        upto = f"up to event {bundle.attested[account]}" if account in bundle.attested else "no seal tells how many"
        lines.append(f"  all events of {account} are claimed to be shown ({upto})")
    for check, flaws in bundle.flaws.items():
        passed = f"passed ({bundle.made[check]:,})" if bundle.made[check] else "not shown"
        lines += [f"{check:14} {'FAILED' if flaws else passed}", *(f"    {flaw}" for flaw in flaws[:10])]
    ends = {VERIFIED: "VERIFIED", FAILED: "FAILED", UNPROVEN: "CONSISTENT, BUT BY NO KEY THAT YOU TRUST: give a policy"}
    return "\n".join(line if line.isprintable() else ascii(line) for line in (*lines, ends[code]))


if __name__ == "__main__":
    texts = [Path(path).read_text(encoding="utf-8") for path in sys.argv[2:] or sys.exit(__doc__)]
    opened = Bundle(Path(sys.argv[1]), Policy(texts[0]), [Head(text) for text in texts[1:]])
    sys.stdout.write(report(opened, code := opened.verify()) + "\n")
    sys.exit(code)
