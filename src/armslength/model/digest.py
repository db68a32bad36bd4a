"""A fingerprint of a case, so that a plan can say which input it belongs to."""

import json
from hashlib import sha256

from armslength.model.case import Case


def case_digest(case: Case) -> str:
    """Returns the SHA-256, in hex, of the case as JSON with sorted keys.

    Equal cases have equal digests. The order of rows counts: where it should not, take the digest of
    ``as_of(case, day)``.
    """
    document = case.model_dump(mode="json")
    return sha256(json.dumps(document, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
