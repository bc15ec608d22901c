"""The example of a plugin where it is installed: its own tests, commands, checks, and a host with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from infobip_rules.sandbox import FakeInfobip
from tests.cli.conftest import PERSON, Start

from .broken import installed
from .conftest import PACKAGE

SAMPLE = (Path(__file__).parents[1] / "samples" / "mo_single_keyword.json").read_bytes()
HOOKS = ["checks", "commands", "delivery_policies", "fact_types", "findings"]
RULES = PACKAGE / "rules"


def post(url: str, message_id: str) -> None:
    body = json.loads(SAMPLE)
    body["results"][0]["messageId"] = message_id
    assert httpx.post(f"{url}/sms-received-message", json=body).status_code == 200


def answers(fake: FakeInfobip) -> list[str]:
    return [message.text for message in fake.sent_to(PERSON)]


def test_its_own_tests_pass(quiet: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=PACKAGE,
        env={**os.environ, "PYTHONPATH": quiet, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout


def test_it_is_listed_with_its_distribution_its_version_and_its_hooks(bare: Start, quiet: str) -> None:
    command = bare("plugins", "--json", PYTHONPATH=quiet)

    assert command.wait() == 0
    assert json.loads("\n".join(command.out))[-1] == {
        "name": "quiet",
        "built_in": False,
        "distribution": "infobip-rules-quiet",
        "version": "1.0.0",
        "module": "infobip_rules_quiet.plugin",
        "hooks": HOOKS,
        "problems": [],
    }


def test_people_are_shown_where_each_is_from(bare: Start, quiet: str) -> None:
    command = bare("plugins", PYTHONPATH=quiet)

    assert command.wait() == 0
    assert command.out[-1] == f"quiet\tinfobip-rules-quiet 1.0.0\t{', '.join(HOOKS)}"
    assert all("\tbuilt in\t" in line for line in command.out[1:-1])


def test_its_commands_stand_beside_the_others(bare: Start, quiet: str) -> None:
    command = bare("quiet", "list", PYTHONPATH=quiet, QUIET_NUMBERS="385981234567")

    assert command.wait() == 0
    assert command.out == ["385981234567"]
    assert bare("--help", PYTHONPATH=quiet).wait_for_line(" quiet ")


def test_in_its_rules_nothing_is_found(bare: Start, quiet: str) -> None:
    command = bare("check", "--strict", RULES, PYTHONPATH=quiet)

    assert command.wait() == 0
    assert command.out == ["2 rules in 1 file."]


def test_its_check_finds_and_its_finding_is_explained(bare: Start, quiet: str, tmp_path: Path) -> None:
    text = (RULES / "greeting.drl").read_text()
    (tmp_path / "short.drl").write_text(text.replace("Greet whoever writes first", "r1"))
    (tmp_path / "meant.drl").write_text(
        text.replace('rule "Greet', '// check: ignore QUIET001 only a sample\nrule "Greet').replace(
            "Greet whoever writes first", "r2"
        )
    )

    check = bare("check", "short.drl", "--format", "json", PYTHONPATH=quiet)
    assert check.wait() == 0
    (finding,) = json.loads("\n".join(check.out))["findings"]
    assert (finding["id"], finding["severity"]) == ("QUIET001", "advice")

    assert "2 rules in 1 file." in bare("check", "meant.drl", PYTHONPATH=quiet).wait_for_line("2 rules")
    assert bare("explain", "quiet001", PYTHONPATH=quiet).wait_for_line("A rule that sends has a short name (advice)")


@pytest.mark.parametrize(
    "evaluated", [["--workers", "1", "--web-workers", "1"], ["--in-process", "--web-workers", "0"]]
)
def test_a_host_knows_its_fact_and_keeps_its_policy(
    start: Start, fake: FakeInfobip, quiet: str, evaluated: list[str]
) -> None:
    host = start("run", RULES, "--port", "0", *evaluated, PYTHONPATH=quiet)
    post(host.url, "first")
    assert fake.wait_for(lambda: answers(fake) == ["Welcome!"])
    post(host.url, "second")
    assert fake.wait_for(lambda: answers(fake) == ["Welcome!", "We said Welcome! already."])
    assert host.end() == 0

    host = start("run", RULES, "--port", "0", *evaluated, PYTHONPATH=quiet, QUIET_NUMBERS=PERSON)
    post(host.url, "third")
    line = host.wait_for_line("delivery.rejected")
    assert "REJECTED_QUIET_NUMBER" in line
    assert "objection=Not sent: " in line
    assert host.end() == 0
    assert len(answers(fake)) == 2


@pytest.mark.parametrize("choice", ["off", "other"])
def test_the_environment_chooses_what_is_loaded(bare: Start, quiet: str, choice: str, tmp_path: Path) -> None:
    installed(tmp_path / "site", "other", "@hookimpl\ndef checks(): return []")
    command = bare("plugins", "--json", PYTHONPATH=f"{quiet}:{tmp_path / 'site'}", INFOBIP_PLUGINS=choice)

    assert command.wait() == 0
    found = [one["name"] for one in json.loads("\n".join(command.out)) if not one["built_in"]]
    assert found == ([] if choice == "off" else ["other"])


def test_so_does_the_env_file_of_the_folder_also_for_workers(bare: Start, quiet: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("INFOBIP_PLUGINS=off\n")

    assert bare("quiet", "list", PYTHONPATH=quiet).wait() == 2
    check = bare("check", RULES, PYTHONPATH=quiet)
    assert check.wait() == 1
    assert "There is no type" in check.said


def test_another_env_file_that_chooses_comes_too_late_and_is_refused(start: Start, quiet: str, tmp_path: Path) -> None:
    (tmp_path / "other.env").write_text("INFOBIP_PLUGINS=off\n")
    command = start("run", RULES, "--port", "0", "--env-file", "other.env", PYTHONPATH=quiet)

    assert command.wait() == 3
    assert "INFOBIP_PLUGINS stands in other.env, which is read after plugins are loaded." in command.said


BROKEN = {
    "at_import": "raise RuntimeError('INFOBIP_API_KEY is ' + __import__('os').environ.get('INFOBIP_API_KEY', ''))",
    "no_hook": "@hookimpl\ndef delivery_policy(limits): return []",
    "arguments": "@hookimpl\ndef delivery_policies(settings): return []",
    "commands": "@hookimpl\ndef commands(): return None",
    "taken": "import typer\ngroup = typer.Typer()\n@group.command()\ndef check(): pass\n@hookimpl\n"
    "def commands(): return [group]",
    "unreadable": "import typer\ngroup = typer.Typer()\n@group.command()\ndef odd(x: int | str): pass\n@hookimpl\n"
    "def commands(): return [group]",
}


@pytest.mark.parametrize("name", BROKEN)
def test_every_command_but_plugins_ends_with_what_is_wrong(start: Start, tmp_path: Path, name: str) -> None:
    site = installed(tmp_path / "site", name, BROKEN[name])
    listed = start("plugins", "--json", PYTHONPATH=site)
    other = start("explain", PYTHONPATH=site)

    assert listed.wait() == 1
    record = json.loads("\n".join(listed.out))[-1]
    assert record["name"] == name
    assert len(record["problems"]) == 1
    assert other.wait() == 3
    assert other.out == []
    (said,) = other.err
    assert said.startswith(f"The plugin {name} (acme-{name} 2.0)")
    assert said.endswith(f"Until then uninstall acme-{name}, or set INFOBIP_PLUGINS=off. [IR130]")
    assert "0123456789abcdef" not in said


@pytest.mark.parametrize("line", [b"a line", b"odd = \xff"])
def test_entry_points_that_can_not_be_read_end_every_command_but_plugins(
    bare: Start, tmp_path: Path, line: bytes
) -> None:
    site = installed(tmp_path / "site", "odd", "")
    (tmp_path / "site" / "acme_odd-2.0.dist-info" / "entry_points.txt").write_bytes(b"[infobip_rules]\n" + line + b"\n")
    listed = bare("plugins", "--json", PYTHONPATH=site)
    other = bare("explain", PYTHONPATH=site)
    without = bare("plugins", PYTHONPATH=site, INFOBIP_PLUGINS="off")

    assert listed.wait() == 1
    record = json.loads("\n".join(listed.out))[-1]
    assert record["name"] == "acme-odd"
    assert other.wait() == 3
    assert other.err == record["problems"]
    assert without.wait() == 0


def test_help_and_whatever_runs_without_plugins_do_with_a_broken_one(bare: Start, tmp_path: Path) -> None:
    site = installed(tmp_path / "site", "broken", BROKEN["at_import"])

    assert bare("--help", PYTHONPATH=site).wait() == 0
    assert bare("explain", PYTHONPATH=site, INFOBIP_PLUGINS="off").wait() == 0


def test_a_command_that_fails_is_its_plugins_bug(bare: Start, tmp_path: Path) -> None:
    site = installed(
        tmp_path / "site",
        "failing",
        "import typer\ngroup = typer.Typer()\n@group.command()\ndef divide(): 1 // 0\n@hookimpl\n"
        "def commands(): return [group]",
    )
    command = bare("divide", PYTHONPATH=site)

    assert command.wait() == 1
    assert "ZeroDivisionError" in command.said
    assert command.err[-1].startswith("This is a bug in the plugin failing (acme-failing 2.0): please report it")


LATER = {
    "facts": "@hookimpl\ndef fact_types(): return [1 // 0]",
    "look": "def look(case): return [1 // 0]\n@hookimpl\ndef checks(): return [look]",
}


@pytest.mark.parametrize("name", LATER)
def test_a_check_ends_with_what_is_wrong_with_a_plugin(bare: Start, tmp_path: Path, name: str) -> None:
    site = installed(tmp_path / "site", name, LATER[name])
    (tmp_path / "rules.py").write_text("")
    command = bare("check", "rules.py", PYTHONPATH=site)

    assert command.wait() == 3
    said = command.err[-1]
    assert said.startswith(f"The plugin {name} (acme-{name} 2.0): its hook ")
    assert said.endswith("[IR130]")
