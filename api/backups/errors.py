"""Why a backup cannot be made or restored, in words for the operator."""


class BackupError(Exception):
    """The message says what is wrong and what helps."""
