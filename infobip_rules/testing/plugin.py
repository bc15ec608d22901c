"""The pytest plugin: the `rules` fixture, the `infobip_rules` marker and ini line, and `*.sms.txt` files as tests.

pytest imports it in every run of every project on the machine: so all else is imported where it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from infobip_rules.testing.playing import Difference
    from infobip_rules.testing.rules import Rules

_SUFFIX = ".sms.txt"
_INI = "infobip_rules"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The ini line `infobip_rules = rules/`."""
    parser.addini(_INI, "Rule files, or folders of them, that tests run unless they name others.", type="paths")


def pytest_configure(config: pytest.Config) -> None:
    """The marker `infobip_rules("rules/quiz.py")`."""
    config.addinivalue_line(
        "markers", f"{_INI}(*paths): rule files, or folders of them, that the `rules` fixture loads for this test."
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ConversationFile | None:
    """Conversation files are tests."""
    if file_path.name.endswith(_SUFFIX):
        return ConversationFile.from_parent(parent, path=file_path)
    return None


@pytest.fixture
def rules(request: pytest.FixtureRequest) -> Iterator[Rules]:
    """Rules under test, on a journal in memory and a clock that is set.

    `rules.load("rules/quiz.py")` loads files; without it those of the marker, or else of the ini line, are loaded when
    they are first needed. Relative paths are relative to pytest's root folder.
    """
    from infobip_rules.testing.rules import Rules

    marker = request.node.get_closest_marker(_INI)
    paths = marker.args if marker is not None and marker.args else request.config.getini(_INI)
    under_test = Rules(*paths, root=request.config.rootpath)
    yield under_test
    under_test.close()


class ConversationFile(pytest.File):
    """A conversation file: one test."""

    def collect(self) -> Iterator[ConversationItem]:
        """The conversation."""
        yield ConversationItem.from_parent(self, name=self.path.name.removesuffix(_SUFFIX))


class ConversationItem(pytest.Item):
    """A conversation, played from its first line to its last."""

    def runtest(self) -> None:
        """Raises ConversationFailure if it goes otherwise than it is written."""
        from infobip_rules.testing.conversation import parse
        from infobip_rules.testing.playing import play
        from infobip_rules.testing.rules import Rules

        name = self.nodeid.split("::")[0]
        try:
            text = self.path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise ConversationFailure(f"{name} is not UTF-8. Save it as that.") from None
        conversation = parse(text, name=name)
        paths = [self.path.parent / path for path in conversation.rules] or self.config.getini(_INI)
        rules = Rules(*paths, root=self.config.rootpath)
        try:
            difference = play(conversation, rules)
        finally:
            rules.close()
        if difference is not None:
            raise ConversationFailure(f"{name}:{difference.line}: {_went_otherwise(difference)}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:
        """The difference; of the package's own errors, their text."""
        from infobip_rules.errors import InfobipRulesError

        if isinstance(excinfo.value, ConversationFailure | InfobipRulesError):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        """The file and the name that pytest reports."""
        return self.path, 0, f"conversation: {self.name}"


class ConversationFailure(AssertionError):
    """A conversation went otherwise than it is written."""


def _went_otherwise(difference: Difference) -> str:
    return f"it went otherwise (- written, + what came)\n\n{difference}"
