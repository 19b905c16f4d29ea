// The handset: shows what a phone got, live, and answers as its owner.
// Everything that came from outside goes through textContent; no HTML is ever parsed here.

import { TEXTS } from "./texts.js";

const MESSENGERS = { whatsapp: "WhatsApp", telegram: "Telegram", max: "MAX", vk: "VK" };
const COLOURS = ["#c2571a", "#0d8a72", "#3a6fd8", "#8a4fc7", "#b93a6c", "#4d7a1f", "#0b7fa3"];
const FAILED = ["failed", "noAccount", "notInGroup", "yellowCard"];

const BUBBLES_MAX = 500;

const query = new URLSearchParams(location.search);
const wanted = query.get("lang") || navigator.language || "en";
const lang = wanted.toLowerCase().startsWith("ru") ? "ru" : "en";
const t = (name) => TEXTS[lang][name] || name;
const desk = document.getElementById("desk");
const phone = decodeURIComponent(location.pathname.split("/")[2] || "").replace(/\D/g, "");

const state = {
  view: null,
  bubbles: new Map(),
  lines: [],
  chat: null,
  tab: "",
  quote: null,
  draft: {},
  lost: false,
  fresh: new Set(),
};

// --- small tools ---

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "class") element.className = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(
    ...children.filter((child) => child !== null && child !== undefined && child !== false)
  );
  return element;
}

function drawing(kind, box, ...paths) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", box);
  svg.setAttribute("aria-hidden", "true");
  if (kind) svg.setAttribute("class", kind);
  for (const d of paths) {
    const path = document.createElementNS(space, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

async function call(method, path, body) {
  const options = { method };
  if (body !== undefined) {
    options.headers = { "content-type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(path, options);
  const value = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    toast(value.error || String(answer.status));
    throw new Error(value.error || answer.status);
  }
  return value;
}

let toastTimer;
function toast(text) {
  const box = document.getElementById("toast");
  box.textContent = text;
  box.classList.add("on");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => box.classList.remove("on"), 4000);
}

const clock = (ms) => new Date(ms).toLocaleTimeString(
  lang,
  { hour: "2-digit", minute: "2-digit", hour12: false },
);

function day(ms) {
  const date = new Date(ms);
  const days = Math.round(
    (new Date().setHours(0, 0, 0, 0) - new Date(ms).setHours(0, 0, 0, 0)) / 86400000
  );
  if (days === 0) return t("today");
  if (days === 1) return t("yesterday");
  return date.toLocaleDateString(lang, { day: "numeric", month: "long", year: "numeric" });
}

function counted(count) {
  const forms = {
    en: { one: "message", other: "messages" },
    ru: { one: "сообщение", few: "сообщения", many: "сообщений" },
  }[lang];
  return `${count} ${forms[new Intl.PluralRules(lang).select(count)] || forms.other || forms.many}`;
}

function pretty(number) {
  const match = /^(7)(\d{3})(\d{3})(\d{2})(\d{2})$/.exec(number);
  return match ? `+${match[1]} ${match[2]} ${match[3]}-${match[4]}-${match[5]}` : `+${number}`;
}

const stamp = (bubble) => bubble.at.delivered || bubble.at.queued;
const keyOf = (item) => `${item.messenger}/${item.provider}/${item.account}`;
const colour = (text) => COLOURS[
  [...text].reduce((sum, c) => (sum * 31 + c.codePointAt(0)) >>> 0, 7) % COLOURS.length
];

function face(text, messenger) {
  const element = make(
    "span",
    { class: "face", "data-messenger": messenger, "aria-hidden": "true" },
    text.replace(/\D/g, "").slice(-2) || "?",
  );
  element.style.background = colour(text);
  return element;
}

function summary(bubble) {
  if (bubble.kind === "text" || bubble.kind === "poll") return bubble.text;
  const kind = t(bubble.kind === "image" ? "photo" : bubble.kind);
  return bubble.text ? `${kind}: ${bubble.text}` : kind;
}

// --- ticks and signs ---

const SIGNS = {
  image: ["M4 5h16v14H4z", "M4 16l5-5 4 4 3-3 4 4", "M15 9h.01"],
  document: ["M7 3h7l4 4v14H7z", "M14 3v4h4", "M10 12h5M10 16h5"],
  location: [
    "M12 21s7-6.3 7-11a7 7 0 1 0-14 0c0 4.7 7 11 7 11z",
    "M12 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  ],
  contact: ["M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z", "M4 21c0-4 3.6-6 8-6s8 2 8 6"],
};

function ticks(bubble) {
  if (bubble.direction !== "out") return null;
  if (
    bubble.status === "sent" || bubble.status === "queued"
  ) return drawing("ticks", "0 0 17 11", "M4 6l3 3 6-7");
  return drawing(
    `ticks ${bubble.status === "read" ? "read" : ""}`,
    "0 0 17 11",
    "M1 6l3 3 6-7",
    "M7 8l1 1 6-7",
  );
}

// --- the phone ---

function chats() {
  const found = new Map();
  for (const line of state.lines) found.set(keyOf(line), { ...line, bubbles: [] });
  for (const bubble of state.bubbles.values()) {
    const key = keyOf(bubble);
    const address = bubble.direction === "in" ? bubble.from : bubble.to;
    if (!found.has(key)) found.set(
      key,
      {
        provider: bubble.provider,
        account: bubble.account,
        messenger: bubble.messenger,
        address,
        bubbles: [],
      },
    );
    found.get(key).bubbles.push(bubble);
  }
  const list = [...found.values()];
  for (const chat of list) chat.bubbles.sort((a, b) => stamp(a) - stamp(b) || a.seq - b.seq);
  const last = (chat) => (chat.bubbles.length ? stamp(chat.bubbles.at(-1)) : 0);
  return list.sort((a, b) => last(b) - last(a));
}

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
  const messengers = [...new Set(all.map((chat) => chat.messenger))];
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
          make("b", {}, pretty(chat.address)),
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
  const parts = [];
  const file = bubble.file;
  const isSafe = file && /^https?:\/\//i.test(file.url);
  if (bubble.quote) parts.push(quoted(bubble.quote));
  if (file && isSafe && bubble.kind === "image") {
    const image = make("img", { src: file.url, alt: file.name, loading: "lazy" });
    image.addEventListener(
      "error",
      () => image.replaceWith(card("image", file.name, t("photo"), file.url)),
    );
    image.addEventListener("load", keepDown);
    parts.push(image);
  } else if (file && isSafe && bubble.kind === "audio") parts.push(make(
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
    card("contact", bubble.extra.displayName || t("contact"), bubble.text)
  );
  else if (bubble.text && bubble.kind !== "location") parts.push(
    make("span", { class: "text" }, ...linked(bubble.text))
  );
  return parts;
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
  const author = original && original.direction === "out" ? t("you") : t("company");
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
    bubble.direction,
    isFirst && "first",
    isBad && "bad",
    state.fresh.has(bubble.seq) && "new",
    state.quote === bubble.id && "chosen",
  ];
  const attributes = { class: classes.filter(Boolean).join(" "), onclick: () => choose(bubble.id) };
  const element = make("div", attributes,
    ...content(bubble),
    make(
      "span",
      { class: "foot" },
      isBad && `${t("failed_mark")} · `,
      clock(stamp(bubble)),
      ticks(bubble),
    ),
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
  return element;
}

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
    talk.append(bubbleElement(bubble, bubble.direction !== lastSide || today !== lastDay));
    lastDay = today;
    lastSide = bubble.direction;
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
        make("b", {}, pretty(chat.address)),
        make(
          "small",
          {},
          `${t("company")} · ${MESSENGERS[chat.messenger] || chat.messenger} · ${chat.account}`,
        ),
      )),
    talk,
    compose(chat),
  ];
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
    if (event.key === "Escape" && state.quote) { state.quote = null; render(); }
  });
  const picker = make(
    "input",
    { type: "file", hidden: true, onchange: () => attach(chat, picker.files[0]) },
  );
  const quote = state.quote && [...state.bubbles.values()].find(
    (bubble) => bubble.id === state.quote
  );
  const sendText = (event) => {
    event.preventDefault();
    submit(chat, { text: area.value.trim() });
  };
  const form = make("form", { class: "compose", onsubmit: sendText },
    quote && make("div", { class: "reply" }, quoted({ id: quote.id, text: quote.text }),
      make(
        "button",
        {
          class: "icon",
          type: "button",
          "aria-label": t("cancel"),
          onclick: () => { state.quote = null; render(); },
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
          onclick: () => picker.click(),
        },
        drawing("", "0 0 24 24", "M12 5v14M5 12h14"),
      ),
      picker, area, button));
  queueMicrotask(fit);
  return form;
}

async function submit(chat, what) {
  if (!what.text && !what.file) return;
  const body = { messenger: chat.messenger, account: chat.account, from: phone, ...what };
  if (state.quote) body.quote = state.quote;
  await call("POST", "/twin/reply", body);
  state.quote = null;
  if (!what.file) state.draft[keyOf(chat)] = "";
  render();
  document.querySelector("textarea")?.focus();
}

async function attach(chat, file) {
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
  await submit(chat, { text, file: { url, name: file.name, mime: file.type } });
  state.draft[keyOf(chat)] = "";
  render();
}

// --- menu of a bubble ---

function openMenu(bubble, from) {
  closeMenu();
  const mark = (status) => async () => {
    closeMenu();
    await call("POST", "/twin/status", { id: bubble.id, status });
  };
  const item = (title, act, kind) => make("button", { class: kind, onclick: act }, title);
  const menu = make("div", { class: "menu", role: "menu" },
    make("small", {}, `${bubble.id} · ${bubble.status}`),
    item(t("answer"), () => { closeMenu(); state.quote = null; choose(bubble.id); }),
    bubble.text && item(
      t("copy"),
      () => { closeMenu(); navigator.clipboard?.writeText(bubble.text); },
    ),
    bubble.direction === "in" && item(t("delivered"), mark("delivered")),
    bubble.direction === "in" && item(t("read"), mark("read")),
    bubble.direction === "in" && item(t("failed"), mark("failed"), "danger"));
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

const closeMenu = () => document.querySelector(".menu")?.remove();
document.addEventListener(
  "click",
  (event) => { if (!event.target.closest(".menu, .more")) closeMenu(); },
);
document.addEventListener("keydown", (event) => { if (event.key === "Escape") closeMenu(); });

// --- beside the phone ---

function side() {
  const view = state.view;
  const put = (change) => call("PUT", `/twin/phones/${phone}`, change);
  const knob = (
    title,
    hint,
    isOn,
    act,
  ) => make("button",
  { class: "switch", role: "switch", "aria-checked": String(isOn), onclick: act },
    make("span", {}, title, make("small", {}, hint)), make(
      "span",
      { class: "knob", "aria-hidden": "true" },
    ));
  const used = [...new Set(state.lines.map((line) => line.messenger))];
  const has = (name) => view.messengers.includes(name);
  const toggle = (name) => {
    const others = view.messengers.filter((other) => other !== name);
    return put({ messengers: has(name) ? others : [...others, name] });
  };
  const other = new URLSearchParams({ lang: lang === "ru" ? "en" : "ru" });
  return make("aside", { class: "side" },
    make("section", { class: "panel" },
      make("h2", { class: "number" }, pretty(phone)),
      make("p", {}, view.name),
      make(
        "p",
        {},
        make("span", { class: state.lost ? "dot lost" : "dot" }),
        t(state.lost ? "lost" : "live"),
      )),
    make("section", { class: "panel" },
      knob(t("on"), t("on_hint"), view.on, () => put({ on: !view.on })),
      ...used.map(
        (name) => knob(
          t("account").replace("{m}", MESSENGERS[name]),
          t("account_hint"),
          has(name),
          () => toggle(name),
        )
      ),
      knob(t("auto"), t("auto_hint"), view.auto_read, () => put({ auto_read: !view.auto_read }))),
    make("p", { class: "panel" }, t("hint")),
    make(
      "nav",
      { class: "links" },
      make("a", { href: `/handset?lang=${lang}` }, t("other")),
      make("a", { href: `?${other}` }, lang === "ru" ? "English" : "Русский"),
    ));
}

function offScreen() {
  return make("div", { class: "off" }, make("div", {},
    drawing("", "0 0 24 24", "M12 3v9", "M6.3 6.8a8 8 0 1 0 11.4 0"),
    make("div", {}, t("off")),
    make(
      "button",
      { onclick: () => call("PUT", `/twin/phones/${phone}`, { on: true }) },
      t("turn_on"),
    )));
}

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
  const isTyping = document.activeElement?.tagName === "TEXTAREA";
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
    const area = document.querySelector("textarea");
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
  state.chat = decodeURIComponent(location.hash.slice(1)) || null;
  state.quote = null;
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
    if (change.lines) {
      state.bubbles.clear();
      state.lines = change.lines;
    }
    if (change.phone) state.view = change.phone;
    for (const bubble of change.bubbles) {
      if (!change.lines && !state.bubbles.has(bubble.seq)) state.fresh.add(bubble.seq);
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

// --- the list of phones ---

async function phones() {
  const known = await call("GET", "/twin/phones");
  const input = make(
    "input",
    { type: "tel", placeholder: "+7 900 123-45-67", "aria-label": t("number"), autofocus: true },
  );
  const open = (event) => {
    event.preventDefault();
    const digits = input.value.replace(/\D/g, "").replace(/^8(\d{10})$/, "7$1");
    if (digits.length < 5 || digits.length > 20) return toast(t("wrong"));
    location.href = `/handset/${digits}?lang=${lang}`;
  };
  const rows = known.map((item) => make("a", { href: `/handset/${item.phone}?lang=${lang}` },
    face(item.phone),
    make("span", {},
      make("b", { class: "number" }, pretty(item.phone)),
      make("small", {}, item.name)),
    make("small", {}, item.on ? counted(item.bubbles) : t("is_off"))));
  const other = lang === "ru" ? "en" : "ru";
  desk.replaceChildren(make("section", { class: "list" },
    make("h1", {}, t("phones")),
    make("p", {}, t("phones_hint")),
    make("form", { onsubmit: open }, input, make("button", {}, t("open"))),
    make(
      "div",
      { class: "panel" },
      ...(rows.length ? rows : [make("p", { class: "nothing" }, t("none"))]),
    ),
    make(
      "nav",
      { class: "links" },
      make("span"),
      make("a", { href: `?lang=${other}` }, other === "ru" ? "Русский" : "English"),
    )));
}

document.documentElement.lang = lang;
document.title = phone ? pretty(phone) : t("phones");
if (phone) {
  state.chat = decodeURIComponent(location.hash.slice(1)) || null;
  listen();
} else {
  phones();
}
