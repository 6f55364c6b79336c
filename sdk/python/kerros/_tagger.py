from wit_world import exports
from wit_world.imports import asset
from wit_world.imports import kerros_tagger_types as types

from . import _call, conversation, tagger

tagger._host = asset
types.Conversation.newest = property(conversation.newest)
types.Conversation.newest_text = property(conversation.newest_text)


def expose(author):
    plugin = author.Plugin()

    class Plugin(exports.Plugin):
        def suggest(self, config, conversation):
            found = _call.answer(config, lambda config: plugin.tag(config, conversation))
            return [types.Suggestion(s.tag, max(0, min(100, round(s.confidence))), []) for s in found]

    return Plugin
