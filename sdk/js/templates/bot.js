// Answers by keywords, asks whether it helped, and hands off. Replace it with what yours does.
//
// A bot remembers nothing but what it keeps in its state. `asksForPerson` should be honoured at every turn.

import { asksForPerson, bot, button, handOff, newestText, resolve, say } from "./sdk/kerros/bot.js";

export default bot({
  turn(config, turn) {
    if (turn.trigger === "started") {
      return { actions: [say(config.greeting ?? "Hello!")] };
    }
    const said = newestText(turn.conversation);
    const lower = said.toLowerCase();
    const answered = typeof turn.state?.answered === "string" ? turn.state.answered : null;
    if (answered !== null && lower === "yes") {
      return { actions: [resolve(true)] };
    }
    const answer = Object.entries(config.answers ?? {}).find(([word]) => lower.includes(word))?.[1];
    if (answer && !asksForPerson(said)) {
      // A button sends its value as the customer's answer: let it be what is shown.
      const actions = [say(`${answer}\n\nDid this help?`, [button("Yes"), button("No")])];
      return { actions, state: { answered: said.slice(0, 300) } };
    }
    // The briefing is shown to the person as a note.
    const question = answered ?? said.slice(0, 300);
    return { actions: [say("I am passing you to a colleague."), handOff({ briefing: { question } })] };
  },
});
