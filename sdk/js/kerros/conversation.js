// A conversation as bots and taggers see it.

/**
 * @typedef {{ id: string, author: "contact"|"bot"|"person"|"system", text: string, atMs: number }} Message
 * @typedef {{ name: string|null, attributes: [string, string][] }} Contact
 * @typedef {{ id: string, channel: string, language: string, segment: string|null, layer: string, tags: string[],
 *   contact: Contact, messages: Message[] }} Conversation
 */

/** The customer's newest message, or nothing. @param {Conversation} conversation @returns {Message|undefined} */
export const newest = (conversation) => conversation.messages.findLast((message) => message.author === "contact");

/** The customer's newest text, or "". @param {Conversation} conversation */
export const newestText = (conversation) => newest(conversation)?.text ?? "";
