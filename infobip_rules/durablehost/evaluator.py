"""The evaluator of a host whose rules are those of durable-rules: in this process, in a thread of its own."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future

from infobip_rules.channels.registry import Channels
from infobip_rules.durablehost.evaluation import Evaluation, PostedSignal, Setting
from infobip_rules.durablehost.private_engine import PrivateEngine
from infobip_rules.durablehost.registered_rules import RegisteredRules, RulesetHost
from infobip_rules.durablehost.tracing import session_trace
from infobip_rules.engine.rules.user_error import described, sentence
from infobip_rules.engine.session.evaluation import Effects
from infobip_rules.errors import EvaluationError
from infobip_rules.evaluators.jobs import SessionJob, SignalJob, SignalMarker, Verdict, occasion

log = logging.getLogger("infobip_rules.plugin")

#: Seconds after which an evaluation is named in the log, as all others wait for it.
SLOW = 10.0
#: Seconds between looks at how long it takes.
_TICK = 1.0


class DurableEvaluator:
    """Evaluates one signal after the other; bodies may take their time, webhooks are taken meanwhile.

    `mark` notes which signal is being evaluated, should that end the process. Nothing interrupts a body: its thread ends
    with the process at the latest, which doesn't wait for it.
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
        self._turn = threading.Lock()
        self._closed = False
        #: The signal under evaluation, and when its evaluation began.
        self._under_way: tuple[int, Evaluation, float] | None = None

    async def evaluate(self, jobs: Sequence[SessionJob]) -> list[list[Verdict]]:
        """Returns the verdicts on each job's signals, in order."""
        judged: Future[list[list[Verdict]]] = Future()
        # A thread for each call, as those of pools are waited for when the process ends.
        threading.Thread(target=self._judge_all, args=(jobs, judged), name="infobip-rules", daemon=True).start()
        verdicts, named = asyncio.wrap_future(judged), 0
        while not (await asyncio.wait({verdicts}, timeout=_TICK))[0]:
            named = self._name_what_is_slow(named)
        return verdicts.result()

    async def evaluate_apart(self, jobs: Sequence[SessionJob]) -> list[list[Verdict]]:
        """Returns the same: there is nothing apart from this process."""
        return await self.evaluate(jobs)

    async def end_apart(self) -> None:
        """Does nothing, as nothing was started."""

    async def close(self) -> None:
        """Evaluates nothing further; a body that still runs is not waited for."""
        if self._closed:
            return
        self._closed = True
        if self._turn.acquire(blocking=False):  # else its engine ends with the process
            try:
                self._setting.engine.close()
            finally:
                self._turn.release()

    def _name_what_is_slow(self, named: int) -> int:
        """Logs an evaluation that takes long, once; returns the signal that was named last."""
        under_way = self._under_way
        if under_way is None or under_way[0] == named or time.monotonic() - under_way[2] < SLOW:
            return named
        signal, evaluation, began = under_way
        seconds = round(time.monotonic() - began)
        log.warning("plugin.slow signal=%d rule=%s seconds=%d", signal, evaluation.rule, seconds)
        return signal

    def _judge_all(self, jobs: Sequence[SessionJob], judged: Future[list[list[Verdict]]]) -> None:
        with self._turn:
            if self._closed:
                judged.cancel()  # whoever waits for it is not to wait for ever
                return
            if not judged.set_running_or_notify_cancel():
                return
            try:
                judged.set_result([self._judge_session(job) for job in jobs])
            except BaseException as problem:
                judged.set_exception(problem)

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
        began = time.monotonic()
        fields = json.loads(signal.payload)
        posted = PostedSignal(
            id=signal.id, kind=signal.kind, fields=fields, person=job.key, origin=_origin(job.key, signal)
        )
        evaluation = Evaluation(self._setting, posted, job.now)
        self._under_way = signal.id, evaluation, began
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
        self._under_way = trace = None
        took = time.monotonic() - began
        if job.traced:
            trace = session_trace(
                occasion(job, signal),
                fields,
                rules=len(self._setting.rules.lines),
                fired=evaluation.traced,
                warnings=effects.warnings if effects else (),
                error=error,
                took=took,
            ).to_json()
        return Verdict(signal=signal.id, effects=effects, error=error, trace=trace, timings=(began, took))


def _origin(key: str, signal: SignalJob) -> str:
    return f"{key}\n{signal.id}\n{signal.received_at}\n{signal.kind}\n{signal.payload}"
