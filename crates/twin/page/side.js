// Beside the phone: who it is, and its switches.

import { call, drawing, make, pretty } from "./element.js";
import { MESSENGERS, phone, state } from "./state.js";
import { lang, t } from "./texts.js";

export function side() {
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
  const used = Object.keys(MESSENGERS).filter(
    (name) => state.lines.some((line) => line.messenger === name)
  );
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
        (name, place) => knob(
          t("account").replace("{m}", MESSENGERS[name]),
          place ? "" : t("account_hint"),
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

export function offScreen() {
  return make("div", { class: "off" }, make("div", {},
    drawing("", "0 0 24 24", "M12 3v9", "M6.3 6.8a8 8 0 1 0 11.4 0"),
    make("div", {}, t("off")),
    make(
      "button",
      { onclick: () => call("PUT", `/twin/phones/${phone}`, { on: true }) },
      t("turn_on"),
    )));
}
