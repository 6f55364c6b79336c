"""Answers by keywords, asks whether it helped, and hands off. Replace it with what yours does.

A bot remembers nothing but what it keeps in its state. `asks_for_person` should be honoured at every turn.
"""

from kerros.bot import Bot, Button, HandOff, Host, Reply, Resolve, Say, Turn, asks_for_person


class Plugin(Bot):
    def turn(self, config: dict, turn: Turn, host: Host) -> Reply:
        if turn.trigger == "started":
            return Reply([Say(config.get("greeting", "Hello!"))])
        said = turn.conversation.newest_text
        lower = said.lower()
        answered = turn.state.get("answered") if isinstance(turn.state, dict) else None
        if answered and lower == "yes":
            return Reply([Resolve(True)])
        answers = config.get("answers", {})
        answer = next((answer for word, answer in answers.items() if word in lower), None)
        if answer and not asks_for_person(said):
            # A button sends its value as the customer's answer: let it be what is shown.
            buttons = [Button("Yes", "Yes"), Button("No", "No")]
            return Reply([Say(f"{answer}\n\nDid this help?", buttons)], {"answered": said[:300]})
        # The briefing is shown to the person as a note.
        question = answered if isinstance(answered, str) else said[:300]
        return Reply([Say("I am passing you to a colleague."), HandOff([("question", question)])])
