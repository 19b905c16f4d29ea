//! Rules of managed hooks: which event becomes which message to whom.

mod preset;

use crate::{
    event::{CaseState, Event, EventName, Participant, ParticipantKind, ParticipantState},
    template::{Template, TemplateError},
};
use serde::{Deserialize, Serialize};
use vestnik_model::time::{Millis, Timestamp};

pub use preset::presets;

/// Longest name, characters.
pub const RULE_NAME_CHARS_MAX: usize = 100;
/// Longest words of a rule, characters.
pub const RULE_MESSAGE_CHARS_MAX: usize = 1000;
/// Most events of a rule.
pub const RULE_EVENTS_MAX: usize = 50;
/// Furthest a reminder may stand from the case, seconds: 60 days.
pub const OFFSET_S_MAX: i64 = 60 * 86_400;

/// A rule. Stored as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What people call it.
    pub name: String,
    /// When it acts.
    pub when: When,
    /// To whom; empty = everybody.
    #[serde(default)]
    pub participants: Vec<ParticipantKind>,
    /// In which state they must be; empty = any.
    #[serde(default)]
    pub participant_states: Vec<ParticipantState>,
    /// In which state the case must be; empty = any.
    #[serde(default)]
    pub case_states: Vec<CaseState>,
    /// The first words of the message.
    #[serde(default)]
    pub message: String,
    /// Its own template; `None` = the hook's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Whether it acts at all.
    #[serde(default = "yes")]
    pub active: bool,
}

fn yes() -> bool {
    true
}

/// When a rule acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// As soon as one of these happens.
    Event(Vec<EventName>),
    /// At a time: a reminder.
    Time {
        /// Seconds from the edge; negative = before.
        offset_s: i64,
        /// From where it is counted.
        from: Edge,
    },
}

/// The edges of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edge {
    /// Its begin.
    Start,
    /// Its end.
    End,
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// It has no name, or too long a one.
    #[error("a rule needs a name of at most {RULE_NAME_CHARS_MAX} characters")]
    Name,
    /// It names no event.
    #[error("a rule needs a time, or one to {RULE_EVENTS_MAX} events")]
    Events,
    /// Its time is too far from the case.
    #[error("a reminder may stand at most {} days from the case", OFFSET_S_MAX / 86_400)]
    Offset,
    /// Its words are too long.
    #[error("a rule's words may have at most {RULE_MESSAGE_CHARS_MAX} characters")]
    Message,
    /// Its template can't be used.
    #[error("the rule's template: {0}")]
    Template(TemplateError),
}

impl Rule {
    /// Whether it wants to write to this participant about this event. For a reminder: whether the
    /// participant is to be reminded, if the case stays as it is.
    #[must_use]
    pub fn is_met(&self, event: &Event, participant: &Participant) -> bool {
        let is_time = match &self.when {
            When::Event(names) => is_about(event, |name| names.contains(name)),
            When::Time { .. } => !is_called_off(event, participant),
        };
        self.active
            && is_time
            && fits(&self.participants, participant.kind.as_ref())
            && fits(&self.participant_states, participant.state.as_ref())
            && fits(&self.case_states, event.case.state.as_ref())
    }

    /// When a reminder is due; `None` if it is none, or the case has no time.
    #[must_use]
    pub fn due_at(&self, event: &Event) -> Option<Timestamp> {
        match self.when {
            When::Event(_) => None,
            When::Time { offset_s, from } => {
                let edge = match from {
                    Edge::Start => event.case.starts_at,
                    Edge::End => event.case.ends_at,
                };
                edge.map(|at| at + Millis::seconds(offset_s))
            }
        }
    }

    /// Whether it can be kept.
    ///
    /// # Errors
    /// [`RuleError`].
    pub fn check(&self) -> Result<(), RuleError> {
        let name = self.name.trim().chars().count();
        if name == 0 || name > RULE_NAME_CHARS_MAX {
            return Err(RuleError::Name);
        }
        match &self.when {
            When::Event(names) if names.is_empty() || names.len() > RULE_EVENTS_MAX => {
                return Err(RuleError::Events);
            }
            When::Time { offset_s, .. }
                if offset_s.unsigned_abs() > OFFSET_S_MAX.unsigned_abs() =>
            {
                return Err(RuleError::Offset);
            }
            When::Event(_) | When::Time { .. } => {}
        }
        if self.message.chars().count() > RULE_MESSAGE_CHARS_MAX {
            return Err(RuleError::Message);
        }
        match self.template.as_deref().map(Template::parse) {
            Some(Err(error)) => Err(RuleError::Template(error)),
            Some(Ok(_)) | None => Ok(()),
        }
    }
}

/// Whether a value is wanted: an empty list wants all.
fn fits<T: PartialEq>(wanted: &[T], value: Option<&T>) -> bool {
    wanted.is_empty() || value.is_some_and(|value| wanted.contains(value))
}

/// Whether an event is surely about what is asked: by its own name, or because all that it may be
/// about is.
fn is_about(event: &Event, is_it: impl Fn(&EventName) -> bool) -> bool {
    is_it(&event.name) || !event.occasions.is_empty() && event.occasions.iter().all(is_it)
}

/// Whether reminders of this participant have to be dropped: the case or their part in it is
/// called off.
#[must_use]
pub fn is_called_off(event: &Event, participant: &Participant) -> bool {
    participant.state == Some(ParticipantState::Cancelled)
        || is_case_called_off(event)
        || is_about(event, |name| *name == EventName::CancelCaseParticipation)
}

/// Whether the case as a whole is called off: nobody is to be reminded of it, named or not.
#[must_use]
pub fn is_case_called_off(event: &Event) -> bool {
    let is_end = |name: &EventName| [EventName::CaseCancel, EventName::CaseReject].contains(name);
    matches!(event.case.state, Some(CaseState::Cancelled | CaseState::Rejected))
        || is_about(event, is_end)
}

#[cfg(test)]
mod tests;
