"""The operating system's user that the server runs as: PostgreSQL refuses to run as root."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.embedded.errors import EmbeddedNoAccount


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int
    name: str

    @property
    def is_other(self) -> bool:
        return self.uid != os.geteuid()

    def give(self, path: Path) -> None:
        if self.is_other:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_enter(self, directory: Path) -> bool:
        return self.can_run(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(directory)])

    def can_run(self, command: Sequence[str]) -> bool:
        """Asked of the system instead of computed: access lists and mounts count as well."""
        user, group = (self.uid, self.gid) if self.is_other else (None, None)
        groups: list[int] | None = [] if self.is_other else None
        try:
            done = subprocess.run(  # noqa: S603  # our own command
                command,
                user=user,
                group=group,
                extra_groups=groups,
                cwd="/",
                capture_output=True,
                check=False,
            )
        except OSError:
            return False
        return done.returncode == 0


def service_account() -> Account:
    if os.geteuid() != 0:
        return account_of(os.geteuid())
    for name in ("postgres", "nobody"):
        try:
            return account_of(pwd.getpwnam(name).pw_uid)
        except KeyError:
            continue
    raise EmbeddedNoAccount(
        "PostgreSQL does not run as root and there is no user 'postgres' or 'nobody' to run it as. "
        "Create one of them, start the service as another user, or set DATABASE_URL.",
    )


def account_of(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return Account(uid, os.getegid(), str(uid))
    return Account(uid, entry.pw_gid, entry.pw_name)
