"""The channels that this package brings, for whoever has no others."""

from __future__ import annotations

from infobip_rules.channels.registry import Channels
from infobip_rules.channels.sms.channel import SmsChannel

#: Those channels; the first takes what no channel recognises.
BUILT_IN = Channels([SmsChannel()])
