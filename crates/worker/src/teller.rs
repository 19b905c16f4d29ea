//! The teller: tells partners what customers wrote to their senders (MO).
//!
//! Lane by lane: what goes to one address goes in order, one at a time, and waits for what failed
//! before it; a slow address never holds up another.

use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use vestnik_app::{
    Hub,
    hub::MoFacts,
    incoming::{self, WithFiles},
    setup::PartnerSetup,
};
use vestnik_engine::retry::report_pause;
use vestnik_model::{
    file::FileKind,
    id::{LaneId, id_time},
    limits::{DETAIL_BYTES_MAX, REPORT_TIMEOUT, clip},
    time::Millis,
};
use vestnik_provider::wire::Request;
use vestnik_store::{
    StoreError,
    attachment::AttachmentState,
    mo::{self, MoState, OwedMo},
};

/// Longest sleep without anything to do.
const IDLE: Duration = Duration::from_secs(2);
/// Addresses told at once.
const LANES_AT_ONCE: i64 = 64;
/// Told to one address in one turn.
const LOOK: i64 = 64;
/// How long a picture is waited for, so that its address can be told with it.
const FILE_PATIENCE: Millis = Millis::seconds(30);

/// Runs until the stop.
pub async fn run(hub: Arc<Hub>, stop: CancellationToken) {
    let mut lanes: JoinSet<LaneId> = JoinSet::new();
    let mut busy: BTreeSet<LaneId> = BTreeSet::new();
    loop {
        let now = hub.now();
        match hub.read(move |tx| mo::lanes(tx, LANES_AT_ONCE)).await {
            Ok(due) => {
                for (lane, _) in due.into_iter().filter(|(_, at)| *at <= now) {
                    if busy.insert(lane) {
                        lanes.spawn(tell_lane(Arc::clone(&hub), lane, stop.clone()));
                    }
                }
            }
            Err(error) => tracing::error!(%error, "what is to be told could not be read"),
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = hub.arrivals.tellings.heard() => {}
            Some(ended) = lanes.join_next(), if !lanes.is_empty() => match ended {
                Ok(lane) => { busy.remove(&lane); }
                Err(error) => {
                    tracing::error!(%error, "a telling broke off by a fault of ours");
                    // Which lane it was is lost with it: all that still run stay busy.
                    busy.clear();
                    lanes.abort_all();
                }
            },
            () = tokio::time::sleep(IDLE) => {}
        }
    }
    while lanes.join_next().await.is_some() {}
}

/// Tells one address what is due, in order, until something has to wait.
async fn tell_lane(hub: Arc<Hub>, lane: LaneId, stop: CancellationToken) -> LaneId {
    while !stop.is_cancelled() {
        let owed = match hub.read(move |tx| mo::of_lane(tx, lane, LOOK)).await {
            Ok(owed) if !owed.is_empty() => owed,
            Ok(_) => return lane,
            Err(error) => {
                tracing::error!(lane.id = lane.0, %error, "what is to be told could not be read");
                rest(&stop).await;
                return lane;
            }
        };
        for one in owed {
            match tell(&hub, &one).await {
                Ok(true) if !stop.is_cancelled() => {}
                Ok(_) => return lane,
                Err(error) => {
                    tracing::error!(incoming.id = one.incoming.0, %error, "a telling was not noted");
                    rest(&stop).await;
                    return lane;
                }
            }
        }
    }
    lane
}

/// The disk is in trouble: what was told and could not be noted is not told again at once.
async fn rest(stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(IDLE) => {}
    }
}

/// Tells one message. Whether the next one may go.
async fn tell(hub: &Arc<Hub>, one: &OwedMo) -> Result<bool, StoreError> {
    let now = hub.now();
    if one.due_at > now {
        return Ok(false);
    }
    let setup = hub.setup();
    let partner = setup.partner_by_id(one.partner).cloned();
    let url = partner.as_ref().and_then(|p| p.partner.settings.mo_url.clone());
    let (Some(partner), Some(url)) = (partner, url) else {
        return note(hub, one, MoState::Done, now, "nobody wants to know any more").await;
    };
    let id = one.incoming;
    let found = incoming::get(hub, partner.partner.workspace, id).await?;
    let Some(found) = found else {
        return note(hub, one, MoState::Done, now, "the message is not kept any more").await;
    };
    let age = now - id_time(id.0);
    if age < FILE_PATIENCE && found.files.iter().any(|f| f.state == AttachmentState::Waiting) {
        let at = now + Millis::seconds(1);
        let one = one.clone();
        hub.work(move |tx, _| mo::wait(tx, &one, at)).await?;
        return Ok(false);
    }
    let body = body(hub, &partner, &found);
    let request = Request::post_json("mo", url, body, REPORT_TIMEOUT);
    let (is_taken, answer) = match hub.transport.call_untrusted(request).await {
        Ok(reply) => ((200..300).contains(&reply.status), format!("HTTP {}", reply.status)),
        Err(trouble) => (false, trouble.detail().to_owned()),
    };
    let kind = if is_taken { "taken" } else { "failed" };
    metrics::counter!("vestnik_mo_total", "result" => kind).increment(1);
    let pause = report_pause(one.attempts.saturating_add(1), age, hub.chance.jitter());
    let now = hub.now();
    let (state, due_at) = match (is_taken, pause) {
        (true, _) => (MoState::Done, now),
        (false, Some(pause)) => (MoState::Due, now + pause),
        (false, None) => (MoState::Exhausted, now),
    };
    note(hub, one, state, due_at, clip(&answer, DETAIL_BYTES_MAX)).await
}

fn body(hub: &Hub, partner: &PartnerSetup, found: &WithFiles) -> Vec<u8> {
    let account = found.stored.account;
    let setup = hub.setup();
    let sender = partner
        .senders
        .iter()
        .find(|(_, accounts)| accounts.iter().any(|sender| sender.account == account));
    let picture = found
        .files
        .iter()
        .find(|file| FileKind::of_mime(&file.mime) == FileKind::Image && file.hash.is_some());
    let media_url = picture.zip(hub.public_url.as_ref()).and_then(|(file, public)| {
        let path = hub.files.path(file.hash?, &file.name, hub.now());
        Some(format!("{public}{path}"))
    });
    let messenger = setup.account(account).map(|a| a.account.messenger);
    hub.renderer.render_mo(&MoFacts {
        stored: &found.stored,
        messenger: messenger.unwrap_or(vestnik_model::messenger::Messenger::Whatsapp),
        sender: sender.map_or("", |((_, name), _)| name.as_str()),
        media_url,
    })
}

async fn note(
    hub: &Hub,
    one: &OwedMo,
    state: MoState,
    due_at: vestnik_model::time::Timestamp,
    answer: &str,
) -> Result<bool, StoreError> {
    let (one, answer) = (one.clone(), answer.to_owned());
    hub.work(move |tx, _| mo::told(tx, &one, state, due_at, &answer)).await?;
    Ok(state != MoState::Due)
}
