"""`Objects` and `Optional`."""

from __future__ import annotations

from typing import Any

from infobip_rules.rulefiles.drl.java.collections import Maybe
from infobip_rules.rulefiles.drl.java.failures import JavaFailure, null_argument
from infobip_rules.rulefiles.drl.java.hashes import hash_of
from infobip_rules.rulefiles.drl.java.library.classes import JavaClass, does
from infobip_rules.rulefiles.drl.java.library.strings import OBJECT_CLASS
from infobip_rules.rulefiles.drl.java.values import equals, text_of


def _required(value: Any, message: str | None = None) -> Any:
    if value is None:
        raise (
            null_argument("What is required")
            if message is None
            else JavaFailure("NullPointerException", f"{message}.", "")
        )
    return value


def _present(maybe: Maybe) -> Any:
    if maybe.value is None:
        raise JavaFailure("NoSuchElementException", "No value present.", "Ask isPresent() first, or use orElse(...).")
    return maybe.value


OBJECTS = JavaClass(
    name="Objects",
    statics={
        "equals": does(equals, "boolean", "Object Object"),
        "isNull": does(lambda value: value is None, "boolean", "Object"),
        "nonNull": does(lambda value: value is not None, "boolean", "Object"),
        "requireNonNull": (*does(_required, "T", "Object"), *does(_required, "T", "Object String")),
        "requireNonNullElse": does(lambda value, other: other if value is None else value, "T", "Object Object"),
        "toString": (
            *does(text_of, "String", "Object"),
            *does(lambda value, other: other if value is None else text_of(value), "String", "Object String"),
        ),
        "hashCode": does(hash_of, "int", "Object"),
        "hash": does(hash_of, "int", "Object..."),
    },
)

OPTIONAL = JavaClass(
    name="Optional",
    parents=(OBJECT_CLASS,),
    methods={
        "isPresent": does(lambda maybe: maybe.value is not None, "boolean"),
        "isEmpty": does(lambda maybe: maybe.value is None, "boolean"),
        "get": does(_present, "E"),
        "orElseThrow": does(_present, "E"),
        "orElse": does(lambda maybe, other: other if maybe.value is None else maybe.value, "E", "Object"),
    },
    statics={
        "of": does(lambda value: Maybe(_required(value)), "Optional<T>", "Object"),
        "ofNullable": does(Maybe, "Optional<T>", "Object"),
        "empty": does(Maybe, "Optional"),
    },
)

#: An enum of a `.py` file.
ENUM = JavaClass(name="Enum", parents=(OBJECT_CLASS,), methods={"name": does(lambda member: member.name, "String")})
