"""Log lines about evaluations: what fired, what no rule matched, what became a dead letter."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from infobip_rules.channels.asking import ChannelFailedError, asking
from infobip_rules.channels.interface import Channel
from infobip_rules.channels.registry import Channels
from infobip_rules.engine.explain.story import no_match_sentence
from infobip_rules.engine.explain.trace import Trace
from infobip_rules.engine.session.evaluation import Effects
from infobip_rules.evaluators.jobs import Verdict
from infobip_rules.host.dead_letters import why
from infobip_rules.infobip.phone import mask

log = logging.getLogger("infobip_rules.turns")


def log_verdicts(key: str, judged: Sequence[Verdict], channels: Channels) -> None:
    """Logs what each of a session's signals came to, once it is committed."""
    session = mask(key)
    for verdict in judged:
        if verdict.moved:
            log.info("turns.routed signal=%d session=%s to=%s", verdict.signal, session, mask(verdict.moved))
        elif verdict.effects is None:
            log.error("turns.dead_letter signal=%d session=%s reason=%s", verdict.signal, session, why(verdict))
        else:
            _log_effects(verdict, verdict.effects, session, channels)


def _log_effects(verdict: Verdict, effects: Effects, session: str, channels: Channels) -> None:
    fired = ",".join(firing.rule for firing in effects.fired) or "none"
    sends = len(effects.messages)
    log.info("turns.evaluated signal=%d session=%s fired=%s sends=%d", verdict.signal, session, fired, sends)
    if not effects.fired and verdict.trace is not None and log.isEnabledFor(logging.INFO):
        nothing = no_match_sentence(Trace.from_json(verdict.trace).masked(), texts=False)
        log.info("turns.no_match signal=%d session=%s reason=%s", verdict.signal, session, nothing)
    for message, rule in effects.messages:
        _log_hint(verdict.signal, rule, channels[message.channel], message.content)
    for warning in effects.warnings:
        log.warning("turns.warning signal=%d session=%s reason=%s", verdict.signal, session, warning)


def _log_hint(signal: int, rule: str, channel: Channel, content: str) -> None:
    try:
        with asking(channel, "hint"):
            hint = channel.hint(content)
            event, reason = ("", "") if hint is None else hint
    except ChannelFailedError as problem:
        log.warning("turns.no_hint signal=%d rule=%s reason=%s", signal, rule, problem.logged)
        return
    if event:
        line = f"{event} signal=%d rule=%s reason=%s"
        log.info(line, signal, rule, reason)
