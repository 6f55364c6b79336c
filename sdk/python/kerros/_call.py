# What every kind does around an author's method, inside the component.

import dataclasses
import json
import traceback

from componentize_py_types import Err
from wit_world.imports import kerros_base_types as base
from wit_world.imports import log as host_log

from . import log
from .error import Invalid, KerrosError, Permanent, Temporary

log._host = host_log

_text = None
_config = None


def _read(text):
    """The config, read once as long as it stays the same."""
    global _text, _config
    if text != _text:
        _text = None
        try:
            _config = json.loads(text)
        except ValueError as error:
            raise Invalid(f"config: {error}") from None
        if not isinstance(_config, dict):
            raise Invalid("config: not an object")
        _text = text
    return _config


def answer(config, act):
    """Runs `act(config)`; a KerrosError becomes the contract's error, anything else ends the call with its trace in the log."""
    try:
        return act(_read(config))
    except KerrosError as error:
        message = clean(str(error))
        if isinstance(error, Invalid):
            said = base.Error_Invalid(message)
        elif isinstance(error, Temporary):
            said = base.Error_Temporary(base.Temporary(message, error.retry_after_ms, []))
        else:
            said = base.Error_Permanent(message)
        raise Err(said) from None
    except Exception:
        for line in traceback.format_exc().splitlines():
            host_log.error(clean(line))
        raise


def error_of(said):
    """The contract's error as ours."""
    if isinstance(said, base.Error_Invalid):
        return Invalid(said.value)
    if isinstance(said, base.Error_Temporary):
        return Temporary(said.value.message, said.value.retry_after_ms)
    return Permanent(said.value)


def clean(value):
    """A text as it can leave: JSON may hold halves of characters, which are no UTF-8."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def lower(types, value):
    """An author's dataclass as the contract's of the same name, `extra` filled in; a case of a variant in its wrapper."""
    if isinstance(value, (list, tuple)) and not isinstance(value, str):
        return [lower(types, one) for one in value] if isinstance(value, list) else tuple(map(clean, value))
    if not dataclasses.is_dataclass(value):
        return clean(value)
    case = getattr(value, "_is", None)
    if case:
        return getattr(types, case)(lower(types, value.value))
    wire = getattr(types, type(value).__name__)
    given = {f.name: lower(types, getattr(value, f.name)) for f in dataclasses.fields(value)}
    if "extra" in wire.__dataclass_fields__:
        given["extra"] = []
    made = wire(**given)
    case = getattr(value, "_case", None)
    return getattr(types, case)(made) if case else made
