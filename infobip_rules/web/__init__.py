"""The HTTP edge: Infobip's webhooks come in here, and health is asked; one of two importers of Starlette."""

from infobip_rules.web.app import create_app
from infobip_rules.web.token import webhook_exposure_warning

__all__ = ["create_app", "webhook_exposure_warning"]
