"""The command `contacts`."""

import typer

from api.cli import (
    audit,
    backup,
    companies,
    demo_data,
    doctor,
    erase,
    export,
    history,
    import_,
    intake,
    keys,
    migrate,
    projections,
    replay,
    report,
    serve,
    undo,
)

app = typer.Typer(
    name="contacts",
    help="An open, self-hosted contact service for people who schedule meetings.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("serve")(serve.serve)
app.command("migrate")(migrate.migrate)
app.command("doctor")(doctor.doctor)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("export")(export.export)
app.command("replay")(replay.replay)
app.command("history")(history.history)
app.command("report")(report.report)
app.command("show")(history.show)
app.command("diff")(history.diff)
app.command("changes")(history.changed)
app.command("explain")(history.explain)
app.command("undo")(undo.undo)
app.command("erase")(erase.erase)
app.command("demo-data")(demo_data.demo_data)
app.add_typer(audit.app, name="audit")
app.add_typer(companies.app, name="companies")
app.add_typer(import_.app, name="import")
app.add_typer(keys.app, name="keys")
app.add_typer(projections.app, name="projections")
app.add_typer(intake.app, name="intake")
