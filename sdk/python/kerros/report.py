"""Reports: turn a period and its facts into a document."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import log
from .error import Invalid, KerrosError, Permanent, Temporary

__all__ = [
    "Chart", "Document", "Figure", "Figures", "Heading", "Invalid", "KerrosError", "Period", "Permanent", "Report", "Series",
    "Table", "Temporary", "Text", "log",
]


@dataclass
class Period:
    month: str
    from_ms: int = 0
    to_ms: int = 0
    time_zone: str = "UTC"
    language: str = "en"
    tenant_title: str = ""


@dataclass
class Heading:
    value: str
    _is = "Block_Heading"


@dataclass
class Text:
    value: str
    _is = "Block_Text"


@dataclass
class Figure:
    """A figure with the denominator of its percentage."""

    label: str
    value: str
    measured_of: str | None = None
    goal: str | None = None
    met: bool | None = None


@dataclass
class Figures:
    """Figures side by side."""

    value: list[Figure]
    _is = "Block_Figures"


@dataclass
class Table:
    """As many cells in a row as columns."""

    caption: str
    columns: list[str]
    rows: list[list[str]]
    _case = "Block_Table"


@dataclass
class Series:
    label: str
    values: list[float]


@dataclass
class Chart:
    """`bar`, `stacked` or `line`; a goal is a label and a value."""

    caption: str
    categories: list[str]
    series: list[Series]
    shape: str = "bar"
    goal: tuple[str, float] | None = None
    _case = "Block_Chart"


@dataclass
class Document:
    title: str
    blocks: list = field(default_factory=list)


class Report(ABC):
    """Your class, named `Plugin`."""

    @abstractmethod
    def build(self, config: dict, period: Period, facts: Callable[[str], Any]) -> Document:
        """Builds the document of a month. `facts(name)` reads `ledger`, `daily`, `channels`, `tags`, `hours`, `sla`."""
