"""What can be done with a journal in a SQLite file, as functions of a connection inside a transaction.

They take no transaction of their own: a test runs them by `submit` and `read` of a journal, beneath the face.
"""

from infobip_rules.journal.sqlite.asides import (
    all_asides,
    find_aside,
    forget_aside,
    mark_for_retry,
    marked_for_retry,
    unmark,
)
from infobip_rules.journal.sqlite.due_timers import ring
from infobip_rules.journal.sqlite.inbox import accept, bury, commit, count_attempt, discard, move, pending, replay
from infobip_rules.journal.sqlite.listings import (
    counts,
    dead_signals,
    depth,
    failed_messages,
    find_signal,
    get_session,
    list_asides,
    list_inbox,
    list_outbox,
    list_sessions,
    signal_of,
)
from infobip_rules.journal.sqlite.outbox import (
    FINAL_GROUPS,
    apply_report,
    bring_forward,
    claim,
    find_message,
    record,
    recover,
    resend,
    unknown_due,
)
from infobip_rules.journal.sqlite.retention import prune, silence_ended
from infobip_rules.journal.sqlite.tallies import fold_tallies, tallies, totals
from infobip_rules.journal.sqlite.timers import list_timers, next_due
from infobip_rules.journal.sqlite.traces import get_trace, keep_traces, list_traces, prune_traces
from infobip_rules.journal.sqlite.traffic import due, hold, passages

__all__ = [
    "FINAL_GROUPS",
    "accept",
    "all_asides",
    "apply_report",
    "bring_forward",
    "bury",
    "claim",
    "commit",
    "count_attempt",
    "counts",
    "dead_signals",
    "depth",
    "discard",
    "due",
    "failed_messages",
    "find_aside",
    "find_message",
    "find_signal",
    "fold_tallies",
    "forget_aside",
    "get_session",
    "get_trace",
    "hold",
    "keep_traces",
    "list_asides",
    "list_inbox",
    "list_outbox",
    "list_sessions",
    "list_timers",
    "list_traces",
    "mark_for_retry",
    "marked_for_retry",
    "move",
    "next_due",
    "passages",
    "pending",
    "prune",
    "prune_traces",
    "record",
    "recover",
    "replay",
    "resend",
    "ring",
    "signal_of",
    "silence_ended",
    "tallies",
    "totals",
    "unknown_due",
    "unmark",
]
