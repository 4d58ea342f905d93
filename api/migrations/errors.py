"""Why a database cannot be used as it is, in words for the operator."""

from collections.abc import Sequence

from api.refusals import Refused


class MigrationError(Refused):
    """The database cannot be used as it is; the message says what to do."""


class NotMigrated(MigrationError):
    """The tables are those of an older version."""

    def __init__(self, names: Sequence[str]) -> None:
        """Name what is lacking, and the command."""
        super().__init__(
            f"the database is older than this version and lacks {', '.join(names)}; "
            "run `contacts migrate`"
        )


class OtherReadModel(MigrationError):
    """The read model was built by another version of the service."""

    def __init__(self) -> None:
        """Say which commands help."""
        super().__init__(
            "the read model was built by another version of the service; `contacts projections "
            "rebuild` makes this version's beside it, `contacts serve --wait` serves from then on"
        )
