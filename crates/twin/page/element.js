// What the page is made of: elements, drawings, calls, times and numbers.
// Everything that came from outside goes through textContent; no HTML is ever parsed here.

import { lang, t } from "./texts.js";

const COLOURS = ["#c2571a", "#0d8a72", "#3a6fd8", "#8a4fc7", "#b93a6c", "#4d7a1f", "#0b7fa3"];

export function make(name, attributes = {}, ...children) {
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

export function drawing(kind, box, ...paths) {
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

export async function call(method, path, body) {
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
export function toast(text) {
  const box = document.getElementById("toast");
  box.textContent = text;
  box.classList.add("on");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => box.classList.remove("on"), 4000);
}

export const clock = (ms) => new Date(ms).toLocaleTimeString(
  lang,
  { hour: "2-digit", minute: "2-digit", hour12: false },
);

export function day(ms) {
  const date = new Date(ms);
  const days = Math.round(
    (new Date().setHours(0, 0, 0, 0) - new Date(ms).setHours(0, 0, 0, 0)) / 86400000
  );
  if (days === 0) return t("today");
  if (days === 1) return t("yesterday");
  return date.toLocaleDateString(lang, { day: "numeric", month: "long", year: "numeric" });
}

export function counted(count) {
  const forms = {
    en: { one: "message", other: "messages" },
    ru: { one: "сообщение", few: "сообщения", many: "сообщений" },
  }[lang];
  return `${count} ${forms[new Intl.PluralRules(lang).select(count)] || forms.other || forms.many}`;
}

export function pretty(number) {
  const match = /^(7)(\d{3})(\d{3})(\d{2})(\d{2})$/.exec(number);
  return match ? `+${match[1]} ${match[2]} ${match[3]}-${match[4]}-${match[5]}` : `+${number}`;
}

export const stamp = (bubble) => bubble.at.delivered || bubble.at.queued;
const colour = (text) => COLOURS[
  [...text].reduce((sum, c) => (sum * 31 + c.codePointAt(0)) >>> 0, 7) % COLOURS.length
];

export function face(text, messenger) {
  const element = make(
    "span",
    { class: "face", "data-messenger": messenger, "aria-hidden": "true" },
    text.replace(/\D/g, "").slice(-2) || (/\p{L}/u.exec(text) || ["?"])[0].toUpperCase(),
  );
  element.style.background = colour(text);
  return element;
}

export const SIGNS = {
  image: ["M4 5h16v14H4z", "M4 16l5-5 4 4 3-3 4 4", "M15 9h.01"],
  document: ["M7 3h7l4 4v14H7z", "M14 3v4h4", "M10 12h5M10 16h5"],
  location: [
    "M12 21s7-6.3 7-11a7 7 0 1 0-14 0c0 4.7 7 11 7 11z",
    "M12 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  ],
  audio: ["M9 18V6l10-2v12", "M9 18a3 2.4 0 1 1-6 0 3 2.4 0 0 1 6 0z", "M19 16a3 2.4 0 1 1-6 0 3 2.4 0 0 1 6 0z"],
  contact: ["M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z", "M4 21c0-4 3.6-6 8-6s8 2 8 6"],
};

export function ticks(bubble) {
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
