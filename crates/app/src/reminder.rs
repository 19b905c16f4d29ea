//! Reminders: set when a booking is told of, moved when it moves, dropped when it is called off,
//! told when their time has come.

use crate::{
    hook::{
        call,
        managed::{self, Managed},
    },
    hub::Hub,
};
use std::sync::Arc;
use vestnik_hooks::{
    event::{Event, Participant},
    rule::{Edge, Rule, When, is_called_off, is_case_called_off},
};
use vestnik_model::{
    id::{CallId, hash64},
    time::{Millis, Timestamp},
};
use vestnik_store::{
    StoreError,
    hook_call::{self, HookCall},
    reminder::{self, Reminder, ReminderKey, ReminderState},
};

/// What can't be told within this time is not told any more.
const LATE_MAX: Millis = Millis::hours(2);

fn key(hook: &Managed, rule: &Rule, event: &Event, participant: &Participant) -> ReminderKey {
    ReminderKey {
        hook: hook.id,
        rule: hash64(rule.name.as_bytes()),
        case: hash64(event.case.id.as_bytes()),
        participant: participant_hash(participant),
    }
}

fn participant_hash(participant: &Participant) -> u64 {
    match participant.id.is_empty() {
        // Without an id it is who they are.
        true => hash64(participant.phones().next().unwrap_or_default().as_bytes()),
        false => hash64(participant.id.as_bytes()),
    }
}

/// How a reminder stands after a call has spoken of its booking. `None` = as before. Calls of one
/// version, or of a source that knows no versions, count in the order in which they came.
fn after(
    before: Option<&Reminder>,
    key: ReminderKey,
    call: CallId,
    version: i64,
    due_at: Option<Timestamp>,
    now: Timestamp,
) -> Option<Reminder> {
    // Calls may overtake one another: what is older has nothing to say.
    if before.is_some_and(|before| (before.version, before.call) > (version, call)) {
        return None;
    }
    let Some(due_at) = due_at else {
        let before = before.filter(|before| before.state == ReminderState::Wait)?;
        return Some(Reminder { state: ReminderState::Dropped, call, version, ..*before });
    };
    let is_told = before.is_some_and(|b| b.state == ReminderState::Done && b.due_at == due_at);
    // Whoever books an hour before needs no reminder two hours before.
    let state = if is_told || due_at <= now { ReminderState::Done } else { ReminderState::Wait };
    Some(Reminder { key, state, due_at, call, version })
}

/// Sets, moves or drops the reminders of a booking, by what a call says of it.
///
/// # Errors
/// See [`StoreError`].
pub(crate) async fn set(
    hub: &Arc<Hub>,
    call: &HookCall,
    hook: &Managed,
    event: &Event,
) -> Result<(), StoreError> {
    if event.case.id.is_empty() {
        return Ok(());
    }
    let timed = hook.settings.rules.iter().filter(|r| matches!(r.when, When::Time { .. }));
    let timed: Vec<&Rule> = timed.collect();
    if timed.is_empty() {
        return Ok(());
    }
    let mut wanted = Vec::new();
    for rule in &timed {
        for participant in &event.participants {
            let holds = rule.is_met(event, participant) && !is_called_off(event, participant);
            let due_at = rule.due_at(event).filter(|_| holds);
            wanted.push((key(hook, rule, event, participant), due_at));
        }
    }
    // A case that is called off may name nobody.
    let called_off: Vec<u64> = match is_case_called_off(event) {
        true => timed.iter().map(|rule| hash64(rule.name.as_bytes())).collect(),
        false => Vec::new(),
    };
    let (hook, case) = (hook.id, hash64(event.case.id.as_bytes()));
    // A call that is played again says what it said when it came first.
    let call = call.replay_of.filter(|first| first.0 > 0).unwrap_or(call.id);
    let version = event.case.version;
    hub.work(move |tx, now| {
        for rule in &called_off {
            reminder::drop_case(tx, hook, *rule, case, version)?;
        }
        for (key, due_at) in &wanted {
            let before = reminder::get(tx, key)?;
            if let Some(next) = after(before.as_ref(), *key, call, version, *due_at, now) {
                reminder::put(tx, &next)?;
            }
        }
        Ok(())
    })
    .await
}

/// Tells what a reminder is about, and ends it.
///
/// # Errors
/// See [`StoreError`]: the reminder is taken up again then.
pub async fn tell(hub: &Arc<Hub>, due: Reminder) -> Result<(), StoreError> {
    let state = match told(hub, &due).await? {
        Some(state) => state,
        None if hub.now() - due.due_at > LATE_MAX => ReminderState::Dropped,
        None => return Err(StoreError::Busy),
    };
    hub.work(move |tx, _| reminder::end(tx, &due.key, due.due_at, state)).await
}

/// How a reminder ends; `None` = it can't be told just now.
async fn told(hub: &Arc<Hub>, due: &Reminder) -> Result<Option<ReminderState>, StoreError> {
    let id = due.call;
    let Some(call) = hub.read(move |tx| hook_call::get(tx, id)).await? else {
        return Ok(Some(ReminderState::Dropped));
    };
    let hook = managed::get(hub, call.workspace, due.key.hook).await?;
    let Some(hook) = hook.filter(|hook| hook.is_active) else {
        return Ok(Some(ReminderState::Dropped));
    };
    let is_it = |rule: &&Rule| hash64(rule.name.as_bytes()) == due.key.rule;
    let Some(rule) = hook.settings.rules.iter().find(is_it).cloned() else {
        return Ok(Some(ReminderState::Dropped));
    };
    let reference = format!("remind {:016x}", reference_of(due));
    let is_meant = |participant: &Participant| participant_hash(participant) == due.key.participant;
    let made = call::remind(hub, &call, &hook, &rule, is_meant, reference).await?;
    match made {
        None => Ok(Some(ReminderState::Dropped)),
        Some(made) if made.must_wait() => Ok(None),
        Some(made) => {
            call::add_made(hub, call.id, made).await?;
            Ok(Some(ReminderState::Done))
        }
    }
}

/// One message for one reminder at one time, however often it is tried.
fn reference_of(due: &Reminder) -> u64 {
    let numbers = [
        due.key.hook.0.cast_unsigned(),
        due.key.rule,
        due.key.case,
        due.key.participant,
        due.due_at.0.cast_unsigned(),
    ];
    let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
    hash64(&bytes)
}

/// Whether a reminder is worth nothing any more at a time: what it speaks of has begun.
#[must_use]
pub fn is_stale(rule: &Rule, event: &Event, now: Timestamp) -> bool {
    match rule.when {
        When::Event(_) => false,
        When::Time { offset_s, from: Edge::Start } => {
            offset_s < 0 && event.case.starts_at.is_some_and(|at| at <= now)
        }
        When::Time { offset_s, from: Edge::End } => {
            offset_s < 0 && event.case.ends_at.is_some_and(|at| at <= now)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestnik_model::id::HookId;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn key() -> ReminderKey {
        ReminderKey { hook: HookId(1), rule: 2, case: 3, participant: 4 }
    }

    fn step(before: Option<Reminder>, version: i64, due: Option<i64>) -> Option<Reminder> {
        let due_at = due.map(|minutes| NOW + Millis::minutes(minutes));
        after(before.as_ref(), key(), CallId(version), version, due_at, NOW)
    }

    #[test]
    fn it_is_set_moved_and_dropped_with_its_booking() {
        let set = step(None, 1, Some(60)).unwrap();
        assert_eq!((set.state, set.due_at), (ReminderState::Wait, NOW + Millis::minutes(60)));
        let moved = step(Some(set), 2, Some(90)).unwrap();
        assert_eq!((moved.state, moved.due_at), (ReminderState::Wait, NOW + Millis::minutes(90)));
        assert_eq!(moved.call, CallId(2), "it tells what was said last");
        let dropped = step(Some(moved), 3, None).unwrap();
        assert_eq!(dropped.state, ReminderState::Dropped);
        assert_eq!(step(Some(dropped), 4, None), None);
        assert_eq!(step(Some(dropped), 4, Some(30)).unwrap().state, ReminderState::Wait);
    }

    #[test]
    fn what_overtook_is_not_taken_back() {
        let moved = step(None, 2, Some(90));
        assert_eq!(step(moved, 1, Some(60)), None);
        assert_eq!(step(moved, 1, None), None);
    }

    #[test]
    fn of_one_version_the_later_call_counts() {
        let said = |before: Option<Reminder>, call, due: Option<i64>| {
            let due_at = due.map(|minutes| NOW + Millis::minutes(minutes));
            after(before.as_ref(), key(), CallId(call), 0, due_at, NOW)
        };
        let moved = said(None, 8, Some(90));
        assert_eq!(said(moved, 7, Some(60)), None, "it came before, and is worked on after");
        assert_eq!(said(moved, 9, None).unwrap().state, ReminderState::Dropped);
        let dropped = said(moved, 9, None);
        assert_eq!(said(dropped, 7, Some(60)), None);
    }

    #[test]
    fn a_time_that_has_passed_is_not_told() {
        assert_eq!(step(None, 1, Some(-5)).unwrap().state, ReminderState::Done);
        let told = Reminder { state: ReminderState::Done, ..step(None, 1, Some(60)).unwrap() };
        assert_eq!(step(Some(told), 2, Some(60)).unwrap().state, ReminderState::Done, "told once");
        assert_eq!(step(Some(told), 2, Some(61)).unwrap().state, ReminderState::Wait, "it moved");
    }
}
