"""The steps of a message through one host, each with a histogram of how long it takes.

All of them are counted in the host's own process. Web workers and evaluation workers send along when they began, by the
clock of `time.monotonic`, which all processes of a machine share: a host's figures are complete however many processes
it has, and nothing has to be added up.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from infobip_rules.telemetry.histogram import Histogram
from infobip_rules.telemetry.spans import SpanMaker

#: Seconds, for what this machine does by itself.
QUICK = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
#: Seconds, for what waits for others.
WAITING = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21600, 86400)
#: Seconds, for what operators and phones do.
DELIVERING = (0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21600, 86400, 172800)

#: What an attempt to send a message came to: the values of the label `outcome`.
OUTCOMES = ("accepted", "rejected", "failed", "unknown", "retried")


class HostTelemetry:
    """What one host has seen since it was started; for the host's own thread."""

    def __init__(self) -> None:
        #: From when a webhook's request came until all of it was on disk.
        self.webhook_commit = Histogram(QUICK)
        #: From when a signal was taken in until its evaluation began.
        self.signal_wait = Histogram(WAITING)
        #: From when the evaluation of a signal began until it ended, in the process that evaluates.
        self.evaluation = Histogram(QUICK)
        #: From when a message was written by a rule until Infobip had accepted it.
        self.acceptance = Histogram(WAITING)
        #: From when a message was sent last until its report of delivery was taken in.
        self.delivery = Histogram(DELIVERING)
        #: Attempts to send by what they came to, one of `OUTCOMES`.
        self.attempts = Counter(dict.fromkeys(OUTCOMES, 0))
        #: What makes spans of the same steps; None if nobody collects them.
        self.spans: SpanMaker | None = None

    def webhook_kept(self, began: float) -> None:
        """Counts a webhook that is on disk now; `began` is by the clock of `time.monotonic`."""
        self.webhook_commit.observe(time.monotonic() - began)

    def evaluated(self, waited: float, handed: float, timings: tuple[float, float]) -> None:
        """Counts an evaluation that was committed.

        `waited` are the seconds from when its signal came until it was handed to the evaluators, at `handed`. `timings`
        are when its evaluation began and how long it took, as the worker says: what can't be so is not counted.
        """
        began, took = timings
        elapsed = time.monotonic() - handed
        queued = began - handed
        if 0.0 <= queued <= elapsed and 0.0 <= took <= elapsed:
            self.evaluation.observe(took)
            waited += queued
        self.signal_wait.observe(waited)

    def attempted(self, outcome: str) -> None:
        """Counts an attempt to send, by what it came to: one of `OUTCOMES`."""
        self.attempts[outcome] += 1

    def accepted(self, written_at: datetime, now: datetime) -> None:
        """Counts a message that Infobip has accepted."""
        self.acceptance.observe((now - written_at).total_seconds())

    def delivered(self, sent: Iterable[datetime], now: datetime) -> None:
        """Counts messages that were reported as delivered, by when each was sent."""
        for sent_at in sent:
            self.delivery.observe((now - sent_at).total_seconds())

    @property
    def stages(self) -> Mapping[str, Histogram]:
        """The histograms by name, in the order of a message's way."""
        return {
            "webhook_commit": self.webhook_commit,
            "signal_wait": self.signal_wait,
            "evaluation": self.evaluation,
            "message_acceptance": self.acceptance,
            "message_delivery": self.delivery,
        }
