// The page of `kerros plugin dev`. No framework: what it shows is little, and it is shown anew.

const $ = (id) => document.getElementById(id);

async function call(path, body) {
  const options = body === undefined ? {} : {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  const answer = await fetch(path, options);
  const value = await answer.json().catch(() => ({ error: `answered ${answer.status}` }));
  if (!answer.ok) throw new Error(value.error ?? `answered ${answer.status}`);
  return value;
}

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

const pretty = (value) => element("pre", typeof value === "string" ? value : JSON.stringify(value, null, 2));
const wrong = (error) => element("p", error.message, { class: "wrong" });

const toLines = (headers) => (headers ?? []).map(([name, value]) => `${name}: ${value}`).join("\n");
const fromLines = (text) =>
  text.split("\n").filter((line) => line.includes(":")).map((line) => {
    const at = line.indexOf(":");
    return [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()];
  });

let stage = null;
let builds = -1;
let items = [];

// The state of the build.

new EventSource("api/events").addEventListener("message", (event) => show(JSON.parse(event.data)));

function show({ status, stage: now, folder }) {
  const told = $("status");
  told.dataset.state = status.state;
  const sizes = `${Math.round(status.bytes / 1024)} KiB`;
  told.textContent = {
    waiting: "waiting",
    building: "building",
    ready: `ready: build ${status.builds} in ${status.build_ms} ms, swapped in ${status.swap_ms} ms, ${sizes}`,
    failed: "does not build",
  }[status.state];
  $("failure").hidden = status.state !== "failed";
  $("said").textContent = status.said;
  stage = now;
  if (!stage) {
    $("title").textContent = folder;
    return;
  }
  $("title").textContent = `${stage.plugin} ${stage.version}`;
  document.title = `${stage.plugin} · Kerros plugin dev`;
  $("main").hidden = false;
  const isChannel = stage.kind === "channel";
  $("hook-section").hidden = !isChannel;
  $("secrets").textContent = stage.secrets.join(", ") || "none";
  const links = [["Console", stage.console], ["Page with the widget", stage.demo]];
  $("links").replaceChildren(
    ...links.map(([text, href]) => element("a", text, { href, target: "_blank", rel: "noreferrer" })),
    element("span", `saara@example.com, ${stage.password}`, { class: "hint" }),
  );
  if (status.state === "ready" && status.builds !== builds) {
    builds = status.builds;
    fill().then(() => $("again").checked && $("try").requestSubmit());
    refresh();
  }
}

// Examples to begin with.

async function fill() {
  ({ items } = await call("api/examples"));
  choose($("try-example"), items, items[0]);
  choose($("hook-example"), items.filter((item) => item.call === "receive"));
}

function choose(select, list) {
  const before = select.value;
  select.replaceChildren(...list.map((item) => element("option", item.name, { value: item.name })));
  const known = list.some((item) => item.name === before);
  if (known) {
    select.value = before;
  } else {
    // An author's own example says more than a plain sample.
    const own = list.find((item) => !item.name.startsWith("a plain ")) ?? list[0];
    if (own) select.value = own.name;
    select.dispatchEvent(new Event("change"));
  }
}

const example = (select) => items.find((item) => item.name === select.value);

$("try-example").addEventListener("change", (event) => {
  const found = example(event.target);
  if (!found) return;
  const full = Object.entries(found).filter(([key, value]) => {
    const empty = value === null || value === false || (typeof value === "object" && Object.keys(value).length === 0);
    return !empty && key !== "expect" && key !== "expect_error";
  });
  $("try").elements.vector.value = JSON.stringify(Object.fromEntries(full), null, 2);
});

$("hook-example").addEventListener("change", (event) => {
  const input = example(event.target)?.input;
  if (!input) return;
  const fields = $("hook").elements;
  fields.kind.value = input.kind ?? "hook";
  fields.method.value = input.method ?? "POST";
  fields.path.value = input.path ?? "";
  fields.query.value = input.query ?? "";
  const headers = Array.isArray(input.headers) ? input.headers : Object.entries(input.headers ?? {});
  fields.headers.value = toLines(headers);
  const body = input.body ?? "";
  fields.body.value = typeof body === "string" ? body : JSON.stringify(body, null, 2);
});

// One call.

$("try").addEventListener("submit", async (event) => {
  event.preventDefault();
  const out = $("try-result");
  try {
    const vector = { name: "by hand", ...JSON.parse(event.target.elements.vector.value) };
    const tried = await call("api/try", vector);
    const shown = [];
    const took = tried.figures;
    if (took) {
      const fuel = took.fuel === null ? "" : `, ${took.fuel} instructions`;
      const kib = Math.round(took.memory_bytes / 1024);
      shown.push(element("p", `${took.p50_us} us (${took.max_us} at most)${fuel}, ${kib} KiB`, { class: "figures" }));
    }
    if (tried.differs) shown.push(wrong(new Error("the same call gave another answer the second time")));
    shown.push(tried.error ? pretty(tried.error) : pretty(tried.answer));
    if (tried.log.length > 0) shown.push(pretty(tried.log.join("\n")));
    out.replaceChildren(...shown);
  } catch (error) {
    out.replaceChildren(wrong(error));
  }
});

// A message in.

$("hook").addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = event.target.elements;
  const out = $("hook-result");
  try {
    const came = await call("api/hook", {
      kind: fields.kind.value,
      method: fields.method.value,
      path: fields.path.value,
      query: fields.query.value,
      headers: fromLines(fields.headers.value),
      body: fields.body.value,
    });
    const figures = `${came.taken}, ${came.us} us, ${Math.round(came.memory / 1024)} KiB`;
    const shown = [element("p", figures, { class: "figures" }), pretty(came.answer)];
    if (came.reply) shown.push(element("p", "Answered to the caller:", { class: "hint" }), pretty(came.reply));
    if (came.log.length > 0) shown.push(pretty(came.log.join("\n")));
    out.replaceChildren(...shown);
  } catch (error) {
    out.replaceChildren(wrong(error));
  }
  refresh();
});

// Conversations, and what was asked of the provider.

let shownTalks = "";
let shownAsked = "";

async function refresh() {
  if (!stage) return;
  try {
    const [talks, provider] = await Promise.all([call("api/conversations"), call("api/provider")]);
    const talksNow = JSON.stringify(talks);
    // What somebody is writing in stays as it is.
    if (talksNow !== shownTalks && !$("talks").contains(document.activeElement)) {
      shownTalks = talksNow;
      $("talks-empty").hidden = talks.items.length > 0;
      $("talks").replaceChildren(...talks.items.map(talk));
    }
    const askedNow = JSON.stringify(provider);
    if (askedNow !== shownAsked) {
      shownAsked = askedNow;
      const fields = $("provider").elements;
      if (!$("provider").contains(document.activeElement)) {
        fields.status.value = provider.answer.status;
        fields.body.value = provider.answer.body;
        fields.headers.value = toLines(provider.answer.headers);
      }
      $("asked").replaceChildren(...provider.asked.map(asked));
    }
  } catch {
    // The next look may find it again.
  }
}

setInterval(refresh, 1000);

function talk(found) {
  const made = element("article");
  const tags = found.tags.length > 0 ? `, ${found.tags.join(", ")}` : "";
  made.append(element("h3", `${found.number} · ${found.contact ?? "nobody known"} · ${found.channel} · ${found.state}${tags}`));
  const list = element("ol");
  for (const message of found.messages) {
    const line = element("li");
    const how = [message.delivery, message.failure && JSON.stringify(message.failure)].filter(Boolean).join(": ");
    line.append(element("b", `${message.by}: `), message.text, how ? element("span", ` (${how})`, { class: "hint" }) : "");
    list.append(line);
  }
  const form = element("form");
  const label = element("label", "Answer as a person");
  const text = element("textarea", undefined, { rows: "2", required: "" });
  label.append(text);
  const told = element("p", "", { class: "wrong" });
  form.append(label, element("button", "Send"), told);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await call("api/reply", { conversation: found.id, text: text.value });
      text.value = "";
      document.activeElement?.blur();
      refresh();
    } catch (error) {
      told.textContent = error.message;
    }
  });
  made.append(list, form);
  return made;
}

function asked({ number, request, response }) {
  const made = element("details");
  if (number === 1) made.open = true;
  const what = request.request === "mail" ? `mail: ${request.subject}` : `${request.method} ${request.url}`;
  made.append(element("summary", `${number} · ${what} · ${response.status ?? response.code ?? "failed"}`));
  made.append(pretty(request), pretty(response));
  return made;
}

$("provider").addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = event.target.elements;
  const answer = { status: Number(fields.status.value), body: fields.body.value, headers: fromLines(fields.headers.value) };
  try {
    await call("api/provider", answer);
    $("provider-said").textContent = "from now on";
  } catch (error) {
    $("provider-said").textContent = error.message;
  }
});
