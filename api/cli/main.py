"""The command `contacts`."""

import typer

from api.cli import companies, demo_data, keys, migrate, serve

app = typer.Typer(
    name="contacts",
    help="An open, self-hosted contact service for people who schedule meetings.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("serve")(serve.serve)
app.command("migrate")(migrate.migrate)
app.command("demo-data")(demo_data.demo_data)
app.add_typer(companies.app, name="companies")
app.add_typer(keys.app, name="keys")
