"""Promises a first response, quicker for urgent conversations. Replace it with what yours does.

The plugin is asked again whenever a fact changes and always answers with the whole set: what is left out is no longer
promised.
"""

from kerros.sla import Facts, Invalid, Sla, Target


class Plugin(Sla):
    def targets(self, config: dict, facts: Facts) -> list[Target]:
        urgent = facts.priority in ("high", "urgent")
        try:
            minutes = int(config["urgent_minutes" if urgent else "minutes"])
        except (KeyError, ValueError):
            raise Invalid("minutes are missing") from None
        # The hours of the vendor's first layer with people; none counts all time.
        people = (layer for layer in facts.layers if layer.kind == "personal" and layer.owner == "vendor")
        first = next(people, None)
        return [
            Target(
                "first_response",
                within_s=minutes * 60,
                calendar=first.calendar if first else None,
                pause_on=["other_owner"],
                warn_at=80,
            )
        ]
