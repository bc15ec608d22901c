"""Failures of evaluations in sessions of durable-rules, in the words that dead letters show."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import Path

from durable import engine

from infobip_rules.engine.rules.user_error import described, sentence
from infobip_rules.engine.session.evaluation import MOST_FRAMES, own_frames
from infobip_rules.errors import EvaluationError
from infobip_rules.evaluators.outline import RuleLine

_DURABLE = Path(engine.__file__).parent
_AGAIN = "Fix the rule, restart the program, then run `infobip-rules replay ID`."


def rule_failure(line: RuleLine, problem: BaseException) -> EvaluationError:
    """Returns the error of a rule whose body raised."""
    frames = [frame for frame in own_frames(problem.__traceback__) if not Path(frame.filename).is_relative_to(_DURABLE)]
    said = _said(problem)
    where = f" ({line.where})" if line.where else ""
    return EvaluationError(
        f"The rule {line.id}{where} failed: {sentence(said)}",
        f"Nothing of this evaluation was kept. {_AGAIN}",
        rule=line.id,
        traceback="".join(traceback.format_list(frames[-MOST_FRAMES:])) + said,
    )


def engine_failure(problem: Exception, rule: str) -> EvaluationError:
    """Returns the error of an evaluation that durable-rules' own engine gave up."""
    return EvaluationError(
        f"durable-rules gave the evaluation up: {sentence(described(problem))}",
        "Such errors come of comparisons with a property that a message lacks, or of numbers that it can't read. "
        f"Let the rule ask for the property first (`m.x != None`). {_AGAIN}",
        rule=rule,
    )


def unfit(kind: str, why: str) -> EvaluationError:
    """Returns the error of a signal that durable-rules' engine can't be given."""
    return EvaluationError(
        f"The {kind} was not posted, as durable-rules can't hold it: {why}.",
        "No rule has seen it. Answer it by hand, then run `infobip-rules discard ID`.",
    )


def circle(fired: Sequence[str], line: RuleLine) -> EvaluationError:
    """Returns the error of rules that fire each other without end."""
    last = fired[-1]
    turn = next((n for n in range(1, len(fired)) if fired[-1 - n] == last), 0)
    return EvaluationError(
        f"Stopped after {len(fired)} firings: {' > '.join(fired[-1 - turn :])}.",
        "Make the rules' conditions exclude what they have done.",
        rule=line.id,
    )


def _said(problem: BaseException) -> str:
    if isinstance(problem, engine.MessageNotHandledException):
        return "MessageNotHandledException: it asserts, posts or retracts a message that no rule looks for"
    if isinstance(problem, engine.MessageObservedException):
        return "MessageObservedException: it asserts or posts a message that is there already"
    return described(problem)
