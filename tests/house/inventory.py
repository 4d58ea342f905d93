"""Hides how the checks of the house find out which settings and commands there are."""

from collections.abc import Iterator
from typing import Any

from api.cli.main import COMMANDS, loaded
from api.settings import Settings


def settings() -> set[str]:
    """Name the environment variables that the service reads."""
    prefix = Settings.model_config.get("env_prefix", "")
    return {
        alias if isinstance(alias := field.validation_alias, str) else f"{prefix}{name}".upper()
        for name, field in Settings.model_fields.items()
    }


def commands() -> set[str]:
    """Name the commands as one types them: `contacts keys create`."""
    return {leaf for name in COMMANDS for leaf in _leaves(f"contacts {name}", loaded(name))}


def _leaves(path: str, command: Any) -> Iterator[str]:
    subcommands = getattr(command, "commands", None)
    if subcommands is None:
        yield path
        return
    for name, subcommand in subcommands.items():
        if not subcommand.hidden:
            yield from _leaves(f"{path} {name}", subcommand)
