"""What a message carries beside its text."""

from dataclasses import dataclass


@dataclass
class Button:
    """A choice the customer may press; pressing it sends `value` as an answer."""

    label: str
    value: str
    _case = "Part_Button"


@dataclass
class Article:
    """A help-center article, as a search found it."""

    slug: str
    title: str
    excerpt: str
    url: str
    _case = "Part_Article"


@dataclass
class Link:
    """A page or file that lies elsewhere and stays there."""

    name: str
    url: str
    media_type: str | None = None
    _case = "Part_Link"
