//! Hooks: event sources call, and what they tell becomes messages.
//!
//! A call is on disk before it is answered ([`arrive`]) and worked on afterwards ([`call`]). What a
//! hook's address says is tried at the provider without sending anything ([`verify`]). Credentials
//! in an address become an account once their provider has accepted them ([`account`]); hooks may
//! also be managed here ([`managed`]).

pub mod account;
pub mod call;
pub mod managed;
mod presence;
pub mod verify;

use crate::hub::Hub;
use std::sync::Arc;
use vestnik_hooks::{
    layout::Links,
    query::{Query, QueryError},
    url_hook::{Allowed, Checked, Kind, check},
};
use vestnik_model::id::{CallId, HookId, WorkspaceId};
use vestnik_store::{
    StoreError,
    hook_call::{self, CallState, HookCall},
};

/// The door of hooks that are managed here, as a call's row names it.
pub const MANAGED_DOOR: &str = "hook";

/// Calls that wait to be worked on, at most: whoever comes then is told to come again.
const WAITING_MAX: i64 = 10_000;

/// What hooks may do in this installation.
#[derive(Debug, Clone, Default)]
pub struct HookSettings {
    /// Whose hooks are those whose address says everything; `None` = they are switched off.
    pub url_workspace: Option<WorkspaceId>,
    /// Hosts that their addresses may name, as patterns.
    pub hosts: Vec<String>,
    /// The pages that messages link to.
    pub links: Links,
    /// Whether mails hide the middle of a recipient's number.
    pub masks_recipients: bool,
    /// Where owners get help: shown beside errors.
    pub support: Option<String>,
}

impl HookSettings {
    /// A number as mails and lists show it.
    #[must_use]
    pub fn shown(&self, recipient: &str) -> String {
        match self.masks_recipients {
            true => vestnik_hooks::mail::mask(recipient),
            false => recipient.to_owned(),
        }
    }
}

/// A call as its door took it.
#[derive(Debug, Clone)]
pub struct Arriving {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The managed hook it came to.
    pub hook: Option<HookId>,
    /// The last part of its path.
    pub door: &'static str,
    /// Its query, as it came; kept sealed.
    pub query: Vec<u8>,
    /// Its body.
    pub body: Vec<u8>,
    /// The call it plays again.
    pub replay_of: Option<CallId>,
}

/// Writes a call down. When this returns, it is on disk and will be worked on.
///
/// # Errors
/// See [`StoreError`]; [`StoreError::Busy`] if too many wait already.
pub async fn arrive(hub: &Arc<Hub>, arriving: Arriving) -> Result<CallId, StoreError> {
    let id = CallId(hub.id());
    let sealed = match arriving.query.is_empty() {
        true => None,
        false => {
            let query = String::from_utf8_lossy(&arriving.query);
            Some(hub.sealer().seal(&query).map_err(|_| StoreError::Closed)?)
        }
    };
    let row = HookCall {
        id,
        workspace: arriving.workspace,
        hook: arriving.hook,
        door: arriving.door.to_owned(),
        sealed,
        body: arriving.body,
        state: CallState::New,
        due_at: hub.now(),
        attempts: 0,
        replay_of: arriving.replay_of,
        outcome: String::new(),
    };
    queue(hub, row).await?;
    metrics::counter!("vestnik_hook_calls_total", "door" => arriving.door).increment(1);
    Ok(id)
}

async fn queue(hub: &Arc<Hub>, row: HookCall) -> Result<(), StoreError> {
    if hub.read(|tx| hook_call::waiting(tx, WAITING_MAX)).await? >= WAITING_MAX {
        return Err(StoreError::Busy);
    }
    hub.work(move |tx, _| hook_call::add(tx, &row)).await?;
    hub.arrivals.calls.ring();
    Ok(())
}

/// Plays a call again, by what its hook says now. What it told before is told again.
///
/// # Errors
/// See [`StoreError`]; [`StoreError::Busy`] if too many wait already.
pub async fn replay(hub: &Arc<Hub>, call: HookCall) -> Result<CallId, StoreError> {
    let id = CallId(hub.id());
    let row = HookCall {
        id,
        state: CallState::New,
        due_at: hub.now(),
        attempts: 0,
        // The first call of a chain of repeats is what all of them repeat.
        replay_of: Some(call.replay_of.filter(|first| first.0 > 0).unwrap_or(call.id)),
        outcome: String::new(),
        ..call
    };
    queue(hub, row).await?;
    Ok(id)
}

/// Reads what a hook's address says, by the rules of this installation.
///
/// # Errors
/// [`QueryError`] if it is longer than allowed.
pub fn read_address(hub: &Hub, kind: Kind, query: &[u8]) -> Result<Checked, QueryError> {
    let query = Query::parse(query)?;
    let allowed = Allowed { hosts: &hub.hooks.hosts, links: hub.hooks.links.clone() };
    Ok(check(kind, &query, &allowed))
}

/// The doors whose calls hold everything in their address, by the name in a call's row.
#[must_use]
pub fn door_of(kind: Kind) -> &'static str {
    kind.segment()
}
