//! The program as its users meet it: started, called over HTTP, killed, started again.
//!
//! **Is:** the real executable with real sockets, threads and files, on loopback. Everything is seen
//! from outside: answers, the phones of the twin, exit codes, what lies in the data folder.
//!
//! **Is not:** a test of details; those are tested where they live. Nothing waits for a fixed time:
//! what has to come is looked for until a deadline.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

mod accounts;
mod api;
mod cascade;
mod data_folder;
mod demo;
mod hook;
mod hook_account;
mod hook_managed;
mod hook_page;
mod hooks;
mod http;
mod install;
mod kill;
mod output;
mod partner;
mod program;
mod providers;
mod refusals;
mod secrets;
mod set_up;
