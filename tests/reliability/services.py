"""Hides how a service is started again and again on one port, and killed at any moment."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests.acceptance.conftest import NO_TLS, Running, Tenant, make_tenant
from tests.integration.embedded_servers import ROOT, eventually
from tests.reliability.clusters import HOST, free_port

STARTED_SECONDS = 60.0


class Zygote:
    """Makes services in a fraction of the time that a start takes: all code is loaded already."""

    def __init__(self) -> None:
        """Load it."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.zygote"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def fork(self, wanted: dict[str, Any]) -> int:
        """Start `contacts serve`; return the process id."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(wanted) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def close(self) -> None:
        """End, with all services."""
        self.process.kill()
        self.process.communicate()


@dataclass
class Service:
    """A service that may be killed and started again; its URL stays."""

    zygote: Zygote
    database_url: str
    data_dir: Path
    settings: dict[str, str] = field(default_factory=dict)
    constants: dict[str, object] = field(default_factory=dict)
    """Constants of modules that have other values, so that a test need not wait as long."""

    port: int = field(default_factory=free_port)
    pid: int | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """What it has printed and logged."""
        return self.data_dir.with_suffix(".log")

    def begin(self) -> None:
        """Start it and wait for nothing."""
        environment = {
            "DATABASE_URL": self.database_url,
            "CONTACTS_DATA_DIR": str(self.data_dir),
            **self.settings,
        }
        self.pid = self.zygote.fork(
            {
                "output": str(self.log),
                "options": ["--port", str(self.port)],
                "environment": environment,
                "constants": self.constants,
            }
        )

    def start(self) -> None:
        """Start it and wait until it can work."""
        self.begin()
        assert eventually(self.ready, STARTED_SECONDS), self.log.read_text()[-3000:]

    def ready(self) -> bool:
        """Tell whether it says that it can work."""
        with suppress(httpx2.TransportError):
            answer = httpx2.get(f"{self.url}/health/ready", verify=NO_TLS, timeout=5)
            return answer.status_code == 200
        return False

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        return self.pid is not None and Path(f"/proc/{self.pid}").exists()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; it may have ended already."""
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it by kill -9, and wait until it is gone."""
        self.send(signal.SIGKILL)
        assert eventually(lambda: not self.alive, 10)

    def company(self) -> Tenant:
        """Make a company on it; close its client when done."""
        running = Running(self.url, self.database_url, self.zygote.process, self.log)
        company = make_tenant(running)
        running.database.close()  # it would not outlive what happens to the database
        del running.database
        return company


@contextmanager
def zygote() -> Iterator[Zygote]:
    """What makes services, as long as it is needed."""
    made = Zygote()
    try:
        yield made
    finally:
        made.close()
