// The form with which a visitor asks to be called: a number, a name, and when.

import { el, icon } from "./dom";
import { fill, type Words } from "./words";

/** When somebody can call, as the server tells it. */
export interface CallOffer {
  open: boolean;
  hours: [number, number][];
}

export interface CallWish {
  type: "call";
  id: string;
  number: string;
  name?: string;
  not_before?: number;
}

/** What became of a wish: taken, or the field that is wrong, or `later` if it could not be sent. */
export type CallAnswer = "taken" | "number" | "not_before" | "later";

const HALF_HOUR = 1_800_000;
const PLAUSIBLE = /^\+?\d{6,15}$/;

/** The half hours that lie in the opening hours, by day in the tenant's time zone. */
export function slots(offer: CallOffer, now: number, dayOf: (at: number) => string): Map<string, number[]> {
  const days = new Map<string, number[]>();
  for (const [from, to] of offer.hours) {
    for (let at = Math.ceil(Math.max(from, now + HALF_HOUR) / HALF_HOUR) * HALF_HOUR; at < to; at += HALF_HOUR) {
      const day = dayOf(at);
      const times = days.get(day);
      if (times) times.push(at);
      else days.set(day, [at]);
    }
  }
  return days;
}

export function callForm(
  words: Words,
  offer: CallOffer,
  language: string,
  timeZone: string | undefined,
  freshId: () => string,
  send: (wish: CallWish) => Promise<CallAnswer>,
): HTMLElement {
  // The day before the month, and hours to 24, as people here write them.
  const tongue = language === "en" ? "en-GB" : language;
  const say = (at: number, format: Intl.DateTimeFormatOptions) => new Date(at).toLocaleString(tongue, { timeZone, ...format });
  const timeOf = (at: number) => say(at, { hour: "numeric", minute: "2-digit" });
  const days = slots(offer, Date.now(), (at) => say(at, { dateStyle: "short" }));
  const firstOpen = offer.hours[0]?.[0];

  const number = el("input", { id: "c-number", type: "tel", name: "number", autocomplete: "tel", required: true, maxlength: "40", "aria-describedby": "c-wrong" });
  const name = el("input", { id: "c-name", name: "name", autocomplete: "name", maxlength: "120" });
  const soon = offer.open || firstOpen === undefined ? words.callNow : fill(words.callWhenOpen, { when: say(firstOpen, { weekday: "long", hour: "numeric", minute: "2-digit" }) });
  const day = el("select", { id: "c-day", name: "day" }, el("option", { value: "" }, soon));
  for (const [key, times] of days)
    day.append(el("option", { value: key }, say(times[0] ?? 0, { weekday: "long", day: "numeric", month: "numeric" })));
  const time = el("select", { id: "c-time", name: "time", "aria-label": words.callTime, hidden: true });
  day.onchange = () => {
    const times = days.get(day.value);
    time.hidden = !times;
    time.replaceChildren(...(times ?? []).map((at) => el("option", { value: String(at) }, timeOf(at))));
  };
  const wrong = el("p", { id: "c-wrong", class: "wrong", role: "alert", hidden: true });
  const button = el("button", { type: "submit" }, icon("phone"), words.callSend);
  const form = el(
    "form",
    { class: "call", novalidate: true },
    el("h3", {}, words.callTitle),
    el("label", { for: "c-number" }, words.callNumber),
    number,
    el("label", { for: "c-name" }, words.callName),
    name,
    el("label", { for: "c-day" }, words.callWhen),
    el("div", { class: "when" }, day, time),
    wrong,
    button,
  );
  const fault = (text: string, field?: HTMLElement) => {
    wrong.textContent = text;
    wrong.hidden = false;
    number.toggleAttribute("aria-invalid", field === number);
    field?.focus();
  };
  let id = freshId();
  form.onsubmit = async (event) => {
    event.preventDefault();
    wrong.hidden = true;
    number.removeAttribute("aria-invalid");
    const digits = number.value.replace(/[\s().\-/]/g, "");
    if (!digits) return fault(words.callNoNumber, number);
    if (!PLAUSIBLE.test(digits)) return fault(words.callWrongNumber, number);
    const at = time.hidden ? 0 : Number(time.value);
    button.disabled = true;
    const answer = await send({ type: "call", id, number: number.value, ...(name.value.trim() && { name: name.value.trim() }), ...(at && { not_before: at }) });
    button.disabled = false;
    if (answer === "later") return fault(words.callLater);
    if (answer !== "taken") {
      id = freshId(); // another number is another wish
      return answer === "number" ? fault(words.callWrongNumber, number) : fault(words.callWrongTime, day);
    }
    const when = at ? `${say(at, { weekday: "long", day: "numeric", month: "numeric" })} ${timeOf(at)}` : "";
    const done = el("div", { class: "call", role: "status", tabindex: "-1" }, el("h3", {}, words.callThanks), el("p", {}, when ? fill(words.callThen, { when, number: number.value }) : fill(words.callSoon, { number: number.value })));
    form.replaceWith(done);
    done.focus();
  };
  return form;
}
