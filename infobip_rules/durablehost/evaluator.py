"""The evaluator of a host whose rules are those of durable-rules: in this process, in a thread of its own."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from infobip_rules.channels.registry import Channels
from infobip_rules.durablehost.evaluation import Evaluation, PostedSignal, Setting
from infobip_rules.durablehost.private_engine import PrivateEngine
from infobip_rules.durablehost.registered_rules import RegisteredRules, RulesetHost
from infobip_rules.durablehost.tracing import session_trace
from infobip_rules.engine.rules.user_error import described, sentence
from infobip_rules.engine.session.evaluation import Effects
from infobip_rules.errors import EvaluationError
from infobip_rules.evaluators.jobs import SessionJob, SignalJob, SignalMarker, Verdict, occasion


class DurableEvaluator:
    """Evaluates one signal after the other; bodies may take their time, webhooks are taken meanwhile.

    `mark` notes which signal is being evaluated, should that end the process.
    """

    size = 1

    def __init__(
        self,
        rules: RegisteredRules,
        host: RulesetHost,
        *,
        channels: Channels,
        most_firings: int,
        mark: SignalMarker,
    ) -> None:
        engine = PrivateEngine(rules.name, rules.conditions)
        self._setting = Setting(engine=engine, rules=rules, host=host, channels=channels, most_firings=most_firings)
        self._mark = mark
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="infobip-rules")

    async def evaluate(self, jobs: Sequence[SessionJob]) -> list[list[Verdict]]:
        """Returns the verdicts on each job's signals, in order."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._judge_all, jobs)

    async def evaluate_apart(self, jobs: Sequence[SessionJob]) -> list[list[Verdict]]:
        """Returns the same: there is nothing apart from this process."""
        return await self.evaluate(jobs)

    async def end_apart(self) -> None:
        """Does nothing, as nothing was started."""

    async def close(self) -> None:
        """Evaluates nothing further; a body that still runs is not waited for."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _judge_all(self, jobs: Sequence[SessionJob]) -> list[list[Verdict]]:
        return [self._judge_session(job) for job in jobs]

    def _judge_session(self, job: SessionJob) -> list[Verdict]:
        state, verdicts = job.state, []
        for signal in job.signals:
            self._mark.begin(signal.id)
            verdict = self._judge(job, signal, state)
            self._mark.end()
            state = verdict.effects.state if verdict.effects else state
            verdicts.append(verdict)
        return verdicts

    def _judge(self, job: SessionJob, signal: SignalJob, state: str | bytes | None) -> Verdict:
        started = time.perf_counter()
        fields = json.loads(signal.payload)
        posted = PostedSignal(
            id=signal.id, kind=signal.kind, fields=fields, person=job.key, origin=_origin(job.key, signal)
        )
        evaluation = Evaluation(self._setting, posted, job.now)
        effects: Effects | None = None
        error: EvaluationError | None = None
        try:
            effects = evaluation.run(state)
        except EvaluationError as problem:
            # Its cause holds the frames of the rule, and so all that the rule had made: release them.
            problem.__cause__ = problem.__context__ = None
            error = problem.with_traceback(None)
        except Exception as problem:
            said = described(problem)
            error = EvaluationError(
                f"The evaluation failed: {sentence(said)}",
                "Report it, then run `infobip-rules replay ID`.",
                traceback=said,
            )
        trace = None
        if job.traced:
            trace = session_trace(
                occasion(job, signal),
                fields,
                rules=len(self._setting.rules.lines),
                fired=evaluation.traced,
                warnings=effects.warnings if effects else (),
                error=error,
                took=time.perf_counter() - started,
            ).to_json()
        return Verdict(signal=signal.id, effects=effects, error=error, trace=trace)


def _origin(key: str, signal: SignalJob) -> str:
    return f"{key}\n{signal.id}\n{signal.received_at}\n{signal.kind}\n{signal.payload}"
