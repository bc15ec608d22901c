"""The questions of `setup`, each asked again until its answer can be used."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from infobip_rules.cli.exits import say
from infobip_rules.errors import ConfigurationError, InfobipRulesError
from infobip_rules.settings import Settings


class PromptUnansweredError(InfobipRulesError):
    """A question was asked, and standard input has ended."""

    id = "IR803"
    exit_code = 2


_QUESTIONS = {
    "base_url": "Base URL of your account (such as xxxxx.api.infobip.com)",
    "api_key": "API key (not shown while you type)",
    "phone_number": "Phone number or sender that messages come from",
    "adapter_base_url": "Public URL at which Infobip reaches this program (empty: not known yet)",
    "sms_delivery_reporting_enabled": "Let Infobip report on deliveries",
    "webhook_token": "Webhook token (empty: a fresh one)",
}
_HIDDEN = frozenset({"api_key", "webhook_token"})
_OPTIONAL = frozenset({"adapter_base_url", "webhook_token"})
#: Stands in for what is not asked yet, while one answer is looked at.
_EXAMPLE = {
    "base_url": "https://xxxxx.api.infobip.com",
    "api_key": "example",
    "phone_number": "447491163443",
    "adapter_base_url": "https://sms.example.com",
}


def ask_missing(given: Mapping[str, str | None], known: Mapping[str, str]) -> dict[str, str | None]:
    """The answers to all questions that `given` has no answer to; what is `known` is offered as the answer."""
    answers = dict(given)
    for name, answer in given.items():
        if answer is None:
            answers[name] = _ask_until_good(name, known.get(name), answers)
    return answers


def _ask_until_good(name: str, known: str | None, answers: Mapping[str, str | None]) -> str:
    while True:
        answer = _ask(name, known, answers)
        problem = _problem(name, answer)
        if problem is None:
            return answer
        say(problem)


def _ask(name: str, known: str | None, answers: Mapping[str, str | None]) -> str:
    if name == "sms_delivery_reporting_enabled":
        # Without a public address reports would have nowhere to go.
        return _ask_yes_or_no(_QUESTIONS[name], known or "false") if answers["adapter_base_url"] else "false"
    hidden = name in _HIDDEN
    offered = "keep the present one" if hidden and known else known
    question = f"{_QUESTIONS[name]} [{offered}]" if offered else _QUESTIONS[name]
    while True:
        answer = _input(question, hidden=hidden) or known or ""
        if answer or name in _OPTIONAL:
            return answer


def _ask_yes_or_no(question: str, known: str) -> str:
    offered = "Y/n" if known == "true" else "y/N"
    while True:
        answer = _input(f"{question} [{offered}]").lower()
        if not answer:
            return known
        if answer in {"y", "yes", "n", "no"}:
            return "true" if answer.startswith("y") else "false"


def _input(question: str, *, hidden: bool = False) -> str:
    # On stderr, the place of all talk; Typer's own prompt writes a blank to stdout.
    console = Console(stderr=True)
    try:
        return console.input(Text(f"{question}: "), password=hidden).strip()
    except (EOFError, RuntimeError):  # RuntimeError: the program was started with stdin closed
        raise PromptUnansweredError(
            "`setup` has a question, and nobody answers it: standard input has ended.",
            "Give the answers as options, such as --base-url and --api-key, together with --yes.",
        ) from None


def _problem(name: str, answer: str) -> str | None:
    """The mistake in an answer by itself, in the words of Settings; None without one."""
    if not answer:
        return None
    try:
        Settings.load(None, **(_EXAMPLE | {name: answer}))
    except ConfigurationError as error:
        return next((line for line in error.fact.splitlines() if line.startswith(f"INFOBIP_{name.upper()} ")), None)
    return None
