// What a message carries beside its text.

/** A choice the customer may press; pressing it sends `value` as an answer. */
export const button = (label, value = label) => ({ tag: "button", val: { label, value, extra: [] } });

/** A help-center article, as a search found it. */
export const article = ({ slug, title, excerpt, url }) => ({
  tag: "article",
  val: { slug, title, excerpt, url, extra: [] },
});

/** Media or a file at an address. */
export const link = ({ name, url, mediaType = null }) => ({
  tag: "link",
  val: { name, url, mediaType, extra: [] },
});
