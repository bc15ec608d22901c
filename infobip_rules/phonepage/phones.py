"""The phones that stand on the page, each with a number that can be changed."""

from __future__ import annotations

from collections.abc import Sequence

from infobip_rules.errors import InfobipRulesError
from infobip_rules.infobip.phone import to_e164

#: More do not fit on a screen.
MOST = 8
#: The last digits of numbers that are made up for further phones.
_FIRST_MADE_UP = 385_91_000_0001


class PhoneError(InfobipRulesError, ValueError):
    """A phone can't be put on the page, or is not there."""

    id = "IR704"


class Phones:
    """Numbers in the order in which they stand; `like` is the sender's number, for hints about mistyped ones."""

    def __init__(self, first: Sequence[str], *, like: str) -> None:
        self._numbers = list(first)
        self._like = like

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers, from left to right."""
        return tuple(self._numbers)

    def open(self, typed: str = "") -> str:
        """Puts a phone beside the others, with a made-up number unless one is given; returns its number."""
        if len(self._numbers) >= MOST:
            raise PhoneError(f"There are {MOST} phones already.", "Put one away first.")
        number = self._free(typed) if typed.strip() else self._made_up()
        self._numbers.append(number)
        return number

    def notice(self, number: str) -> bool:
        """Opens the phone of a number that writes or is written to, if there is room; whether it did."""
        if number in self._numbers or len(self._numbers) >= MOST:
            return False
        self._numbers.append(number)
        return True

    def rename(self, old: str, typed: str) -> str:
        """Gives a phone another number; returns it. Raises PhoneNumberError for one that is not E.164."""
        place = self._place(old)
        if to_e164(typed, like=self._like) != old:
            self._numbers[place] = self._free(typed)
        return self._numbers[place]

    def close(self, number: str) -> None:
        """Puts a phone away; what was written stays in the journal."""
        if len(self._numbers) == 1:
            raise PhoneError("This is the last phone.", "Put up another one first.")
        del self._numbers[self._place(number)]

    def check(self, number: str) -> str:
        """The number, if its phone stands here. Raises PhoneError."""
        return self._numbers[self._place(number)]

    def _place(self, number: str) -> int:
        try:
            return self._numbers.index(number)
        except ValueError:
            raise PhoneError("This phone is not on the page.", "Load the page again.") from None

    def _free(self, typed: str) -> str:
        number = to_e164(typed, like=self._like)
        if number in self._numbers:
            raise PhoneError("There is a phone with this number already.", "Choose another number.")
        return number

    def _made_up(self) -> str:
        number = _FIRST_MADE_UP
        while str(number) in self._numbers:
            number += 1
        return str(number)
