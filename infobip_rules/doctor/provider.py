"""DOC14, DOC20, DOC21 and DOC05: the network, the key and its scopes, and this machine's clock against Infobip's."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from infobip_rules.channels.installed import installed_channels
from infobip_rules.clock import Clock
from infobip_rules.doctor.result import Result, State, note, ok, problem, skipped
from infobip_rules.errors import ConfigurationError, ProviderError
from infobip_rules.infobip.client import InfobipClient
from infobip_rules.infobip.provider import LogsFormat

_NAMES = {"DOC20": "key", "DOC21": "logs", "DOC05": "clock"}
_NO_SCOPE = 403
#: Seconds that the clock may be off.
_DRIFT = 30.0


def network(cause: ConfigurationError | None) -> Result:
    """DOC14: whether the proxies and certificates that the environment names can be used; `cause` is why not."""
    if cause is not None:
        return problem("DOC14", "network", cause.fact, cause.remedy)
    return ok("DOC14", "network", "proxies and certificates of the environment can be used, if it names any")


def skip_network(why: str) -> Result:
    """DOC14, skipped."""
    return skipped("DOC14", "network", why)


def skip_provider(why: str) -> Iterator[Result]:
    """The checks of `provider`, skipped."""
    return (skipped(id_, name, why) for id_, name in _NAMES.items())


def provider(client: InfobipClient, clock: Clock) -> Iterator[Result]:
    """The results about the account: two requests, which cost nothing and change nothing."""
    key = _key(client)
    yield key
    if key.state is State.PROBLEM:
        yield skipped("DOC21", _NAMES["DOC21"], "the key is not good, or could not be tried.")
    else:
        yield from (_logs(client, channel.logs) for channel in installed_channels() if channel.logs is not None)
    yield _clock(client, clock)


def _key(client: InfobipClient) -> Result:
    try:
        balance = client.balance()
    except ProviderError as cause:
        if cause.context.get("http_status") == _NO_SCOPE:
            return note("DOC20", "key", "good, but may not read the account's balance.")
        return problem("DOC20", "key", cause.fact, cause.remedy)
    return ok("DOC20", "key", f"good; the balance is {balance.amount} {balance.currency}".rstrip())


def _logs(client: InfobipClient, logs: LogsFormat) -> Result:
    try:
        client.logs([str(uuid.uuid4())], logs)
    except ProviderError as cause:
        if cause.context.get("http_status") != _NO_SCOPE:
            return problem("DOC21", "logs", cause.fact, cause.remedy)
        says = "the key can't read them: a message of unknown outcome stays unknown, and is not sent again."
        hint = f"Give the key the scope {logs.scope} in the Infobip Portal, under API keys."
        return problem("DOC21", "logs", says, hint)
    return ok("DOC21", "logs", "the key can read them")


def _clock(client: InfobipClient, clock: Clock) -> Result:
    theirs = client.provider_time
    if theirs is None:
        return skipped("DOC05", "clock", "Infobip's answer has no date.")
    off = (clock.now() - theirs).total_seconds()
    if abs(off) <= _DRIFT:
        return ok("DOC05", "clock", "right")
    way = "fast" if off > 0 else "slow"
    return problem("DOC05", "clock", f"{abs(off):.0f} s {way} beside Infobip's.", "Let the machine keep time by NTP.")
