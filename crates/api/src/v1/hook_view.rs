//! Hooks, their calls and what came of them, as our own API shows them.

use super::message::view::moment;
use serde::Serialize;
use utoipa::ToSchema;
use vestnik_app::{
    Hub,
    hook::{
        call::Outcome,
        managed::{HookForm, Managed},
    },
    notice::facts,
};
use vestnik_hooks::{
    event::{Event, Participant},
    rule::Rule,
    url_hook::Addressing,
};
use vestnik_model::{
    content::Marked,
    id::{hash64, id_time},
    messenger::Messenger,
};
use vestnik_store::{hook_call::HookCall, mail::Mail, notice::Notice, reminder::Reminder};

/// A hook that is managed here.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HookView {
    /// Its number.
    id: String,
    /// What people call it.
    name: String,
    /// Whether its calls are acted upon.
    active: bool,
    /// The path of its door.
    path: String,
    /// The address to be entered at the source, if we know where the world reaches us.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// Its settings.
    #[schema(value_type = Object)]
    settings: HookForm,
}

impl HookView {
    pub(super) fn of(hub: &Hub, hook: &Managed) -> Self {
        let path = format!("/hook/{}", hook.key);
        Self {
            id: hook.id.to_string(),
            name: hook.name.clone(),
            active: hook.is_active,
            url: hub.public_url.as_ref().map(|public| format!("{public}{path}")),
            path,
            settings: hook.settings.clone(),
        }
    }
}

/// What a hook would write.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrialView {
    /// Message by message; empty if no rule wants the event.
    pub(super) messages: Vec<TrialMessage>,
    /// The call by which it is acted upon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) call: Option<String>,
}

/// A message a hook would write.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TrialMessage {
    /// The rule.
    rule: String,
    /// Whom it would go to; empty if there is no usable number, or nothing in the hook's field.
    recipient: String,
    /// When, if it is a reminder.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<String>,
    /// What it would say, as the first account's messenger shows it.
    text: String,
}

impl TrialMessage {
    pub(super) fn of(
        hub: &Hub,
        addressing: &Addressing,
        rule: &Rule,
        participant: &Participant,
        event: &Event,
        messenger: Messenger,
        text: &Marked,
    ) -> Self {
        let recipient = match addressing {
            Addressing::Phone => participant.phone().ok().map(|phone| phone.to_string()),
            Addressing::Field(name) => participant.field(name).map(str::to_owned),
        };
        let recipient = recipient.map(|recipient| hub.hooks.shown(&recipient));
        Self {
            rule: rule.name.clone(),
            recipient: recipient.unwrap_or_default(),
            due_at: rule.due_at(event).map(moment),
            text: match messenger {
                Messenger::Whatsapp => text.with_marks("*", "*"),
                Messenger::Telegram | Messenger::Max | Messenger::Vk => text.plain().to_owned(),
            },
        }
    }
}

/// What one can begin with.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PresetsView {
    /// Rules for the usual occasions.
    #[schema(value_type = Vec<Object>)]
    pub(super) rules: Vec<Rule>,
    /// The built-in layout as a template.
    pub(super) template: &'static str,
    /// The events that rules may name.
    pub(super) events: Vec<String>,
    /// The sources.
    pub(super) sources: Vec<&'static str>,
}

/// A reminder.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReminderView {
    /// The rule; empty if it was removed.
    rule: String,
    /// wait, done or dropped.
    state: &'static str,
    /// When it is to be told.
    due_at: String,
    /// The call that spoke last of the booking.
    call: String,
}

impl ReminderView {
    pub(super) fn of(hook: &Managed, reminder: &Reminder) -> Self {
        let is_it = |rule: &&Rule| hash64(rule.name.as_bytes()) == reminder.key.rule;
        let rule = hook.settings.rules.iter().find(is_it);
        Self {
            rule: rule.map(|rule| rule.name.clone()).unwrap_or_default(),
            state: reminder.state.code(),
            due_at: moment(reminder.due_at),
            call: reminder.call.to_string(),
        }
    }
}

/// A call of an event source.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallView {
    /// Its number.
    id: String,
    /// When it came.
    received_at: String,
    /// The managed hook, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    hook: Option<String>,
    /// The door it came through.
    door: String,
    /// new, done, ignored or failed.
    state: &'static str,
    /// The call it plays again.
    #[serde(skip_serializing_if = "Option::is_none")]
    replay_of: Option<String>,
    /// Why nothing was made of it as a whole.
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
    /// What was made of it.
    messages: Vec<MadeView>,
    /// Its size in bytes.
    size: usize,
    /// Its body, if one call is asked for: what it says if it is JSON, else its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    body: Option<serde_json::Value>,
}

/// What was made of a call for one recipient.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MadeView {
    /// Whom it is for.
    recipient: String,
    /// The message.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// The call that had told the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    told_by: Option<String>,
    /// Why there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    trouble: String,
}

impl CallView {
    pub(super) fn of(call: &HookCall, has_body: bool) -> Self {
        let outcome = Outcome::read(&call.outcome).unwrap_or_default();
        let made = outcome.made.into_iter().map(|made| MadeView {
            recipient: made.recipient,
            id: made.message.map(|id| id.to_string()),
            told_by: made.told_by.map(|id| id.to_string()),
            trouble: made.trouble,
        });
        Self {
            id: call.id.to_string(),
            received_at: moment(id_time(call.id.0)),
            hook: call.hook.map(|hook| hook.to_string()),
            door: call.door.clone(),
            state: call.state.code(),
            replay_of: call.replay_of.filter(|id| id.0 > 0).map(|id| id.to_string()),
            note: outcome.note,
            messages: made.collect(),
            size: call.body.len(),
            body: has_body.then(|| {
                serde_json::from_slice(&call.body)
                    .unwrap_or_else(|_| String::from_utf8_lossy(&call.body).into())
            }),
        }
    }
}

/// A call that is played again.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplayView {
    /// Its number.
    pub(super) id: String,
}

/// What became of a message that a hook made.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoticeView {
    /// The message: `GET /v1/messages/{id}` tells its whole story.
    message: String,
    /// The call it was made of.
    call: String,
    /// open, delivered, failed or unconfirmed.
    state: &'static str,
    /// The hook's name, or the last part of its path.
    hook: String,
    /// The case's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    order_number: Option<String>,
    /// Whom it is for.
    recipient: String,
    /// Why it failed.
    #[serde(skip_serializing_if = "String::is_empty")]
    trouble: String,
    /// The message it was sent once more as.
    #[serde(skip_serializing_if = "Option::is_none")]
    repeated_as: Option<String>,
    /// The message that it repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    repeat_of: Option<String>,
}

impl NoticeView {
    pub(super) fn of(notice: &Notice) -> Self {
        let facts = facts(notice);
        let facts = facts.as_ref();
        Self {
            message: notice.message.to_string(),
            call: notice.call.to_string(),
            state: notice.state.code(),
            hook: facts.map(|f| f.hook.clone()).unwrap_or_default(),
            order_number: facts.and_then(|f| f.order_number.clone()),
            recipient: facts.map(|f| f.recipient.clone()).unwrap_or_default(),
            trouble: facts.map(|f| f.trouble.clone()).unwrap_or_default(),
            repeated_as: facts.and_then(|f| f.repeated_as).map(|id| id.to_string()),
            repeat_of: facts.and_then(|f| f.repeat_of).map(|id| id.to_string()),
        }
    }
}

/// A mail.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailView {
    /// Its number.
    id: String,
    /// When it was written.
    written_at: String,
    /// Whom it goes to.
    recipient: String,
    /// due, done, exhausted, or held: not sent, for the reason in `answer`.
    state: &'static str,
    /// Its subject.
    subject: String,
    /// Its text.
    text: String,
    /// When it is tried next.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<String>,
    /// What the mail server said last, or why it is held back.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
}

impl MailView {
    pub(super) fn of(mail: &Mail) -> Self {
        Self {
            id: mail.id.to_string(),
            written_at: moment(id_time(mail.id.0)),
            recipient: mail.recipient.clone(),
            state: mail.state.code(),
            subject: mail.subject.clone(),
            text: mail.body.clone(),
            due_at: (mail.state == vestnik_store::mail::MailState::Due)
                .then(|| moment(mail.due_at)),
            answer: mail.answer.clone(),
        }
    }
}
