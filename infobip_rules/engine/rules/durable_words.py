"""Words of `durable.lang` that rule files here do not have: what each does there, and what to write instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from infobip_rules.errors import RuleError


class Word(NamedTuple):
    """A word of `durable.lang`."""

    #: What it does there, as `it ...`.
    what: str
    remedy: str

    def refusal(self, name: str, where: str) -> RuleError:
        """What is said where it stands."""
        return RuleError(f"{name} is a word of durable.lang: it {self.what}.", self.remedy, where=where)


_STATE = Word("keeps a state beside the facts", "Keep a fact: class Progress(Fact), changed by c.modify(...).")
_CHART = Word(
    "describes states and the ways between them",
    'Keep the state in a fact, fact(Progress, m.step == "asked"), and change it by c.modify(c.progress, step="...").',
)
_POST = Word(
    "gives an event to a ruleset of durable.lang",
    "Signals come in by the webhook; try them with `infobip-rules dev` or `simulate`. In a body write c.insert(...).",
)
_FACTS = Word(
    "gives a fact to a ruleset of durable.lang",
    "Insert facts in a body, c.insert(...), or give a session its first ones by @first_contact.",
)
_HOST = Word("runs rulesets of durable.lang", "Leave it out: `infobip-rules run` runs the rules of a file.")
_LOOK = Word(
    "reads what a session of durable.lang holds", "Leave it out: `infobip-rules sessions` shows what is there."
)

#: By name; what both languages have is not among them.
WORDS: Mapping[str, Word] = {
    "count": Word(
        "waits until so many events have come",
        "Count in a fact, c.modify(c.visits, count=c.visits.count + 1), and write a rule on fact(Visits, m.count == 3).",
    ),
    "cap": Word("takes up to so many events at once", "Leave it out: a rule fires once for each signal."),
    "distinct": Word(
        "says whether the elements of a rule must be different messages",
        "Leave it out: two patterns may match one fact; where they must not, compare a field that tells them apart, "
        "m.number != c.first.number.",
    ),
    "timeout": Word(
        "waits for a timer",
        'Set one in a body, c.schedule(Reminder(), after="15m"), and write a rule on signal(Reminder).',
    ),
    **dict.fromkeys(("statechart", "state", "to", "flowchart", "stage"), _CHART),
    "when_start": Word(
        "runs a body when the host starts", "Give sessions their first facts by @first_contact, or leave it out."
    ),
    "s": _STATE,
    **dict.fromkeys(("update_state", "get_state", "delete_state"), _STATE),
    **dict.fromkeys(("post", "post_batch"), _POST),
    **dict.fromkeys(("assert_fact", "assert_facts"), _FACTS),
    **dict.fromkeys(
        ("retract_fact", "retract_facts"),
        Word("takes a fact out of a ruleset of durable.lang", "Delete facts in a body: c.delete(c.order)."),
    ),
    **dict.fromkeys(("get_facts", "get_pending_events"), _LOOK),
    **dict.fromkeys(("get_host", "run_all", "create_queue", "select"), _HOST),
}

#: What a body of durable.lang finds on its `c`, and a body here does not.
ON_CONTEXT: Mapping[str, Word] = {
    "s": _STATE,
    "m": Word("is what the rule matched", "Name the element, c.signal << signal(...), and read c.signal.text."),
    "post": Word("gives an event to the ruleset", "Write c.insert(...), with a signal or a fact."),
    "assert_facts": Word("inserts several facts", "Call c.insert(...) for each."),
    "retract_facts": Word("deletes several facts", "Call c.delete(...) for each."),
    **dict.fromkeys(
        ("start_timer", "reset_timer"),
        Word("sets a timer", 'Write c.schedule(Reminder(), after="15m"), and a rule on signal(Reminder).'),
    ),
    "cancel_timer": Word("cancels a timer", "Write c.cancel(name), with what c.schedule(...) returned."),
    "renew_action_lease": Word("asks for more time", "Leave it out."),
    **dict.fromkeys(("get_facts", "get_pending_events"), Word("reads working memory", "Match them: fact(Order).")),
    **dict.fromkeys(("update_state", "get_state", "delete_state"), _STATE),
}
