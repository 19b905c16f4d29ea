// The list of phones that were spoken of.

import { call, counted, face, make, pretty, toast } from "./element.js";
import { isWrong, numberOf } from "./state.js";
import { lang, t } from "./texts.js";

export async function phones(desk) {
  const known = await call("GET", "/twin/phones");
  const input = make(
    "input",
    { type: "tel", placeholder: "+7 900 123-45-67", "aria-label": t("number"), autofocus: true },
  );
  const open = (event) => {
    event.preventDefault();
    const digits = numberOf(input.value);
    if (!digits) return toast(t("wrong"));
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
    isWrong && make("p", { role: "alert" }, make("b", {}, t("wrong"))),
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
