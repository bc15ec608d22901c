"""`import static` and `import function`: members of classes that a file calls by their own names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import BaseModel

from infobip_rules.engine.rules.fields import closest
from infobip_rules.rulefiles.drl.java.library.index import CLASSES
from infobip_rules.rulefiles.drl.java.models import method_of, names_of
from infobip_rules.rulefiles.drl.syntax.file_mistakes import FileMistakes
from infobip_rules.rulefiles.drl.syntax.syntax import ImportNode

_OWN = "Write the function into this file: function String name(String x) { ... }."


def imported_members(
    nodes: Iterable[ImportNode], types: Mapping[str, type[BaseModel]], file_mistakes: FileMistakes
) -> dict[str, str]:
    """Returns the class of each member that is imported, by the member's name; what is not there goes to `file_mistakes`."""
    found: dict[str, str] = {}
    for node in nodes:
        if not node.static:
            continue
        path, _, member = node.name.rpartition(".")
        owner = path.rpartition(".")[2]
        members = _members(owner, types)
        if members is None:
            file_mistakes.add(node.at, f"The class {owner or node.name} is not known here, and nothing of it.", _OWN)
        elif member == "*":
            found |= dict.fromkeys(members, owner)
        elif member in members:
            found[member] = owner
        else:
            file_mistakes.add(node.at, f"{owner} has no static member {member} here.", closest(member, sorted(members)))
    return found


def _members(owner: str, types: Mapping[str, type[BaseModel]]) -> set[str] | None:
    if owner in types:
        methods = {name: method_of(types[owner], name) for name in names_of(types[owner])}
        return {name for name, method in methods.items() if method is not None and method.static}
    return {*CLASSES[owner].statics, *CLASSES[owner].constants} if owner in CLASSES else None
