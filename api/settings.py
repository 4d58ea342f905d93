"""All settings of the service, from the environment; each is documented in the README."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.logs import Style

CHECKOUT = Path(__file__).resolve().parent.parent


def default_data_dir() -> Path:
    """Return `.contacts` in the checkout, or in the working directory of an installed package."""
    home = CHECKOUT if (CHECKOUT / "pyproject.toml").exists() else Path.cwd()
    return home / ".contacts"


class Settings(BaseSettings):
    """Each field is the variable CONTACTS_<NAME>, but for DATABASE_URL."""

    model_config = SettingsConfigDict(env_prefix="CONTACTS_", env_ignore_empty=True)

    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    """PostgreSQL 15 to 18 to use instead of the embedded server."""

    data_dir: Path = Field(default_factory=default_data_dir)
    """Where the embedded server's data and the demo key lie."""

    host: str = "127.0.0.1"
    """Address to listen on."""

    port: int = Field(default=8000, ge=0, le=65_535)
    """Port to listen on; 0 takes a free one."""

    public_url: str | None = None
    """Where the outside reaches the service, as in https://contacts.example.com; links start with
    it. Without it they lead to host and port."""

    workers: int = Field(default=1, ge=1, le=64)
    """Processes that answer requests."""

    migrate: bool = True
    """Whether `contacts serve` brings the tables up to date first."""

    queue_limit: int = Field(default=5_000, ge=1)
    """Writes that may wait in one process before further ones are answered 503."""

    batch_events: int = Field(default=500, ge=1, le=10_000)
    """Writes that one transaction takes at most."""

    batch_companies: int = Field(default=64, ge=1)
    """Companies that one transaction spans at most; 1 on a distributed PostgreSQL."""

    pool_size: int = Field(default=8, ge=1, le=200)
    """Connections of one process for reading."""

    log_format: Style = "logfmt"
    """Lines as `key=value` for people, or as JSON for machines."""
