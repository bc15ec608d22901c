from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.infobip.statuses import (
    ERRORS,
    GROUPS,
    STATUSES,
    Group,
    Verdict,
    accepted,
    advance,
    explain,
    group_of,
    is_final,
    status_of_message,
    verdict,
)
from infobip_rules.signals import ReportError, ReportStatus

from .samples import sample_json

PENDING = [Group.ACCEPTED, Group.PENDING]
FINAL = [Group.UNDELIVERABLE, Group.DELIVERED, Group.EXPIRED, Group.REJECTED]


def report(name: str) -> tuple[ReportStatus, ReportError]:
    (result,) = sample_json(name)["results"]
    return ReportStatus(**result["status"]), ReportError(**result.get("error", {}))


def test_groups_go_by_infobips_numbers() -> None:
    assert dict(enumerate(["ACCEPTED", "PENDING", "UNDELIVERABLE", "DELIVERED", "EXPIRED", "REJECTED"])) == GROUPS


def test_every_documented_status_and_error_has_a_meaning() -> None:
    rejected = {6, 8, 10, 11, 12, 13, 14, 17, 18, 19, 20, 21, 23, 24, 25, 51, 52, 87}
    rest = {("ACCEPTED", 0), ("PENDING", 3), ("PENDING", 7), ("PENDING", 26), ("UNDELIVERABLE", 4)}
    rest |= {("UNDELIVERABLE", 9), ("UNDELIVERABLE", 31), ("DELIVERED", 2), ("DELIVERED", 5)}
    rest |= {("EXPIRED", 15), ("EXPIRED", 29), ("EXPIRED", 87)}
    assert STATUSES.keys() == rest | {("REJECTED", number) for number in rejected}
    frequent = {1, 6, 9, 13, 27, 31, 256, 500, 502, 603, 607, 2048, 2052, 2053, 4101, 4103, 4104, 5492}
    assert ERRORS.keys() == frequent


@pytest.mark.parametrize("group", FINAL)
def test_final_groups_are_final(group: str) -> None:
    assert is_final(group)


@pytest.mark.parametrize("group", [*PENDING, "ON_HOLD", ""])
def test_other_groups_are_not_final(group: str) -> None:
    assert not is_final(group)


@pytest.mark.parametrize("final", FINAL)
@pytest.mark.parametrize("pending", [*PENDING, "ON_HOLD"])
def test_a_final_group_never_goes_back(final: str, pending: str) -> None:
    assert advance(final, pending) == final
    assert advance(pending, final) == final


def test_an_expired_message_may_turn_out_delivered() -> None:
    assert advance(Group.EXPIRED, Group.DELIVERED) == Group.DELIVERED


@pytest.mark.parametrize("old", FINAL)
@pytest.mark.parametrize("new", FINAL)
def test_only_delivered_takes_the_place_of_another_final_group_and_nothing_takes_its(old: str, new: str) -> None:
    assert advance(old, new) == (Group.DELIVERED if Group.DELIVERED in (old, new) else old)


def test_a_report_without_a_group_changes_nothing() -> None:
    assert advance(Group.PENDING, "") == Group.PENDING


@pytest.mark.parametrize("group", ["ACCEPTED", "PENDING", "DELIVERED", "UNDELIVERABLE", "EXPIRED", "ON_HOLD"])
def test_every_group_but_rejected_was_taken(group: str) -> None:
    status = ReportStatus(groupName=group)
    assert verdict(status) is Verdict.TAKEN
    assert accepted(status)


def test_a_rejected_message_was_not_taken() -> None:
    status, _ = report("dlr_v3_rejected_credits.json")
    assert verdict(status) is Verdict.REJECTED
    assert not accepted(status)


@pytest.mark.parametrize("said", [{"id": 23}, {"name": "REJECTED_DUPLICATE_MESSAGE_ID"}])
def test_a_duplicate_was_taken_earlier(said: dict[str, object]) -> None:
    status = ReportStatus(groupName="REJECTED", **said)
    assert verdict(status) is Verdict.TAKEN_EARLIER
    assert accepted(status)


def test_what_id_23_says_of_a_message_is_that_it_was_accepted() -> None:
    assert status_of_message(ReportStatus(groupName="REJECTED", id=23)).name == "PENDING_ACCEPTED"
    other = ReportStatus(groupName="REJECTED", id=12)
    assert status_of_message(other) is other


def test_whatever_is_rejected_is_permanent_as_it_is_not_sent_again() -> None:
    rejected = {id_: meaning for (group, id_), meaning in STATUSES.items() if group == Group.REJECTED and id_ != 23}
    assert all(meaning.permanent for meaning in rejected.values())
    assert explain(ReportStatus(groupName="REJECTED", id=20, name="REJECTED_FLOODING_FILTER")).endswith("(permanent).")


def test_id_23_of_another_group_is_no_duplicate() -> None:
    assert verdict(ReportStatus(groupName="PENDING", id=23)) is Verdict.TAKEN


def test_a_status_that_says_nothing_is_unreadable() -> None:
    assert verdict(ReportStatus()) is Verdict.UNREADABLE
    assert not accepted(ReportStatus())


@pytest.mark.parametrize("said", [{"groupId": 5}, {"name": "REJECTED_NETWORK"}, {"groupName": " rejected "}])
def test_the_group_is_found_without_its_exact_name(said: dict[str, object]) -> None:
    assert group_of(ReportStatus(**said)) == Group.REJECTED


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("dlr_v3_delivered.json", "DELIVERED_TO_HANDSET: the message is on the phone."),
        ("dlr_v2_delivered.json", "DELIVERED_TO_HANDSET: the message is on the phone."),
        ("dlr_v3_minimal.json", "DELIVERED."),
        ("dlr_v3_pending_intermediate.json", "PENDING_ENROUTE: the message is on its way to the operator."),
        (
            "dlr_v3_rejected_credits.json",
            "REJECTED_NOT_ENOUGH_CREDITS: the account has not enough credit: top it up (permanent).",
        ),
        (
            "dlr_v3_undeliverable.json",
            "UNDELIVERABLE_NOT_DELIVERED: the message was sent but not delivered; "
            "EC_ABSENT_SUBSCRIBER: the phone was off or out of reach (temporary).",
        ),
        (
            "dlr_v3_expired.json",
            "EXPIRED_EXPIRED: the message was not delivered within its validity period; "
            "EC_VALIDITY_EXPIRED: the validity period ended before delivery (permanent).",
        ),
    ],
)
def test_a_report_is_explained_in_one_sentence(name: str, sentence: str) -> None:
    assert explain(*report(name)) == sentence


def test_a_reports_own_permanent_is_trusted() -> None:
    status = ReportStatus(groupName="UNDELIVERABLE", id=9, name="UNDELIVERABLE_NOT_DELIVERED")
    assert explain(status, ReportError(id=27, name="EC_ABSENT_SUBSCRIBER", permanent=True)).endswith("(permanent).")


def test_signals_blocked_means_something_else_in_each_group() -> None:
    groups = [ReportStatus(groupName=group, id=87, name="SIGNALS_BLOCKED") for group in ("EXPIRED", "REJECTED")]
    assert "may have been delivered" in explain(groups[0])
    assert "firewall" in explain(groups[1])


def test_an_unknown_status_is_explained_by_its_own_description_with_numbers_masked() -> None:
    status = ReportStatus(groupName="ON_HOLD", id=900, name="HELD", description="Held for 385981234567.")
    assert explain(status) == "HELD: Held for 385*****4567."


@given(st.builds(ReportStatus), st.none() | st.builds(ReportError))
def test_every_status_can_be_explained(status: ReportStatus, error: ReportError | None) -> None:
    assert explain(status, error).endswith(".")
