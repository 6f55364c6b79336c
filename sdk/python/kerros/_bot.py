import json

from componentize_py_types import Err
from wit_world import exports
from wit_world import imports
from wit_world.imports import kerros_bot_types as types

from . import _call, bot, conversation

types.Conversation.newest = property(conversation.newest)
types.Conversation.newest_text = property(conversation.newest_text)


def _optional(name):
    try:
        return __import__(f"wit_world.imports.{name}", fromlist=[name])
    except ImportError:
        return None


_search, _http, _kv = _optional("search"), _optional("http"), _optional("kv")


def _wanted(module, want):
    if module is None:
        raise RuntimeError(f"plugin.toml does not want {want}")
    return module


def _kv_fault(act):
    try:
        return act()
    except Err as error:
        raise bot.KvFault(str(error.value.value)) from None


class _Host:
    def search(self, query, language, segment=None, limit=5):
        hits = _wanted(_search, "search").find(query, language, segment, limit)
        return [bot.Hit(h.slug, h.title, h.excerpt, h.url, h.score) for h in hits]

    def http(self, method, url, headers=(), body=None):
        module = _wanted(_http, "http:HOST")
        try:
            answer = module.perform(module.Request(method, url, list(headers), body, []))
        except Err as error:
            raise bot.RequestFailed(error.value.reason, error.value.temporary) from None
        return bot.Answer(answer.status, answer.headers, answer.body)

    def kv_get(self, key):
        return _kv_fault(lambda: _wanted(_kv, "kv").get(key))

    def kv_set(self, key, value, keep_s=None):
        _kv_fault(lambda: _wanted(_kv, "kv").set(key, value, keep_s))

    def kv_remove(self, key):
        _kv_fault(lambda: _wanted(_kv, "kv").remove(key))

    def kv_keys(self, prefix="", after=None, limit=100):
        return _kv_fault(lambda: _wanted(_kv, "kv").keys(prefix, after, limit))


_TRIGGERS = {types.Trigger_Started: "started", types.Trigger_Message: "message"}


def _kept(state):
    try:
        return None if state is None else json.loads(state)
    except ValueError:
        return None


def expose(author):
    plugin = author.Plugin()
    host = _Host()

    class Plugin(exports.Plugin):
        def take_turn(self, config, turn):
            trigger = _TRIGGERS.get(type(turn.trigger), "other")
            view = bot.Turn(trigger, turn.conversation, _kept(turn.state), turn.now_ms, turn.layers)

            def act(config):
                reply = plugin.turn(config, view, host)
                state = None if reply.state is None else json.dumps(reply.state, ensure_ascii=False)
                return types.TurnResult(_call.lower(types, reply.actions), state, [])

            return _call.answer(config, act)

    return Plugin
