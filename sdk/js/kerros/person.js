// Whether a customer asks for a person.

// The words by which people ask for a person. A `*` stands for any ending.
const WORDS = [
  // Finnish
  "ihminen", "ihmiselle", "ihmisen kanssa", "ihmistä", "asiakaspalvelij*", "asiakaspalveluun", "henkilölle",
  "henkilön kanssa", "virkailija*", "soittakaa", "soita minulle",
  // Swedish
  "människa", "en person", "riktig person", "handläggare*", "kundtjänst*", "kundservice*", "medarbetare*", "ring mig",
  "prata med någon",
  // English
  "human", "a person", "real person", "agent", "representative", "operator", "talk to someone", "speak to someone",
  "talk to somebody", "real people", "customer service", "customer support", "call me",
];

// Longer messages describe a matter; a word in them is no wish.
const MOST_WORDS = 12;

const words = (text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);

const fits = (word, wanted) => (wanted.endsWith("*") ? word.startsWith(wanted.slice(0, -1)) : word === wanted);

function holds(said, phrase) {
  const wanted = phrase.toLowerCase().split(/\s+/).filter(Boolean);
  return (
    wanted.length > 0 &&
    said.some((_, at) => at + wanted.length <= said.length && wanted.every((word, n) => fits(said[at + n], word)))
  );
}

/**
 * Whether a short message asks for a person, in Finnish, Swedish or English, whatever the conversation's language
 * is; `more` are a tenant's own words. A bot that does not understand this keeps its customers prisoner.
 */
export function asksForPerson(text, more = []) {
  const said = words(text);
  if (said.length === 0 || said.length > MOST_WORDS) return false;
  return [...WORDS, ...more].some((phrase) => holds(said, phrase));
}
