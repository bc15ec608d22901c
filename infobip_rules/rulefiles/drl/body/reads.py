"""Fields that an expression reads, of the element itself and of the values matched before it."""

from __future__ import annotations

from infobip_rules.rulefiles.drl.body.scope import Scope
from infobip_rules.rulefiles.drl.syntax.syntax import Expression, Name


def note_read(scope: Scope, target: Expression | None, field: str | None) -> None:
    """Notes in `scope` that a field of `this` or of a bound value is read; without a field, that any of them may be."""
    if target is not None and not isinstance(target, Name):
        return
    if target is None or target.name == "this":
        kind, noted = scope.this, scope.read
    else:
        binding = scope.bindings.get(target.name)
        if binding is None or binding.expression is not None or binding.result is not None:
            return
        kind = binding.kind
        noted = scope.read if binding.position is None else scope.joins.setdefault(binding.position, set())
    if field is not None:
        noted.add(field)
    elif kind is not None and kind.model is not None:
        noted.update(kind.model.model_fields)
