//! The names of events: those of Torrow, which other sources may use as well.

use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum EventName {
    /// A case was made.
    CreateItem,
    /// Somebody booked.
    CheckIn,
    /// Somebody's part was called off.
    CancelCaseParticipation,
    /// A timetable was asked for.
    GetTimetable,
    /// The executor refused the case.
    CaseReject,
    /// The executor gave the work back.
    CaseDeclineWork,
    /// The case was planned.
    CasePlan,
    /// The case was called off.
    CaseCancel,
    /// Work began.
    CaseTakeInWork,
    /// Work ended.
    CaseComplete,
    /// The work was accepted.
    CaseAccept,
    /// The case changed.
    UpdateCase,
    /// Its time changed.
    UpdateCaseTime,
    /// Its place changed.
    UpdateCasePlace,
    /// Somebody's part was approved.
    ApproveCaseParticipation,
    /// Somebody confirmed that they come.
    ConfirmCaseParticipation,
    /// A payment was received.
    ApproveMoneyReceive,
    /// A payment was given back.
    RejectMoneyReceive,
    /// The case has to be approved again.
    CaseReturnToVerification,
    /// An action of the owner fired: created, changed, reminded; the body does not say which.
    CaseActionEvent,
    /// An order was made.
    CreateOrder,
    /// An order changed.
    UpdateOrder,
    /// A name or number that is not known here.
    Other(String),
}

/// Names with their numbers, as far as these are known.
const TABLE: [(EventName, &str, Option<i64>); 22] = [
    (EventName::CreateItem, "CreateItem", None),
    (EventName::CheckIn, "CheckIn", Some(3001)),
    (EventName::CancelCaseParticipation, "CancelCaseParticipation", None),
    (EventName::GetTimetable, "GetTimetable", None),
    (EventName::CaseReject, "CaseReject", Some(3033)),
    (EventName::CaseDeclineWork, "CaseDeclineWork", Some(3034)),
    (EventName::CasePlan, "CasePlan", Some(3035)),
    (EventName::CaseCancel, "CaseCancel", Some(3036)),
    (EventName::CaseTakeInWork, "CaseTakeInWork", Some(3037)),
    (EventName::CaseComplete, "CaseComplete", Some(3038)),
    (EventName::CaseAccept, "CaseAccept", Some(3039)),
    (EventName::UpdateCase, "UpdateCase", Some(3041)),
    (EventName::UpdateCaseTime, "UpdateCaseTime", Some(3042)),
    (EventName::UpdateCasePlace, "UpdateCasePlace", Some(3043)),
    (EventName::ApproveCaseParticipation, "ApproveCaseParticipation", Some(3044)),
    (EventName::ConfirmCaseParticipation, "ConfirmCaseParticipation", Some(3045)),
    (EventName::ApproveMoneyReceive, "ApproveMoneyReceive", Some(3052)),
    (EventName::RejectMoneyReceive, "RejectMoneyReceive", Some(3053)),
    (EventName::CaseReturnToVerification, "CaseReturnToVerification", None),
    (EventName::CaseActionEvent, "CaseActionEvent", Some(3060)),
    (EventName::CreateOrder, "CreateOrder", None),
    (EventName::UpdateOrder, "UpdateOrder", None),
];

impl EventName {
    /// The 22 that are known by name.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.into_iter().map(|(name, _, _)| name)
    }

    /// Its name.
    #[must_use]
    pub fn code(&self) -> &str {
        if let Self::Other(name) = self {
            return name;
        }
        TABLE.iter().find(|(name, _, _)| name == self).map_or("", |row| row.1)
    }

    /// Its number at Torrow, if it is known.
    #[must_use]
    pub fn number(&self) -> Option<i64> {
        TABLE.iter().find(|(name, _, _)| name == self).and_then(|row| row.2)
    }

    /// From its name, in any case, or its number in digits.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let number = text.parse::<i64>().ok();
        let is_it = |row: &&(Self, &str, Option<i64>)| {
            row.1.eq_ignore_ascii_case(text) || (number.is_some() && row.2 == number)
        };
        let known = TABLE.iter().find(is_it).map(|row| row.0.clone());
        known.unwrap_or_else(|| Self::Other(text.to_owned()))
    }
}

impl From<String> for EventName {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<EventName> for String {
    fn from(name: EventName) -> Self {
        name.code().to_owned()
    }
}
