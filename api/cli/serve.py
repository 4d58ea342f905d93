"""`contacts serve`: starts everything, says how to use it, and ends everything."""

import os
import signal
import socket
import sys
import time
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import psycopg
import typer
import uvicorn
from uvicorn.supervisors import Multiprocess

from api import migrations
from api.audit.signing import key_file, signer
from api.cli import demo
from api.cli.options import DataDir, explained, settings_with
from api.connections import Connection
from api.database import database, editing
from api.metrics import sharing
from api.settings import Settings
from api.whereabouts import remember

WAIT_FOR_DATABASE_SECONDS = 60.0
GRACE_SECONDS = 20
"""How long requests under way may take when the service is told to end."""

WAIT_FOR_PORT_SECONDS = 60.0
"""How long a server may take to finish what it has when its read model was switched."""


class ServeError(migrations.MigrationError):
    """The service cannot start; the message says what to do."""


class Server(uvicorn.Server):
    """Says how to use the service as soon as it answers."""

    def __init__(self, config: uvicorn.Config, greeting: str) -> None:
        """Keep the greeting for later."""
        super().__init__(config)
        self.greeting = greeting

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then greet."""
        await super().startup(sockets)
        if self.started:
            typer.echo(self.greeting)


@explained
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on. [127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one. [8000]")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that answer requests. [1]")] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Until the read model is this version's, then take over.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Serve the API; without DATABASE_URL on an embedded PostgreSQL of its own."""
    settings = settings_with(host=host, port=port, workers=workers, data_dir=data_dir)
    # SIGTERM must end the embedded server as Ctrl-C does, even while things are starting
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with suppress(KeyboardInterrupt):
        if wait:
            with database(settings) as url:
                await_switch(settings, url)
                with freed(settings) as listener:
                    run(settings, url, listener)
            return
        with listen(settings) as listener, database(settings) as url:
            prepare(settings, url)
            run(settings, url, listener)


def await_switch(settings: Settings, url: str) -> None:
    """Wait until a rebuild of this version has switched; the server before may go on till then."""
    told = False
    while True:
        try:
            prepare(settings, url)
        except migrations.OtherReadModel as not_yet:
            if not told:
                typer.echo(f"waiting: {not_yet}", err=True)
            told = True
            time.sleep(0.2)
        else:
            return


def freed(settings: Settings) -> socket.socket:
    """Take the port, once the server before has given it up."""
    deadline = time.monotonic() + WAIT_FOR_PORT_SECONDS
    while True:
        try:
            return listen(settings)
        except ServeError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def listen(settings: Settings) -> socket.socket:
    """Take the port before anything is started, so that a taken one is told at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(2048)
    except OSError as taken:
        listener.close()
        msg = (
            f"cannot listen on {settings.host}:{settings.port}: {taken.strerror}; "
            "choose another with --port or CONTACTS_PORT"
        )
        raise ServeError(msg) from taken
    return listener


def prepare(settings: Settings, url: str) -> None:
    """Wait for the database, and bring its tables up to date unless that is done elsewhere."""
    deadline = time.monotonic() + WAIT_FOR_DATABASE_SECONDS
    told = False
    while True:
        try:
            if settings.migrate:
                migrations.migrate(url)
            migrations.check(url)
        except psycopg.OperationalError as missing:
            if time.monotonic() > deadline:
                raise
            if not told:
                said = " ".join(str(missing).split())
                most = f"{WAIT_FOR_DATABASE_SECONDS:g} s"
                typer.echo(f"waiting up to {most} for the database: {said}", err=True)
            told = True
            time.sleep(0.5)
        else:
            return


def prepare_signing(settings: Settings) -> None:
    """Refuse a key that cannot sign, and tell the processes where the embedded server's lies."""
    signer(settings)
    file = key_file(settings)
    if file is not None:
        os.environ["CONTACTS_SIGNING_KEY_FILE"] = str(file)


def run(settings: Settings, url: str, listener: socket.socket) -> None:
    """Answer requests until told to stop."""
    os.environ["DATABASE_URL"] = url
    os.environ["CONTACTS_ERASURES_FILE"] = str(settings.erasure_notes.resolve())
    prepare_signing(settings)
    public_url = settings.public_url or url_of(listener)
    os.environ["CONTACTS_PUBLIC_URL"] = public_url
    remember(settings.data_dir, public_url)
    config = uvicorn.Config(
        "api.app:create",
        factory=True,
        workers=settings.workers,
        loop="uvloop",
        http=Connection,
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    greeting = greet(settings, url, listener)
    if settings.workers == 1:
        Server(config, greeting).run([listener])
        return
    typer.echo(greeting)
    try:
        Multiprocess(config, [listener]).run()
    finally:
        sharing.forget(settings.data_dir)


def greet(settings: Settings, database_url: str, listener: socket.socket) -> str:
    """Return what a newcomer needs: the URL, a key, and two lines to try."""
    url = url_of(listener)
    lines = ["", f"  Contact service on {url}"]
    if not ip_address(listener.getsockname()[0]).is_loopback:
        return "\n".join(
            [*lines, "  Keys: contacts companies create NAME, contacts keys create", ""]
        )
    with editing(database_url) as connection:
        made = demo.ensure(connection, settings.data_dir, url)
    if made is None:
        return "\n".join([*lines, "  Keys: contacts keys create", ""])
    key, file = made
    lines.append(f"  API key  {key}  (also in {shown(file)})")
    return "\n".join([*lines, *curl_lines(url, key), ""])


def url_of(listener: socket.socket) -> str:
    """Return where the service answers; the port may have been a free one."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def curl_lines(url: str, key: str) -> list[str]:
    """Return a line that creates a contact and one that finds it."""
    headers = f"-H 'Authorization: Bearer {key}'"
    contact = '{"firstName": "Anna", "lastName": "Müller", "email": "anna.mueller@example.com"}'
    return [
        "",
        "  Create a contact:",
        f"  curl {url}/crm {headers} -H 'Content-Type: application/json' -d '{contact}'",
        "",
        "  Find it:",
        f"  curl '{url}/crm?searchTerm=muller' {headers}",
    ]


def shown(path: Path) -> str:
    """Return a path as short as it can be shown from here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
