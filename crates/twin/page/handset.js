// The handset: shows what a phone got, live, and answers as its owner.
// Everything that came from outside goes through textContent; no HTML is ever parsed here.

import {
  call, clock, day, drawing, face, make, pretty, SIGNS, stamp, ticks, toast,
} from "./element.js";
import { phones } from "./phones.js";
import { offScreen, side } from "./side.js";
import { MESSENGERS, decoded, phone, state } from "./state.js";
import { lang, t } from "./texts.js";

const FAILED = ["failed", "noAccount", "notInGroup", "yellowCard"];

const BUBBLES_MAX = 500;

const desk = document.getElementById("desk");
const keyOf = (item) => item.group
  ? `group/${item.group}`
  : `${item.messenger}/${item.provider}/${item.account}`;
const isMine = (bubble) => bubble.direction === "out" && bubble.from === phone;
const REACTIONS = ["👍", "❤", "😁", "🔥", "👎"];

function summary(bubble) {
  if (bubble.deleted) return t("deleted");
  if (bubble.kind === "text" || bubble.kind === "poll") return bubble.text;
  const kind = t(bubble.kind === "image" ? "photo" : bubble.kind);
  return bubble.text ? `${kind}: ${bubble.text}` : kind;
}

// --- the phone ---

function chats() {
  const found = new Map();
  for (const line of state.lines) found.set(keyOf(line), { ...line, bubbles: [] });
  for (const group of state.groups) {
    const line = state.lines.find((item) => item.messenger === group.messenger);
    if (!line) continue;
    const chat = { ...line, group: group.id, address: group.name, started: true, blocked: false };
    found.set(keyOf(chat), { ...chat, count: group.members.length, bubbles: [] });
  }
  for (const bubble of state.bubbles.values()) {
    const key = keyOf(bubble);
    const address = bubble.group || (bubble.direction === "in" ? bubble.from : bubble.to);
    if (!found.has(key)) found.set(
      key,
      {
        provider: bubble.provider,
        account: bubble.account,
        messenger: bubble.messenger,
        group: bubble.group,
        address,
        started: true,
        bubbles: [],
      },
    );
    const chat = found.get(key);
    if (bubble.group) Object.assign(chat, { provider: bubble.provider, account: bubble.account });
    chat.bubbles.push(bubble);
  }
  const list = [...found.values()];
  for (const chat of list) chat.bubbles.sort((a, b) => stamp(a) - stamp(b) || a.seq - b.seq);
  const last = (chat) => (chat.bubbles.length ? stamp(chat.bubbles.at(-1)) : 0);
  return list.sort((a, b) => last(b) - last(a));
}

// A company's address is a number in WhatsApp and a name elsewhere.
const title = (text) => (/^\d{5,}$/.test(text) ? pretty(text) : text);

const isUnread = (bubble) => bubble.direction === "in" && bubble.status === "delivered";

function statusBar() {
  const signs = make("span", { class: "signs" },
    drawing("", "0 0 18 12", "M0 8h3v4H0z", "M5 5.5h3V12H5z", "M10 3h3v9h-3z", "M15 0h3v12h-3z"),
    drawing(
      "",
      "0 0 26 12",
      "M2 0h19a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H2a2 2 0 0 1-2-2V2a2 2 0 0 1 2-2zm0 2v8h19V2z",
      "M24 4h2v4h-2z",
      "M3.5 3.5h13v5h-13z",
    ));
  return make("div", { class: "bar" }, make("span", {}, clock(Date.now())), make("i"), signs);
}

function listScreen() {
  const all = chats();
  const messengers = Object.keys(MESSENGERS).filter(
    (name) => all.some((chat) => chat.messenger === name)
  );
  const shown = all.filter((chat) => !state.tab || chat.messenger === state.tab);
  const tab = (name, title) => make(
    "button",
    { "aria-pressed": String(state.tab === name), onclick: () => { state.tab = name; render(); } },
    title,
  );
  const rows = shown.map((chat) => {
    const last = chat.bubbles.at(-1);
    const unread = chat.bubbles.filter(isUnread).length;
    return make("li", {}, make("button", { onclick: () => openChat(keyOf(chat)) },
      face(chat.address, chat.messenger),
      make("span", { class: "what" },
        make(
          "span",
          { class: "row" },
          make("b", {}, title(chat.address)),
          last && make("time", {}, clock(stamp(last))),
        ),
        make(
          "span",
          { class: "row" },
          make(
            "span",
            { class: "last" },
            last ? summary(last) : `${MESSENGERS[chat.messenger]} · ${t("chat_hint")}`,
          ),
          unread > 0 && make("span", { class: "badge" }, String(unread)),
        ))));
  });
  return [
    make("header", { class: "head" }, make("h1", {}, t("chats"))),
    messengers.length > 1 && make(
      "div",
      { class: "tabs" },
      tab("", t("all")),
      ...messengers.map((name) => tab(name, MESSENGERS[name])),
    ),
    make("ul", { class: "chats" }, ...rows),
  ];
}

function content(bubble) {
  if (bubble.deleted) return [make("span", { class: "text gone" }, t("deleted"))];
  const parts = [];
  if (bubble.group && !isMine(bubble)) parts.push(
    make("span", { class: "writer" }, bubble.direction === "in" ? t("company") : pretty(bubble.from))
  );
  const file = bubble.file;
  const isSafe = file && /^https?:\/\//i.test(file.url);
  if (bubble.quote) parts.push(quoted(bubble.quote));
  if (file && isSafe && (bubble.kind === "image" || bubble.kind === "sticker")) {
    const kind = bubble.kind === "sticker" ? "sticker" : undefined;
    const image = make("img", { src: file.url, alt: file.name, loading: "lazy", class: kind });
    image.addEventListener(
      "error",
      () => image.replaceWith(card("image", file.name, t("photo"), file.url)),
    );
    image.addEventListener("load", keepDown);
    parts.push(image);
  } else if (file && isSafe && ["audio", "voice"].includes(bubble.kind)) parts.push(make(
    "audio",
    { src: file.url, controls: true, preload: "none" },
  ));
  else if (file && isSafe && bubble.kind === "video") parts.push(
    make("video", { src: file.url, controls: true, preload: "none" })
  );
  else if (file) parts.push(card("document", file.name, file.mime, isSafe ? file.url : undefined));
  if (bubble.kind === "location") parts.push(
    card(
      "location",
      bubble.extra.nameLocation || t("location"),
      `${bubble.extra.latitude}, ${bubble.extra.longitude}`,
    )
  );
  if (bubble.kind === "contact") parts.push(
    card(
      "contact",
      bubble.extra.displayName || t("contact"),
      bubble.extra.phone ? pretty(String(bubble.extra.phone)) : bubble.text,
    )
  );
  else if (bubble.text && bubble.kind !== "location") parts.push(
    make("span", { class: "text" }, ...marked(bubble))
  );
  return parts;
}

// WhatsApp shows words between asterisks as bold: at the borders of words, within a line.
function marked(bubble) {
  if (bubble.messenger !== "whatsapp") return linked(bubble.text);
  const bold = /(?<![\p{L}\p{N}*])\*(?=[^\s*])([^*\n]*[^\s*])\*(?![\p{L}\p{N}*])/gu;
  return bubble.text.split(bold).flatMap((piece, place) =>
    place % 2 ? [make("b", {}, ...linked(piece))] : linked(piece)
  );
}

function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"]+)/g).map((piece, place) =>
    place % 2 ? make(
      "a",
      {
        href: piece,
        target: "_blank",
        rel: "noreferrer noopener",
        onclick: (event) => event.stopPropagation(),
      },
      piece,
    ) : piece);
}

function card(sign, title, note, url) {
  const inside = [
    drawing("sign", "0 0 24 24", ...SIGNS[sign]),
    make("span", {}, make("b", {}, title), make("small", {}, note || "")),
  ];
  return url
    ? make(
      "a",
      {
        class: "card",
        href: url,
        target: "_blank",
        rel: "noreferrer noopener",
        onclick: (event) => event.stopPropagation(),
      },
      ...inside,
    )
    : make("span", { class: "card" }, ...inside);
}

function quoted(quote) {
  const original = [...state.bubbles.values()].find((bubble) => bubble.id === quote.id);
  const author = !original || original.direction === "in"
    ? t("company")
    : isMine(original) ? t("you") : pretty(original.from);
  return make(
    "span",
    { class: "quoted" },
    make("b", {}, author),
    original ? summary(original) : quote.text,
  );
}

function bubbleElement(bubble, isFirst) {
  const isBad = FAILED.includes(bubble.status);
  const classes = [
    "bubble",
    isMine(bubble) ? "out" : "in",
    isFirst && "first",
    isBad && "bad",
    state.fresh.has(bubble.seq) && "new",
    state.quote === bubble.id && "chosen",
  ];
  const attributes = { class: classes.filter(Boolean).join(" "), onclick: () => choose(bubble.id) };
  const marks = [
    isBad && t("failed_mark"),
    bubble.template && `${t("template")}: ${bubble.template}`,
    bubble.edited && !bubble.deleted && t("edited"),
  ].filter(Boolean);
  const element = make("div", attributes,
    ...content(bubble),
    make(
      "span",
      { class: "foot" },
      ...marks.map((mark) => `${mark} · `),
      clock(stamp(bubble)),
      isMine(bubble) && ticks(bubble),
    ),
    reactions(bubble),
    make(
      "button",
      {
        class: "more",
        title: t("menu"),
        "aria-label": t("menu"),
        onclick: (event) => { event.stopPropagation(); openMenu(bubble, event.currentTarget); },
      },
      "⋯",
    ));
  state.fresh.delete(bubble.seq);
  if (!bubble.buttons || bubble.deleted) return element;
  return make("div", { class: `keyed ${isMine(bubble) ? "out" : "in"}` }, element, keys(bubble));
}

function reactions(bubble) {
  const all = Object.values(bubble.reactions || {});
  if (!all.length) return null;
  const counts = new Map();
  for (const emoji of all) counts.set(emoji, (counts.get(emoji) || 0) + 1);
  const chips = [...counts].map(
    ([emoji, count]) => make("span", {}, count > 1 ? `${emoji} ${count}` : emoji)
  );
  return make("span", { class: "reactions" }, ...chips);
}

// The buttons under a bubble, row by row. A link opens; the others are pressed.
function keys(bubble) {
  const rows = [];
  bubble.buttons.forEach((button, place) => {
    const isLink = button.press === "link" && /^https?:\/\//i.test(button.data || "");
    const key = isLink
      ? make(
        "a",
        { href: button.data, target: "_blank", rel: "noreferrer noopener", class: "key" },
        `${button.text} ↗`,
      )
      : make("button", { class: "key", onclick: () => press(bubble, place) }, button.text);
    (rows[button.row] ||= []).push(key);
  });
  return make(
    "div",
    { class: "keys" },
    ...rows.filter(Boolean).map((row) => make("div", { class: "keyrow" }, ...row)),
  );
}

async function act(path, body) {
  const answer = await call("POST", `/twin/${path}`, body);
  if (answer.told === false) toast(t("not_told"));
}

const press = (bubble, place) => act("press", { id: bubble.id, button: place, from: phone });

function choose(id) {
  if (String(getSelection()) !== "") return;
  state.quote = state.quote === id ? null : id;
  render();
  document.querySelector("textarea")?.focus();
}

function chatScreen(chat) {
  const talk = make("div", { class: "talk", role: "log", "aria-live": "polite" });
  let lastDay = "", lastSide = "";
  for (const bubble of chat.bubbles) {
    const today = day(stamp(bubble));
    if (today !== lastDay) talk.append(make("span", { class: "day" }, today));
    const side = `${bubble.direction}${bubble.from}`;
    talk.append(bubbleElement(bubble, side !== lastSide || today !== lastDay));
    lastDay = today;
    lastSide = side;
  }
  if (!chat.bubbles.length) talk.append(
    make("div", { class: "nothing" }, make("b", {}, t("empty")), make("div", {}, t("empty_hint")))
  );
  return [
    make("header", { class: "head" },
      make(
        "button",
        { class: "icon", "aria-label": t("back"), title: t("back"), onclick: closeChat },
        drawing("", "0 0 24 24", "M15 5l-7 7 7 7"),
      ),
      face(chat.address, chat.messenger),
      make(
        "span",
        { class: "who" },
        make("b", {}, title(chat.address)),
        make("small", {}, subtitle(chat)),
      ),
      make(
        "button",
        {
          class: "icon",
          "aria-label": t("menu"),
          title: t("menu"),
          onclick: (event) => { event.stopPropagation(); openChatMenu(chat, event.currentTarget); },
        },
        drawing("", "0 0 24 24", "M12 5h.01M12 12h.01M12 19h.01"),
      )),
    talk,
    foot(chat),
  ];
}

function subtitle(chat) {
  const messenger = MESSENGERS[chat.messenger] || chat.messenger;
  if (chat.group) return `${t("group")} · ${messenger} · ${chat.count ?? "?"} ${t("members")}`;
  return `${t("company")} · ${messenger} · ${chat.account}`;
}

const person = (chat) => ({ messenger: chat.messenger, account: chat.account, from: phone });

// What is at the bottom of a chat: where one writes, or the button that opens it.
function foot(chat) {
  if (chat.blocked) return make("div", { class: "gate" },
    make("p", {}, t("blocked")),
    make(
      "button",
      { class: "wide", onclick: () => act("block", { ...person(chat), blocked: false }) },
      t("unblock"),
    ));
  if (!chat.needs_start || chat.started) return compose(chat);
  const payload = make("input", { placeholder: t("payload"), "aria-label": t("payload") });
  payload.value = state.draft[`start/${keyOf(chat)}`] || "";
  payload.addEventListener(
    "input",
    () => { state.draft[`start/${keyOf(chat)}`] = payload.value; },
  );
  const start = (event) => {
    event.preventDefault();
    act("start", { ...person(chat), payload: payload.value.trim() || undefined });
  };
  return make("form", { class: "gate", onsubmit: start },
    make("p", {}, t("start_hint")), payload, make("button", { class: "wide" }, t("start")));
}

function compose(chat) {
  const key = keyOf(chat);
  const area = make(
    "textarea",
    { rows: "1", placeholder: t("write"), "aria-label": t("write"), maxlength: "20000" },
  );
  area.value = state.draft[key] || "";
  const button = make(
    "button",
    { class: "send", "aria-label": t("send"), title: t("send"), type: "submit" },
    drawing("", "0 0 24 24", "M3 20.5v-6.5l9-2-9-2V3.5L22 12z"),
  );
  const fit = () => {
    state.draft[key] = area.value;
    button.disabled = !area.value.trim();
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  };
  area.addEventListener("input", fit);
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
    if (event.key === "Escape" && (state.quote || state.editing)) leave();
  });
  const quote = state.quote && [...state.bubbles.values()].find(
    (bubble) => bubble.id === state.quote
  );
  const sendText = async (event) => {
    event.preventDefault();
    const text = area.value.trim();
    if (!state.editing) return submit(chat, { text });
    await act("edit", { id: state.editing, text });
    state.draft[key] = "";
    leave();
  };
  const form = make("form", { class: "compose", onsubmit: sendText },
    (quote || state.editing) && make("div", { class: "reply" },
      quote
        ? quoted({ id: quote.id, text: quote.text })
        : make("span", { class: "quoted" }, make("b", {}, t("edit"))),
      make(
        "button",
        {
          class: "icon",
          type: "button",
          "aria-label": t("cancel"),
          onclick: leave,
        },
        drawing("", "0 0 24 24", "M6 6l12 12M18 6L6 18"),
      )),
    make("div", { class: "line" },
      make(
        "button",
        {
          class: "icon",
          type: "button",
          "aria-label": t("attach"),
          title: t("attach"),
          onclick: (event) => { event.stopPropagation(); openAttach(chat, event.currentTarget); },
        },
        drawing("", "0 0 24 24", "M12 5v14M5 12h14"),
      ),
      area, button));
  queueMicrotask(fit);
  return form;
}

// No longer answers or edits anything.
function leave() {
  const chat = state.editing && chats().find((item) => keyOf(item) === state.chat);
  if (chat) state.draft[keyOf(chat)] = "";
  state.quote = null;
  state.editing = null;
  render();
}

async function submit(chat, what) {
  if (!what.text && !what.file && !what.contact && !what.location) return;
  const body = { ...person(chat), ...what };
  if (chat.group) body.group = chat.group;
  if (state.quote) body.quote = state.quote;
  await call("POST", "/twin/reply", body);
  state.quote = null;
  if (what.text) state.draft[keyOf(chat)] = "";
  render();
  document.querySelector("textarea")?.focus();
}

async function attach(chat, file, kind) {
  if (!file) return;
  const name = encodeURIComponent(file.name);
  const answer = await fetch(
    `/twin/files?name=${name}`,
    {
      method: "POST",
      body: file,
      headers: { "content-type": file.type || "application/octet-stream" },
    },
  );
  const { url } = await answer.json();
  const text = (state.draft[keyOf(chat)] || "").trim();
  await submit(chat, { text, file: { url, name: file.name, mime: file.type, kind } });
}

function pick(chat, accept, kind) {
  const picker = make("input", { type: "file", accept });
  picker.addEventListener("change", () => attach(chat, picker.files[0], kind));
  picker.click();
}

// --- menu of a bubble ---

const item = (text, run, kind) => make(
  "button",
  { class: kind, onclick: () => { closeMenu(); run(); } },
  text,
);

// Shows a menu beside the element that asked for it.
function show(from, ...inside) {
  closeMenu();
  const menu = make("div", { class: "menu", role: "menu" }, ...inside);
  const screen = document.querySelector(".screen");
  screen.append(menu);
  const [outer, inner] = [screen.getBoundingClientRect(), from.getBoundingClientRect()];
  const left = Math.min(
    Math.max(10, inner.right - outer.left - 20),
    outer.width - menu.offsetWidth - 10,
  );
  const top = Math.min(inner.bottom - outer.top + 4, outer.height - menu.offsetHeight - 20);
  menu.style.left = `${left}px`;
  menu.style.top = `${Math.max(10, top)}px`;
  menu.querySelector("button").focus();
}

function openMenu(bubble, from) {
  const mark = (status) => () => call("POST", "/twin/status", { id: bubble.id, status });
  const react = (emoji) => {
    const own = (bubble.reactions || {})[phone] === emoji ? "" : emoji;
    return act("react", { id: bubble.id, emoji: own, from: phone });
  };
  const edit = () => {
    state.quote = null;
    state.editing = bubble.id;
    state.draft[state.chat] = bubble.text;
    render();
    document.querySelector("textarea")?.focus();
  };
  const isAlive = !bubble.deleted;
  show(
    from,
    make("small", {}, `${bubble.id} · ${bubble.status}`),
    isAlive && make(
      "div",
      { class: "emojis" },
      ...REACTIONS.map((emoji) => item(emoji, () => react(emoji))),
    ),
    isAlive && item(t("answer"), () => { state.quote = null; choose(bubble.id); }),
    bubble.text && isAlive && item(t("copy"), () => navigator.clipboard?.writeText(bubble.text)),
    isMine(bubble) && isAlive && bubble.text && item(t("edit"), edit),
    isMine(bubble) && isAlive && item(t("remove"), () => act("delete", { id: bubble.id }), "danger"),
    bubble.direction === "in" && item(t("delivered"), mark("delivered")),
    bubble.direction === "in" && item(t("read"), mark("read")),
    bubble.direction === "in" && item(t("failed"), mark("failed"), "danger"),
  );
}

function openAttach(chat, from) {
  const contact = { name: state.view.name, phone };
  const ask = () => {
    const number = prompt(t("number"));
    if (number) submit(chat, { contact: { name: t("contact"), phone: number } });
  };
  show(
    from,
    item(`${t("photo")} / ${t("video")}`, () => pick(chat, "image/*,video/*")),
    item(t("file"), () => pick(chat, "")),
    item(t("as_document"), () => pick(chat, "", "document")),
    item(t("as_voice"), () => pick(chat, "audio/*", "voice")),
    item(t("share_contact"), () => submit(chat, { contact })),
    item(t("other_contact"), ask),
    item(
      t("share_place"),
      () => submit(chat, { location: { latitude: 55.7558, longitude: 37.6173 } }),
    ),
  );
}

function openChatMenu(chat, from) {
  const block = () => act("block", { ...person(chat), blocked: !chat.blocked });
  show(
    from,
    make("small", {}, `${chat.provider} · ${chat.account}`),
    !chat.group && chat.needs_start && item(t("restart"), () => act("start", person(chat))),
    !chat.group && item(t(chat.blocked ? "unblock" : "block"), block, "danger"),
    item(t("back"), closeChat),
  );
}

const closeMenu = () => document.querySelector(".menu")?.remove();
document.addEventListener(
  "click",
  (event) => { if (!event.target.closest(".menu")) closeMenu(); },
);
document.addEventListener("keydown", (event) => { if (event.key === "Escape") closeMenu(); });

let wasDown = true;
function keepDown() {
  const talk = document.querySelector(".talk");
  if (talk && wasDown) talk.scrollTop = talk.scrollHeight;
}

function render() {
  if (!state.view) return;
  const before = document.querySelector(".talk");
  const scrolled = before ? before.scrollTop : 0;
  wasDown = !before || before.scrollHeight - before.scrollTop - before.clientHeight < 60;
  const isTyping = ["TEXTAREA", "INPUT"].includes(document.activeElement?.tagName);
  const selection = isTyping ? [
    document.activeElement.selectionStart,
    document.activeElement.selectionEnd,
  ] : null;
  const chat = state.chat && chats().find((item) => keyOf(item) === state.chat);
  const screen = make(
    "div",
    { class: "screen" },
    statusBar(),
    make("div", { class: "app" }, ...(chat ? chatScreen(chat) : listScreen()).filter(Boolean)),
    make("div", { class: chat ? "home" : "home plain" }),
    !state.view.on && offScreen(),
  );
  desk.replaceChildren(make("div", { class: "phone" }, screen), side());
  const talk = document.querySelector(".talk");
  if (talk && !wasDown) talk.scrollTop = scrolled;
  else keepDown();
  if (isTyping) {
    const area = document.querySelector("textarea, .gate input");
    area?.focus();
    if (area && selection) area.setSelectionRange(...selection);
  }
  markRead(chat);
}

let reading = false;
async function markRead(chat) {
  if (!chat || reading || !state.view.on || document.hidden || !chat.bubbles.some(isUnread)) return;
  reading = true;
  try {
    await call(
      "POST",
      `/handset/${phone}/read`,
      { messenger: chat.messenger, account: chat.account },
    );
  } finally {
    reading = false;
  }
}
document.addEventListener("visibilitychange", render);

// An open chat is a step of its own in the browser's history, so that Back leads to the list.
function openChat(key) {
  history.pushState(null, "", `#${encodeURIComponent(key)}`);
  fromAddress();
}
function closeChat() {
  history.pushState(null, "", location.pathname + location.search);
  fromAddress();
}
function fromAddress() {
  state.chat = decoded(location.hash.slice(1)) || null;
  state.quote = null;
  state.editing = null;
  render();
}
addEventListener("popstate", fromAddress);

// --- live ---

function listen() {
  const source = new EventSource(`/handset/${phone}/live`);
  source.onopen = () => { if (state.lost) { state.lost = false; render(); } };
  source.onerror = () => { state.lost = true; render(); };
  source.onmessage = (event) => {
    const change = JSON.parse(event.data);
    if (change.first) state.bubbles.clear();
    if (change.lines) state.lines = change.lines;
    if (change.groups) state.groups = change.groups;
    if (change.phone) state.view = change.phone;
    for (const bubble of change.bubbles) {
      if (!change.first && !state.bubbles.has(bubble.seq)) state.fresh.add(bubble.seq);
      state.bubbles.set(bubble.seq, bubble);
    }
    // A load test must not make the page grow for ever.
    for (const seq of state.bubbles.keys()) {
      if (state.bubbles.size <= BUBBLES_MAX) break;
      state.bubbles.delete(seq);
    }
    render();
  };
}

document.documentElement.lang = lang;
document.title = phone ? pretty(phone) : t("phones");
if (phone) {
  state.chat = decoded(location.hash.slice(1)) || null;
  listen();
} else {
  phones(desk);
}
