"""`contacts audit`: checkpoints, exports, and whether the log is still what it was."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO
from uuid import UUID

import psycopg
import typer

from api import files
from api.audit import signing
from api.audit.checkpoints import as_file, known_keys, of_company_now
from api.audit.export import export, has_contact, head
from api.audit.verifier import NOTHING_SIGNED, Chain, Checkpoint, Fault, report, verify
from api.cli.options import AsJson, Company, DataDir, connected, explained, settings_with
from api.cli.progress import shown
from api.companies import register
from api.reports.disclosures import Disclosure, note

app = typer.Typer(
    help="Proof that nothing in the log was changed or removed.", no_args_is_help=True
)

EVENTS_A_STEP = 1_000
READABLE = typer.Option(exists=True, dir_okay=False)
Output = Annotated[
    Path | None, typer.Option(dir_okay=False, help="A file; standard output if not given.")
]


@app.command("checkpoint")
@explained
def checkpoint(company: Company = None, output: Output = None, data_dir: DataDir = None) -> None:
    """Sign where the log stands. Keep it where nobody who runs the service can change it."""
    with connected(data_dir) as connection:
        signer = signing.signer(settings_with(data_dir=data_dir))
        if signer is None:
            raise signing.SigningKeyError("there is no signing key; set CONTACTS_SIGNING_KEY_FILE")
        signing.publish(connection, signer)
        made = of_company_now(connection, signer, register.find(connection, company))
    with written(output) as file:
        file.write(as_file(made).encode())


@app.command("export")
@explained
def export_log(
    company: Company = None,
    contact: Annotated[
        UUID | None, typer.Option(help="This contact's events; of all others digests only.")
    ] = None,
    output: Output = None,
    data_dir: DataDir = None,
) -> None:
    """Write the whole log as it is stored, in lines of JSON that `verify` checks anywhere."""
    with connected(data_dir) as connection:
        company_id = register.find(connection, company)
        if contact is not None and not has_contact(connection, company_id, contact):
            raise register.CompanyError(f"this company has no contact {contact}")
        position, _ = head(connection, company_id)
        # before the first line is out: whoever interrupts it has got some of them
        note(connection, Disclosure(company_id, "audit-export", None, position, contact_id=contact))
        connection.commit()
        lines = export(connection, company_id, contact)
        with written(output) as file:
            file.writelines(counted("exporting", lines, position))


@app.command("verify")
@explained
def verify_log(  # noqa: PLR0913, PLR0917  # these are the options of the command
    export_file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[EXPORT]", exists=True, dir_okay=False, help="Else the database is checked."
        ),
    ] = None,
    checkpoint: Annotated[Path | None, READABLE] = None,
    public_key: Annotated[Path | None, READABLE] = None,
    company: Company = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Check that nothing was changed or removed; if something was, say where and exit with 1."""
    if public_key and not checkpoint:
        raise typer.BadParameter(NOTHING_SIGNED, param_hint="--public-key")
    keys = public_key.read_bytes() if public_key else None
    try:
        kept = Checkpoint.read(checkpoint.read_bytes()) if checkpoint else None
        if export_file is None:
            with connected(data_dir) as connection:
                keys = keys or known_keys(connection)
                chain = verify(stored(connection, company, kept), checked(kept, keys))
        else:
            with export_file.open("rb") as lines:
                chain = verify(counted("checking", lines, 0), checked(kept, keys))
    except (Fault, ValueError) as wrong:
        words = f"NOT whole: {wrong}" if isinstance(wrong, Fault) else f"contacts: {wrong}"
        typer.echo(told(wrong) if as_json else words, err=not as_json)
        raise typer.Exit(1) from wrong
    signed = kept is not None and keys is not None
    typer.echo(
        found(chain, kept, signed=signed)
        if as_json
        else report(chain, kept, signature_checked=signed)
    )


def checked(kept: Checkpoint | None, keys: bytes | None) -> Checkpoint | None:
    """Return the checkpoint once its signature is checked, if there are keys for that."""
    if kept is not None and keys is not None:
        kept.check_signature(keys)
    return kept


def stored(
    connection: psycopg.Connection[Any], company: str | None, kept: Checkpoint | None
) -> Iterator[bytes]:
    """Export the log of the company that is meant, else of the one that the checkpoint names."""
    company_id = register.find(connection, company or (kept.company_id if kept else None))
    return counted("checking", export(connection, company_id), head(connection, company_id)[0])


def found(chain: Chain, kept: Checkpoint | None, *, signed: bool) -> str:
    """Return what was found for other programs."""
    head = {"companyId": chain.company_id, "position": chain.position, "hash": chain.hash.hex()}
    proof = {"checkpoint": kept.position if kept else None, "signatureChecked": signed}
    return json.dumps({"whole": True, **head, **proof})


def told(wrong: Exception) -> str:
    """Return what is wrong for other programs."""
    position = wrong.position if isinstance(wrong, Fault) else None
    return json.dumps({"whole": False, "position": position, "fault": str(wrong)})


def counted(what: str, lines: Iterable[bytes], total: int) -> Iterator[bytes]:
    """Pass lines on and show how far they are."""
    with shown() as tell:
        for number, line in enumerate(lines):
            if number % EVENTS_A_STEP == 0:
                tell(what, number, total)
            yield line


@contextmanager
def written(output: Path | None) -> Iterator[BinaryIO]:
    """Lend the file, which its owner alone can read and which is there when it is complete."""
    if output is None:
        yield typer.get_binary_stream("stdout")
        return
    with files.written(output) as file:
        yield file
