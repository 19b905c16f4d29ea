//! The send queue: first in, first out, `sendDelay` apart, while the instance is connected.

use super::{
    instance::{Instance, OwnDeed, State, Waiting},
    magic::Fate,
    notice,
};
use crate::{bubble::Status, stage::Stage};

/// Plans the next send, if the queue and the state allow one.
pub(super) fn plan(stage: &mut Stage, instance: &mut Instance) {
    let is_open = instance.state == State::Authenticated;
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
    if instance.state != State::Authenticated {
        return;
    }
    if let Some(waiting) = instance.queue.pop_front() {
        send(stage, instance, &waiting);
        instance.not_before = stage.clock.tick().plus(instance.settings.delay_ms());
    }
    plan(stage, instance);
}

fn send(stage: &mut Stage, instance: &mut Instance, waiting: &Waiting) {
    let seq = waiting.seq;
    let Some(bubble) = stage.bubbles.get(seq) else { return };
    let (phone, is_group) = (bubble.phone.clone(), bubble.group.is_some());
    notice::echo(stage, instance, seq);
    // Of a number that is not in the messenger nothing is told.
    let is_there = is_group || stage.phones.has(&phone, super::MESSENGER);
    let fate = if is_there { Fate::of(&phone) } else { Fate::Silent };
    if fate == Fate::Silent {
        return;
    }
    // Set by hand while it waited: that word stands.
    if stage.bubbles.get(seq).is_some_and(|bubble| bubble.status == Status::Queued) {
        stage.reach(seq, Status::Sent, "");
        notice::ack(stage, instance, seq);
    }
    if fate == Fate::Ordinary && phone != instance.phone {
        stage.hand_over(seq);
    }
}
