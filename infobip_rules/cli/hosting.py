"""What `run` and `dev` give their hosts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from infobip_rules.commands import MakeSms
from infobip_rules.engine.jobs import Evaluator, InProcessEvaluator
from infobip_rules.engine.rulebook import Rulebook
from infobip_rules.engine.workers import WorkerPool
from infobip_rules.settings import Settings


async def evaluator_of(rulebook: Rulebook, paths: Sequence[Path], settings: Settings, workers: int) -> Evaluator:
    """Started workers, or for 0 this process. Raises RuleError if the workers can't load the rules."""
    make_sms = MakeSms(like=settings.phone_number)
    if not workers:
        return InProcessEvaluator(rulebook, make_sms=make_sms)
    pool = WorkerPool([str(path) for path in paths], make_sms=make_sms, size=workers)
    try:
        await pool.start()
    except BaseException:
        await pool.close()
        raise
    return pool


def token_of(settings: Settings) -> str | None:
    """The token that webhooks must bring, if one is set."""
    return settings.webhook_token.get_secret_value() if settings.webhook_token else None
