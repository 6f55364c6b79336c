// The reply box: files with their progress, approved messages and what is filled in.

import { setMode } from "./pane";

interface Kept {
  id: string;
  name: string;
  size: string;
}

const box = () => document.querySelector<HTMLFormElement>("#composer");
const chips = () => document.querySelector<HTMLElement>("#chips");

function el<K extends keyof HTMLElementTagNameMap>(tag: K, text = ""): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

/** Whether a file is still on its way, or did not arrive and is not taken away. */
const incomplete = () =>
  !!document.querySelector('#composer input[name="mode"][value="reply"]:checked') &&
  !!chips()?.querySelector(':not([data-state="kept"])[data-state]');

/** Nothing is sent without a file that its writer sees beside it. */
function holdSending(): void {
  const send = document.querySelector<HTMLButtonElement>("#send");
  if (send) send.disabled = incomplete();
}

function take(file: File): void {
  const [form, list] = [box(), chips()];
  const address = form?.dataset.upload;
  if (!list || !address) return;
  const chip = el("li");
  const [name, note, bar, away] = [el("span", file.name), el("small"), el("progress"), el("button", "×")];
  const going = new XMLHttpRequest();
  chip.className = "chip";
  chip.dataset.state = "going";
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  away.type = "button";
  away.setAttribute("aria-label", (list.dataset.remove ?? "").replace("{name}", file.name));
  away.addEventListener("click", () => {
    going.abort();
    chip.remove();
    holdSending();
  });
  chip.append(name, bar, away);
  list.append(chip);
  const failed = (why: string) => {
    chip.dataset.state = "failed";
    note.textContent = why;
    bar.replaceWith(note);
    holdSending();
  };
  going.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = (event.loaded / event.total) * 100;
  });
  going.addEventListener("load", () => {
    if (going.status !== 201) return failed((going.status === 413 ? list.dataset.large : list.dataset.failed) ?? "");
    const kept = JSON.parse(going.responseText) as Kept;
    const field = el("input");
    field.type = "hidden";
    field.name = "file";
    field.value = kept.id;
    name.textContent = kept.name;
    note.textContent = kept.size;
    bar.replaceWith(note);
    chip.append(field);
    chip.dataset.state = "kept";
    holdSending();
    needText();
  });
  going.addEventListener("error", () => failed(list.dataset.failed ?? ""));
  going.open("POST", `${address}?name=${encodeURIComponent(file.name)}`);
  going.setRequestHeader("Content-Type", file.type || "application/octet-stream");
  going.send(file);
  holdSending();
}

function takeAll(files: FileList | undefined): boolean {
  const reply = document.querySelector('#composer input[name="mode"][value="reply"]:checked');
  const way = document.querySelector<HTMLSelectElement>("#via")?.selectedOptions[0];
  if (!files?.length || !chips() || !reply || (way && way.dataset.files === undefined)) return false;
  for (const file of files) take(file);
  return true;
}

const chosen = () => document.querySelector<HTMLSelectElement>("#template");

/** An approved message says its own words: the box shows them, filled in, and keeps what was written before. */
function showTemplate(): void {
  const [select, form] = [chosen(), box()];
  const text = form?.querySelector("textarea");
  if (!select || !form || !text) return;
  const option = select.selectedOptions[0];
  const value = select.value;
  for (const set of form.querySelectorAll<HTMLFieldSetElement>(".holes")) {
    const shown = set.dataset.templateOf === value;
    set.hidden = !shown;
    set.disabled = !shown;
  }
  if (!value) {
    if (text.readOnly) text.value = text.dataset.own ?? "";
    text.readOnly = false;
    needText();
    return;
  }
  if (!text.readOnly) text.dataset.own = text.value;
  text.readOnly = true;
  const values = [...form.querySelectorAll<HTMLInputElement>(".holes:not([hidden]) input")].map((i) => i.value);
  const said = option?.dataset.text ?? "";
  text.value = said.replace(/\{+(\d+)\}+/g, (hole, n: string) => values[Number(n) - 1] || hole);
  const via = document.querySelector<HTMLSelectElement>("#via");
  if (via && option?.dataset.channel) via.value = option.dataset.channel;
  needText();
}

/** What goes without words: nothing, unless the words are an approved message's. */
function needText(): void {
  const text = box()?.querySelector("textarea");
  if (text) text.required = !chosen()?.value;
}

/** The box after its message went out. */
export function clearComposer(): void {
  chips()?.replaceChildren();
  const form = box();
  const text = form?.querySelector("textarea");
  if (text) {
    text.readOnly = false;
    delete text.dataset.own;
    text.value = "";
  }
  for (const field of form?.querySelectorAll<HTMLInputElement>(".holes input, input[name=subject]") ?? []) field.value = "";
  const select = chosen();
  if (select) select.value = "";
  showTemplate();
  holdSending();
}

function ready(): void {
  const button = document.querySelector<HTMLElement>("[data-attach]");
  if (button) button.hidden = false;
}

export function startComposer(): void {
  document.addEventListener("kerros:opened", ready);
  document.addEventListener("htmx:afterSettle", ready);
  ready();
  document.addEventListener("click", (event) => {
    const at = event.target as Element;
    if (at.closest("[data-attach]")) document.querySelector<HTMLInputElement>("#attach")?.click();
    const wanted = at.closest<HTMLElement>("button[data-template]");
    const select = chosen();
    if (!wanted?.dataset.template || !select) return;
    setMode("reply");
    select.value = wanted.dataset.template;
    showTemplate();
    (box()?.querySelector<HTMLElement>(".holes:not([hidden]) input") ?? select).focus();
  });
  document.addEventListener("change", (event) => {
    const at = event.target as HTMLElement;
    if (at.id === "template") showTemplate();
    if ((at as HTMLInputElement).name === "mode") holdSending();
    if (at.id === "attach") {
      const input = at as HTMLInputElement;
      takeAll(input.files ?? undefined);
      input.value = "";
    }
    if (at.id === "via") {
      const select = chosen();
      const channel = (at as HTMLSelectElement).value;
      // An approved message belongs to its channel.
      if (select?.value && select.selectedOptions[0]?.dataset.channel !== channel) {
        select.value = "";
        showTemplate();
      }
    }
  });
  document.addEventListener("input", (event) => {
    if ((event.target as Element).closest(".holes")) showTemplate();
  });
  // The keyboard sends a form whose button is held.
  document.addEventListener("submit", (event) => {
    if ((event.target as Element).id !== "composer" || !incomplete()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  document.addEventListener("paste", (event) => {
    if (!(event.target as Element).closest("#composer")) return;
    if (event.clipboardData?.files.length && takeAll(event.clipboardData.files)) event.preventDefault();
  });
  for (const kind of ["dragover", "dragleave", "drop"] as const) {
    document.addEventListener(kind, (event) => {
      const form = (event.target as Element).closest?.("#composer");
      if (!form || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      form.classList.toggle("is-over", kind === "dragover");
      if (kind === "drop") takeAll(event.dataTransfer.files);
    });
  }
}
