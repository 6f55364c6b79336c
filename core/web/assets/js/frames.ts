// Frames with mails: as high as what is in them. They run no script themselves; this page measures them.

function fit(frame: HTMLIFrameElement): void {
  const body = frame.contentDocument?.body;
  // Before it is loaded there is nothing to measure.
  if (!body || frame.contentDocument?.URL === "about:blank") return;
  const measure = () => {
    const high = String(Math.min(Math.ceil(body.getBoundingClientRect().height) + 2, 4000));
    if (frame.height !== high) frame.height = high;
  };
  measure();
  new ResizeObserver(measure).observe(body);
}

/** Keeps the end of the conversation in view while frames above it grow. */
function keepEnd(): void {
  const box = document.querySelector<HTMLElement>("#scroll");
  if (box?.hasAttribute("data-end")) box.scrollTop = box.scrollHeight;
}

export function startFrames(): void {
  // A frame's load does not bubble.
  document.addEventListener("load", (event) => {
    const frame = event.target;
    if (!(frame instanceof HTMLIFrameElement) || !frame.classList.contains("mail-frame")) return;
    fit(frame);
    requestAnimationFrame(keepEnd);
  }, true);
  for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"])
    document.addEventListener(kind, (event) => (event.target as Element).closest?.("#scroll")?.removeAttribute("data-end"), { passive: true });
  for (const frame of document.querySelectorAll<HTMLIFrameElement>(".mail-frame")) fit(frame);
  document.addEventListener("click", (event) => {
    const asked = (event.target as Element).closest<HTMLElement>("[data-pictures]");
    const bar = asked?.closest<HTMLElement>(".blocked");
    if (bar) setTimeout(() => { bar.hidden = true; });
  });
}
