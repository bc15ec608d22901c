"""Channels of plugins: registered beside those that are built in, and used by a host with all its processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from infobip_rules.channels.installed import channels_of, installed_channels
from infobip_rules.errors import PluginError, RuleFileError
from infobip_rules.plugins.manager import Plugins
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.sandbox import FakeInfobip, serve
from tests.channels.paging import Paging
from tests.channels.test_paging import RULES, FakePager, a_page
from tests.cli.program import Program
from tests.plugins.broken import installed
from tests.plugins.test_manager import plugin

ROOT = Path(__file__).parents[2]
DRL = """
rule "Hear a page"
    when
        $page: PageReceived(code > 6) from entry-point "signals"
    then
        delete($page);
end
"""


def giving(*channels: Any) -> Plugins:
    return Plugins.of(acme=plugin(channels=lambda: channels))


def test_without_plugins_there_are_those_that_are_built_in() -> None:
    assert [channel.name for channel in installed_channels()] == ["sms"]


def test_those_of_plugins_come_after_them() -> None:
    assert [channel.name for channel in channels_of(giving(Paging()))] == ["sms", "paging"]


def test_rules_in_drl_name_the_signals_of_a_plugins_channel(tmp_path: Path) -> None:
    file = tmp_path / "rules.drl"
    file.write_text(DRL)

    assert "PageReceived" in load_rules([file], plugins=giving(Paging())).signal_types
    with pytest.raises(RuleFileError, match="There is no type PageReceived"):
        load_rules([file], plugins=Plugins())


class Unnamed(Paging):
    name = ""


class Text(Paging):
    name = "sms"


@pytest.mark.parametrize(
    ("channels", "said"),
    [
        ((Unnamed(),), "its name is not a word."),
        ((Text(),), "Two channels are called 'sms'"),
        ((Paging(), Paging()), "Two channels are called 'paging'"),
        ((Paging,), "Paging is a class, not a channel."),
        (("paging",), "is no channel"),
        ((None,), "gave None."),
    ],
)
def test_one_that_can_not_be_registered_is_named_with_its_plugin(channels: Any, said: str) -> None:
    with pytest.raises(PluginError) as raised:
        channels_of(giving(*channels))

    assert raised.value.fact.startswith("The plugin acme (types.SimpleNamespace): its hook channels gave ")
    assert said in raised.value.fact
    assert "the hook is channels() -> Iterable[Channel]." in raised.value.remedy


@pytest.fixture
def pager() -> Iterator[tuple[FakePager, str]]:
    made = FakePager(FakeInfobip(api_key="sandbox-key"))
    with serve(made.app) as url:
        yield made, url


def test_a_host_with_its_workers_takes_answers_and_lists_messages_of_it(
    pager: tuple[FakePager, str], tmp_path: Path
) -> None:
    service, url = pager
    site = installed(
        tmp_path / "site",
        "paging",
        "@hookimpl\ndef channels():\n    from tests.channels.paging import Paging\n    return [Paging()]\n",
    )
    (tmp_path / "rules.py").write_text(RULES)
    variables = {
        "INFOBIP_BASE_URL": url,
        "INFOBIP_API_KEY": "sandbox-key",
        "INFOBIP_PHONE_NUMBER": "447491163443",
        "PYTHONPATH": f"{site}:{ROOT}",
    }
    run = ["run", "rules.py", "--port", "0", "--workers", "1", "--web-workers", "1"]
    with Program(run, cwd=tmp_path, variables=variables) as host:
        body = {"results": [a_page(code=41)]}
        assert httpx.post(f"{host.url}/sms-received-message", json=body).json()["accepted"] == 1
        assert [page["beep"] for page in service.wait_for(1)] == [42]
        assert host.end() == 0
    with Program(["outbox", "--text"], cwd=tmp_path, variables=variables) as listed:
        assert listed.wait() == 0
        assert "beep 42" in listed.said
