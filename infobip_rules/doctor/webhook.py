"""DOC40 to DOC42: the webhooks at their public URL, and whether they ask for the token or a signature."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from infobip_rules.doctor.result import Result, ok, problem, skipped
from infobip_rules.errors import ConfigurationError
from infobip_rules.infobip.account import is_loopback
from infobip_rules.infobip.bounded import UnfinishedError, exchange, open_http
from infobip_rules.infobip.phone import mask_numbers
from infobip_rules.settings import Settings

_PATIENCE = 10.0
_LONGEST_ANSWER = 200
_MOST_BYTES = 1024 * 1024
_UNPACKED = {"Accept-Encoding": "identity"}
#: A body as Infobip posts it, with nothing in it: it is checked, parsed and answered as any other, and has no effect.
_SAMPLE = b'{"results": []}'
_PATHS = {"DOC41": "/sms-received-message", "DOC42": "/sms-delivery-report"}
_UNREACHED = (
    "Start the host, and let the web server in front pass requests on to it. Some networks don't let a machine reach its "
    "own public address: then try from another one."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reply:
    #: None if there was no answer.
    status: int | None
    text: str

    @property
    def ours(self) -> bool:
        """Whether it is this program that answered."""
        return '"accepted"' in self.text or '"error"' in self.text or '"live"' in self.text


@dataclass(frozen=True, kw_only=True, slots=True)
class _Client:
    """A client of the public URL, with a connection for each request."""

    #: Whether the environment's proxies are used.
    trust_env: bool

    async def ask(self, request: Mapping[str, Any]) -> tuple[int, bytes]:
        """The status and the body of an answer."""
        async with open_http(timeout=_PATIENCE, trust_env=self.trust_env, headers=_UNPACKED) as http:
            response, body = await exchange(http, seconds=_PATIENCE, most=_MOST_BYTES, **request)
        return response.status_code, body


@dataclass(frozen=True, kw_only=True, slots=True)
class _Credential:
    """The token or signature that admits a webhook, and the hint if it does not."""

    name: str
    variable: str
    hint: str
    params: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def webhook(settings: Settings | None, *, sample: bool) -> Iterator[Result]:
    """The results about the webhooks; with `sample` posts one without content to both paths, with and without credential."""
    if settings is None or settings.adapter_base_url is None:
        why = "the settings are not complete." if settings is None else "INFOBIP_ADAPTER_BASE_URL is not set."
        yield skipped("DOC40", "webhook", why)
        return
    local = is_loopback(httpx.URL(settings.adapter_base_url).host)
    client = _Client(trust_env=not local)
    reached = _reached(_ask(client, "GET", f"{settings.adapter_base_url}/health/live"))
    yield reached
    for id_, path in _PATHS.items():
        if reached.hint:
            yield skipped(id_, path, "the host is not reached.")
        elif not sample:
            yield skipped(id_, path, "ask with `infobip-rules doctor --webhook`.")
        else:
            yield _sampled(client, settings, id_, path)


def _reached(answer: _Reply) -> Result:
    if answer.status is None:
        return problem("DOC40", "webhook", f"nobody answers at the public URL ({answer.text}).", _UNREACHED)
    if answer.status != httpx.codes.OK or not answer.ours:
        says = f"something else answers at the public URL: {answer.status} {answer.text}".rstrip(". ") + "."
        return problem("DOC40", "webhook", says, _UNREACHED)
    return ok("DOC40", "webhook", "the host is reached at its public URL")


def _sampled(client: _Client, settings: Settings, id_: str, path: str) -> Result:
    url, credential = f"{settings.adapter_base_url}{path}", _credential(settings)
    answer = _ask(client, "POST", url, credential)
    if answer.status == httpx.codes.UNAUTHORIZED and credential is not None:
        return problem(id_, path, f"the {credential.name} is refused (401).", credential.hint)
    if answer.status != httpx.codes.OK or not answer.ours:
        return problem(
            id_, path, f"a sample came back with {answer.status} {answer.text}".rstrip(". ") + ".", _UNREACHED
        )
    if credential is not None and _ask(client, "POST", url).status != httpx.codes.UNAUTHORIZED:
        hint = f"Start the host again with {credential.variable}."
        return problem(id_, path, f"a sample is taken without the {credential.name} too.", hint)
    guarded = f"401 without the {credential.name}" if credential is not None else "no token is set"
    return ok(id_, path, f"a sample without content came back with 200; {guarded}")


def _credential(settings: Settings) -> _Credential | None:
    if (token := settings.webhook_token) is not None:
        # In the URL, as Infobip sends it: a web server in front has to pass it on.
        return _Credential(
            name="token",
            variable="INFOBIP_WEBHOOK_TOKEN",
            hint="The host runs with another INFOBIP_WEBHOOK_TOKEN, or what stands in front drops the query.",
            params={"token": token.get_secret_value()},
        )
    if (signature := settings.webhook_signature) is not None:
        return _Credential(
            name="signature",
            variable="INFOBIP_WEBHOOK_HMAC_SECRET",
            hint="The host runs with another INFOBIP_WEBHOOK_HMAC_SECRET, or what stands in front drops the header.",
            headers={signature.header: signature.sign(_SAMPLE)},
        )
    return None


def _ask(client: _Client, method: str, url: str, credential: _Credential | None = None) -> _Reply:
    headers = {"Content-Type": "application/json", **(credential.headers if credential else {})}
    posting = method == "POST"
    request = {
        "method": method,
        "url": url,
        "params": credential.params if credential else None,
        "content": _SAMPLE if posting else None,
        "headers": headers if posting else None,
    }
    try:
        status, body = asyncio.run(client.ask(request))
    except httpx.HTTPError as cause:
        return _Reply(status=None, text=type(cause).__name__)
    except (UnfinishedError, ConfigurationError) as cause:
        return _Reply(status=None, text=cause.fact if isinstance(cause, ConfigurationError) else str(cause))
    text = body.decode(errors="replace")[:_LONGEST_ANSWER]
    text = "".join(character if character.isprintable() else " " for character in text)
    return _Reply(status=status, text=mask_numbers(" ".join(text.split())))
