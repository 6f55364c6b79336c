"""SLA plugins: say which promises hold for a conversation."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from . import log
from .error import Invalid, KerrosError, Permanent, Temporary

__all__ = ["Facts", "Invalid", "KerrosError", "Layer", "Permanent", "Sla", "Target", "Temporary", "log"]


@dataclass
class Layer:
    id: str
    kind: str  # self_service, personal, expert
    owner: str  # vendor, client
    calendar: str | None = None


@dataclass
class Facts:
    channel: str = ""
    priority: str = "normal"
    segment: str | None = None
    language: str = "en"
    layer: str = ""
    layer_kind: str = ""
    layers: list[Layer] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


@dataclass
class Target:
    """A promise: so many seconds of the calendar's open time; without a calendar all time counts."""

    metric: str  # first_response, next_response, resolution
    within_s: int
    owner: str = "vendor"  # or client
    calendar: str | None = None
    pause_on: list[str] = field(default_factory=lambda: ["pending", "other_owner"])
    warn_at: int | None = None  # percent
    layer: str | None = None


class Sla(ABC):
    """Your class, named `Plugin`. One instance of it serves many calls."""

    @abstractmethod
    def targets(self, config: dict, facts: Facts) -> list[Target]:
        """The whole set of promises for these facts, at most 32."""
