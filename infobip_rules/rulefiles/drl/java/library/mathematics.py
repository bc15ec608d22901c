"""`Math`."""

from __future__ import annotations

import math
from collections.abc import Callable

from infobip_rules.rulefiles.drl.java.failures import JavaFailure
from infobip_rules.rulefiles.drl.java.kinds import DOUBLE
from infobip_rules.rulefiles.drl.java.library.classes import JavaClass, Method, Overloads, does, promoting
from infobip_rules.rulefiles.drl.java.numbers import WRAP, divide_whole, remainder_whole, whole


def _real(call: Callable[..., float]) -> Callable[..., float]:
    """Returns NaN and Infinity in place of Python's errors."""

    def compute(*numbers: float) -> float:
        try:
            return float(call(*numbers))
        except ValueError:
            return math.nan
        except OverflowError:
            return math.inf

    return compute


def _rounded(number: float) -> int:
    return 0 if math.isnan(number) else whole(math.floor(number + 0.5) if math.isfinite(number) else number, "long")


def _rounded_float(number: float) -> int:
    return whole(float(_rounded(number)), "int")


def _half_even(number: float) -> float:
    return math.copysign(float(round(number)), number) if math.isfinite(number) else number


def _up(number: float) -> float:
    return math.copysign(float(math.ceil(number)), number) if math.isfinite(number) else number


def _down(number: float) -> float:
    return float(math.floor(number)) if math.isfinite(number) and number else number


def _log(number: float) -> float:
    return -math.inf if number == 0 else math.log(number)


def _power(base: float, exponent: float) -> float:
    if base == 0 and exponent < 0:
        return math.inf
    return math.pow(base, exponent)


def _exact(kind: str, call: Callable[..., int]) -> Callable[..., int]:
    def compute(*numbers: int) -> int:
        result = call(*numbers)
        if WRAP[kind](result) != result:
            raise JavaFailure(
                "ArithmeticException", f"The result does not fit a {kind}.", "Compute with larger numbers."
            )
        return result

    return compute


def _exactly(call: Callable[..., int], count: int = 2) -> Overloads:
    return tuple(Method(_exact(kind, call), kind, (kind,) * count) for kind in ("int", "long"))


def _floor_divide(left: int, right: int) -> int:
    divide_whole(left, right)
    return left // right


def _floor_remainder(left: int, right: int) -> int:
    remainder_whole(left, right)
    return left % right


def _cube_root(number: float) -> float:
    root = math.copysign(abs(number) ** (1 / 3), number)
    near = float(round(root)) if math.isfinite(root) else root
    return near if near**3 == number else root


def _absolute(kind: str) -> Overloads:
    return does(lambda number: WRAP[kind](abs(number)), kind, kind)


MATH = JavaClass(
    name="Math",
    statics={
        "abs": (*_absolute("int"), *_absolute("long"), *does(abs, "float", "float"), *does(abs, "double", "double")),
        "max": promoting(max, 2),
        "min": promoting(min, 2),
        "round": (Method(_rounded_float, "int", ("float",)), Method(_rounded, "long", ("double",))),
        "rint": does(_half_even, "double", "double"),
        "ceil": does(_up, "double", "double"),
        "floor": does(_down, "double", "double"),
        "signum": does(lambda number: math.copysign(1.0, number) if number else number, "double", "double"),
        "sqrt": does(_real(math.sqrt), "double", "double"),
        "cbrt": does(_real(_cube_root), "double", "double"),
        "pow": does(_real(_power), "double", "double double"),
        "exp": does(_real(math.exp), "double", "double"),
        "log": does(_real(_log), "double", "double"),
        "log10": does(_real(lambda number: -math.inf if number == 0 else math.log10(number)), "double", "double"),
        "hypot": does(_real(math.hypot), "double", "double double"),
        **{
            name: does(_real(getattr(math, name)), "double", "double")
            for name in ("sin", "cos", "tan", "asin", "acos", "atan")
        },
        "atan2": does(_real(math.atan2), "double", "double double"),
        "toRadians": does(lambda degrees: degrees * 0.017453292519943295, "double", "double"),
        "toDegrees": does(lambda radians: radians * 57.29577951308232, "double", "double"),
        "floorDiv": tuple(Method(_floor_divide, kind, (kind, kind)) for kind in ("int", "long")),
        "floorMod": tuple(Method(_floor_remainder, kind, (kind, kind)) for kind in ("int", "long")),
        "addExact": _exactly(lambda first, second: first + second),
        "subtractExact": _exactly(lambda first, second: first - second),
        "multiplyExact": _exactly(lambda first, second: first * second),
        "negateExact": _exactly(lambda number: -number, 1),
        "toIntExact": does(_exact("int", lambda number: number), "int", "long"),
    },
    constants={"PI": (math.pi, DOUBLE), "E": (math.e, DOUBLE)},
)
