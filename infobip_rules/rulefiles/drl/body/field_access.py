"""Fields of facts in bodies and conditions: read in their present version, and set."""

from __future__ import annotations

from typing import Any

from infobip_rules.rulefiles.drl.body.changes import changed_name
from infobip_rules.rulefiles.drl.body.closures import WORK, Closure, Compiler
from infobip_rules.rulefiles.drl.body.conversions import converted
from infobip_rules.rulefiles.drl.body.reads import note_read
from infobip_rules.rulefiles.drl.body.scope import Run
from infobip_rules.rulefiles.drl.java.kinds import Kind
from infobip_rules.rulefiles.drl.syntax.printer import expression_text
from infobip_rules.rulefiles.drl.syntax.syntax import Expression


def read_field(compiler: Compiler, node: Any, target: Closure, field: str, kind: Kind) -> Closure:
    """Reads a field or property of a fact, in its present version."""
    run, failing, text = (
        target.run,
        compiler.failing(node),
        expression_text(node.target) if node.target is not None else "this",
    )
    safe = node.null_safe
    note_read(compiler.scope, node.target, field)
    is_field = target.kind.model is not None and field in target.kind.model.model_fields

    def read(frame: Any) -> Any:
        value = run(frame)
        if value is None:
            if safe:
                return None
            raise failing.null(text)
        return getattr(value, field)

    def read_now(frame: Any) -> Any:
        value = run(frame)
        if value is None:
            if safe:
                return None
            raise failing.null(text)
        work = frame[WORK]
        return work.read(value, field) if is_field else getattr(work.value(value), field)

    return Closure(read if compiler.body is None else read_now, kind)


def setter(
    compiler: Compiler, node: Any, owner: Expression | None, *, target: Closure, place: tuple[str, Kind], value: Closure
) -> Run:
    """Sets a field of a fact: `place` is its name and kind."""
    field, kind = place
    give = converted(compiler, node, value, kind, f"The field {field}")
    run, failing = target.run, compiler.failing(node)
    if owner is not None and compiler.body is not None:
        compiler.body.setters.setdefault(changed_name(owner), set()).add(field)

    def put(frame: Any) -> None:
        fact = run(frame)
        if fact is None:
            raise failing.null(expression_text(owner) if owner is not None else "this")
        work = frame[WORK]
        work.write(fact, field, work.value(give(frame)))

    return put
