"""What `contacts erase` tells people of a certificate."""

from rich.console import Console
from rich.table import Column, Table

from api.erasure.schemas import Certificate


def told(made: Certificate) -> str:
    """Render a certificate for people."""
    table = Table("table", "what", Column("number", justify="right"))
    for one in made.cleared:
        table.add_row(one.table, one.what, f"{one.count:,}")
    console = Console(width=100)
    with console.capture() as drawn:
        console.print(table)
    backups = (
        "CONTACTS_BACKUP_DAYS is not set, so nobody says when backups are gone."
        if made.backups_gone_at is None
        else f"Backups from before are gone at {made.backups_gone_at:%Y-%m-%d %H:%M} UTC."
    )
    lines = [
        f"Contact {made.contact_id} was erased at {made.erased_at:%Y-%m-%d %H:%M:%S} UTC",
        f"({made.reason}), at position {made.position} of the log of company {made.company_id}.",
        f"The hash there is {made.hash}.",
        drawn.get().rstrip(),
        backups,
    ]
    return "\n".join(lines)
