"""The wheel where nothing else is: no repository, no network, no tools of the tests."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest

import infobip_rules
from infobip_rules.sandbox import FakeInfobip
from tests.cli.conftest import PERSON

from .environment import Environment, run_pip

SAMPLE = Path(__file__).parents[1] / "samples" / "mo_single_keyword.json"
WRITER = "385981234567"
LINKED = re.compile(r'(?:href|src)="(/[^"#]+)"')


@pytest.fixture
def project(installed: Environment, tmp_path: Path) -> Path:
    with installed.start("new", "my-bot", cwd=tmp_path) as new:
        assert new.wait() == 0, new.said
    return tmp_path / "my-bot"


def test_it_lacks_nothing_that_it_says_it_needs(installed: Environment) -> None:
    assert run_pip("--python", installed.python, "check").strip() in {"", "No broken requirements found."}


def test_no_repository_and_no_tool_of_the_tests_is_seen(installed: Environment, tmp_path: Path) -> None:
    code = """if True:
        import importlib.util, infobip_rules
        print(infobip_rules.__file__)
        print([name for name in ("tests", "pytest", "hypothesis", "durable", "structlog") if importlib.util.find_spec(name)])
    """
    seen = installed.run("-c", code, cwd=tmp_path)
    assert seen.out[1:] == ["[]"], seen.said
    assert seen.out[0].startswith(str(installed.folder))


@pytest.mark.parametrize("name", ["infobip-rules", "infobip-adapter"])
def test_each_of_its_commands_says_its_version(installed: Environment, tmp_path: Path, name: str) -> None:
    assert installed.command(name).is_file()
    said = installed.run(installed.command(name), "--version", cwd=tmp_path)
    assert said.out == [f"infobip-rules {infobip_rules.__version__}"], said.said


def test_it_is_run_as_a_module_too(installed: Environment, tmp_path: Path) -> None:
    said = installed.run("-m", "infobip_rules", "--version", cwd=tmp_path)
    assert said.out == [f"infobip-rules {infobip_rules.__version__}"], said.said


def test_the_plugin_names_uv_where_there_is_no_pip(installed: Environment, tmp_path: Path) -> None:
    tried = installed.run("-c", "import infobip_rules.plugin", cwd=tmp_path)
    assert f'uv pip install --python {installed.python} --no-cache "infobip-rules[durable]"`' in tried.err[-1]


def test_what_rebuilds_the_extension_names_uv_too(installed: Environment, tmp_path: Path) -> None:
    code = "from infobip_rules.durable_rules import rebuild_command as r; print(r())"
    said = installed.run("-c", code, cwd=tmp_path)
    assert f"uv pip install --python {installed.python} --reinstall --no-deps --no-cache " in said.out[0]


def test_a_new_project_is_answered_by_dev(installed: Environment, project: Path) -> None:
    arguments = ("dev", "rules/", "--port", "0", "--first-message", "JOIN", "--exit-after-reply")
    with installed.start(*arguments, cwd=project) as dev:
        assert dev.wait() == 0, dev.said
    assert dev.out[1].startswith(f"{WRITER} < Welcome!")


def test_a_new_projects_own_tests_pass(with_pytest: Environment, project: Path) -> None:
    tests = with_pytest.run("-m", "pytest", "-q", "-W", "error", cwd=project)
    assert tests.wait() == 0, tests.said
    assert re.search(r"\d+ passed in", tests.said)


def test_a_new_project_is_checked_and_a_finding_is_explained(installed: Environment, project: Path) -> None:
    with installed.start("check", "--strict", "rules/", cwd=project) as check:
        assert check.wait() == 0, check.said
    with installed.start("explain", "RULE012", cwd=project) as explain:
        assert explain.wait() == 0, explain.said
    assert explain.out[0].startswith("RULE012 ")


def test_the_pages_of_dev_come_with_all_that_they_link_to(installed: Environment, project: Path) -> None:
    with installed.start("dev", "rules/", "--port", "0", "--first-message", "JOIN", cwd=project) as dev:
        dev.wait_for_line("* DELIVERED")
        with httpx.Client(base_url=dev.url, trust_env=False, timeout=60, follow_redirects=True) as browser:
            phones = browser.get("/")
            assert phones.status_code == 200
            assert "Welcome!" in phones.text
            linked = set(LINKED.findall(phones.text))
            assert {Path(path.partition("?")[0]).suffix for path in linked} >= {".css", ".js"}
            assert {path: browser.get(path).status_code for path in linked} == dict.fromkeys(linked, 200)
        assert dev.end() == 0


def test_a_host_with_processes_of_its_own_answers(
    installed: Environment, project: Path, fake: FakeInfobip, variables: dict[str, str]
) -> None:
    body = json.loads(SAMPLE.read_text())
    body["results"][0] |= {"text": "JOIN", "cleanText": "JOIN", "keyword": "JOIN"}
    arguments = ("run", "rules/", "--port", "0", "--workers", "1", "--web-workers", "1")
    with installed.start(*arguments, cwd=project, **variables) as host:
        answer = httpx.post(f"{host.url}/sms-received-message", json=body, trust_env=False, timeout=60)
        assert answer.status_code == 200
        assert fake.wait_for(lambda: len(fake.sent_to(PERSON)) == 1), host.said
        assert host.end() == 0
    (message,) = fake.sent_to(PERSON)
    assert message.text.startswith("Welcome!")
