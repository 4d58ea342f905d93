"""All settings of the service, from the environment; each is documented in the README."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    HttpUrl,
    SecretStr,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from api.keys.limits import Rate, rate
from api.optin.addresses import checked_sender
from api.optin.mail_server import MailServer, mail_server
from api.optin.origin import Network, networks
from api.public_address import checked_address

LogFormat = Literal["json", "logfmt"]

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

    public_url: Annotated[str, AfterValidator(checked_address)] | None = None
    """Where the outside reaches the service, as in https://contacts.example.com; links start with
    it. Without it they lead to host and port."""

    mail_from: Annotated[str, AfterValidator(checked_sender)] | None = None
    """Sender of the mails, as noreply@example.com or Example <noreply@example.com>."""

    smtp_url: Annotated[MailServer | None, NoDecode, BeforeValidator(mail_server)] = None
    """Mail server for opt-in requests: smtp://user:password@host:587, or smtps://. Needs mail_from
    and public_url."""

    trusted_proxies: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(networks)] = ()
    """Networks, separated by commas, whose X-Forwarded-For is believed."""

    intake_days: int = Field(default=30, ge=1, le=3650)
    """Days for which the bodies of webhook deliveries are kept."""

    signing_key: SecretStr | None = None
    """Private key that signs checkpoints, in PEM, instead of a file."""

    signing_key_file: Path | None = None
    """File with the private key that signs checkpoints; with the embedded server, one is made."""

    checkpoint_dir: Path | None = None
    """Directory into which checkpoints are written, in a folder for each company."""

    checkpoint_url: HttpUrl | None = None
    """URL to which checkpoints are posted."""

    checkpoint_interval: int = Field(default=3_600, ge=1)
    """Seconds between two looks for companies whose log has grown."""

    erasures_file: Path | None = None
    """File outside the database that notes who was erased; erasures.jsonl in the data directory."""

    backup_days: int | None = Field(default=None, ge=1, le=3650)
    """Days after which backups are gone, as certificates of erasure state it."""

    workers: int = Field(default=1, ge=1, le=64)
    """Processes that answer requests."""

    migrate: bool = True
    """Whether `contacts serve` brings the tables up to date first."""

    queue_limit: int = Field(default=5_000, ge=1)
    """Writes that may wait in one process before further ones are answered 503."""

    batch_requests: int = Field(default=500, ge=1, le=10_000)
    """Writes that one transaction takes at most."""

    batch_companies: int = Field(default=64, ge=1)
    """Companies that one transaction spans at most; 1 on a distributed PostgreSQL."""

    pool_size: int = Field(default=8, ge=1, le=200)
    """Connections of one process for reading."""

    rate_limit: Annotated[Rate | None, NoDecode, BeforeValidator(rate)] = None
    """Calls of one key that one process answers in a time, as 100/minute; without it, all."""

    rate_burst: int | None = Field(default=None, ge=1)
    """Calls of one key that may come at once; as many as the rate has if not given."""

    log_format: LogFormat = "logfmt"
    """Lines as `key=value` for people, or as JSON for machines."""

    @field_validator("smtp_url")
    @classmethod
    def complete(cls, server: MailServer | None, info: ValidationInfo) -> MailServer | None:
        """Refuse to send mails from nobody, or with links that lead nowhere."""
        for name in ("mail_from", "public_url"):
            if server is not None and info.data.get(name, "") is None:
                msg = f"needs CONTACTS_{name.upper()}"
                raise ValueError(msg)
        return server

    @property
    def erasure_notes(self) -> Path:
        """Where erasures are noted."""
        return self.erasures_file or self.data_dir / "erasures.jsonl"

    @property
    def base_url(self) -> str:
        """What links start with."""
        return self.public_url or f"http://{self.host}:{self.port}"
