"""Sentences for what the parser can't read: what was found, what would be right, what is not supported."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from lark import UnexpectedInput, UnexpectedToken
from lark.exceptions import UnexpectedCharacters


class UnsupportedConstruct(NamedTuple):
    """A construct that is not supported, and what to write instead."""

    #: Searched for at the place at which the parser stopped.
    pattern: re.Pattern[str]
    #: The kind of piece it may stand in; empty for any.
    inside: str
    fact: str
    remedy: str


def _refusal(pattern: str, inside: str, fact: str, remedy: str) -> UnsupportedConstruct:
    return UnsupportedConstruct(re.compile(pattern), inside, fact, remedy)


_EACH = "Write a loop: for (String one : list) { ... }."
_OPERATORS = (
    "There are == != < <= > >= matches contains memberOf in str[...] before after; custom ones are not supported."
)
DECLARED_WINDOW = "Declared windows (from window W) are not supported."
#: A word with what it would compare with.
_STRANGE = (
    r"(?!(?:from|over|and|or|not|in|instanceof|then|when|end)\b)"
    r"[^\W\d]\w*(?:\s*\[[^\]\n]*\])?\s*[\"'\w$({-]"
)
REFUSALS = (
    _refusal(r"try\b", "body", "try and catch are not supported.", "Test for what could fail before: if (x != null)."),
    _refusal(r"catch\b|finally\b", "body", "try and catch are not supported.", "Test for what could fail before."),
    _refusal(r"throw\b", "body", "throw is not supported.", "Insert a fact that says what is wrong, or return."),
    _refusal(r"switch\b", "body", "switch is not supported.", "Write if and else if."),
    _refusal(r"do\b(?!\s*\[)", "body", "do-while is not supported.", "Write while (test) { ... }."),
    _refusal(r"synchronized\b", "body", "synchronized is not supported.", "Leave it out: one rule fires at a time."),
    _refusal(r"assert\b", "body", "assert is not supported.", "Write if (!test) return;."),
    _refusal(r"(?:class|interface|enum)\b", "", "Classes can't be defined here.", "Write declare ... end, or a .py file."),
    _refusal(r"->", "", "Lambdas are not supported.", _EACH),
    _refusal(r"[\w\s,]*\)?\s*->", "", "Lambdas are not supported.", _EACH),
    _refusal(r"::", "", "Method references are not supported.", _EACH),
    _refusal(r"\{", "array", "Braces alone make no array here.", "Write the type before them: new int[] {1, 2}."),
    _refusal(r":(?!:)", "label", "Labels are not supported.", "Leave the loops by `return`, from a function of their own."),
    _refusal(r"\w", "jump", "Labels are not supported.", "Write break; or continue; of the innermost loop."),
    _refusal(r"\w", "source", DECLARED_WINDOW,
             "Write over window:length(3), or over window:time(1m)."),
    _refusal(r"##", "rule", "Custom operators (##name) are not supported.", _OPERATORS),
    _refusal(r"\{", "expression", "Anonymous classes are not supported.", "Write a function, or a Fact in a .py file."),
    _refusal(r"goto\b|yield\b", "body", "This word of Java is not supported.", "Write if, for or while."),
    _refusal(r"then\s*\[", "", "Named consequences (then[...]) are not supported.", "Write a rule of its own."),
    _refusal(r"(?:do|break|if)\s*[\[(]", "rule", "Named consequences (then[...]) are not supported.", "Write a rule of its own."),
    _refusal(r"(?:init|action|reverse|result)\s*\(", "", "An accumulate with init, action and result is not supported.",
             "Use count, sum, average, min, max, collectList or collectSet: accumulate(Order($t: total); $sum: sum($t))."),
    _refusal(r"\??/\w", "rule", "OOPath (/orders/items) is not supported.", "Write $item: Item() from $order.items."),
    _refusal(r"\.\s*\(", "rule", "Grouped access (x.(...)) is not supported.", "Write status.groupName == ..., status.id == ..."),
    _refusal(r"\(", "after dot", "Grouped access (x.(...)) is not supported.", "Write status.groupName == ..., status.id == ..."),
    _refusal(r"#", "rule", "Inline casts (x#Type) are not supported.", "Write $x: Type(...), or ((Type) x).field."),
    _refusal(r"\?\.", "", "?. is not Drools'.", "Write x!.field: no match where x is null."),
    _refusal(r"\.\?", "", ".? is MVEL's.", "Write x!.field: no match where x is null."),
    _refusal(r"\+\+|--", "body", "++ and -- are statements of their own.", "Write n++; on a line of its own, or n + 1."),
    _refusal(r"new\s+[\w.]+\s*\[", "", "Arrays by size are not supported.", "Write new ArrayList<>(), or new int[] {1, 2}."),
    _refusal(r"<>", "", "<> is not an operator here.", "Write !=."),
    _refusal(r"===?", "", "This comparison is not understood here.", "Write field == value."),
    _refusal(r"=", "rule", "= sets a value.", "Write == to compare, or name: field to bind."),
    _refusal(r"and\b", "rule", "`and` joins patterns.", "Between constraints write && or a comma."),
    _refusal(r"or\b", "rule", "`or` joins patterns.", "Between constraints write ||."),
    _refusal(r"not\b", "rule", "`not` stands before patterns and operators.", "Before a constraint write !(...)."),
    _refusal(r"xor\b", "", "`xor` is not supported.", "Write a != b."),
    _refusal(r"(?:soundslike|sounds)\b", "", "soundslike is not supported.", "Use matches, with the spellings joined by |."),
    _refusal(_STRANGE, "operator", "This is no operator.", _OPERATORS),
    _refusal(r"~=|=~|=<|=>|!<|!>", "operator", "This is no operator.", _OPERATORS),
    _refusal(r"[\"']", "", "The text has no closing quote.", 'Close it on the same line: "...".'),
)  # fmt: skip

_WORDS = {
    "_SEMICOLON": "`;`",
    "_COMMA": "`,`",
    "_RPAR": "`)`",
    "_LPAR": "`(`",
    "_RSQUARE": "`]`",
    "RBRACE": "`}`",
    "LBRACE": "`{`",
    "COLON": "`:`",
    "WHEN": "`when`",
    "FROM": "`from`",
    "PATTERN": "a pattern such as Type(...)",
    "EQUALITY": "a comparison",
    "BIND": "a label such as `name:`",
    "TYPE": "a type",
    "FIRST": "a value",
    "SALIENCE": "an attribute such as `salience 10`",
    "STRING": "a text in quotes",
    "NAME": "a name",
    "ENTRY_POINT": "`entry-point`",
    "LOCAL": "a parameter such as `String name`",
    "IF": "a statement",
}
_ORDER = tuple(_WORDS)


def _expected(terminals: Collection[str], start: str) -> str:
    """Returns what would be right, in words; empty if that is too much to name."""
    if start != "rule":
        terminals = set(terminals) - {"EQUALITY"}
    names = {"FIRST" if name in ("NUMBER", "BANG", "NEW") else name for name in terminals}
    if "FIRST" in names:
        names -= {"NAME", "STRING", "_LPAR", "LBRACE"}
    if "PATTERN" in names:
        names -= {"_LPAR", "NAME"}
    words = [_WORDS[name] for name in _ORDER if name in names][:4]
    if not words:
        return ""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def explained(problem: UnexpectedInput, text: str, start: str, begin: int, end: int) -> tuple[int, str, str]:
    """Returns what the parser could not take in the piece of `text` that was read as `start`: the offset, the fact, the
    remedy.
    """
    offset, terminals = _stopped(problem, end - begin)
    missing = semicolon_missing(problem, text[begin:end], start)
    if missing is not None:
        return begin + missing, "A semicolon is missing.", "Write ; here."
    offset += begin
    before = begin + len(text[begin:offset].rstrip())
    inside = _inside(text, start, begin, before) + (
        " operator" if start not in CODE and {"OPERATOR", "EQUALITY"} <= terminals else ""
    )
    said = _refusal_at(text, offset, inside)
    if _CUSTOM.search(text, max(begin, offset - 200), offset):
        custom = _refusal_at("init(", 0, "")
        said = (custom[0], offset) if custom else said
    if said is not None:
        return said[1], said[0].fact, said[0].remedy
    wanted = _expected(terminals, start)
    remedy = f"Expected {wanted}." if wanted else "Compare it with an example of the manual."
    found = shown(text[offset:end])
    if found == "the end":
        found, offset = _ENDS.get(start, "The end"), before
    return offset, f"{found} can't stand here.", remedy


def semicolon_missing(problem: UnexpectedInput, text: str, start: str) -> int | None:
    """Returns the place at which a statement ends without its semicolon; None if that is not what is wrong."""
    offset, terminals = _stopped(problem, len(text))
    before = len(text[:offset].rstrip())
    if start not in CODE or "_SEMICOLON" not in terminals or not before or text[before - 1] in ";{}":
        return None
    behind = text[offset:].lstrip()[:1]
    closes = behind == "}" and len(_OPENING.findall(text[:offset])) > len(_CLOSING.findall(text[:offset]))
    ends = closes or not behind or "\n" in text[before : max(offset, before + 1)]
    return before if ends else None


_OPENING = re.compile(r"\{")
_CLOSING = re.compile(r"\}")
#: The pieces that are statements.
CODE = ("body", "function")
#: What ends a piece.
_ENDS = {"rule": "`then`", "body": "`end`", "query": "`end`", "declare": "`end`"}
#: What a half-written custom accumulate ends with.
_CUSTOM = re.compile(r"\b(?:init|action|reverse|result)\s*\([^()]*\Z")
_OF_WINDOW = re.compile(r"\bfrom\s+window\Z")
_LABELLED = re.compile(r"(?:^|[;{}])\s*[A-Za-z_$][\w$]*\Z")
_ANONYMOUS = re.compile(r"new\s+[\w.$<>]+\s*\([^()]*\)\Z")


def _stopped(problem: UnexpectedInput, length: int) -> tuple[int, set[str]]:
    """Returns the place at which the parser stopped, and the terminals it would have taken."""
    if isinstance(problem, UnexpectedToken):
        ended = problem.token.type == "$END"
        return length if ended else problem.token.start_pos or 0, set(problem.accepts or problem.expected)
    if isinstance(problem, UnexpectedCharacters):
        return problem.pos_in_stream or 0, set(problem.allowed or ())
    return length, set()


def _inside(text: str, start: str, begin: int, before: int) -> str:
    inside = "body" if start in CODE else start
    behind = text[begin:before]
    if _OF_WINDOW.search(behind):
        inside += " source"
    if start in CODE and behind.endswith(("=", "{", ",", "(", "]")):
        inside += " array"
    if start in CODE and _LABELLED.search(behind):
        inside += " label"
    if start in CODE and behind.endswith(("break", "continue")):
        inside += " jump"
    if text[begin:before].endswith("."):
        inside += " after dot"
    if _ANONYMOUS.search(text, max(begin, before - 200), before):
        inside += " expression"
    return inside


def _refusal_at(text: str, offset: int, inside: str) -> tuple[UnsupportedConstruct, int] | None:
    """Returns the first entry that says why what begins at `offset`, or a sign earlier, can't stand there; and where that is."""
    fitting = [construct for construct in REFUSALS if not construct.inside or construct.inside in inside]
    for start in (offset, max(0, offset - 1)):
        for construct in fitting:
            found = construct.pattern.match(text, start)
            if found is not None and found.end() > offset:
                return construct, start
    return None


def shown(rest: str) -> str:
    """Returns what stands there, in a few characters."""
    found = re.match(r"[\w$]+|\S", rest)
    if not found:
        return "the end"
    word = found[0][:30]
    return f"`{word}`" if word.isprintable() else f"The sign U+{ord(word[0]):04X}"
