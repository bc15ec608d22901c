"""The lines that a host prints when it starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from infobip_rules import __version__


@dataclass(frozen=True, kw_only=True, slots=True)
class Banner:
    """The facts of a start; nothing in it may be a secret, nor a whole phone number."""

    mode: str
    rules: int
    sources: Sequence[str]
    #: Webhook URLs as they are to be entered in the portal, without the token's value.
    webhooks: Sequence[str]
    listening: str
    #: Whether it listens at all addresses of the machine, of which `listening` is one.
    everywhere: bool = False
    journal: str
    evaluation: str
    hints: Sequence[str] = ()
    warnings: Sequence[str] = ()

    def lines(self) -> list[str]:
        """The banner, line by line."""
        files = ", ".join(self.sources)
        return [
            f"infobip-rules {__version__} - {self.mode}",
            f"  rules      {counted(self.rules, 'rule')} in {counted(len(self.sources), 'file')}: {files}",
            f"  evaluated  {self.evaluation}",
            f"  journal    {self.journal}",
            *(f"  webhook    {url}" for url in self.webhooks),
            *(f"  note       {hint}" for hint in self.hints),
            *(_loud(warning) for warning in self.warnings),
            f"Listening at {self.listening}{' and every other address of this machine' * self.everywhere} - Ctrl-C ends it.",
        ]


def counted(number: int, noun: str) -> str:
    """`1 rule`, `2 rules`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def without_token(url: str) -> str:
    """A webhook URL as it may be shown: `?token=***`."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="token=***")) if parts.query else url


def evaluation(workers: int) -> str:
    """The place where rules are evaluated; 0 workers: in the host itself."""
    if not workers:
        return "in the host's own process, which a rule that hangs would hang"
    return "in 1 worker process" if workers == 1 else f"in {workers} worker processes"


def _loud(warning: str) -> str:
    return f"\n  !! WARNING: {warning}\n"
