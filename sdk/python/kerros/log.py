"""Lines for the operator's log, at most 64 of 1 KiB a call. Never write a customer's words or an address here. Outside Kerros
the lines go to standard error.
"""

import sys

_host = None


def _write(level: str, message: str) -> None:
    if _host is None:
        print(f"{level}: {message}", file=sys.stderr)
    else:
        getattr(_host, level)(message)


def debug(message: str) -> None:
    """Detail for the author."""
    _write("debug", message)


def info(message: str) -> None:
    """Worth knowing."""
    _write("info", message)


def warn(message: str) -> None:
    """Odd, but it goes on."""
    _write("warn", message)


def error(message: str) -> None:
    """Broken."""
    _write("error", message)
