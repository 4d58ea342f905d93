"""What can go wrong with the embedded server, each with a stable code and a way out."""

from api.refusals import Refused


class EmbeddedError(Refused):
    code = "embedded_error"


class EmbeddedNoBinaries(EmbeddedError):
    code = "embedded_no_binaries"


class EmbeddedTooOld(EmbeddedError):
    code = "embedded_too_old"


class EmbeddedWrongVersion(EmbeddedError):
    code = "embedded_wrong_version"


class EmbeddedNoAccount(EmbeddedError):
    code = "embedded_no_account"


class EmbeddedUnreachable(EmbeddedError):
    code = "embedded_unreachable"


class EmbeddedMoved(EmbeddedError):
    code = "embedded_moved"


class EmbeddedNoPassword(EmbeddedError):
    code = "embedded_no_password"


class EmbeddedCannotCreate(EmbeddedError):
    code = "embedded_cannot_create"


class EmbeddedCannotStart(EmbeddedError):
    code = "embedded_cannot_start"


class EmbeddedNotUsable(EmbeddedError):
    code = "embedded_not_usable"


class EmbeddedNotRunning(EmbeddedError):
    code = "embedded_not_running"
