"""Words and moments on pages: escaped, short, in UTC."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from infobip_rules.errors import PluginError
from infobip_rules.pages.rendering import Templates, clock_time, day, emphasised, span
from infobip_rules.plugins.manager import Plugins
from tests.plugins.test_manager import plugin

ZAGREB = timezone(timedelta(hours=1))


@given(st.text())
def test_no_text_becomes_markup(text: str) -> None:
    shown = str(emphasised(text))
    bare = shown.replace("<em>", "").replace("</em>", "")
    assert "<" not in bare
    assert ">" not in bare


def test_what_stands_between_asterisks_is_emphasised() -> None:
    assert emphasised("*Join* (text was <b>)") == "<em>Join</em> (text was &lt;b&gt;)"


def test_an_asterisk_of_somebodys_own_is_one() -> None:
    assert emphasised("5 * 3") == "5 * 3"


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (timedelta(), "0 s"),
        (timedelta(seconds=61), "1 min 1 s"),
        (timedelta(days=1, hours=2, minutes=3), "1 d 2 h"),
        (timedelta(seconds=-5), "0 s"),
    ],
)
def test_how_long_something_is_takes_two_units_at_most(length: timedelta, expected: str) -> None:
    assert span(length) == expected


def test_moments_are_shown_in_utc() -> None:
    moment = datetime(2026, 11, 9, 0, 30, tzinfo=ZAGREB)
    assert (day(moment), clock_time(moment)) == ("8 Nov 2026 23:30:00", "23:30:00")


def test_templates_escape_what_they_are_given_and_miss_nothing_silently(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("{{ text }}")
    templates = Templates(tmp_path)
    assert templates.render("a.html", text="<script>") == "&lt;script&gt;"
    with pytest.raises(UndefinedError):
        templates.render("a.html")


def rendered(folder: Path, template: str, **filters: Any) -> str:
    (folder / "page.html").write_text(template)
    plugins = Plugins.of(acme=plugin(template_filters=lambda: filters))
    return Templates(folder, plugins=plugins).render("page.html", text="<b>")


def test_a_filter_of_a_plugin_renders_and_what_it_gives_is_escaped(tmp_path: Path) -> None:
    assert rendered(tmp_path, "{{ text | twice }}", twice=lambda text: text * 2) == "&lt;b&gt;&lt;b&gt;"


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"clock": str}, "adds clock, which is also added by infobip_rules.pages.rendering (built in)."),
        ({"safe": str}, "adds safe, which is a filter of Jinja's own."),
        ({"twice": "text * 2"}, "returned a dict."),
    ],
)
def test_a_filter_whose_name_is_taken_or_that_is_none_is_the_plugins_mistake(
    tmp_path: Path, filters: dict[str, Any], said: str
) -> None:
    with pytest.raises(PluginError) as raised:
        rendered(tmp_path, "", **filters)

    assert said in raised.value.fact
