// What the page knows: the phone it shows, its bubbles, and what its owner is doing.

export const MESSENGERS = { whatsapp: "WhatsApp", telegram: "Telegram", max: "MAX", vk: "VK" };

// What a piece of an address says; as it stands, where its escapes are none.
export function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// A number however it is written; "" if it is none.
export function numberOf(text) {
  const digits = text.replace(/\D/g, "").replace(/^8(\d{10})$/, "7$1");
  return digits.length < 5 || digits.length > 20 ? "" : digits;
}

const asked = decoded(location.pathname.split("/")[2] || "");

export const phone = numberOf(asked);
export const isWrong = asked !== "" && phone === "";

export const state = {
  view: null,
  bubbles: new Map(),
  lines: [],
  groups: [],
  editing: null,
  chat: null,
  tab: "",
  quote: null,
  draft: {},
  lost: false,
  fresh: new Set(),
};
