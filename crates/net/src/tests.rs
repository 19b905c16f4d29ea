//! The client against real sockets of this machine.

mod exchange;
mod guarded;
mod server;
mod trust;
