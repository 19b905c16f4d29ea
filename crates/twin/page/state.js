// What the page knows: the phone it shows, its bubbles, and what its owner is doing.

export const MESSENGERS = { whatsapp: "WhatsApp", telegram: "Telegram", max: "MAX", vk: "VK" };

export const phone = decodeURIComponent(location.pathname.split("/")[2] || "").replace(/\D/g, "");

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
