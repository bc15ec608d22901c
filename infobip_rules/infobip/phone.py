"""Phone numbers: E.164 digits at the edge, whatever people type, and masks for everything that is shown."""

from __future__ import annotations

import re
import unicodedata

from infobip_rules.errors import PhoneNumberError

#: The country calling codes of ITU-T E.164: those of one and two digits, every other one has three.
_CALLING_CODE = re.compile(r"1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[0-9]{0,3}")
#: Where the leading 0 is part of the number and no trunk prefix: Italy, San Marino, Vatican.
_ZERO_BELONGS = frozenset({"39", "378", "379"})

#: The sender of Infobip's examples. It stands for a number of ours where none is set, and says nothing of our country.
EXAMPLE = "447491163443"

_E164 = re.compile(r"[1-9][0-9]{7,14}")
_SHORT_CODE = re.compile(r"[0-9]{3,7}")
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 .&_-]{1,11}")
_SEPARATORS = re.compile(r"[\s()./\-\u2010-\u2015]")
_LONG_DIGITS = re.compile(r"(?<![0-9A-Za-z])\+?[0-9]{8,15}(?![0-9A-Za-z])")
_LONGEST_ADDRESS = 64
_REMEDY = "Give country code and number as digits only, without + or 00."


def to_e164(number: str, *, country: str | None = None, like: str | None = None) -> str:
    """The digits of a phone number with its country code, without `+` or `00`: what Infobip takes and sessions go by.

    Spaces, hyphens, dots, slashes and brackets are dropped. `country` is a calling code (`"385"`): with it, a local
    number (leading 0) is completed. `like` is a number of ours in E.164: its country only helps the error to say what
    was probably meant. Raises PhoneNumberError for anything that does not come to 8 to 15 digits without a leading 0.

        >>> to_e164("+385 98 123-4567")
        '385981234567'
    """
    if _E164.fullmatch(number):
        return number
    digits = _international(number)
    if country is not None and _is_local(digits):
        digits = _complete(digits, country.strip().removeprefix("+"))
    if _E164.fullmatch(digits):
        return digits
    raise _not_e164(number, digits, like)


def calling_code(number: str) -> str:
    """The country calling code that E.164 digits begin with (`"385"` of `"385981234567"`)."""
    code = _CALLING_CODE.match(number)
    return code.group() if code else ""


def session_address(value: str) -> str:
    """What a session goes by, given the `from` of a message: E.164 digits of a phone number, else the sender as it is.

    Short codes and alphanumeric senders ("MTN") are only stripped. Never raises.
    """
    try:
        return to_e164(value)
    except PhoneNumberError:
        return _visible(value).strip()


def recipient_address(value: str) -> str:
    """Where a message is to go: E.164 digits of a phone number, else the address as it may be kept and shown.

    It is cut to 64 characters, and loses those that can't be printed; empty for none. Never raises.
    """
    address = session_address(value)
    if _E164.fullmatch(address):
        return address
    return "".join(character for character in address[:_LONGEST_ADDRESS] if character.isprintable())


def why_unreachable(address: str, *, like: str | None = None) -> str | None:
    """Why no message can go to an address, as a sentence; None for a phone number. `like` is as for `to_e164`."""
    if not address:
        return "There is no phone number."
    try:
        to_e164(address, like=like)
    except PhoneNumberError as problem:
        return problem.fact
    return None


def sender_address(value: str) -> str:
    """A sender that messages may go out from: E.164 digits, a short code, or up to 11 letters, digits and spaces.

    Raises PhoneNumberError for anything else.
    """
    sender = _visible(value).strip()
    if _SHORT_CODE.fullmatch(sender) or _ALPHANUMERIC.fullmatch(sender):
        return sender
    return to_e164(sender)


def mask(number: str) -> str:
    """A phone number or sender as it may be shown (`385*****4567`): never the whole of it, whatever it is."""
    shown = _SEPARATORS.sub("", _visible(number)).removeprefix("+")
    head, tail = _ends(len(shown))
    stars = "*" * min(len(shown) - head - tail, 8)
    return f"{shown[:head]}{stars}{shown[len(shown) - tail :]}"


def mask_numbers(text: str) -> str:
    """Somebody else's text with every phone number in it masked, such as the description of a provider's error."""
    return _LONG_DIGITS.sub(lambda found: mask(found.group()), text)


def _ends(length: int) -> tuple[int, int]:
    if length >= 11:
        return 3, 4
    return (2, 2) if length >= 7 else (length // 3, 0)


def _visible(value: str) -> str:
    # Numbers copied from an address book often carry invisible direction marks.
    if value.isascii():
        return value
    return "".join(character for character in value if unicodedata.category(character) != "Cf")


def _international(number: str) -> str:
    typed = _visible(number).strip()
    if typed.startswith(("+", "00")):
        typed = typed.replace("(0)", "")  # "+385 (0)98 ...": the 0 is only dialled inside the country
    digits = _SEPARATORS.sub("", typed)
    return digits.removeprefix("+") if digits.startswith("+") else digits.removeprefix("00")


def _is_local(digits: str) -> bool:
    return digits.startswith("0")


def _complete(digits: str, country: str) -> str:
    return country + (digits if country in _ZERO_BELONGS else digits[1:])


def _suggestion(digits: str, like: str | None) -> str | None:
    if like is None or not _is_local(digits):
        return None
    own = _international(like)
    if own == EXAMPLE:
        return None
    meant = _complete(digits, calling_code(own)) if _E164.fullmatch(own) else ""
    return meant if _E164.fullmatch(meant) else None


def _not_e164(number: str, digits: str, like: str | None) -> PhoneNumberError:
    shown = mask(number) or "An empty phone number"
    meant = _suggestion(digits, like)
    if meant is None:
        return PhoneNumberError(
            f"{shown} is not E.164 (8 to 15 digits, the country code first).", _REMEDY, number=shown
        )
    return PhoneNumberError(f"{shown} is not E.164; did you mean {meant}?", _REMEDY, number=shown, suggestion=meant)
