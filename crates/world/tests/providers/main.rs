//! Each adapter against the persona of its provider, without sockets: what both understood of the
//! documents, each by itself, has to fit together.

mod max;
mod play;
mod telegram;
mod twilio;
mod vk;
mod wappi;
mod wazzup;
mod whatsapp_cloud;
