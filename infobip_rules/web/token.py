"""The secret that webhooks must carry: compared in constant time, and kept out of access logs."""

from __future__ import annotations

import base64
import binascii
import hmac
import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import parse_qsl

from pydantic import SecretStr
from starlette.types import Scope

from infobip_rules.errors import ConfigurationError, WebhookError
from infobip_rules.infobip.account import is_loopback
from infobip_rules.infobip.security import WebhookSignature
from infobip_rules.settings import Settings

_IN_URL = re.compile(r"(?i)([?&]token=)[^&\s\"]+")


class WebhookTokenError(WebhookError):
    """A webhook came without the token, or with a wrong one."""

    id = "IR601"

    def __init__(self) -> None:
        super().__init__(
            "The webhook token is missing or wrong.",
            "Send it as ?token=... in the URL, as X-Webhook-Token, or as Authorization: Bearer or Basic.",
            http_status=401,
        )


class WebhookToken:
    """The token to ask for; None asks for none. Raises ConfigurationError for an empty one, which anybody has."""

    def __init__(self, token: str | None) -> None:
        if token is not None and not token.strip():
            raise ConfigurationError(
                "The webhook token is empty.", "Make it a long random word, or None to take webhooks from anybody."
            )
        self._expected = None if token is None else token.encode()

    def check(self, scope: Scope) -> None:
        """Raises WebhookTokenError unless one of the tokens that a request carries is ours."""
        if self.is_set and not self.is_brought_by(scope):
            raise WebhookTokenError

    @property
    def is_set(self) -> bool:
        """Whether there is one to ask for."""
        return self._expected is not None

    def is_brought_by(self, scope: Scope) -> bool:
        """Whether a request carries the token."""
        # All are compared, so that the time taken does not show which of them matched.
        matches = [hmac.compare_digest(token, self._expected or b"") for token in _tokens(scope)]
        return self.is_set and any(matches)


def plain_token(token: SecretStr | str | None) -> str | None:
    """Returns a token as text, whether it is given as such or as settings have it."""
    return token.get_secret_value() if isinstance(token, SecretStr) else token


def token_difference_warning(
    settings: Settings, token: str | None, signature: WebhookSignature | None = None
) -> str | None:
    """The warning for webhooks that would refuse the delivery reports of messages sent with `settings`; None if all is well."""
    open_to_all = token is None and signature is None
    if settings.report_webhook is None or open_to_all or token == plain_token(settings.webhook_token):
        return None
    return (
        "Every delivery report will be refused (401): it comes with INFOBIP_WEBHOOK_TOKEN of the receiver's settings, "
        "which is not the token that create_app was given. Write create_app(..., token=settings.webhook_token)."
    )


def hide_token(record: logging.LogRecord) -> bool:
    """A logging filter that writes `token=***` for the token in a logged URL; lets every record through."""
    if isinstance(record.args, tuple):
        record.args = tuple(_hidden(part) for part in record.args)
    if isinstance(record.msg, str):
        record.msg = _hidden(record.msg)
    return True


def webhook_exposure_warning(host: str, token: str | None, signature: WebhookSignature | None = None) -> str | None:
    """The warning for webhooks without a token or signatures on an address that others can reach; None if all is well."""
    if token is not None or signature is not None or is_loopback(host.strip("[]").lower()):
        return None
    return (
        f"Webhooks are taken from ANYBODY who can reach {host or 'this machine'}: no token is set, so that anyone can "
        "make messages up and have answers sent at your cost. Set INFOBIP_WEBHOOK_TOKEN to a long random word."
    )


def _tokens(scope: Scope) -> Iterator[bytes]:
    for name, given in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True):
        if name == "token":
            yield given.encode()
    for name, given in scope["headers"]:
        if name == b"x-webhook-token":
            yield given
        elif name == b"authorization":
            yield _credentials(given)


def _credentials(authorization: bytes) -> bytes:
    """The token of `Bearer`, or the password of `Basic`, whoever the user is; empty for anything else."""
    scheme, _, credentials = authorization.partition(b" ")
    match scheme.lower():
        case b"bearer":
            return credentials.strip()
        case b"basic":
            with suppress(binascii.Error):
                return base64.b64decode(credentials.strip(), validate=True).partition(b":")[2]
    return b""


def _hidden(part: object) -> object:
    return _IN_URL.sub(r"\1***", part) if isinstance(part, str) else part
