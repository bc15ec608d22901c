"""What a test expects of a message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from re import Pattern

from infobip_rules.testing.records import Sent


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """A message to look for; what is None may be anything."""

    #: E.164 digits.
    to: str | None = None
    #: The whole text, a pattern to be found in it, or a function of it that says whether it fits.
    text: str | Pattern[str] | Callable[[str], object] | None = None
    shorten_url: bool | None = None

    def fits(self, message: Sent) -> bool:
        """Whether this is the message."""
        return (
            self.to in (None, message.to)
            and self.shorten_url in (None, message.shorten_url)
            and self._fits_text(message.text)
        )

    def __str__(self) -> str:
        parts = [f"to {self.to}"] if self.to else []
        if isinstance(self.text, Pattern):
            parts.append(f"with a text like {self.text.pattern!r}")
        elif callable(self.text):
            parts.append(f"with a text that {getattr(self.text, '__name__', 'the function')} accepts")
        elif self.text is not None:
            parts.append(f"with the text {self.text!r}")
        if self.shorten_url is not None:
            parts.append(f"with its URLs {'shortened' if self.shorten_url else 'as they are'}")
        return " ".join(parts)

    def _fits_text(self, text: str) -> bool:
        if isinstance(self.text, Pattern):
            return self.text.search(text) is not None
        if callable(self.text):
            return bool(self.text(text))
        return self.text is None or self.text == text
