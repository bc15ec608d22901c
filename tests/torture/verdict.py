"""What a campaign comes to, counted at the provider: every acknowledged message has one answer, with a count of its own."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from infobip_rules.sandbox import Message

#: How the rules of `counting.py` answer.
COUNTED = re.compile(r"(\S+) is number (\d+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Of what was acknowledged and what the provider took; empty lists are what is wanted."""

    acknowledged: int
    #: How many persons they are from.
    people: int
    #: Inbound messages that were answered 200 and got no reply.
    lost: tuple[str, ...]
    #: Inbound messages that got more than one reply.
    replied_again: tuple[str, ...]
    #: Our own messageIds that the provider took more than once.
    sent_again: tuple[str, ...]
    #: Replies to nothing that anybody wrote, or to somebody else.
    strange: tuple[str, ...]
    #: Persons whose counts are not 1, 2, 3 ... each once.
    miscounted: tuple[str, ...]
    #: Persons whose messages were not counted in the order in which they were acknowledged, where that is known.
    disordered: tuple[str, ...] = ()

    @property
    def problems(self) -> Mapping[str, tuple[str, ...]]:
        """Whatever is not empty."""
        found = {
            "lost": self.lost,
            "replied again": self.replied_again,
            "sent again": self.sent_again,
            "strange": self.strange,
            "miscounted": self.miscounted,
            "disordered": self.disordered,
        }
        return {name: which for name, which in found.items() if which}


def judge(
    acknowledged: Mapping[str, str],
    taken: Iterable[Message],
    *,
    answer: re.Pattern[str] = COUNTED,
    ordered: bool = False,
) -> Verdict:
    """The verdict on messages `acknowledged` (messageId to person), and those that the provider has `taken`.

    The first group of `answer` is the messageId, the second the count; `ordered`: each person's were acknowledged in turn.
    """
    ours: Counter[str] = Counter()
    replies: Counter[tuple[str, str]] = Counter()
    counts: defaultdict[str, list[int]] = defaultdict(list)
    counted: dict[str, int] = {}
    strange = []
    for message in taken:
        ours[message.message_id] += 1
        found = answer.fullmatch(message.text)
        if found is None or acknowledged.get(found[1]) != message.to:
            strange.append(message.message_id)
            continue
        replies[message.to, found[1]] += 1
        counts[message.to].append(int(found[2]))
        counted[found[1]] = int(found[2])
    return Verdict(
        acknowledged=len(acknowledged),
        people=len(set(acknowledged.values())),
        lost=tuple(id_ for id_, person in acknowledged.items() if (person, id_) not in replies),
        replied_again=tuple(id_ for (_, id_), times in replies.items() if times > 1),
        sent_again=tuple(id_ for id_, times in ours.items() if times > 1),
        strange=tuple(strange),
        miscounted=tuple(name for name, seen in counts.items() if sorted(seen) != list(range(1, len(seen) + 1))),
        disordered=tuple(_disordered(acknowledged, counted)) if ordered else (),
    )


def _disordered(acknowledged: Mapping[str, str], counted: Mapping[str, int]) -> Iterator[str]:
    in_turn: defaultdict[str, list[int]] = defaultdict(list)
    for id_, person in acknowledged.items():
        if id_ in counted:
            in_turn[person].append(counted[id_])
    yield from (person for person, seen in in_turn.items() if seen != sorted(seen))
