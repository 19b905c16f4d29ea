//! Enumerations: numbers in the hooks' bodies, names in the service's own API.

use crate::{
    event::{CaseState, FieldKind, ParticipantKind, ParticipantState},
    loose,
};
use serde_json::Value;

/// An action that calls hooks.
pub(super) const ACTION_INTEGRATION: i64 = 6;
/// An action fires on operations, not at a time.
pub(super) const TRIGGER_OPERATION: i64 = 2;

/// A number, or a name in any case.
fn pick<T: Copy>(value: &Value, table: &[(Option<i64>, &str, T)]) -> Option<T> {
    let number = loose::number(value);
    let name = loose::name(value)?;
    let is_it = |row: &&(Option<i64>, &str, T)| {
        number.is_some() && row.0 == number || row.1.eq_ignore_ascii_case(&name)
    };
    table.iter().find(is_it).map(|row| row.2)
}

/// Four states have a number in the documents; the others are known by name.
pub(super) fn case_state(value: &Value) -> Option<CaseState> {
    pick(
        value,
        &[
            (Some(1), "Verifying", CaseState::Verifying),
            (Some(2), "Waiting", CaseState::Waiting),
            (Some(3), "Processing", CaseState::Processing),
            (Some(20), "TimeControlled", CaseState::TimeControlled),
            (None, "Preparing", CaseState::Preparing),
            (None, "Completed", CaseState::Completed),
            (None, "Closed", CaseState::Closed),
            (None, "Rejected", CaseState::Rejected),
            (None, "Canceled", CaseState::Cancelled),
            (None, "TaskNotCompleted", CaseState::TaskNotCompleted),
            (None, "TaskCompleted", CaseState::TaskCompleted),
        ],
    )
}

pub(super) fn participant_kind(value: &Value) -> Option<ParticipantKind> {
    pick(
        value,
        &[
            (Some(1001), "Consumer", ParticipantKind::Participant),
            (Some(1002), "Executor", ParticipantKind::Executor),
            (Some(1003), "Escort", ParticipantKind::Escort),
        ],
    )
}

pub(super) fn participant_state(value: &Value) -> Option<ParticipantState> {
    pick(
        value,
        &[
            (Some(1), "Booking", ParticipantState::Booking),
            (Some(2), "Registered", ParticipantState::Registered),
            (Some(3), "Canceled", ParticipantState::Cancelled),
            (Some(4), "Approving", ParticipantState::Approving),
        ],
    )
}

/// What is not known is a field of the owner's own.
pub(super) fn field_kind(value: &Value) -> FieldKind {
    let known = pick(
        value,
        &[
            (Some(1), "FullName", FieldKind::FullName),
            (Some(2), "LastName", FieldKind::LastName),
            (Some(3), "FirstName", FieldKind::FirstName),
            (Some(4), "MiddleName", FieldKind::MiddleName),
            (Some(5), "Company", FieldKind::Company),
            (Some(6), "Position", FieldKind::Position),
            (Some(7), "MainPhone", FieldKind::Phone),
            (Some(8), "VerifiedMainPhone", FieldKind::VerifiedPhone),
            (Some(9), "AdditionalPhone", FieldKind::AdditionalPhone),
            (Some(10), "MainEmail", FieldKind::Email),
            (Some(11), "VerifiedMainEmail", FieldKind::VerifiedEmail),
            (Some(12), "AdditionalEmail", FieldKind::AdditionalEmail),
        ],
    );
    known.unwrap_or(FieldKind::Custom)
}
