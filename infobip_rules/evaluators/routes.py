"""Routes of rules: which session a signal belongs to."""

from __future__ import annotations

import traceback

from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.rules.user_error import described, sentence
from infobip_rules.engine.session.evaluation import MOST_FRAMES, own_frames
from infobip_rules.errors import EvaluationError, PluginError
from infobip_rules.plugins.routing import mistake_in
from infobip_rules.signals import Signal

_REMEDY = "Mend @route, restart the host, then run `infobip-rules replay ID`."


def routed(rulebook: Rulebook, signal: Signal, key: str) -> str:
    """Returns the key of the signal's session: what the rules' own route says, or else `key`, the one it has now.

    Raises EvaluationError for a key that no session can have, and whatever the route raises.
    """
    said = _said(rulebook, signal)
    chosen = said or key
    if not chosen:
        raise EvaluationError(
            f"The {type(signal).__name__} is on no message of ours and names nobody, and @route gives it no session.",
            "Let @route return a key for it, restart the host, then run `infobip-rules replay ID`.",
        )
    if said and (wrong := mistake_in(said)) is not None:
        raise EvaluationError(f"@route gave a session key {wrong}.", _REMEDY)
    return chosen


def _said(rulebook: Rulebook, signal: Signal) -> str:
    """Returns what the route says; empty for nothing."""
    try:
        said = rulebook.route(signal) if rulebook.route is not None else None
        return str(said) if said else ""
    except PluginError as problem:
        remedy = f"{problem.remedy} Then restart the host, and run `infobip-rules replay ID`."
        raise EvaluationError(problem.fact, remedy, rule="route") from None
    except BaseException as problem:
        frames = own_frames(problem.__traceback__)
        if not frames:  # not the route's doing
            raise
        raised = described(problem)
        shown = "".join(traceback.format_list(frames[-MOST_FRAMES:]))
        raise EvaluationError(
            f"@route failed: {sentence(raised)}", _REMEDY, rule="@route", traceback=f"{shown}{raised}"
        ) from None
