from wit_world import exports
from wit_world.imports import kerros_channel_types as types

from . import _call, channel

try:
    from wit_world.imports import secret_mac as _mac
except ImportError:
    _mac = None


class _Secrets:
    def verify(self, secret, algorithm, message, signature):
        return self._wanted().verify(secret, algorithm, message, signature)

    def equals(self, secret, text):
        return self._wanted().equals(secret, text)

    def _wanted(self):
        if _mac is None:
            raise RuntimeError("plugin.toml does not want secret")
        return _mac


_STATES = {
    "sent": types.DeliveryState_Sent,
    "delivered": types.DeliveryState_Delivered,
    "read": types.DeliveryState_Read,
    "failed": types.DeliveryState_Failed,
}


def _state(word):
    return _STATES[word]() if word in _STATES else types.DeliveryState_Other(word)


def _source(a):
    if a.lifted is not None:
        return types.Source_Lifted(a.lifted)
    return types.Source_Bytes(a.data) if a.data is not None else types.Source_Remote(a.remote or "")


def _event(event):
    if isinstance(event, channel.Message):
        given = {
            name: _call.clean(getattr(event, name)) for name in event.__dataclass_fields__ if name != "thread"
        }
        given["participants"] = _call.lower(types, event.participants)
        given["parts"] = _call.lower(types, event.parts)
        given["attachments"] = [
            types.Attachment(_call.clean(a.name), _call.clean(a.media_type), _source(a), a.inline, a.content_id, []) for a in event.attachments
        ]
        threading = types.Threading_Thread(_call.clean(event.thread))
        message = types.Message(**given, threading=threading, fields=[], checks=[], extra=[])
        return types.InboundEvent_Message(message)
    if isinstance(event, channel.Delivery):
        moved = types.Delivery(
            event.external_id, _state(event.state), event.reason, event.bad_address, event.alternatives, []
        )
        return types.InboundEvent_Delivery(moved)
    return _call.lower(types, event)


def _receipt(receipt):
    if isinstance(receipt, channel.Accepted):
        events = [_event(event) for event in receipt.events]
        reply = _call.lower(types, receipt.reply)
        return types.Receipt_Accepted(types.Accepted(events, _call.clean(receipt.key), reply, []))
    return _call.lower(types, receipt)


def _http(request):
    body = types.Body_None_() if request.body is None else types.Body_Text(request.body)
    headers = [tuple(h) for h in request.headers]
    return types.HttpRequest(request.method, request.url, headers, body, request.repeatable, [])


def _known(name, most):
    text = None if name is None else _call.clean(str(name))
    return text if channel._is_line(text, most) else None


def _step(step):
    if isinstance(step, channel.Perform):
        return types.Step_Perform([types.Request_Http(_http(request)) for request in step.requests])
    if isinstance(step, channel.Delivered):
        # An id that is none is left out: the message has gone out all the same.
        external_id, thread = _known(step.external_id, 998), _known(step.thread, 256)
        end = types.Outcome_Delivered(types.Delivered(external_id, _state(step.state), thread, []))
    elif isinstance(step, channel.RetryAfter):
        end = types.Outcome_RetryAfter(types.Retry(step.after_ms, step.whole_channel, step.reason, []))
    else:
        end = types.Outcome_Rejected(types.Rejected(step.reason, step.alternatives, step.bad_address, []))
    return types.Step_Settled(end)


def _fetch_step(step):
    if isinstance(step, channel.Ask):
        return types.FetchStep_Ask(_http(step.request))
    if isinstance(step, channel.Download):
        return types.FetchStep_Download(_http(step.request))
    return types.FetchStep_Gone(step.reason)


def _response(response):
    value = response.value
    if isinstance(response, types.Response_Http):
        return channel.HttpResponse(value.status, value.headers, value.body)
    if isinstance(response, types.Response_Failed):
        return channel.HttpFailed(value.temporary, value.reason, value.reached)
    if isinstance(response, types.Response_Mail):
        return channel.MailResponse(value.code, value.enhanced, value.text, value.refused)
    return value


def expose(author):
    plugin = author.Plugin()
    secrets = _Secrets()

    class Plugin(exports.Plugin):
        def receive(self, config, raw):
            view = channel.Raw(
                raw.body, raw.headers, raw.kind, raw.method, raw.path, raw.query, raw.files, raw.at_ms
            )
            return _receipt(_call.answer(config, lambda config: plugin.receive(config, view, secrets)))

        def send(self, config, message, so_far):
            answers = [_response(response) for response in so_far]
            return _step(_call.answer(config, lambda config: plugin.send(config, message, answers)))

        def fetch(self, config, reference, so_far):
            answers = [_response(response) for response in so_far]
            return _fetch_step(_call.answer(config, lambda config: plugin.fetch(config, reference, answers)))

    return Plugin
