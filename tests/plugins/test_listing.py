"""Plugins as records, those that can't be loaded among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules.plugins.listing import records_of, rows_of
from infobip_rules.plugins.manager import BUILT_IN, Plugins

from .broken import installed


def test_what_is_built_in_is_listed_first_then_what_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(installed(tmp_path, "broken", "raise RuntimeError('no')"))
    installed(tmp_path, "sound", "@hookimpl\ndef checks(): return []")
    plugins = Plugins.installed()

    *own, sound, broken = records_of(plugins)

    assert [one["name"] for one in own] == sorted(BUILT_IN)
    assert all(one["built_in"] for one in own)
    assert sound == {
        "name": "sound",
        "built_in": False,
        "distribution": "acme-sound",
        "version": "2.0",
        "module": "acme_sound",
        "hooks": ["checks"],
        "problems": [],
    }
    assert (broken["name"], broken["distribution"], broken["hooks"]) == ("broken", "acme-broken", [])
    assert "raised RuntimeError: no." in broken["problems"][0]
    assert rows_of(plugins)[-2:] == [
        {"name": "sound", "from": "acme-sound 2.0", "hooks": ["checks"]},
        {"name": "broken", "from": "acme-broken 2.0", "hooks": []},
    ]
