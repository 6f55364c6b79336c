// An article inside the panel: the help center's page is fetched and its text put in, rebuilt from a list of
// harmless elements, so that nothing else of that page comes along.

import { el } from "./dom";

const ALLOWED = new Set(
  "H1 H2 H3 H4 P UL OL LI STRONG EM B I CODE PRE BLOCKQUOTE TABLE THEAD TBODY TR TH TD BR HR A DEL".split(" "),
);

function copy(from: Node, to: Node, base: string): void {
  for (const child of from.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) to.appendChild(document.createTextNode(child.textContent ?? ""));
    else if (child instanceof Element) {
      if (!ALLOWED.has(child.tagName)) {
        if (!/^(SCRIPT|STYLE|TEMPLATE|IFRAME)$/.test(child.tagName)) copy(child, to, base);
        continue;
      }
      const node = document.createElement(child.tagName);
      if (node instanceof HTMLAnchorElement) {
        const there = new URL(child.getAttribute("href") ?? "", base);
        if (/^(https?|mailto|tel):$/.test(there.protocol)) node.href = there.href;
        node.target = "_blank";
        node.rel = "noopener noreferrer";
      }
      copy(child, node, base);
      to.appendChild(node);
    }
  }
}

/** The article at an address of the help center, ready to be shown. */
export async function article(address: string): Promise<HTMLElement> {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = page.querySelector("[data-article]");
  if (!found) throw new Error("no article");
  const box = el("div", {});
  copy(found, box, address);
  return box;
}
