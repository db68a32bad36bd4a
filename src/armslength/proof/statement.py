"""Evidence as signed statements: in-toto Statement v1 inside a DSSE envelope.

A statement names its subjects by digest and says something about them. The envelope carries the bytes that were signed, so
nothing needs to be written again to check them. Several may sign one statement.
"""

import base64
import json
from collections.abc import Mapping
from hashlib import sha256

from pydantic import JsonValue

from armslength.errors import InputError
from armslength.proof.note import SigningKey, VerifierKey, exact_base64

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"


def digest_of(document: bytes) -> str:
    """Returns how an event names a document that it rests on.

    >>> digest_of(b"")[:20]
    'sha256:e3b0c44298fc1'
    """
    return "sha256:" + sha256(document).hexdigest()


def statement(subjects: Mapping[str, str], predicate_type: str, predicate: Mapping[str, JsonValue]) -> bytes:
    """Returns the bytes of a statement.

    Args:
        subjects: name of each thing it is about, with its digest (``sha256:`` and 64 hexadecimal digits).
        predicate_type: address that names the kind of statement and its version.
        predicate: what is said.
    """
    for name, digest in subjects.items():
        if not digest.startswith("sha256:") or len(digest) != 71:
            raise ValueError(f"subject {name}: {digest!r} is not a SHA-256 digest")
    document = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": n, "digest": {"sha256": d.removeprefix("sha256:")}} for n, d in sorted(subjects.items())],
        "predicateType": predicate_type,
        "predicate": predicate,
    }
    return json.dumps(document, sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1).encode()


def pre_authentication(payload_type: str, payload: bytes) -> bytes:
    """Returns what a DSSE signature covers: the type and the payload, each with its length."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def envelope(payload: bytes, *keys: SigningKey, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """Returns a payload with the signatures of one or more keys, as a JSON document."""
    message = pre_authentication(payload_type, payload)
    document = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": payload_type,
        "signatures": [
            {"keyid": _key_id(key.verifier), "sig": base64.b64encode(key.sign(message)).decode()} for key in keys
        ],
    }
    return json.dumps(document, sort_keys=True, indent=1).encode()


def opened(document: bytes, *keys: VerifierKey) -> tuple[bytes, tuple[str, ...]]:
    """Returns the payload of an envelope, and the names of those of the given keys that signed it.

    No name means that nobody who is known stands behind it; the caller decides who must.

    Raises:
        InputError: it is no envelope, or the signature of a known key does not fit the payload.
    """
    payload, payload_type, signatures = _read_envelope(document)
    message = pre_authentication(payload_type, payload)
    signers = []
    for key in keys:
        for value in (value for key_id, value in signatures if key_id == _key_id(key)):
            if not key.verifies(value, message):
                raise InputError(
                    f"evidence: the signature of {key.name} does not fit", hint="it was changed after it was signed"
                )
            signers.append(key.name)
    return payload, tuple(dict.fromkeys(signers))


def _read_envelope(document: bytes) -> tuple[bytes, str, list[tuple[str, bytes]]]:
    wrong = InputError("evidence: not a DSSE envelope", hint="it needs payload, payloadType and signatures")
    try:
        read = json.loads(document)
        payload, payload_type = exact_base64(read["payload"]), read["payloadType"]
        signatures = [(item["keyid"], exact_base64(item["sig"])) for item in read["signatures"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise wrong from None
    known = [(key_id, value) for key_id, value in signatures if isinstance(key_id, str) and value is not None]
    if payload is None or not isinstance(payload_type, str) or len(known) != len(signatures):
        raise wrong
    return payload, payload_type, known


def _key_id(key: VerifierKey) -> str:
    return f"{key.name}+{key.key_id.hex()}"
