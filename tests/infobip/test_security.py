"""Signatures of webhooks, checked against the HMACs that RFC 2202 and RFC 4231 print."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.infobip.security import Algorithm, WebhookSignature

#: Test case 2 of both: key "Jefe", data as below.
DATA = b"what do ya want for nothing?"
PRINTED: dict[Algorithm, str] = {
    "HMAC_MD5": "750c783e6ab0b503eaa86e310a5db738",
    "HMAC_SHA_1": "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
    "HMAC_SHA_224": "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44",
    "HMAC_SHA_256": "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    "HMAC_SHA_384": "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
    "HMAC_SHA_512": (
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
    ),
}


KEY = "Jefe"


def signature(algorithm: Algorithm = "HMAC_SHA_256", *, secret: str = KEY) -> WebhookSignature:
    return WebhookSignature(secret=secret, header="X-Signature", algorithm=algorithm)


@pytest.mark.parametrize("algorithm", PRINTED)
def test_the_signature_is_the_standard_one(algorithm: Algorithm) -> None:
    assert signature(algorithm).sign(DATA) == PRINTED[algorithm]


@pytest.mark.parametrize("algorithm", PRINTED)
def test_it_is_known_in_every_spelling(algorithm: Algorithm) -> None:
    digest = bytes.fromhex(PRINTED[algorithm])
    spellings = [
        PRINTED[algorithm],
        PRINTED[algorithm].upper(),
        f" {PRINTED[algorithm]} ",
        base64.b64encode(digest).decode(),
        base64.b64encode(digest).decode().rstrip("="),
        base64.urlsafe_b64encode(digest).decode(),
    ]
    assert [one for one in spellings if not signature(algorithm).is_right(one.encode(), DATA)] == []


@given(body=st.binary(), other=st.binary(), secret=st.text(min_size=1))
def test_it_fits_its_own_body_and_secret_alone(body: bytes, other: bytes, secret: str) -> None:
    secret = secret.encode(errors="replace").decode()
    signed = signature(secret=secret).sign(body).encode()
    assert signature(secret=secret).is_right(signed, body)
    assert signature(secret=secret).is_right(signed, other) == (body == other)
    assert not signature(secret=f"{secret}!").is_right(signed, body)


@pytest.mark.parametrize("given", [b"", b"=", b"\xff\xfe", b"5bdcc146", b"0" * 64, b"\xc3\xbc" * 32])
def test_anything_else_is_wrong_and_no_error(given: bytes) -> None:
    assert not signature().is_right(given, DATA)


def test_the_secret_does_not_show() -> None:
    assert "hush-hush" not in repr(signature(secret="hush-hush"))
