"""Channels: raw things to messages, messages to requests, step by step. A channel does no IO and sees no secret."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from . import log
from .error import Invalid, KerrosError, Permanent, Temporary
from .part import Article, Button, Link

__all__ = [
    "Accepted", "Article", "Ask", "Attachment", "Button", "Channel", "Delivered", "Delivery", "Download", "Gone",
    "HookReply", "Http", "HttpFailed", "HttpResponse", "Invalid", "KerrosError", "Link", "MailResponse", "Malformed", "Message", "Outgoing",
    "is_name", "Participant", "Perform", "Permanent", "Raw", "ReadUntil", "Rejected", "RetryAfter", "Secrets", "Started", "Temporary",
    "Unauthorized", "WantsPerson", "log", "post_json", "settle_http",
]


@dataclass
class Raw:
    """A raw thing from outside: a `hook`, a `frame` or a `mail`. Header names are in lower case."""

    body: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)
    kind: str = "hook"
    method: str = "POST"
    path: str = ""
    query: str = ""
    files: list = field(default_factory=list)
    at_ms: int = 0

    def header(self, name: str) -> str | None:
        return next((value for known, value in self.headers if known == name), None)

    def json(self) -> Any:
        """The body read as JSON. Raises ValueError."""
        return json.loads(self.body)


class Secrets(Protocol):
    """Checks in constant time, by the host; an unknown name is false."""

    def verify(self, secret: str, algorithm: str, message: bytes, signature: bytes) -> bool: ...
    def equals(self, secret: str, text: str) -> bool: ...


# What came in.


def is_name(text: Any) -> bool:
    """Whether a provider's id or address can be one of a message's: a text in one line of 1 to 200 bytes. The host
    refuses others, and with them the whole answer."""
    return _is_line(text, 200)


def _is_line(text: Any, most: int) -> bool:
    if not isinstance(text, str) or any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text):
        return False
    return 1 <= len(text.encode("utf-8", "replace")) <= most


@dataclass
class Participant:
    """Somebody a message was also sent to: `to`, `cc` or `reply-to`."""

    role: str
    address: str
    name: str | None = None


@dataclass
class Attachment:
    """A file that came with a message: give one of `lifted` (an id of the raw thing's files), `data`, `remote`."""

    name: str
    media_type: str | None = None
    lifted: str | None = None
    data: bytes | None = None
    remote: str | None = None
    inline: bool = False
    content_id: str | None = None


@dataclass
class Message:
    """The customer wrote."""

    external_id: str
    thread: str
    sender: str
    text: str
    sender_name: str | None = None
    participants: list[Participant] = field(default_factory=list)
    language: str | None = None
    segment: str | None = None
    subject: str | None = None
    html: str | None = None
    full: str | None = None
    parts: list = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    automatic: str | None = None
    answers: str | None = None
    public_url: str | None = None
    at_ms: int | None = None


@dataclass
class Started:
    """The customer began a talk without writing yet."""

    thread: str
    sender: str
    sender_name: str | None = None
    language: str | None = None
    segment: str | None = None
    _case = "InboundEvent_Started"


@dataclass
class WantsPerson:
    """The customer asked for a person."""

    thread: str
    _case = "InboundEvent_WantsPerson"


@dataclass
class Delivery:
    """An outbound message moved on: `sent`, `delivered`, `read`, `failed`."""

    external_id: str
    state: str
    reason: str | None = None
    bad_address: str | None = None
    alternatives: list[str] = field(default_factory=list)
    _case = "InboundEvent_Delivery"


@dataclass
class ReadUntil:
    """The customer read everything up to a moment."""

    thread: str
    at_ms: int
    _case = "InboundEvent_ReadUntil"


@dataclass
class HookReply:
    """The answer to give to the hook's caller."""

    status: int = 200
    content_type: str = "text/plain"
    body: str = ""


@dataclass
class Accepted:
    """Genuine and understood. `key` is what a repeat of the same delivery has in common with the first."""

    events: list
    key: str | None = None
    reply: HookReply | None = None
    _case = "Receipt_Accepted"


@dataclass
class Unauthorized:
    """The signature or token is missing or wrong. The reason is for the log only."""

    value: str
    _is = "Receipt_Unauthorized"


@dataclass
class Malformed:
    """Not what the provider sends."""

    value: str
    _is = "Receipt_Malformed"


# What goes out.


@dataclass
class Outgoing:
    """A message to send. More of the contract's fields are there; these are the ones that most channels read."""

    message_id: str
    recipient: str
    text: str
    thread: str = ""
    kind: str = "reply"
    author: str = "person"
    author_name: str = ""
    language: str = "en"
    attempt: int = 1


@dataclass
class Http:
    """A request. `{secret:NAME}` in url, header values and body is filled in by the host.

    `repeatable` says that it does no harm if it is performed twice (an upload, a mark that something was read); the host
    makes every other request of a delivery again only if it surely did not reach the provider.
    """

    url: str
    method: str = "GET"
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str | None = None
    repeatable: bool = False


def post_json(url: str, value: Any, headers: list[tuple[str, str]] = ()) -> Http:
    """A POST of JSON. What a customer wrote is never taken for a placeholder."""
    body = json.dumps(value, ensure_ascii=False).replace("{secret", "\\u007bsecret")
    return Http(url, "POST", [("content-type", "application/json"), *headers], body)


@dataclass
class HttpResponse:
    status: int
    headers: list[tuple[str, str]]
    body: str


@dataclass
class MailResponse:
    """What a mail server said: the SMTP code, the enhanced status code, recipients it refused with its words."""

    code: int
    enhanced: str
    text: str
    refused: list[tuple[str, str]]


@dataclass
class HttpFailed:
    temporary: bool
    reason: str
    reached: bool = False


@dataclass
class Perform:
    """Perform these requests, then `send` is asked again with all answers so far."""

    requests: list[Http]


@dataclass
class Delivered:
    external_id: str | None = None
    state: str = "sent"
    thread: str | None = None


@dataclass
class RetryAfter:
    """Try again; `whole_channel` if the provider asks everybody to slow down."""

    reason: str
    after_ms: int | None = None
    whole_channel: bool = False


@dataclass
class Rejected:
    """Never. `alternatives` is what a person may do instead: `template`, `mail`, `sms`."""

    reason: str
    alternatives: list[str] = field(default_factory=list)
    bad_address: bool = False


def settle_http(response, external_id: Callable[[str], str | None] | None = None):
    """The usual end after one request: 2xx is delivered, 408, 425, 429 and 5xx and a network that fails are tried again (as
    late as `retry-after` asks), the rest is rejected. `external_id` finds the provider's id in the answer's body.
    """
    if isinstance(response, HttpFailed):
        return RetryAfter(response.reason) if response.temporary else Rejected(response.reason)
    if not isinstance(response, HttpResponse):
        return Rejected("not an answer to a request over HTTP")
    if 200 <= response.status < 300:
        return Delivered(external_id(response.body) if external_id else None)
    reason = f"the provider answered {response.status}"
    if response.status in (408, 425, 429) or response.status >= 500:
        seconds = next((value for name, value in response.headers if name == "retry-after"), "")
        after_ms = int(seconds) * 1000 if seconds.isdecimal() and len(seconds) < 9 else None
        return RetryAfter(reason, after_ms, response.status == 429)
    return Rejected(reason)


# Files that lie with the provider.


@dataclass
class Ask:
    """Ask, and `fetch` gets the answer."""

    request: Http


@dataclass
class Download:
    """The answer's body is the file."""

    request: Http


@dataclass
class Gone:
    """It cannot be had."""

    reason: str


class Channel(ABC):
    """Your class, named `Plugin`. One instance of it serves many calls."""

    @abstractmethod
    def receive(self, config: dict, raw: Raw, secrets: Secrets) -> Accepted | Unauthorized | Malformed:
        """Turns a raw thing into events."""

    @abstractmethod
    def send(self, config: dict, message: Outgoing, so_far: list) -> Perform | Delivered | RetryAfter | Rejected:
        """Says what to do next with a message, given what was answered so far."""

    def fetch(self, config: dict, reference: str, so_far: list) -> Ask | Download | Gone:
        """Says how to get a remote file."""
        return Gone("this channel has no files to fetch")
