"""DOC40 to DOC42: whether the webhooks are reached at their public URL, and ask for the token."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from infobip_rules.doctor.result import Result, ok, problem, skipped
from infobip_rules.infobip.account import is_loopback
from infobip_rules.infobip.phone import mask_numbers
from infobip_rules.settings import Settings

_PATIENCE = 10.0
_LONGEST_ANSWER = 200
#: A body as Infobip posts it, with nothing in it: it is checked, parsed and answered as any other, and has no effect.
_SAMPLE: dict[str, list[object]] = {"results": []}
_PATHS = {"DOC41": "/sms-received-message", "DOC42": "/sms-delivery-report"}
_UNREACHED = (
    "Start the host, and let the web server in front pass requests on to it. Some networks don't let a machine reach its "
    "own public address: then try from another one."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Answer:
    #: None where there was no answer.
    status: int | None
    text: str

    @property
    def ours(self) -> bool:
        """Whether it is this program that answered."""
        return '"accepted"' in self.text or '"error"' in self.text or '"live"' in self.text


def webhook(settings: Settings | None, *, sample: bool) -> Iterator[Result]:
    """Asks the host how it is; with `sample` also posts a webhook without content to both paths, with and without token."""
    if settings is None or settings.adapter_base_url is None:
        why = "the settings are not complete." if settings is None else "INFOBIP_ADAPTER_BASE_URL is not set."
        yield skipped("DOC40", "webhook", why)
        return
    local = is_loopback(httpx.URL(settings.adapter_base_url).host)
    with httpx.Client(timeout=_PATIENCE, trust_env=not local, follow_redirects=False) as client:
        reached = _reached(_ask(client, "GET", f"{settings.adapter_base_url}/health/live"))
        yield reached
        for id_, path in _PATHS.items():
            if reached.hint:
                yield skipped(id_, path, "the host is not reached.")
            elif not sample:
                yield skipped(id_, path, "ask with `infobip-rules doctor --webhook`.")
            else:
                yield _sampled(client, settings, id_, path)


def _reached(answer: _Answer) -> Result:
    if answer.status is None:
        return problem("DOC40", "webhook", f"nobody answers at the public URL ({answer.text}).", _UNREACHED)
    if answer.status != httpx.codes.OK or not answer.ours:
        says = f"something else answers at the public URL: {answer.status} {answer.text}".rstrip(". ") + "."
        return problem("DOC40", "webhook", says, _UNREACHED)
    return ok("DOC40", "webhook", "the host is reached at its public URL")


def _sampled(client: httpx.Client, settings: Settings, id_: str, path: str) -> Result:
    url, token = f"{settings.adapter_base_url}{path}", settings.webhook_token
    # In the URL, as Infobip sends it: whatever stands in front must pass it on.
    params = {"token": token.get_secret_value()} if token else {}
    answer = _ask(client, "POST", url, params)
    if answer.status == httpx.codes.UNAUTHORIZED:
        hint = "The host runs with another INFOBIP_WEBHOOK_TOKEN, or what stands in front drops the query."
        return problem(id_, path, "the token is refused (401).", hint)
    if answer.status != httpx.codes.OK or not answer.ours:
        return problem(
            id_, path, f"a sample came back with {answer.status} {answer.text}".rstrip(". ") + ".", _UNREACHED
        )
    if token and _ask(client, "POST", url).status != httpx.codes.UNAUTHORIZED:
        hint = "Start the host again with INFOBIP_WEBHOOK_TOKEN."
        return problem(id_, path, "a sample is taken without the token too.", hint)
    guarded = "401 without the token" if token else "no token is set"
    return ok(id_, path, f"a sample without content came back with 200; {guarded}")


def _ask(client: httpx.Client, method: str, url: str, params: dict[str, str] | None = None) -> _Answer:
    try:
        reply = client.request(method, url, params=params, json=_SAMPLE if method == "POST" else None)
    except httpx.HTTPError as cause:
        return _Answer(status=None, text=type(cause).__name__)
    text = "".join(one if one.isprintable() else " " for one in reply.text[:_LONGEST_ANSWER])
    return _Answer(status=reply.status_code, text=mask_numbers(" ".join(text.split())))
