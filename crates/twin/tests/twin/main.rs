//! Behaviour of the twin, seen from outside. All but `socket` run the pure core on a made-up clock.

mod bench;
mod chat_api;
mod control;
mod customer;
mod faults;
mod form;
mod max;
mod polling;
mod refusals;
mod sending;
mod socket;
mod telegram;
mod twilio;
mod v3;
mod vk;
mod wappi;
mod wazzup;
mod webhooks;
mod whatsapp_cloud;
