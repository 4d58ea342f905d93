"""Why a backup cannot be made or restored, in words for the operator."""

from api.refusals import Refused


class BackupError(Refused):
    """The message says what is wrong and what helps."""
