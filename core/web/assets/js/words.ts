// Texts that scripts say themselves: the server puts them on <body>, in the page's language.

type Words = Record<string, string>;

const words: Words = JSON.parse(document.body.dataset.words ?? "{}");

/** A text with its `{…}` filled in. */
export function say(id: string, values: Record<string, string | number> = {}): string {
  return (words[id] ?? "").replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}
