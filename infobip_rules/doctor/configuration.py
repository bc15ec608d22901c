"""DOC10 to DOC13: the variables, never their values; the settings that they make; sender and webhooks."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from infobip_rules.doctor.result import Result, note, ok, problem, skipped
from infobip_rules.errors import ConfigurationError
from infobip_rules.infobip.account import is_loopback, read_url
from infobip_rules.infobip.phone import mask
from infobip_rules.settings import VARIABLES, Settings, unknown_variables

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def variables(environment: Mapping[str, str], in_file: Mapping[str, str], env_file: Path) -> Iterator[Result]:
    """DOC10: the variables that are set, and where; names that are close to a setting."""
    ours = sorted(name for name in environment if name in VARIABLES)
    filed = sorted(name for name in in_file if name in VARIABLES)
    where = [f"in the environment: {', '.join(ours)}"] if ours else []
    where += [f"in {env_file}: {', '.join(filed)}"] if filed else []
    if unknown := unknown_variables({*environment, *in_file}):
        yield note("DOC10", "variables", *unknown)
    yield ok("DOC10", "variables", "; ".join(where) or "none is set")
    if env_file.is_file() and env_file.stat().st_mode & _OTHERS:
        yield note("DOC10", "variables", f"others can read {env_file}.", f"Run `chmod 600 {env_file}`.")


def settings_of(env_file: Path, journal_url: str | None) -> tuple[Settings | None, Result]:
    """DOC11: the settings, if they are complete and make sense."""
    try:
        settings = Settings.load(env_file, journal_url=journal_url)
    except ConfigurationError as cause:
        says = " ".join(cause.fact.split())
        return None, problem("DOC11", "settings", says, "Run `infobip-rules setup`.")
    return settings, ok("DOC11", "settings", f"complete, for {settings.base_url}")


def of_settings(settings: Settings | None) -> Iterator[Result]:
    """DOC12 and DOC13: the sender and the webhooks of the settings."""
    if settings is None:
        yield skipped("DOC12", "sender", "the settings are not complete.")
        yield skipped("DOC13", "webhooks", "the settings are not complete.")
        return
    yield _sender(settings.phone_number)
    yield _webhooks(settings)


def _sender(sender: str) -> Result:
    if not sender.isdecimal():
        return note("DOC12", "sender", "a name, to which nobody can answer.", "To get answers, send from a number.")
    kind = "a short code" if len(sender) < 8 else "a number"
    return ok("DOC12", "sender", f"{kind}, {mask(sender)}")


def _webhooks(settings: Settings) -> Result:
    if settings.adapter_base_url is None:
        hint = "Set INFOBIP_ADAPTER_BASE_URL to the public URL of this program, or run the host with --pull."
        return note("DOC13", "webhooks", "no public URL is set, so that delivery reports can't be asked for.", hint)
    url = read_url(settings.adapter_base_url)
    if url.scheme == "http" and not is_loopback(url.hostname or ""):
        hint = "Put a web server with TLS in front, and write https://."
        return problem("DOC13", "webhooks", "the public URL begins with http://: messages travel in the clear.", hint)
    if settings.webhook_token is None and settings.webhook_signature is None:
        hint = "Set INFOBIP_WEBHOOK_TOKEN; `infobip-rules setup` makes one up."
        return problem("DOC13", "webhooks", "no token is set: anybody can make messages up.", hint)
    reports = "asked for" if settings.sms_delivery_reporting_enabled else "not asked for"
    guards = {"a token": settings.webhook_token, "a signature": settings.webhook_signature}
    guarded = " or ".join(name for name, guard in guards.items() if guard is not None)
    return ok("DOC13", "webhooks", f"at {settings.adapter_base_url}, with {guarded}; delivery reports are {reports}")
