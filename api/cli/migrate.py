"""`contacts migrate`: brings the database up to date."""

import typer

from api import migrations
from api.cli.options import DataDir, explained, settings_with
from api.database import database


@explained
def migrate(data_dir: DataDir = None) -> None:
    """Create the tables or change them to those of this version. Safe twice, and twice at once."""
    with database(settings_with(data_dir=data_dir)) as url:
        done = migrations.migrate(url)
    typer.echo(f"Done: {', '.join(done)}." if done else "The database is up to date.")
