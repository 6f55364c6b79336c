from wit_world import exports
from wit_world.imports import kerros_sla_types as types

from . import _call

_METRICS = {
    "first_response": types.Metric_FirstResponse,
    "next_response": types.Metric_NextResponse,
    "resolution": types.Metric_Resolution,
}
_OWNERS = {"vendor": types.Owner_Vendor, "client": types.Owner_Client}
_PAUSES = {"pending": types.PauseOn_Pending, "other_owner": types.PauseOn_OtherOwner}


def _word(known, case, word):
    return known[word]() if word in known else case(word)


def _target(t):
    return types.Target(
        metric=_word(_METRICS, types.Metric_Other, t.metric),
        owner=_word(_OWNERS, types.Owner_Other, t.owner),
        within_s=t.within_s,
        calendar=t.calendar,
        pause_on=[_word(_PAUSES, types.PauseOn_Other, pause) for pause in t.pause_on],
        warn_at=t.warn_at,
        layer=t.layer,
        extra=[],
    )


def expose(author):
    plugin = author.Plugin()

    class Plugin(exports.Plugin):
        def targets(self, config, facts):
            return _call.answer(config, lambda config: [_target(t) for t in plugin.targets(config, facts)])

    return Plugin
