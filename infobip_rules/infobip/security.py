"""Signatures of webhooks: what shows that a body comes from whoever knows the secret that a subscription was given."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

#: As subscriptions spell them.
Algorithm = Literal["HMAC_MD5", "HMAC_SHA_1", "HMAC_SHA_224", "HMAC_SHA_256", "HMAC_SHA_384", "HMAC_SHA_512"]
_DIGESTS: Mapping[Algorithm, str] = {
    "HMAC_MD5": "md5",
    "HMAC_SHA_1": "sha1",
    "HMAC_SHA_224": "sha224",
    "HMAC_SHA_256": "sha256",
    "HMAC_SHA_384": "sha384",
    "HMAC_SHA_512": "sha512",
}
#: Base64 for URLs is taken for what it stands for.
_PLAIN = bytes.maketrans(b"-_", b"+/")


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookSignature:
    """How the webhooks of a subscription are signed: by an HMAC of their body, in a header.

    Infobip's documentation names neither the header nor how the signature is written: `header` is the one that comes,
    and hexadecimal digits and base64 are both understood.
    """

    secret: str = field(repr=False)
    header: str
    algorithm: Algorithm = "HMAC_SHA_256"

    def is_right(self, given: bytes, body: bytes) -> bool:
        """Whether what the header holds is the signature of a body; told apart in constant time."""
        digest = self._digest(body)
        written = given.strip()
        # All spellings are compared, so that time says nothing about which it was.
        matches = [
            hmac.compare_digest(written.lower(), digest.hex().encode()),
            hmac.compare_digest(written.rstrip(b"=").translate(_PLAIN), base64.b64encode(digest).rstrip(b"=")),
        ]
        return any(matches)

    def sign(self, body: bytes) -> str:
        """The signature of a body, in hexadecimal digits: for whoever posts one to try."""
        return self._digest(body).hex()

    def _digest(self, body: bytes) -> bytes:
        return hmac.digest(self.secret.encode(), body, _DIGESTS[self.algorithm])
