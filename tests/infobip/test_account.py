from __future__ import annotations

import pytest

from infobip_rules.infobip.account import read_api_key, read_base_url


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("xxxxx.api.infobip.com", "https://xxxxx.api.infobip.com"),
        ("https://xxxxx.api.infobip.com/", "https://xxxxx.api.infobip.com"),
        (" HTTPS://XXXXX.api.infobip.com// ", "https://xxxxx.api.infobip.com"),
        ("https://proxy.example.com:8443", "https://proxy.example.com:8443"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_a_base_url_is_taken_however_it_is_written(typed: str, url: str) -> None:
    assert read_base_url(typed) == url


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("http://xxxxx.api.infobip.com", "in the clear"),
        ("http://127.0.0.1.example.com", "in the clear"),
        ("https://xxxxx.api.infobip.com/sms/3", "a path or a query"),
        ("https://xxxxx.api.infobip.com?a=1", "a path or a query"),
        ("ftp://xxxxx.api.infobip.com", "something else than https"),
        ("https://user:word@xxxxx.api.infobip.com", "a user name or a fragment"),
        ("https://", "is not a URL"),
        ("", "is not a URL"),
        ("https://host:port", "is not a URL"),
        ("https://host:99999", "is not a URL"),
        ("https://[::1", "is not a URL"),
        ("two hosts", "is not a URL"),
    ],
)
def test_what_is_not_just_a_safe_host_is_refused_without_repeating_it(typed: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as raised:
        read_base_url(typed)
    assert "word" not in str(raised.value)


def test_a_key_is_taken_as_it_is() -> None:
    assert read_api_key("003026abc134-94b3-5a6b") == "003026abc134-94b3-5a6b"


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("App secretkey", "'App '"),
        ("Authorization: App secretkey", "'App '"),
        ("bearer secretkey", "'App '"),
        ("secretkey\n", "a line break"),
        ("secret key", "a space"),
        ("secretkéy", "a character"),
        ("secretkey\x00", "a character"),
        ("", "is empty"),
    ],
)
def test_a_key_pasted_with_something_else_is_refused_without_repeating_it(pasted: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as raised:
        read_api_key(pasted)
    assert "secret" not in str(raised.value)
