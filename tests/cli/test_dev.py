"""`dev`: rules tried with a fake Infobip, the conversation on stdout."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from .conftest import TOKEN, Start

WRITER = "385981234567"


def test_the_first_message_its_reply_and_the_report_are_shown_in_order(bare: Start, rules: Path) -> None:
    host = bare("dev", rules, "--port", "0", "--first-message", "hello", "--exit-after-reply")

    assert host.wait() == 0
    assert host.out == [f"{WRITER} > hello", f"{WRITER} < You wrote: hello", f"{WRITER} * DELIVERED"]


def test_rules_can_be_evaluated_in_workers(bare: Start, rules: Path) -> None:
    host = bare("dev", rules, "--port", "0", "--workers", "1", "--first-message", "hello", "--exit-after-reply")

    assert host.wait() == 0
    assert f"{WRITER} < You wrote: hello" in host.out


def test_it_says_which_rules_fired(bare: Start, rules: Path) -> None:
    host = bare("dev", rules, "--port", "0", "--first-message", "hello")

    assert "fired=client/reply" in host.wait_for_line("turns.evaluated")


def test_it_goes_on_and_says_how_to_send_more(bare: Start, rules: Path) -> None:
    host = bare("dev", rules, "--port", "0", "--first-message", "hello")
    host.wait_for_line("* DELIVERED")
    hint = host.wait_for_line("infobip-rules simulate sms")
    assert f"--from {WRITER}" in hint
    assert f"--url {host.url}" in hint

    more = bare("simulate", "sms", "--from", WRITER, "--text", "more", "--url", host.url)

    assert more.wait() == 0
    host.wait_for_line("< You wrote: more")
    assert host.end() == 0


def test_neither_settings_nor_a_journal_of_the_environment_count(bare: Start, rules: Path, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("INFOBIP_PHONE_NUMBER=no number at all\n")
    variables = {
        "INFOBIP_BASE_URL": "http://in.the.clear",
        "INFOBIP_API_KEY": "App key",
        "INFOBIP_JOURNAL_URL": f"sqlite:///{tmp_path}/real.db",
    }

    host = bare("dev", rules, "--port", "0", "--first-message", "hello", "--exit-after-reply", **variables)

    assert host.wait() == 0
    assert not (tmp_path / "real.db").exists()


def test_nothing_is_left_behind_unless_a_journal_is_named(bare: Start, rules: Path, tmp_path: Path) -> None:
    arguments = ["dev", rules, "--port", "0", "--first-message", "hello", "--exit-after-reply"]
    passing = bare(*arguments, TMPDIR=str(tmp_path))
    assert passing.wait() == 0
    assert list(tmp_path.glob("infobip-rules-*")) == []

    kept = bare(*arguments, "--journal", "sqlite:///kept.db")
    assert kept.wait() == 0
    assert (tmp_path / "kept.db").exists()


def test_a_webhook_token_is_used_and_not_shown(bare: Start, rules: Path) -> None:
    arguments = ["dev", rules, "--port", "0", "--first-message", "hello", "--exit-after-reply"]

    host = bare("--verbose", *arguments, INFOBIP_WEBHOOK_TOKEN=TOKEN)

    assert host.wait() == 0
    assert "?token=***" in host.said
    assert TOKEN not in host.said


def test_ended_before_the_awaited_reply_is_a_failure(bare: Start, tmp_path: Path) -> None:
    host = bare("dev", _silent(tmp_path), "--port", "0", "--first-message", "hello", "--exit-after-reply")
    host.wait_for_line("fired=none")

    assert host.end() == 1


def test_no_reply_in_time_is_a_failure(tmp_path: Path) -> None:
    arguments = ["dev", str(_silent(tmp_path)), "--port", "0", "--first-message", "hello", "--exit-after-reply"]
    impatient = (
        "import sys; from infobip_rules.cli import dev, main; dev.PATIENCE = 0.5; "
        f"sys.argv = ['infobip-rules', *{arguments!r}]; main()"
    )

    ended = subprocess.run(
        [sys.executable, "-c", impatient], cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False
    )

    assert ended.returncode == 1
    assert "No reply was delivered in 0.5 s." in ended.stderr


def test_a_reply_that_is_refused_ends_it_at_once_with_the_reason(bare: Start, rules: Path) -> None:
    rules.write_text(rules.read_text().replace('c.client.get_connection("phone")', '"MTN"'))
    host = bare("dev", rules, "--port", "0", "--first-message", "hello", "--exit-after-reply")

    assert host.wait() == 1
    assert "No reply will be delivered. What client/reply sent to MTN was refused: Dropped: " in host.said
    assert "No reply was delivered in" not in host.said


def test_a_dead_letter_ends_it_at_once_with_the_reason(bare: Start, rules: Path) -> None:
    rules.write_text(rules.read_text().replace('"You wrote: " + c.signal.text', "1 / 0"))
    host = bare("dev", rules, "--port", "0", "--first-message", "hello", "--exit-after-reply")

    assert host.wait() == 1
    assert "No reply will be delivered. Signal 1 is a dead letter: The rule client/reply" in host.said


def test_what_was_refused_before_is_no_reason(bare: Start, rules: Path) -> None:
    good = rules.read_text()
    arguments = ["dev", rules, "--port", "0", "--journal", "sqlite:///kept.db", "--exit-after-reply"]
    rules.write_text(good.replace('"You wrote: " + c.signal.text', "1 / 0"))
    assert bare(*arguments, "--first-message", "hello").wait() == 1
    rules.write_text(good)

    assert bare(*arguments, "--first-message", "again").wait() == 0


def test_a_message_that_is_set_aside_ends_it_at_once_with_the_reason(bare: Start, rules: Path) -> None:
    host = bare("dev", rules, "--port", "0", "--first-message", "x" * 100_000, "--exit-after-reply")

    assert host.wait() == 1
    assert "No reply will be delivered. The message was set aside: text is over 64 KiB." in host.said
    assert "No reply was delivered in" not in host.said


def test_a_trial_with_the_journal_of_another_one_takes_its_messages_too(bare: Start, rules: Path) -> None:
    arguments = ["dev", rules, "--port", "0", "--journal", "sqlite:///kept.db", "--exit-after-reply"]

    assert [bare(*arguments, "--first-message", text).wait() for text in ("one", "two")] == [0, 0]


@pytest.mark.parametrize("text", ["two\nlines", "\x1b[31mred", "\u202egnp"])
def test_no_text_can_write_outside_its_line(bare: Start, rules: Path, text: str) -> None:
    host = bare("dev", rules, "--port", "0", "--first-message", text, "--exit-after-reply")

    assert host.wait() == 0
    assert len(host.out) == 3
    assert all(line.isprintable() for line in host.out)


def test_rules_that_do_not_load_start_nothing(bare: Start, tmp_path: Path) -> None:
    host = bare("dev", tmp_path / "missing.py")

    assert host.wait() == 3
    assert "missing.py does not exist." in host.said


def test_a_rule_file_that_is_saved_broken_is_told_and_a_mended_one_is_loaded(bare: Start, rules: Path) -> None:
    host = bare("dev", rules, "--port", "0")
    url, good = host.url, rules.read_text()

    rules.write_text(good + "\nif\n")
    host.wait_for_line("those from before go on")
    assert "reply.py:" in host.wait_for_line("The file is not Python")

    rules.write_text(good.replace("You wrote", "You have written"))
    host.wait_for_line("The rules were loaded again: 1 rule.")
    assert bare("simulate", "sms", "--from", WRITER, "--text", "more", "--url", url).wait() == 0
    host.wait_for_line("< You have written: more")


def test_whoever_listens_for_others_gets_a_token_made_up(bare: Start, rules: Path) -> None:
    host = bare("dev", rules, "--host", "0.0.0.0", "--port", "0", "--first-message", "hello")  # noqa: S104 - what is tested
    assert "and every other address of this machine - Ctrl-C" in host.wait_for_line("Listening at")
    host.wait_for_line("* DELIVERED")  # the fake Infobip has it
    found = re.search(r"Open (\S+)/\?token=(\S+)", host.wait_for_line("Open http"))
    assert found
    url, token = found.groups()

    with httpx.Client(base_url=url, follow_redirects=True, timeout=60) as stranger:
        for path in ("/", "/phones", "/dashboard", "/metrics"):
            assert stranger.get(path).status_code == 401, path
    with httpx.Client(base_url=url, follow_redirects=True, timeout=60) as browser:
        assert "SANDBOX" in browser.get("/", params={"token": token}).text
        assert browser.get("/dashboard").status_code == 200

    assert "ANYBODY" not in host.said
    assert bare("simulate", "sms", "--text", "strange", "--url", url).wait() == 1
    assert f"--token {token}" in host.wait_for_line("simulate sms")
    assert bare("simulate", "sms", "--text", "more", "--url", url, "--token", token).wait() == 0
    host.wait_for_line("< You wrote: more")
    assert "strange" not in host.said
    assert host.end() == 0


def test_a_token_that_is_set_is_asked_of_others_and_not_shown(bare: Start, rules: Path) -> None:
    host = bare("dev", rules, "--host", "0.0.0.0", "--port", "0", INFOBIP_WEBHOOK_TOKEN=TOKEN)  # noqa: S104 - what is tested

    assert httpx.get(f"{host.url}/phones", timeout=60).status_code == 401
    assert httpx.get(f"{host.url}/phones", params={"token": TOKEN}, timeout=60).status_code == 303
    assert TOKEN not in host.said
    assert "INFOBIP_WEBHOOK_TOKEN" in host.wait_for_line("Others can reach it")


def test_at_this_machine_nobody_is_asked_for_a_token(bare: Start, rules: Path) -> None:
    host = bare("dev", rules, "--port", "0")

    assert httpx.get(f"{host.url}/", follow_redirects=True, timeout=60).status_code == 200
    assert "token" not in host.said


def _silent(folder: Path) -> Path:
    file = folder / "silent.py"
    file.write_text("")
    return file
