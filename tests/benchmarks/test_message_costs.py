"""What a message costs is measured on a real host."""

from __future__ import annotations

from benchmarks.message_costs import message_costs


def test_each_process_has_its_part_in_a_message_and_all_of_it_goes_to_disk() -> None:
    costs = message_costs(messages=600)
    assert min(costs.host_us, costs.web_us, costs.evaluation_us) > 0
    assert costs.written_bytes > 500  # two texts, two rows
