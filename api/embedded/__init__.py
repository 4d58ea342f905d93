"""An own PostgreSQL in the data directory: found, created, started, kept alive and ended."""

from api.embedded.binaries import pg_binary
from api.embedded.errors import EmbeddedError
from api.embedded.server import EmbeddedServer

__all__ = ["EmbeddedError", "EmbeddedServer", "pg_binary"]
