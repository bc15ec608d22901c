"""The channels that this package brings, by the hook for channels, and for whoever has no others."""

from __future__ import annotations

from infobip_rules.channels.interface import Channel
from infobip_rules.channels.registry import Channels
from infobip_rules.channels.sms.channel import SmsChannel
from infobip_rules.plugins.markers import hookimpl


@hookimpl
def channels() -> tuple[Channel, ...]:
    """Returns the channel of text messages."""
    return (SmsChannel(),)


#: Those channels; the first takes what no channel recognises.
BUILT_IN = Channels(channels())
