"""A conversation as bots and taggers see it."""

from dataclasses import dataclass, field


@dataclass
class Contact:
    name: str | None = None
    attributes: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Message:
    text: str
    author: str = "contact"  # or bot, person, system
    id: str = ""
    at_ms: int = 0


@dataclass
class Conversation:
    messages: list[Message] = field(default_factory=list)  # the newest last
    id: str = ""
    channel: str = ""
    language: str = "en"
    segment: str | None = None
    layer: str = ""
    tags: list[str] = field(default_factory=list)
    contact: Contact = field(default_factory=Contact)

    @property
    def newest(self) -> Message | None:
        """The customer's newest message."""
        return newest(self)

    @property
    def newest_text(self) -> str:
        """The customer's newest text, or an empty one."""
        return newest_text(self)


def newest(conversation):
    return next((m for m in reversed(conversation.messages) if m.author == "contact"), None)


def newest_text(conversation):
    found = newest(conversation)
    return found.text if found else ""
