"""Whether a customer asks for a person."""

import re

# The words by which people ask for a person. A `*` stands for any ending.
_WORDS = [
    # Finnish
    "ihminen", "ihmiselle", "ihmisen kanssa", "ihmistä", "asiakaspalvelij*", "asiakaspalveluun", "henkilölle",
    "henkilön kanssa", "virkailija*", "soittakaa", "soita minulle",
    # Swedish
    "människa", "en person", "riktig person", "handläggare*", "kundtjänst*", "kundservice*", "medarbetare*", "ring mig",
    "prata med någon",
    # English
    "human", "a person", "real person", "agent", "representative", "operator", "talk to someone", "speak to someone",
    "talk to somebody", "real people", "customer service", "customer support", "call me",
]

# Longer messages describe a matter; a word in them is no wish.
_MOST_WORDS = 12


def asks_for_person(text: str, more: list[str] = ()) -> bool:
    """Whether a short message asks for a person, in Finnish, Swedish or English, whatever the conversation's language
    is; `more` are a tenant's own words. A bot that does not understand this keeps its customers prisoner.
    """
    said = [word for word in re.split(r"[\W_]+", text.lower()) if word]
    if not said or len(said) > _MOST_WORDS:
        return False
    return any(_holds(said, phrase.lower().split()) for phrase in [*_WORDS, *more])


def _holds(said: list[str], wanted: list[str]) -> bool:
    def fits(word: str, want: str) -> bool:
        return word.startswith(want[:-1]) if want.endswith("*") else word == want

    places = range(len(said) - len(wanted) + 1) if wanted else ()
    return any(all(fits(said[at + n], want) for n, want in enumerate(wanted)) for at in places)
