"""The lines that a host prints when it starts."""

from __future__ import annotations

from infobip_rules.cli.banner import Banner, counted, evaluation, without_token


def test_a_count_has_its_noun() -> None:
    assert [counted(number, "rule") for number in (0, 1, 2)] == ["0 rules", "1 rule", "2 rules"]


def test_a_url_is_shown_without_its_token() -> None:
    assert without_token("https://x.example/in?token=secret") == "https://x.example/in?token=***"
    assert without_token("https://x.example/in") == "https://x.example/in"


def test_the_place_of_evaluation_is_said() -> None:
    assert "a rule that hangs would hang" in evaluation(0)
    assert [evaluation(1), evaluation(3)] == ["in 1 worker process", "in 3 worker processes"]


def test_warnings_stand_out_and_the_address_comes_last() -> None:
    lines = Banner(
        mode="dev",
        rules=1,
        sources=["a.py"],
        webhooks=["https://x.example/in"],
        listening="http://127.0.0.1:8080",
        everywhere=True,
        journal="x.db",
        evaluation="here",
        hints=["a hint"],
        warnings=["a warning"],
    ).lines()
    assert "  note       a hint" in lines
    assert "\n  !! WARNING: a warning\n" in lines
    assert lines[-1] == ("Listening at http://127.0.0.1:8080 and every other address of this machine - Ctrl-C ends it.")
