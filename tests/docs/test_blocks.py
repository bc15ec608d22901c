"""What the documentation shows runs: rules load, conversations go as they are written, programs end well."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.testing import Rules
from infobip_rules.testing.conversation import parse
from infobip_rules.testing.playing import play
from tests.docs.pages import ROOT, TESTED_ELSEWHERE, Block, blocks, pages
from tests.docs.stories import Scene, scenes

#: Of README too what is DRL; its Python is run by its own test.
SHOWN = {
    page: [block for block in blocks(page) if page not in TESTED_ELSEWHERE or block.language == "drl"]
    for page in pages()
}
SCENES = [scene for shown in SHOWN.values() for scene in scenes(shown)]
#: An account that nobody reaches.
ACCOUNT = {
    "INFOBIP_BASE_URL": "http://127.0.0.1:9",
    "INFOBIP_API_KEY": "key",
    "INFOBIP_PHONE_NUMBER": "447491163443",
}


def scenes_of(*kinds: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "scene", [pytest.param(scene, id=scene.block.place) for scene in SCENES if scene.kind in kinds]
    )


def written(scene: Scene, folder: Path) -> list[Path]:
    """The rule files of a scene."""
    files = [folder / name for name in scene.files]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(scene.files[str(file.relative_to(folder))], encoding="utf-8")
    return files


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        env={**os.environ, **ACCOUNT},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@scenes_of("rules")
def test_rules_load(scene: Scene, tmp_path: Path) -> None:
    assert load_rules(written(scene, tmp_path)).rules


def difference(scene: Scene, folder: Path) -> str | None:
    """Where the conversation goes otherwise than it is written."""
    rules = Rules(*written(scene, folder))
    try:
        found = play(parse(scene.block.code, name=scene.block.place), rules)
    finally:
        rules.close()
    return None if found is None else str(found)


@scenes_of("sms")
def test_a_conversation_goes_as_it_is_written(scene: Scene, tmp_path: Path) -> None:
    assert difference(scene, tmp_path) is None


def test_a_conversation_that_goes_otherwise_would_be_found(tmp_path: Path) -> None:
    block = Block(page="page", line=1, language="sms", code="> 385981234567: hello\n< Never sent.\n")
    shipped = (ROOT / "rules" / "reply_to_sms.py").read_text(encoding="utf-8")
    assert difference(Scene(block=block, kind="sms", files={"rules.py": shipped}), tmp_path)


@scenes_of("program")
def test_a_program_ends_well(scene: Scene, tmp_path: Path) -> None:
    # In a process of its own, as programs are: some import what changes the process.
    (tmp_path / "rules").symlink_to(ROOT / "rules")
    done = run(tmp_path, "-c", scene.block.code)
    assert done.returncode == 0, done.stderr


def test_few_blocks_are_not_run() -> None:
    skipped = [scene.block.place for scene in SCENES if scene.kind == "skip"]
    assert len(skipped) <= 3, skipped


@pytest.mark.parametrize("page", TESTED_ELSEWHERE)
def test_what_is_tested_elsewhere_is(page: str) -> None:
    assert Path(page).name in (ROOT / TESTED_ELSEWHERE[page]).read_text(encoding="utf-8")
