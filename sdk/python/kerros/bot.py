"""Bots: one turn at a time, from the conversation and the bot's state to actions and new state."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, Protocol

from . import log
from .conversation import Contact, Conversation, Message
from .error import Invalid, KerrosError, Permanent, Temporary
from .part import Article, Button, Link
from .person import asks_for_person

__all__ = [
    "Answer", "Article", "Bot", "Button", "Contact", "Conversation", "HandOff", "Hit", "Host", "Invalid", "KerrosError",
    "KvFault", "LayerHours", "Link", "Message", "Permanent", "Reply", "RequestFailed", "Resolve", "Say", "SetLanguage",
    "SetSegment", "Tag", "Temporary", "Turn", "asks_for_person", "log",
]


@dataclass
class LayerHours:
    layer: str
    open: bool
    opens_at_ms: int | None = None


@dataclass
class Turn:
    """A turn to take. `state` is what the last turn kept, or None."""

    trigger: str  # started, message
    conversation: Conversation
    state: Any = None
    now_ms: int = 0
    layers: list[LayerHours] = field(default_factory=list)


@dataclass
class Say:
    """Says something: plain text, at most 16 KiB."""

    text: str
    parts: list = field(default_factory=list)
    _case = "Action_Say"


@dataclass
class Tag:
    """Puts a tag on."""

    value: str
    _is = "Action_Tag"


@dataclass
class SetSegment:
    """The customer group became known."""

    value: str
    _is = "Action_SetSegment"


@dataclass
class SetLanguage:
    """The language became known."""

    value: str
    _is = "Action_SetLanguage"


@dataclass
class Resolve:
    """Solved; true only if the customer said so."""

    value: bool = False
    _is = "Action_Resolve"


@dataclass
class HandOff:
    """Passes on to a layer, or to the next one with people. The briefing, field and text, is shown to the person."""

    briefing: list[tuple[str, str]] = field(default_factory=list)
    to: str | None = None
    _case = "Action_HandOff"


@dataclass
class Reply:
    """At most 20 actions, in order; `state` is kept for the next turn: anything that JSON can hold."""

    actions: list
    state: Any = None


@dataclass
class Hit:
    slug: str
    title: str
    excerpt: str
    url: str
    score: float

    def article(self) -> Article:
        """The article, to show."""
        return Article(self.slug, self.title, self.excerpt, self.url)


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: str


class RequestFailed(Exception):
    """No answer; `temporary` if another try may help."""

    def __init__(self, reason: str, temporary: bool):
        super().__init__(reason)
        self.temporary = temporary


class KvFault(Exception):
    """The store has no room, does not answer, or was asked wrongly."""


class Host(Protocol):
    """What the host offers: each part of it only if plugin.toml wants it (`search`, `http:HOST`, `kv`)."""

    def search(self, query: str, language: str, segment: str | None = None, limit: int = 5) -> list[Hit]: ...
    def http(self, method: str, url: str, headers: list[tuple[str, str]] = (), body: str | None = None) -> Answer: ...
    def kv_get(self, key: str) -> str | None: ...
    def kv_set(self, key: str, value: str, keep_s: int | None = None) -> None: ...
    def kv_remove(self, key: str) -> None: ...
    def kv_keys(self, prefix: str = "", after: str | None = None, limit: int = 100) -> list[str]: ...


class Bot(ABC):
    """Your class, named `Plugin`. One instance of it serves many turns: keep nothing in it."""

    @abstractmethod
    def turn(self, config: dict, turn: Turn, host: Host) -> Reply:
        """Takes a turn."""
