"""The embedded server as its users see it: own or attached, one URL that goes on working."""

from pathlib import Path
from typing import Self

import psycopg

from api.embedded.errors import EmbeddedNotRunning, EmbeddedNotUsable
from api.embedded.keeper import Keeper


class EmbeddedServer:
    def __init__(self, data_dir: Path, binaries: Path | None = None) -> None:
        # Resolved, because the socket and the place of the cluster are derived from the path.
        self._data_dir = Path(data_dir).resolve()
        self._binaries = binaries
        self._keeper: Keeper | None = None

    def start(self) -> None:
        """Returns when the server accepts connections, whoever has started it."""
        if self._keeper is not None:
            return
        try:
            self._data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
            self._keeper = Keeper(self._data_dir, self._binaries)
            self._keeper.start()
            self._keeper.wait_until_settled()
        except (OSError, psycopg.Error) as error:
            self.stop()
            raise EmbeddedNotUsable(
                f"The data directory {self._data_dir} cannot be used: {error}. Start the service "
                "as the user it belongs to, or choose another one.",
            ) from error
        except BaseException:  # Ctrl-C as well
            self.stop()
            raise

    @property
    def url(self) -> str:
        if self._keeper is None or self._keeper.url is None:
            raise EmbeddedNotRunning("The embedded server has not been started.")
        return self._keeper.url

    @property
    def owner(self) -> bool:
        return self._keeper is not None and self._keeper.owner

    def stop(self) -> None:
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
