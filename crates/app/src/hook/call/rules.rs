//! Calls of hooks that are managed here: their rules say what is told to whom, and when.

use super::{
    Common, End, Made, Outcome, Told, facts as base_facts, fail, make, of_event, settled, tell,
    translate,
};
use crate::{
    hook::managed::{self, Managed},
    hub::Hub,
    notice::Facts,
    reminder,
};
use std::sync::Arc;
use vestnik_hooks::{
    dedupe,
    event::{Event, Participant},
    mail::TroubleReason,
    rule::{Rule, When},
};
use vestnik_model::{id::hash64, time::Timestamp};
use vestnik_store::{
    StoreError,
    hook_call::{CallState, HookCall},
};

pub(super) async fn managed_call(hub: &Arc<Hub>, call: &HookCall) -> Result<End, StoreError> {
    let Some(hook) = managed::of_call(hub, call).await? else {
        return Ok(End::Settled(CallState::Ignored, Outcome::noted("the hook was removed")));
    };
    if !hook.is_active {
        return silent(hub, call, &hook).await;
    }
    let common = common_of(call, &hook);
    let settings = &hook.settings;
    let event = match translate(&settings.source, &settings.mapping, &call.body) {
        Ok(event) => event,
        Err(reason) => return fail(hub, call, &common.facts, reason).await,
    };
    let facts = of_event(&common.facts, &event);
    reminder::set(hub, call, &hook, &event).await?;
    if event.participants.is_empty() {
        return fail(hub, call, &facts, TroubleReason::NoParticipant).await;
    }
    let rules = settings.rules_now(&event);
    let mut made = Vec::new();
    for (p, participant) in event.participants.iter().enumerate() {
        for (r, rule) in rules.iter().enumerate() {
            if !rule.is_met(&event, participant) {
                continue;
            }
            let reference = format!("hook {}.{p}.{r}.0", call.id);
            let wanted = Wanted { rule, participant, event: &event, reference, deadline: None };
            made.push(by_rule(hub, &common, &hook, &facts, wanted).await?);
        }
    }
    if made.is_empty() {
        return Ok(End::Settled(CallState::Ignored, Outcome::noted("no rule wants it")));
    }
    Ok(settled(call, made))
}

/// A hook that is switched off tells nothing, and still learns which bookings move or are called
/// off: else it would remind of them when it is switched on again.
async fn silent(hub: &Arc<Hub>, call: &HookCall, hook: &Managed) -> Result<End, StoreError> {
    if let Ok(event) = translate(&hook.settings.source, &hook.settings.mapping, &call.body) {
        reminder::set(hub, call, hook, &event).await?;
    }
    Ok(End::Settled(CallState::Ignored, Outcome::noted("the hook was switched off")))
}

fn common_of<'a>(call: &'a HookCall, hook: &'a Managed) -> Common<'a> {
    let settings = &hook.settings;
    Common {
        call,
        hook: hash64(hook.key.as_bytes()),
        facts: Facts {
            error_email: settings.error_email.clone(),
            layout: settings.layout(),
            ..base_facts(&hook.name)
        },
    }
}

/// What a rule wants to be told.
struct Wanted<'a> {
    rule: &'a Rule,
    participant: &'a Participant,
    event: &'a Event,
    reference: String,
    deadline: Option<Timestamp>,
}

async fn by_rule(
    hub: &Arc<Hub>,
    common: &Common<'_>,
    hook: &Managed,
    facts: &Facts,
    wanted: Wanted<'_>,
) -> Result<Made, StoreError> {
    let settings = &hook.settings;
    let template = match settings.template_of(wanted.rule) {
        Ok(template) => template,
        Err(error) => {
            let reason = TroubleReason::Template(error.texts());
            return make::complain(hub, common.call, &wanted.reference, facts, reason).await;
        }
    };
    let occasion = match wanted.rule.when {
        When::Event(_) => wanted.rule.name.clone(),
        When::Time { .. } => format!("{} {:?}", wanted.rule.name, wanted.rule.due_at(wanted.event)),
    };
    let told = Told {
        reference: wanted.reference,
        event: wanted.event,
        participant: wanted.participant,
        occasion: dedupe::key(common.hook, wanted.event, Some(wanted.participant), &occasion),
        message: settings.words_of(wanted.rule),
        template: template.as_ref(),
        addressing: &settings.addressing(),
        deadline: wanted.deadline,
    };
    let links = managed::links(hub, hook).map_err(Arc::new);
    tell(hub, common, facts, told, &links).await
}

/// Tells what a reminder is about. `None` if there is nobody to tell any more.
pub(crate) async fn remind(
    hub: &Arc<Hub>,
    call: &HookCall,
    hook: &Managed,
    rule: &Rule,
    is_meant: impl Fn(&Participant) -> bool,
    reference: String,
) -> Result<Option<Made>, StoreError> {
    let common = common_of(call, hook);
    let settings = &hook.settings;
    let Ok(event) = translate(&settings.source, &settings.mapping, &call.body) else {
        return Ok(None);
    };
    let Some(participant) = event.participants.iter().find(|p| is_meant(p)) else {
        return Ok(None);
    };
    if !rule.is_met(&event, participant) || reminder::is_stale(rule, &event, hub.now()) {
        return Ok(None);
    }
    let facts = of_event(&common.facts, &event);
    // What is told before the begin is worth nothing after it.
    let deadline = event.case.starts_at.filter(|at| *at > hub.now());
    let wanted = Wanted { rule, participant, event: &event, reference, deadline };
    by_rule(hub, &common, hook, &facts, wanted).await.map(Some)
}
