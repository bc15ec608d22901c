"""The HTTP edge: Infobip's webhooks, health checks, and the overview."""

from infobip_rules.web.token import webhook_exposure_warning
from infobip_rules.web.webhook_app import create_app

__all__ = ["create_app", "webhook_exposure_warning"]
