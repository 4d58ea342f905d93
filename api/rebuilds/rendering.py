"""Reports of rebuilds and the state of the read model as other programs read them."""

from typing import Any

from api.contacts.rendering import instant
from api.rebuilds.journal import Entry
from projections.rebuild.comparing import Difference
from projections.rebuild.errors import Broken
from projections.rebuild.reporting import Report
from projections.state import Company, Projection, State

Json = dict[str, Any]

SHOWN = 100
"""Poison events that a report names."""


def of_report(report: Report) -> Json:
    """Render a report."""
    waited = report.switched
    return {
        "proved": report.proved,
        "switched": waited is not None,
        "writersWaitedSeconds": None if waited is None else round(waited.writers_waited, 3),
        "attempts": None if waited is None else waited.attempts,
        "sameCode": report.same_code,
        "events": report.events,
        "seconds": round(report.seconds, 3),
        "loadingSeconds": round(report.loading_seconds, 3),
        "different": report.comparison.different,
        "tables": {name: of_table(found) for name, found in report.comparison.tables.items()},
        "leftOut": len(report.comparison.left_out),
        "broken": [of_broken(broken) for broken in report.broken[:SHOWN]],
        "brokenCount": len(report.broken),
    }


def of_table(found: Difference) -> Json:
    """Render what was found in one table."""
    return {
        "rows": found.rows,
        "different": found.different,
        "first": [str(one) for one in found.first],
        "columnsOfOneOnly": found.columns,
    }


def of_broken(broken: Broken) -> Json:
    """Render a poison event."""
    return {
        "companyId": str(broken.company_id),
        "contactId": str(broken.contact_id),
        "position": broken.position,
        "error": broken.error,
    }


def of_state(state: State, rebuilt: Entry | None, compared: Entry | None) -> Json:
    """Render how the read model is, and when it was last rebuilt and last compared."""
    return {
        "healthy": healthy(state, compared),
        "measuredAt": instant(state.measured_at),
        "fingerprint": state.fingerprint,
        "fingerprintOfCode": state.fingerprint_of_code,
        "builtAt": instant(state.built_at),
        "projections": [of_projection(one) for one in state.projections],
        "companies": [of_company(one) for one in state.companies],
        "behind": len(state.behind),
        "rebuilding": state.rebuilding,
        "leftover": state.leftover,
        "previous": state.previous,
        "lastRebuild": of_entry(rebuilt),
        "lastComparison": of_entry(compared),
    }


def of_projection(view: Projection) -> Json:
    """Render a view as it is served, and as this code would make it."""
    return {
        "name": view.name,
        "version": view.version,
        "versionOfCode": view.version_of_code,
        "rows": view.rows,
        "bytes": view.size,
    }


def of_company(company: Company) -> Json:
    """Render how far a company's rows are."""
    return {"id": str(company.company_id), "head": company.head, "position": company.position}


def healthy(state: State, compared: Entry | None) -> bool:
    """Tell whether nothing is missing, and the last comparison left nothing wrong."""
    return state.healthy and not (compared and compared.doubts(state.built_at))


def of_entry(entry: Entry | None) -> Json | None:
    """Render an entry of the journal."""
    if entry is None:
        return None
    return {"kind": entry.kind, "endedAt": instant(entry.ended_at), "report": entry.report}
