"""Answer text messages by rule: Infobip SMS as signals of a rules engine that loses nothing and sends nothing twice."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infobip_rules.channels.adapter_api import InfobipAdapterAPI as InfobipAdapterAPI
    from infobip_rules.errors import InfobipRulesError as InfobipRulesError
    from infobip_rules.facts import ClientAgent as ClientAgent
    from infobip_rules.facts import Fact as Fact
    from infobip_rules.signals import Heartbeat as Heartbeat
    from infobip_rules.signals import InfobipSmsReceivedMessage as InfobipSmsReceivedMessage
    from infobip_rules.signals import InfobipSmsReceivedReport as InfobipSmsReceivedReport
    from infobip_rules.signals import InfobipSmsSentMessage as InfobipSmsSentMessage
    from infobip_rules.signals import MessageMedia as MessageMedia
    from infobip_rules.signals import ReportError as ReportError
    from infobip_rules.signals import ReportStatus as ReportStatus
    from infobip_rules.signals import Signal as Signal
    from infobip_rules.signals import SmsReceivedMessage as SmsReceivedMessage
    from infobip_rules.signals import SmsReceivedReport as SmsReceivedReport

__version__ = "0.1.0"

#: The module of each public name, loaded at its first use, so that commands start quickly.
_HOMES = {
    "ClientAgent": "facts",
    "Fact": "facts",
    "Heartbeat": "signals",
    "InfobipAdapterAPI": "channels.adapter_api",
    "InfobipRulesError": "errors",
    "InfobipSmsReceivedMessage": "signals",
    "InfobipSmsReceivedReport": "signals",
    "InfobipSmsSentMessage": "signals",
    "MessageMedia": "signals",
    "ReportError": "signals",
    "ReportStatus": "signals",
    "Signal": "signals",
    "SmsReceivedMessage": "signals",
    "SmsReceivedReport": "signals",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - derived, so that the two can not differ


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *_HOMES]
