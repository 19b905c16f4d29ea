//! Whether a part that has to wait can go in time at all; if not, the next link of its cascade goes
//! at once instead of after its lifetime.

use crate::hub::Hub;
use std::sync::Arc;
use vestnik_engine::{cascade::Event, plan::Plan};
use vestnik_model::{
    id::MessageId,
    time::{Millis, Timestamp},
};
use vestnik_store::{advance::Advance, claim, slot::Slot};

/// Rows in front of a part that are counted at most. What would take more to be proven is waited
/// for: its time is long, or its sender quick.
const COUNT_MAX: i64 = 2_048;

/// Looks after a part that was just put to wait. Costs nothing unless another link follows and the
/// sender has a pace or is held up.
pub fn look(hub: &Arc<Hub>, message: MessageId, plan: &Arc<Plan>, slot: Slot, due: Timestamp) {
    if usize::from(slot.link) + 1 >= plan.links.len() || slot.part > 0 {
        return;
    }
    let (own, plan) = (Arc::clone(hub), Arc::clone(plan));
    hub.beside(async move {
        let hub = own;
        let Some(not_before) = not_before(&hub, message, &plan, slot, due).await else { return };
        let event = Event::OutOfReach { link: slot.link, not_before };
        let advance = Advance { message, event, fence: None, exchange: None, raw: None, jitter: 0 };
        if let Err(error) = hub.advance(advance).await {
            tracing::warn!(message.id = message.0, %error, "a link out of reach was not passed over");
        }
    });
}

/// The time before which a part can't go, if that is past its link's time. The engine has the last
/// word: it knows when the link was released.
async fn not_before(
    hub: &Hub,
    message: MessageId,
    plan: &Plan,
    slot: Slot,
    due: Timestamp,
) -> Option<Timestamp> {
    let planned = plan.links.get(usize::from(slot.link))?;
    let expires = due + planned.ttl;
    let expires = plan.deadline.map_or(expires, |deadline| deadline.min(expires));
    if expires <= due {
        // The deadline comes before it may leave: no sender's pace is to blame, and it ends there.
        return None;
    }
    let now = hub.now();
    let held = hub.desk.held_until(planned.lane, now);
    if let Some(held) = held.filter(|held| *held >= expires) {
        return Some(held);
    }
    let pacing = hub.setup().account(planned.account)?.account.pacing;
    let gap = pacing.gap.filter(|gap| gap.0 > 0)?;
    let begin = due.max(now);
    let burst = i64::from(pacing.burst.max(1));
    // With so many in front of it, even a lane that has its whole burst to give comes too late.
    let enough = (expires - begin).0 / gap.0 + burst;
    if enough > COUNT_MAX {
        return None;
    }
    let (lane, class, place) = (planned.lane, plan.class, (message, due));
    let ahead = hub.read(move |tx| claim::in_front(tx, lane, class, place, enough)).await.ok()?;
    (ahead >= enough).then(|| begin + Millis(gap.0 * (ahead - burst + 1)))
}
