"""What is asked of a rebuild, what it tells meanwhile, and what it came to."""

from collections.abc import Callable
from dataclasses import dataclass, field

from projections.rebuild.comparing import Comparison
from projections.rebuild.errors import Broken
from projections.rebuild.switching import Switched

Tell = Callable[[str, int, int], None]
"""Is told the phase, how many events of it are done, and of how many; 0 of 0 if nobody counts."""


@dataclass
class Report:
    """What a rebuild, or the way back, came to."""

    same_code: bool
    """Whether the same code built the live read model, so that no row may differ."""

    events: int = 0
    seconds: float = 0.0
    loading_seconds: float = 0.0
    comparison: Comparison = field(default_factory=lambda: Comparison({}, []))
    broken: list[Broken] = field(default_factory=list)
    switched: Switched | None = None

    @property
    def proved(self) -> bool:
        """Tell whether nothing is wrong: no broken event, and no row that should not differ."""
        return not self.broken and not (self.same_code and self.comparison.different)


@dataclass(frozen=True)
class Wish:
    """What the operator wants beyond the usual."""

    jobs: int = 1
    """Worker processes."""

    verify: bool = False
    """Do all but the switch."""

    skip_broken: bool = False
    """Go on after a poison event, leaving it out."""

    accept_broken: bool = False
    """Switch although events were left out."""
