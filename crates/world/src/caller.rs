//! The partner: asks, hangs up, asks again under the same id, and remembers every answer.

use crate::{
    clock::{BEGIN, BEGIN_LOCAL_S, pause, span},
    life::lock,
    script::{Address, CallScript, Script},
    sink::{OF_CALL, UNUSABLE},
    world::{Process, Purpose, World},
};
use std::sync::Arc;
use vestnik_app::{
    send::{self, Asker, Request, RequestLink, Schedule, Sent},
    setup::PartnerSetup,
};
use vestnik_engine::window::Weekdays;
use vestnik_model::{
    id::{MessageId, hash64},
    messenger::Messenger,
    phone::Phone,
    time::Millis,
};
use vestnik_store::{StoreError, message};

/// The partner's login.
pub const LOGIN: &str = "partner";
/// Its sender name.
pub const SENDER: &str = "SENDER";

/// How one try ended, for the partner.
enum Heard {
    /// With an answer.
    Answer,
    /// With nothing: hung up, refused, cut, or the hub could not.
    Nothing,
}

/// Asks for one message until there is an answer; perhaps once more after it.
pub async fn ask(world: Arc<World>, call: usize) {
    let script = world.script.calls[call].clone();
    pause(script.at_ms).await;
    insist(&world, call, &script, false).await;
    if let Some(later) = script.again_after_ms {
        pause(later).await;
        insist(&world, call, &script, script.again_differs).await;
    }
    lock(&world.witness).answered += 1;
}

async fn insist(world: &Arc<World>, call: usize, script: &CallScript, differs: bool) {
    loop {
        let mut tries = tokio::task::JoinSet::new();
        for _ in 0..script.at_once.max(1) {
            tries.spawn(once(Arc::clone(world), call, differs));
        }
        let mut is_answered = false;
        while let Some(heard) = tries.join_next().await {
            if let Ok(Heard::Answer) = heard {
                is_answered = true;
            }
        }
        if is_answered {
            return;
        }
        pause(world.roll(Purpose::Caller, |dice| dice.ms(200, 8_000))).await;
    }
}

async fn once(world: Arc<World>, call: usize, differs: bool) -> Heard {
    let _busy = world.busy();
    let weather = &world.script.weather;
    let Some(process) = world.process() else { return Heard::Nothing };
    let setup = process.hub.setup();
    let Some(partner) = setup.partner(LOGIN).cloned() else { return Heard::Nothing };
    let Some(request) = request(&world.script, &process, &partner, call, differs) else {
        world.blame(&format!("no sender for {}", CallScript::reference(call)));
        return Heard::Nothing;
    };
    let patience = if world.strikes(Purpose::Caller, weather.caller_gone, "partner hung up") {
        world.roll(Purpose::Caller, |dice| dice.ms(0, 20))
    } else {
        10_000
    };
    let asker = Asker::partner(&partner);
    let (reference, body_hash) =
        (request.partner_ref.clone().unwrap_or_default(), request.body_hash);
    let sent = async {
        tokio::join! {
            biased;
            send::send(&process.hub, &asker, request),
            on_its_heels(&world, &process, &asker, &reference, body_hash),
        }
    };
    let sent = tokio::time::timeout(span(patience), sent).await;
    let Ok((sent, first)) = sent else { return Heard::Nothing };
    if let (Sent::Accepted(id), Some(Ok(first))) = (&sent, first)
        && first != Some(*id)
    {
        world.blame(&format!("{reference}: accepted as {id}, and a repeat was told {first:?}"));
    }
    if process.life.is_dead() || sent == Sent::Unavailable {
        return Heard::Nothing;
    }
    // What was said is a promise, whether it is heard or not.
    promised(&world, call, &sent);
    if world.strikes(Purpose::Caller, weather.answer_lost, "answer to partner lost") {
        return Heard::Nothing;
    }
    Heard::Answer
}

/// A repeat while its call is on its way to the disk, one that would be refused by itself: what was the
/// first answer?
async fn on_its_heels(
    world: &World,
    process: &Process,
    asker: &Asker,
    reference: &str,
    body_hash: u64,
) -> Option<Result<Option<MessageId>, StoreError>> {
    if !world.roll(Purpose::Caller, |dice| dice.chance(200)) {
        return None;
    }
    Some(send::first_answer(&process.hub, asker, reference, body_hash).await)
}

fn promised(world: &World, call: usize, sent: &Sent) {
    let reference = CallScript::reference(call);
    match sent {
        Sent::Accepted(id) => {
            if !world.disk.look(|tx| message::load(tx, &[*id]).is_ok_and(|found| found.len() == 1))
            {
                world.blame(&format!("{reference}: accepted as {id} and not on disk"));
            }
            let known = lock(&world.witness).accepted.insert(call, *id);
            if let Some(first) = known.filter(|first| first != id) {
                world.blame(&format!("{reference}: accepted as {first} and as {id}"));
            }
        }
        Sent::DeadlinePassed => {}
        Sent::Duplicate
        | Sent::Differs(_)
        | Sent::BadContent(_)
        | Sent::BadSchedule(_)
        | Sent::Unavailable
        | Sent::Fault => {
            world.blame(&format!("{reference}: answered {sent:?}"));
        }
    }
}

/// The call as the door makes it out of the partner's bytes.
fn request(
    script: &Script,
    process: &Process,
    partner: &PartnerSetup,
    call: usize,
    differs: bool,
) -> Option<Request> {
    let asked = script.calls.get(call)?;
    let wanted: Vec<_> = asked.links.iter().map(|_| (Messenger::Whatsapp, Some(SENDER))).collect();
    let senders = send::senders(&process.hub.setup(), partner, &wanted).ok()?;
    let links =
        asked.links.iter().enumerate().zip(senders).map(|((i, link), sender)| RequestLink {
            messenger: Messenger::Whatsapp,
            sender,
            content: asked.content(call, i),
            quote: None,
            ttl: Millis(link.ttl_ms),
            until: link.until,
        });
    let reference = CallScript::reference(call);
    let body_hash = hash64(format!("{reference} {differs}").as_bytes());
    Some(Request {
        recipient: Phone::parse(&script.phones.get(asked.phone)?.number.to_string())?.into(),
        partner_ref: Some(reference),
        links: links.collect(),
        schedule: asked.window_s.map(|(opens, closes)| schedule(opens, closes)),
        deadline: asked.deadline_ms.map(|ms| BEGIN + Millis(ms)),
        reports: asked.reports,
        notify_url: match asked.address {
            Address::Own => None,
            Address::Call => Some(OF_CALL.to_owned()),
            Address::Unusable => Some(UNUSABLE.to_owned()),
        },
        extra: Vec::new(),
        body_hash,
    })
}

fn schedule(opens: i64, closes: i64) -> Schedule {
    let second = |s: i64| u32::try_from((BEGIN_LOCAL_S + s).rem_euclid(86_400)).ok();
    Schedule {
        begin_s: second(opens),
        end_s: second(closes),
        days: Weekdays::EVERY_DAY,
        by_recipient: false,
    }
}

/// The message that a call was accepted as.
#[must_use]
pub fn accepted_as(world: &World, call: usize) -> Option<MessageId> {
    lock(&world.witness).accepted.get(&call).copied()
}
