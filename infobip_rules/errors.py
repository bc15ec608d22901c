"""The root of all errors, and the errors that several parts raise; those of one part stand in its modules.

An error is one sentence of fact, one of remedy, a stable id, and the context as attributes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from infobip_rules.redaction import without_secrets


class InfobipRulesError(Exception):
    """Root of all errors that infobip-rules raises on purpose.

    `fact` says what is wrong, `remedy` what to do about it, `context` holds the values behind both (masked where they
    are private). `id` never changes its meaning; `exit_code` is what a command ends with. Known secrets are left out.
    """

    id: str = "IR000"
    exit_code: ClassVar[int] = 1

    def __init__(self, fact: str, remedy: str = "", **context: object) -> None:
        self.fact = without_secrets(fact)
        self.remedy = without_secrets(remedy)
        self.context = context
        super().__init__(" ".join(part for part in (self.fact, self.remedy) if part))

    def __str__(self) -> str:
        return f"{super().__str__()} [{self.id}]"


class ConfigurationError(InfobipRulesError, ValueError):
    """A setting is missing or wrong."""

    id = "IR100"
    exit_code = 3


class PluginError(InfobipRulesError, RuntimeError):
    """A plugin can't be loaded, or a hook of it does not what its specification says.

    The sentence names the plugin, the package that it came with and, if it is one, the hook with its signature; an
    exception of the plugin's is named with its file and line. `infobip-rules plugins` lists all plugins with everything
    that is wrong with any, and docs/reference/hooks.md says what each hook is to give. To go on without it, uninstall its
    package, or set INFOBIP_PLUGINS to `off` or to the names of those that are to be loaded.

    `context` has the plugin, and the hook with its signature if it is one.
    """

    id = "IR130"
    exit_code = 3


class PluginsNotLoadedError(PluginError):
    """Several plugins can't be used; `problems` holds every one of them."""

    def __init__(self, problems: Sequence[PluginError]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __str__(self) -> str:
        return self.fact


class PhoneNumberError(InfobipRulesError, ValueError):
    """A phone number is not E.164."""

    id = "IR110"
    exit_code = 2


class TextError(InfobipRulesError, ValueError):
    """The text of a message can't be sent as it is."""

    id = "IR111"
    exit_code = 2


class RuleError(InfobipRulesError, ValueError):
    """One rule, or one condition of it, can't be loaded; `where` is `file:line`.

    Its id is that of the finding of `check`: RULE002 for a field that a type does not have, RULE003 for two of one name.
    """

    id = "RULE001"
    exit_code = 3

    def __init__(self, fact: str, remedy: str = "", *, where: str = "", **context: object) -> None:
        self.where = where
        if "same_as" in context:
            self.id = "RULE003"
        elif {"field", "type"} <= context.keys():
            self.id = "RULE002"
        super().__init__(f"{where}: {fact}" if where else fact, remedy, **context)


class RulesNotLoadedError(RuleError):
    """A worker could not load the rule files; the fact is what it says of that, each mistake with its own id."""

    def __str__(self) -> str:
        return self.fact


class RuleFileError(InfobipRulesError, ValueError):
    """Rule files could not be loaded; `problems` holds every one of them, so that all can be fixed in one go."""

    id = "IR201"
    exit_code = 3

    def __init__(self, problems: Sequence[InfobipRulesError]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __str__(self) -> str:
        return self.fact


class EvaluationError(InfobipRulesError, RuntimeError):
    """An evaluation was given up: its effects are dropped, its signal becomes a dead letter with this reason."""

    id = "IR300"

    def __init__(self, fact: str, remedy: str = "", *, rule: str = "", traceback: str = "", **context: object) -> None:
        self.rule = rule
        self.traceback = without_secrets(traceback)
        super().__init__(fact, remedy, **context)


class TraceError(InfobipRulesError, ValueError):
    """A kept trace can't be read."""

    id = "IR320"


class ClockError(InfobipRulesError, ValueError):
    """A clock can't be set so."""

    id = "IR330"
    exit_code = 2


class OutsideRuleError(InfobipRulesError, RuntimeError):
    """An action was called where no rule is being evaluated."""

    id = "IR310"


class JournalError(InfobipRulesError, RuntimeError):
    """The journal can't be used."""

    id = "IR400"
    exit_code = 3


class JournalBusyError(JournalError):
    """The journal has taken in all it can for now; the same may be tried again shortly."""

    id = "IR401"


class JournalRefusalError(JournalError):
    """The journal refused an operation, and will refuse the same one again; whatever else there is, it takes."""

    id = "IR402"


class JournalLostError(JournalError):
    """The journal's file is not the one any more that was opened: nothing is written until it is back."""

    id = "IR403"


class ProviderError(InfobipRulesError, RuntimeError):
    """Infobip answered with an error, or did not answer."""

    id = "IR500"
    exit_code = 4


class WebhookError(InfobipRulesError, ValueError):
    """A webhook's body is not what its path takes."""

    id = "IR600"
    exit_code = 2


class ConversationError(InfobipRulesError, ValueError):
    """A conversation file can't be read, or a conversation can't be written as one."""

    id = "IR700"
    exit_code = 2


class TrialError(InfobipRulesError, RuntimeError):
    """A test of rules asks for what the rules or the conversation so far don't have."""

    id = "IR710"
