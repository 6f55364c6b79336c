"""Suggests a tag for messages with certain words. Replace it with what yours does."""

from kerros.tagger import Conversation, Suggestion, Tagger


class Plugin(Tagger):
    def tag(self, config: dict, conversation: Conversation) -> list[Suggestion]:
        text = conversation.newest_text.lower()
        found = sum(word in text for word in config.get("words", []))
        if found == 0:
            return []
        return [Suggestion(config["tag"], 60 if found == 1 else 90)]
