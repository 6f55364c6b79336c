import json

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import kerros_report_types as types

from . import _call


def _facts(name):
    try:
        from wit_world.imports import facts
    except ImportError:
        raise RuntimeError("plugin.toml does not want facts") from None
    try:
        return json.loads(facts.get(name))
    except Err as error:
        raise _call.error_of(error.value) from None


# Found when the component is made, not at the first call.
try:
    from wit_world.imports import facts as _loaded  # noqa: F401
except ImportError:
    pass


def expose(author):
    plugin = author.Plugin()

    class Plugin(exports.Plugin):
        def build(self, config, period):
            return _call.answer(config, lambda config: _call.lower(types, plugin.build(config, period, _facts)))

    return Plugin
