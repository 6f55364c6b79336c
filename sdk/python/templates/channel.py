"""Messages by a JSON hook in, by a JSON request out. Replace it with what your provider speaks.

A channel does no IO and sees no secret: it names them, and the host checks and fills them in.
"""

from kerros.channel import (
    Accepted,
    Channel,
    Invalid,
    Malformed,
    Message,
    Outgoing,
    Perform,
    Raw,
    Secrets,
    Unauthorized,
    is_name,
    post_json,
    settle_http,
)


def _filled(text) -> bool:
    return isinstance(text, str) and text.strip() != ""


class Plugin(Channel):
    def receive(self, config: dict, raw: Raw, secrets: Secrets):
        # Before anything else: is it genuine?
        token = raw.header("x-token")
        hook_token = config.get("hook_token")
        if token is None or not hook_token or not secrets.equals(hook_token, token):
            return Unauthorized("x-token is missing or wrong")
        try:
            hook = raw.json()
        except (ValueError, RecursionError) as error:
            return Malformed(f"not a message: {error}")
        # A text may be anything; what is to be an id must be fit for one.
        if (
            not isinstance(hook, dict)
            or not all(is_name(hook.get(key)) for key in ("id", "from"))
            or not _filled(hook.get("text"))
        ):
            return Malformed("id, from and text must not be empty, nor the first two longer than a line")
        # The key is what a repeat of the same delivery has in common with the first.
        message = Message(external_id=hook["id"], thread=hook["from"], sender=hook["from"], text=hook["text"])
        return Accepted([message], key=hook["id"])

    def send(self, config: dict, message: Outgoing, so_far: list):
        if so_far:
            return settle_http(so_far[0])
        if "url" not in config:
            raise Invalid("url is missing")
        body = {"id": message.message_id, "to": message.recipient, "text": message.text}
        bearer = "Bearer {secret:%s}" % config.get("token", "")
        return Perform([post_json(config["url"], body, [("authorization", bearer)])])
