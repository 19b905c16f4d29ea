//! Behaviour of the twin, seen from outside. All but `socket` run the pure core on a made-up clock.

mod bench;
mod control;
mod customer;
mod faults;
mod polling;
mod refusals;
mod sending;
mod socket;
mod twilio;
mod webhooks;
mod whatsapp_cloud;
