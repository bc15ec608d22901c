"""Syntax trees in one line of text, with every grouping in brackets."""

from __future__ import annotations

from typing import Any

from infobip_rules.rulefiles.drl.syntax import syntax as s
from infobip_rules.rulefiles.drl.syntax.parser import parse_text


def conditions(text: str) -> str:
    """How a `when` of this text is understood."""
    return spelled(rule(f"rule r when\n{text}\nthen end").conditions)


def body(text: str, attributes: str = "") -> str:
    """How a `then` of this text is understood."""
    return spelled(rule(f"rule r {attributes} when then\n{text}\nend").body)


def rule(text: str) -> s.RuleNode:
    """The one rule of a text without mistakes."""
    (only,) = unit(text).rules
    return only


def unit(text: str) -> s.CompilationUnit:
    """The tree of a text without mistakes."""
    tree, complaints = parse_text(text)
    assert not complaints.problems, "\n".join(map(str, complaints.problems))
    return tree


def mistakes(text: str) -> list[str]:
    """What is wrong with a text."""
    return [str(problem) for problem in parse_text(text)[1].problems]


def spelled(node: Any) -> str:
    """One node, its parts in it."""
    match node:
        case tuple():
            return "; ".join(map(spelled, node))
        case s.Literal():
            return f"{node.value!r}:{node.kind}" if node.kind not in ("String", "int", "boolean") else repr(node.value)
        case s.Name():
            return node.name
        case s.Member():
            return f"{spelled(node.target)}{'!' if node.null_safe else ''}.{node.name}"
        case s.Call():
            target = f"{spelled(node.target)}{'!' if node.null_safe else ''}." if node.target else ""
            return f"{target}{node.name}({', '.join(map(spelled, node.arguments))})"
        case s.Index():
            return f"{spelled(node.target)}[{spelled(node.index)}]"
        case s.Unary():
            return f"({node.operator}{spelled(node.operand)})"
        case s.Binary():
            return f"({spelled(node.left)} {node.operator} {spelled(node.right)})"
        case s.Relation():
            word = (
                ("not " if node.negated else "") + node.operator + (str(list(node.parameters)) * bool(node.parameters))
            )
            return f"({spelled(node.left)} {word} {spelled(node.right)})"
        case s.Ternary():
            return f"({spelled(node.test)} ? {spelled(node.yes)} : {spelled(node.no)})"
        case s.New():
            return f"new {spelled(node.type)}({', '.join(map(spelled, node.arguments))})"
        case s.Cast():
            return f"(({spelled(node.type)}) {spelled(node.operand)})"
        case s.InstanceOf():
            return f"({spelled(node.operand)} instanceof {spelled(node.type)})"
        case s.ListLiteral():
            return f"[{', '.join(map(spelled, node.items))}]"
        case s.MapLiteral():
            return f"[{', '.join(f'{spelled(key)}: {spelled(value)}' for key, value in node.entries)}]"
        case s.TypeName():
            inside = f"<{', '.join(map(spelled, node.arguments))}>" if node.arguments else ""
            return f"{node.name}{inside}{'[]' * node.dimensions}"
        case _:
            return _statement(node) if isinstance(node, s.Statement) else _condition(node)


def _statement(node: Any) -> str:
    match node:
        case s.Local():
            return f"{spelled(node.type)} {node.name} = {spelled(node.value) if node.value else '-'}"
        case s.Assign():
            return f"{spelled(node.target)} {node.operator} {spelled(node.value)}"
        case s.Evaluate():
            return spelled(node.expression)
        case s.Modify():
            return f"modify({spelled(node.target)}) {{{spelled(node.changes)}}}"
        case s.Block():
            return f"{{{spelled(node.statements)}}}"
        case s.If():
            otherwise = f" else {spelled(node.otherwise)}" if node.otherwise else ""
            return f"if {spelled(node.test)} {spelled(node.then)}{otherwise}"
        case s.For():
            test = spelled(node.test) if node.test else "-"
            return f"for ({spelled(node.start)} | {test} | {spelled(node.step)}) {spelled(node.body)}"
        case s.ForEach():
            return f"for ({spelled(node.type)} {node.name} : {spelled(node.items)}) {spelled(node.body)}"
        case s.While():
            return f"while {spelled(node.test)} {spelled(node.body)}"
        case s.Return():
            return f"return {spelled(node.value) if node.value else '-'}"
        case s.Jump():
            return str(node.word)
    raise AssertionError(node)


def _condition(node: Any) -> str:
    match node:
        case s.BindingNode():
            test = f" if {spelled(node.test)}" if node.test else ""
            return f"{node.name}: {spelled(node.expression)}{test}"
        case s.PatternNode():
            return _pattern(node)
        case s.GroupNode():
            return f"{node.word}<{spelled(node.items)}>"
        case s.Eval():
            return f"eval({spelled(node.expression)})"
        case s.AccumulateCondition():
            return f"accumulate({spelled(node.source)} | {spelled(node.folds)} | {spelled(node.constraints)})"
        case s.FoldNode():
            label = f"{node.binding}: " if node.binding else ""
            return f"{label}{node.function}({spelled(node.arguments)})"
        case s.QueryCall():
            return f"?{node.name}({', '.join(map(spelled, node.arguments))})"
        case s.EntryPoint():
            return f"entry-point {node.name}"
        case s.FromExpression():
            return spelled(node.expression)
        case s.FromCollect():
            return f"collect({spelled(node.source)})"
        case s.FromAccumulate():
            return f"accumulate({spelled(node.source)} | {spelled(node.fold)})"
    raise AssertionError(node)


def _pattern(node: s.PatternNode) -> str:
    label = f"{node.binding}: " if node.binding else ""
    places = f"{spelled(node.positional)} | " if node.positional else ""
    window = f" over {node.window.kind}({node.window.size})" if node.window else ""
    source = f" from {spelled(node.source)}" if node.source else ""
    watched = "".join(f" @{annotation.name}({annotation.text})" for annotation in node.annotations)
    return f"{label}{spelled(node.type)}({places}{spelled(node.constraints)}){watched}{window}{source}"
