//! The send queue: first in, first out, with the set gap between two messages.

use super::{
    instance::{Instance, OwnDeed, State, Waiting},
    magic::Fate,
    notice,
};
use crate::{bubble::Status, stage::Stage};

/// Plans the next send, if the queue and the state allow one.
pub(super) fn plan(stage: &mut Stage, instance: &mut Instance) {
    let is_open = matches!(instance.state, State::Authorized | State::Blocked);
    if !is_open || instance.is_planned || instance.queue.is_empty() {
        return;
    }
    instance.is_planned = true;
    let at = instance.not_before.max(stage.clock.tick());
    stage.agenda.plan(at, instance.key.clone(), OwnDeed::SendNext.deed());
}

/// Sends the first message of the queue.
pub(super) fn send_next(stage: &mut Stage, instance: &mut Instance) {
    instance.is_planned = false;
    if !matches!(instance.state, State::Authorized | State::Blocked) {
        return;
    }
    let now = stage.clock.tick();
    while instance.queue.front().is_some_and(|waiting| waiting.expires <= now) {
        instance.queue.pop_front();
    }
    if let Some(waiting) = instance.queue.pop_front() {
        send(stage, instance, &waiting);
        instance.not_before = now.plus(instance.settings.delay_ms());
    }
    plan(stage, instance);
}

fn send(stage: &mut Stage, instance: &mut Instance, waiting: &Waiting) {
    let seq = waiting.seq;
    let Some(bubble) = stage.bubbles.get(seq) else { return };
    let phone = bubble.phone.clone();
    let is_member = bubble.group.is_some();
    let is_group = waiting.is_group;
    instance.note(seq);
    notice::echo(stage, instance, seq);
    if instance.state == State::Blocked {
        return settle(stage, instance, seq, Status::Failed, "instance account is blocked");
    }
    match Fate::of(&phone) {
        Fate::Silent => {}
        Fate::SentOnly => settle(stage, instance, seq, Status::Sent, ""),
        Fate::Failed => settle(stage, instance, seq, Status::Failed, "message could not be sent"),
        Fate::YellowCard => {
            settle(stage, instance, seq, Status::YellowCard, "sending is suspended");
        }
        Fate::NoAccount => settle(stage, instance, seq, Status::NoAccount, ""),
        Fate::Ordinary if is_group && !is_member => {
            settle(stage, instance, seq, Status::NotInGroup, "");
        }
        Fate::Ordinary if !is_group && !stage.phones.has(&phone, instance.messenger) => {
            settle(stage, instance, seq, Status::NoAccount, "");
        }
        Fate::Ordinary => {
            settle(stage, instance, seq, Status::Sent, "");
            // A message to oneself never gets further.
            if phone != instance.phone {
                stage.hand_over(seq);
            }
        }
    }
}

fn settle(stage: &mut Stage, instance: &mut Instance, seq: u64, status: Status, description: &str) {
    // Set by hand while it waited: that word stands.
    if stage.bubbles.get(seq).is_some_and(|bubble| bubble.status == Status::Queued) {
        stage.reach(seq, status, description);
        notice::status(stage, instance, seq);
    }
}
