"""Single variables of the environment or of `.env`, for commands that do not need all settings."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from infobip_rules.errors import ConfigurationError
from infobip_rules.redaction import SECRET_VARIABLES, conceal

WEBHOOK_TOKEN = "INFOBIP_WEBHOOK_TOKEN"  # noqa: S105 - the name of a variable
JOURNAL_URL = "INFOBIP_JOURNAL_URL"
PLUGINS = "INFOBIP_PLUGINS"


def variable(name: str, env_file: Path) -> str | None:
    """The value of `name` in the environment, else in `env_file`; None if it is in neither, or empty."""
    return os.environ.get(name) or read_env_file(env_file).get(name) or None


def read_env_file(path: Path) -> dict[str, str]:
    """The variables of a `.env` file; none if there is no such file. Raises ConfigurationError if it can't be read."""
    from dotenv import dotenv_values

    if not path.is_file():
        return {}
    try:
        found = dotenv_values(path, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"{path} can't be read.", "Make it a text file in UTF-8.") from None
    return {name: value for name, value in found.items() if value is not None}


def conceal_secrets(env_file: Path) -> None:
    """Registers the secrets of the environment and of `env_file`, which no output shows from then on."""
    conceal(*(os.environ.get(name) for name in SECRET_VARIABLES))
    with suppress(ConfigurationError):  # a command that needs the file reports it
        found = read_env_file(env_file)
        conceal(*(found.get(name) for name in SECRET_VARIABLES))


def choose_plugins(env_file: Path) -> None:
    """Has this process and those that it starts load the plugins that `env_file` names, unless the environment does."""
    if os.environ.get(PLUGINS):
        return
    with suppress(OSError, ConfigurationError):
        # Looked at first, as reading it as it is to be read takes time that a call for help need not take.
        if PLUGINS.encode() in env_file.read_bytes() and (chosen := read_env_file(env_file).get(PLUGINS)):
            os.environ[PLUGINS] = chosen


def check_plugins(chosen: str, env_file: Path) -> None:
    """Raises ConfigurationError where a setting, read by now, chooses other plugins than those that were loaded before."""
    if chosen != (os.environ.get(PLUGINS) or "all"):
        raise ConfigurationError(
            f"{PLUGINS} stands in {env_file}, which is read after plugins are loaded.",
            "Set it in the environment, or in .env of the working folder.",
        )


def withdraw_secrets() -> dict[str, str | None]:
    """Takes the secrets out of this process's environment, and so of its workers': rules do not need them.

    Returns them, by their variables' names.
    """
    return {name: os.environ.pop(name, None) for name in SECRET_VARIABLES}


def journal_url(given: str | None, env_file: Path) -> str:
    """The journal to look at: as given, else as the host would find it."""
    from infobip_rules.settings import Settings

    return given or variable(JOURNAL_URL, env_file) or str(Settings.model_fields["journal_url"].default)
