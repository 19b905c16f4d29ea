// The list of phones that were spoken of.

import { call, counted, face, make, pretty, toast } from "./element.js";
import { lang, t } from "./texts.js";

export async function phones(desk) {
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
