"""What a host knows of rules that are evaluated elsewhere: the same answers as the rulebook's own."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from infobip_rules.errors import RuleError
from infobip_rules.evaluators import worker_process
from infobip_rules.evaluators.frames import Loaded, read_loaded, write_loaded
from infobip_rules.evaluators.outline import RulesOutline
from infobip_rules.evaluators.worker_process import outline_of
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.signals import SIGNAL_TYPES

RULES = '''
from infobip_rules import *
from infobip_rules.lang import *

@route
def by_keyword(signal):
    return None

with ruleset("known"):

    @when_all(c.signal << signal(InfobipSmsSentMessage))
    def sent(c):
        """Notes that it was sent."""

    @when_all(c.beat << signal(Heartbeat))
    def beat(c):
        pass
'''
NOTHING = "from infobip_rules.lang import ruleset\n\nwith ruleset('nothing'):\n    pass\n"


@pytest.mark.parametrize("source", [RULES, NOTHING], ids=["rules", "nothing"])
def test_an_outline_answers_as_the_rulebook_does(tmp_path: Path, source: str) -> None:
    (tmp_path / "known.py").write_text(source, encoding="utf-8")
    rulebook = load_rules([tmp_path])
    outline = read_loaded(write_loaded(Loaded(rules=RulesOutline.of(rulebook)))).rules
    assert [(rule.id, rule.title, rule.where) for rule in outline.rules] == [
        (rule.id, rule.title, rule.where) for rule in rulebook.rules
    ]
    assert (outline.sources, outline.warnings) == (rulebook.sources, rulebook.warnings)
    assert (outline.routes, outline.standing) == (rulebook.routes, rulebook.standing)
    assert outline.wants_heartbeats == rulebook.wants_heartbeats
    for kind in SIGNAL_TYPES.values():
        assert outline.listens_to(kind) == rulebook.listens_to(kind)


def test_a_worker_tells_the_outline_of_the_rules_it_loads(tmp_path: Path) -> None:
    (tmp_path / "known.py").write_text(RULES, encoding="utf-8")
    assert outline_of([tmp_path]) == RulesOutline.of(load_rules([tmp_path]))


def test_files_that_do_not_load_are_told_as_they_would_be_here(tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("x = 1\nraise LookupError('no such thing')\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no such thing") as here:
        load_rules([broken])
    with pytest.raises(RuleError) as there:
        outline_of([broken])
    assert str(there.value) == str(here.value)


def test_files_that_leave_the_process_are_told(tmp_path: Path) -> None:
    (tmp_path / "leaving.py").write_text("import os\nos._exit(3)\n", encoding="utf-8")
    with pytest.raises(RuleError, match=r"A worker ended its process \(exit code 3\) while it loaded the rules\."):
        outline_of([tmp_path])


WAITING = """
import pathlib, time
while not pathlib.Path(__file__).with_name("go").exists():
    time.sleep(0.01)
"""


def test_a_worker_that_takes_long_to_load_the_rules_is_logged_and_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Go(logging.Handler):
        """What the file waits for: that the log has the event."""

        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage().startswith("evaluators.still_loading"):
                (tmp_path / "go").touch()

    monkeypatch.setattr(worker_process, "SLOW_START", 0.01)
    (tmp_path / "slow.py").write_text(WAITING + RULES, encoding="utf-8")
    log = logging.getLogger("infobip_rules.evaluators")
    log.addHandler(go := Go())
    try:
        assert outline_of([tmp_path]).rules
    finally:
        log.removeHandler(go)


def test_a_worker_that_never_loads_the_rules_is_given_up_with_what_to_look_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_process, "SLOW_START", 0.01)
    monkeypatch.setattr(worker_process, "START_DEADLINE", 0.02)
    (tmp_path / "slow.py").write_text(WAITING + RULES, encoding="utf-8")
    with pytest.raises(RuleError, match=r"took longer than 0\.02 s while it loaded the rules\..+ loops or waits"):
        outline_of([tmp_path])
