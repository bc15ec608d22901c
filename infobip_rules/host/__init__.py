"""The rules host: webhooks in, evaluations, messages out, all through one journal."""

from infobip_rules.host.host import Host as Host

__all__ = ["Host"]
