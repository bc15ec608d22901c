"""Statements as steps that run: changes by setters are applied after each, and errors name its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infobip_rules.errors import EvaluationError, InfobipRulesError
from infobip_rules.rulefiles.drl.body.closures import WORK, Compiler
from infobip_rules.rulefiles.drl.body.scope import Run
from infobip_rules.rulefiles.drl.java.failures import BodyError, JavaFailure

#: Returns a word if the statements after it are not to run: break, continue or return.
Step = Callable[[Any], str | None]


def done(compiler: Compiler, node: Any, run: Run) -> Step:
    """Compiles a statement after which the changes by setters are applied; its errors name its place."""
    failing = compiler.failing(node)

    def step(frame: Any) -> None:
        try:
            run(frame)
            work = frame[WORK]
            if work.touched:
                work.apply_changes()
        except (BodyError, EvaluationError):  # the latter: a condition, of what the statement changed
            raise
        except JavaFailure as problem:
            raise failing.error(problem) from None
        except InfobipRulesError as problem:
            raise BodyError(problem.fact, problem.remedy, where=failing.where) from problem
        except RecursionError:
            raise failing.wrong("A function calls itself too often.", "Use a loop.") from None

    return step
