"""Decides, for the holder of the lock, where the cluster lies and which user it belongs to."""

import datetime as dt
import os
from pathlib import Path

from api.embedded.account import Account, account_of, service_account
from api.embedded.errors import EmbeddedUnreachable
from api.embedded.leftovers import end_previous
from api.embedded.site import (
    ELSEWHERE,
    Site,
    find_site,
    make_passable,
    pointer_of,
    site_elsewhere,
)


def settle_site(data_dir: Path) -> tuple[Site, Account]:
    site = find_site(data_dir)
    if site.pgdata.exists():
        return site, _owner(site)
    account = service_account()
    if site.base == data_dir and account.is_other and not account.can_enter(data_dir):
        site = _settle_elsewhere(data_dir, account)
    if site.base != data_dir:
        make_passable(ELSEWHERE)
        make_passable(site.base)
        _require(can_work=account.can_enter(site.base), folder=site.base, account=account)
    return site, account


def _owner(site: Site) -> Account:
    account = account_of(site.pgdata.stat().st_uid)
    is_ours = not account.is_other or (os.geteuid() == 0 and account.can_enter(site.pgdata))
    _require(can_work=is_ours, folder=site.pgdata, account=account)
    return account


def _require(*, can_work: bool, folder: Path, account: Account) -> None:
    if not can_work:
        name = account.name
        raise EmbeddedUnreachable(
            f"PostgreSQL has to run as the user {name} in {folder}, but cannot. Start the service "
            f"as {name} or as root, and let {name} enter the folders above.",
        )


def _settle_elsewhere(data_dir: Path, account: Account) -> Site:
    site = site_elsewhere(data_dir)
    if site.base.exists():
        # Left by a data directory that was removed: neither to be shown again nor destroyed.
        end_previous(site)
        now = dt.datetime.now(dt.UTC)
        site.base.rename(site.base.with_suffix(f".left-{now:%Y%m%dT%H%M%S.%f}"))
    pointer = pointer_of(data_dir)
    draft = pointer.with_suffix(".new")
    draft.write_text(
        f"{site.base}\n\nThe PostgreSQL cluster of this data directory lies there, because the\n"
        f"user {account.name}, who runs it, cannot reach this directory. Remove both together.\n",
    )
    draft.rename(pointer)
    return site
