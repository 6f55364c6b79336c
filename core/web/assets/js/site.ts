// Help center and demo page: asking opens the widget; what helped is told.

interface Widget {
  open(text?: string): void;
}

const visit = document.body.dataset.visit;

function tell(act: string, more: Record<string, string> = {}): void {
  if (visit) navigator.sendBeacon(visit, new URLSearchParams({ act, ...more }));
}

document.addEventListener("click", (event) => {
  const target = event.target as Element;
  const ask = target.closest<HTMLElement>("[data-ask]");
  if (ask) (window as { kerros?: Widget }).kerros?.open(ask.dataset.ask);
  const said = target.closest<HTMLElement>("[data-say]");
  const box = said?.closest<HTMLElement>("[data-helped]");
  if (said?.dataset.say && box) {
    tell(said.dataset.say);
    box.querySelector<HTMLElement>(".helped-buttons")?.toggleAttribute("hidden", true);
    box.querySelector<HTMLElement>(said.dataset.say === "helped" ? ".helped-yes" : ".helped-no")?.removeAttribute("hidden");
  }
});

// The widget says when its visitor's conversation has begun: the visit led to a contact.
addEventListener("kerros:conversation", (event) => {
  tell("contacted", { conversation: (event as CustomEvent<string>).detail });
});

// Read: ten seconds with the page in view.
if (document.querySelector("[data-article]")) {
  let seconds = 0;
  const timer = setInterval(() => {
    if (document.hidden) return;
    seconds += 1;
    if (seconds >= 10) {
      clearInterval(timer);
      tell("read");
    }
  }, 1000);
}
