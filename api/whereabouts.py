"""Hides how the commands of a data directory know where its service is reached."""

from contextlib import suppress
from pathlib import Path

from api.settings import Settings

FILE = "address"


def remember(data_dir: Path, url: str) -> None:
    """Note where the service is reached; without a note the commands go by the settings."""
    with suppress(OSError):
        data_dir.mkdir(parents=True, exist_ok=True)
        (data_dir / FILE).write_text(f"{url}\n", encoding="utf-8")


def address(settings: Settings) -> str:
    """Return what links start with: as set, else as the service was started last."""
    if settings.public_url is None:
        with suppress(OSError):
            return (settings.data_dir / FILE).read_text(encoding="utf-8").strip()
    return settings.base_url
