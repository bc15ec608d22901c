"""The account's balance: asked for, read, and refused."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from infobip_rules.errors import ProviderError
from infobip_rules.infobip.exchange import Reply
from infobip_rules.infobip.lookups import balance_request, read_balance

from .samples import sample_reply


def reply(document: object, status: int = 200) -> Reply:
    return Reply(status=status, body=json.dumps(document).encode())


def test_the_balance_is_read_to_the_cent() -> None:
    assert balance_request().path == "/account/1/balance"
    balance = read_balance(reply({"balance": 47.79134, "currency": "EUR"}))
    assert (balance.amount, balance.currency) == (Decimal("47.79134"), "EUR")


@pytest.mark.parametrize("document", [{}, {"balance": "much"}, {"balance": True}, []])
def test_a_balance_that_is_none_is_a_providers_error(document: object) -> None:
    with pytest.raises(ProviderError):
        read_balance(reply(document))


def test_a_wrong_key_is_told_with_its_remedy() -> None:
    with pytest.raises(ProviderError, match="check INFOBIP_API_KEY"):
        read_balance(sample_reply("error_legacy_401.json", 401))
