//! The adapters: one file per provider, translating between our values and its bytes.
//!
//! **Is:** what each provider's documents say, and nothing else. An adapter is pure: the same
//! arguments give the same bytes.
//!
//! **Is not:** I/O, retries, pacing, state. Those are the workers' and the engine's.
//!
//! To add one: a private module and a line in [`all`]; forgetting the line is a warning that fails
//! the build. Start with [`green_api`].

mod bold;
mod chat_api;
mod date;
mod green_api;
mod group;
mod json;
mod max;
mod telegram;
mod twilio;
mod vk;
mod wappi;
mod wazzup;
mod whatsapp_cloud;

use vestnik_provider::Provider;

/// Every provider we know, in the order they are shown.
#[must_use]
pub fn all() -> &'static [&'static dyn Provider] {
    ALL
}

static ALL: &[&dyn Provider] = &[
    &green_api::PROVIDER,
    &whatsapp_cloud::PROVIDER,
    &twilio::PROVIDER,
    &telegram::PROVIDER,
    &vk::PROVIDER,
    &max::PROVIDER,
    &wazzup::PROVIDER,
    &wappi::PROVIDER,
    &chat_api::PROVIDER,
];

/// A provider by its stable code.
#[must_use]
pub fn find(code: &str) -> Option<&'static dyn Provider> {
    all().iter().copied().find(|p| p.descriptor().code == code)
}

#[cfg(test)]
mod tests;
