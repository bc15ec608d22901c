"""The classes that rules may use, by name, and which class a value is of."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from typing import Any

from infobip_rules.rulefiles.drl.java.collections import Cursor, Entry, LinkedSet, Maybe
from infobip_rules.rulefiles.drl.java.kinds import OBJECT, Kind, kind_of
from infobip_rules.rulefiles.drl.java.library.arrays import ARRAYS, COLLECTIONS
from infobip_rules.rulefiles.drl.java.library.builders import BUILDER, JOINER, Builder, Joiner
from infobip_rules.rulefiles.drl.java.library.classes import JavaClass
from infobip_rules.rulefiles.drl.java.library.date_formats import DateTimeFormatter
from infobip_rules.rulefiles.drl.java.library.dates import (
    DATE,
    FORMATTER,
    INSTANT,
    LOCAL_DATE,
    LOCAL_DATE_TIME,
    LOCAL_TIME,
    OFFSET,
    SYSTEM,
    ZONE,
    ZONED,
)
from infobip_rules.rulefiles.drl.java.library.decimals import DECIMAL_CLASS, INTEGER_CLASS, ROUNDING_MODE, Rounding
from infobip_rules.rulefiles.drl.java.library.integers import BYTE, INTEGER, LONG, NUMBER, SHORT
from infobip_rules.rulefiles.drl.java.library.lists import ITERATOR, LIST
from infobip_rules.rulefiles.drl.java.library.log import LOG, PRINT_STREAM
from infobip_rules.rulefiles.drl.java.library.maps import ENTRY, LINKED_MAP, MAP, TREE_MAP
from infobip_rules.rulefiles.drl.java.library.mathematics import MATH
from infobip_rules.rulefiles.drl.java.library.objects import ENUM, OBJECTS, OPTIONAL
from infobip_rules.rulefiles.drl.java.library.reals import BOOLEAN_CLASS, CHARACTER, DOUBLE_CLASS, FLOAT_CLASS
from infobip_rules.rulefiles.drl.java.library.sets import LINKED_SET, SET, TREE_SET
from infobip_rules.rulefiles.drl.java.library.strings import OBJECT_CLASS, STRING
from infobip_rules.rulefiles.drl.java.library.time_units import (
    CHRONO_UNIT,
    DAY_OF_WEEK,
    DURATION,
    MONTH,
    ChronoUnit,
    Named,
)
from infobip_rules.rulefiles.drl.java.values import Char

CLASSES: dict[str, JavaClass] = {
    java_class.name: java_class
    for java_class in (
        OBJECT_CLASS,
        STRING,
        BUILDER,
        JOINER,
        INTEGER,
        LONG,
        SHORT,
        BYTE,
        DOUBLE_CLASS,
        FLOAT_CLASS,
        BOOLEAN_CLASS,
        CHARACTER,
        DECIMAL_CLASS,
        INTEGER_CLASS,
        ROUNDING_MODE,
        MATH,
        OBJECTS,
        ENUM,
        OPTIONAL,
        LIST,
        ITERATOR,
        SET,
        LINKED_SET,
        TREE_SET,
        MAP,
        LINKED_MAP,
        TREE_MAP,
        ENTRY,
        ARRAYS,
        COLLECTIONS,
        LOCAL_DATE,
        LOCAL_TIME,
        LOCAL_DATE_TIME,
        ZONED,
        OFFSET,
        INSTANT,
        DATE,
        ZONE,
        FORMATTER,
        SYSTEM,
        DURATION,
        CHRONO_UNIT,
        DAY_OF_WEEK,
        MONTH,
        LOG,
        PRINT_STREAM,
    )
}
CLASSES.update(
    {
        **dict.fromkeys(("ArrayList", "LinkedList", "Collection", "Iterable"), LIST),
        **dict.fromkeys(("Map", "ConcurrentHashMap"), MAP),
        "Set": SET,
        "StringBuffer": BUILDER,
        "CharSequence": STRING,
        "ZoneOffset": ZONE,
        "SimpleDateFormat": FORMATTER,
        "Number": NUMBER,
        "StrictMath": MATH,
    }
)
#: Classes that can't be made by `new`.
ABSTRACT = {"List", "Collection", "Iterable", "Map", "Set", "Object", "CharSequence", "Iterator", "Number"}

_KINDS: tuple[tuple[type | tuple[type, ...], Kind], ...] = (
    (Enum, Kind("Enum")),
    (Char, Kind("char")),
    (Rounding, Kind("RoundingMode")),
    (Named, Kind("DayOfWeek")),
    (str, Kind("String")),
    (bool, Kind("Boolean")),
    (int, Kind("Long")),
    (float, Kind("Double")),
    (Decimal, Kind("BigDecimal")),
    (list, Kind("List")),
    (tuple, Kind("List")),
    (dict, Kind("Map")),
    ((LinkedSet, set, frozenset), Kind("Set")),
    (date, Kind("LocalDate")),
    (time, Kind("LocalTime")),
    (timedelta, Kind("Duration")),
    (tzinfo, Kind("ZoneId")),
    (Builder, Kind("StringBuilder")),
    (Joiner, Kind("StringJoiner")),
    (Entry, Kind("Entry")),
    (Cursor, Kind("Iterator")),
    (Maybe, Kind("Optional")),
    (ChronoUnit, Kind("ChronoUnit")),
    (DateTimeFormatter, Kind("DateTimeFormatter")),
)


def kind_of_value(value: Any) -> Kind:
    """Returns the kind of a value of which nothing was known before; whole numbers count as long, null as null."""
    if value is None:
        return Kind("null")
    if isinstance(value, datetime):
        return Kind("LocalDateTime" if value.tzinfo is None else "ZonedDateTime")
    for types, kind in _KINDS:
        if isinstance(value, types):
            return kind
    found = kind_of(type(value))
    return found if found.model is not None else OBJECT
