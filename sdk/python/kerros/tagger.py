"""Taggers: suggest tags for the customer's newest message."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from . import log
from .conversation import Contact, Conversation, Message
from .error import Invalid, KerrosError, Permanent, Temporary

__all__ = [
    "Contact", "Conversation", "Invalid", "KerrosError", "Message", "Permanent", "Suggestion", "Tagger", "Temporary",
    "asset", "log",
]

_host = None


@dataclass
class Suggestion:
    """A tag of 1 to 64 characters, 0 to 100 percent sure."""

    tag: str
    confidence: int


class Tagger(ABC):
    """Your class, named `Plugin`. One instance of it serves many calls."""

    @abstractmethod
    def tag(self, config: dict, conversation: Conversation) -> list[Suggestion]:
        """Suggests tags, at most 50, each once."""


def asset(name: str) -> bytes | None:
    """A file of the plugin's folder `assets`."""
    size = None if _host is None else _host.size(name)
    if size is None:
        return None
    whole = bytearray()
    while len(whole) < size:
        whole += _host.read(name, len(whole), size - len(whole))
    return bytes(whole)
