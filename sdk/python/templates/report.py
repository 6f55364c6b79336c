"""A month in three figures. Replace it with what yours shows.

Facts are asked for by name: `ledger`, `daily`, `channels`, `tags`, `hours`, `sla`. Read only what you use: a later Kerros may
add to them.
"""

from collections.abc import Callable
from typing import Any

from kerros.report import Document, Figure, Figures, Period, Report


class Plugin(Report):
    def build(self, config: dict, period: Period, facts: Callable[[str], Any]) -> Document:
        ledger = facts("ledger")
        of = f"of demand ({ledger['demand']})"
        solved = ledger["demand"] - ledger["unresolved"] - ledger["abandoned"]
        return Document(
            f"{config['title']}, {period.tenant_title}, {period.month}",
            [
                Figures(
                    [
                        Figure("Solved", str(solved), of),
                        Figure("Unresolved", str(ledger["unresolved"]), of),
                        Figure("Abandoned", str(ledger["abandoned"]), of),
                    ]
                )
            ],
        )
