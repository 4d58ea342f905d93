"""`python -m api.cli` is `contacts`."""

from api.cli.main import app

app()
