"""The one error that every call may end with: raise it. Anything else that is raised is a fault of the plugin."""


class KerrosError(Exception):
    """An answer that says why there is none."""


class Invalid(KerrosError):
    """The input or the config is wrong; the same call will fail again."""


class Temporary(KerrosError):
    """Something passes by; the same call may work later, not sooner than `retry_after_ms`."""

    def __init__(self, message: str, retry_after_ms: int | None = None):
        super().__init__(message)
        self.retry_after_ms = retry_after_ms


class Permanent(KerrosError):
    """It will never work."""
