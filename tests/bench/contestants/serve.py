"""Serves a contestant with exactly the settings of `contacts serve`: one process, no access log."""

import socket
import sys

import uvicorn


def main(application: str) -> None:
    """Serve on a free port and print it."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    print(f"serves on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(
        application,
        factory=True,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
    )
    uvicorn.Server(config).run([listener])


if __name__ == "__main__":
    main(sys.argv[1])
