"""A stateful fake of Infobip for tests, examples and trying rules by hand."""

from infobip_rules.sandbox.callbacks import retry_delay
from infobip_rules.sandbox.fake import FakeInfobip
from infobip_rules.sandbox.faults import Effect, Fault, Faults
from infobip_rules.sandbox.records import Call, Callback, Message, Settings
from infobip_rules.sandbox.server import LoopbackServer, serve

__all__ = [
    "Call",
    "Callback",
    "Effect",
    "FakeInfobip",
    "Fault",
    "Faults",
    "LoopbackServer",
    "Message",
    "Settings",
    "retry_delay",
    "serve",
]
