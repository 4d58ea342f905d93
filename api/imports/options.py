"""What somebody wants of an import; the same on the command line and over HTTP."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.fields import Tag


class Options(BaseModel):
    """With these and the file, an interrupted import is recognised."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    update_existing: bool = False
    """Change contacts that are there already, instead of skipping their rows."""
    dry_run: bool = False
    """Give verdicts and record nothing else."""
    map: dict[str, str] = Field(default_factory=dict)
    """Column → field, for columns whose names say too little."""
    tags: Annotated[tuple[Tag, ...], Field(max_length=100)] = ()
    """Tags that every contact gets that the import creates or finds in need of them."""

    def stored(self) -> dict[str, Any]:
        """Return them as they are kept."""
        return self.model_dump(mode="json")


def chosen(texts: Iterable[str]) -> dict[str, str]:
    """Read `COLUMN=FIELD`; a ValueError says what is wrong."""
    columns = {}
    for text in texts:
        column, _, field = text.rpartition("=")
        if not column.strip() or not field.strip():
            msg = "must be a column, = and a field, as in Mail=email"
            raise ValueError(msg)
        columns[column.strip()] = field.strip()
    return columns
