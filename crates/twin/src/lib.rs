//! The twin: a faithful simulator of every provider that the hub talks to, with a *handset*, a
//! phone in the browser on which one reads what a customer got and answers as the customer.
//!
//! It is *not* a test double of our adapters: it is written from the providers' documents, depends
//! on no other crate of this workspace and shares no code with them, or it would share their
//! mistakes. Its core has no sockets, no clock and no randomness of its own: it is told the time
//! and the requests, so a simulated world can drive it and one seed gives one history.
//!
//! Start reading at [`Twin`] (the core), then [`persona::Persona`] (what a provider has to do) and
//! [`green_api`] (one that does it). [`server`] is the thin shell with sockets and real time.
//!
//! ```text
//! request ──▶ Twin::request ──▶ persona ──▶ Stage: bubbles, plan, webhook queues
//! due, time ─▶ Twin::turn ────▶ deeds of the plan ──▶ webhooks to post
//! outcome ───▶ Twin::posted ──▶ the same webhook again, or the next one
//! ```
//!
//! What a control request can do is listed in `README.md` beside this crate's manifest.

pub mod account;
pub mod agenda;
pub mod bubble;
pub mod chat_api;
pub mod clock;
pub mod config;
pub mod contact;
pub mod content;
mod control;
mod customer;
pub mod date;
pub mod door;
pub mod fault;
pub mod files;
pub mod form;
pub mod green_api;
pub mod group;
mod handset;
pub mod identity;
pub mod kept;
pub mod limits;
pub mod mail;
pub mod max;
pub mod persona;
pub mod phone;
pub mod random;
pub mod rate;
pub mod server;
pub mod signature;
pub mod sink;
pub mod smtp;
pub mod stage;
pub mod telegram;
pub mod twilio;
mod twin;
pub mod vk;
pub mod wappi;
pub mod wazzup;
pub mod webhook;
pub mod whatsapp_cloud;
pub mod wire;

pub use config::{
    ChatApiAccount, Config, GreenApiAccount, MaxAccount, TelegramAccount, TwilioAccount, VkAccount,
    WazzupAccount, WhatsappCloudAccount,
};
pub use server::{Shared, run, serve};
pub use twin::Twin;
pub use webhook::HookAnswer;
pub use wire::{Behaviour, Cut, Outgoing, WireRequest, WireResponse};
