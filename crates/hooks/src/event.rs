//! What happened in a booking system, in nobody's wire format.

use serde::{Deserialize, Serialize};
use vestnik_model::{
    phone::Phone,
    time::{Millis, Timestamp},
};

mod name;

pub use name::EventName;

/// Something happened to a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What, as the source says it.
    pub name: EventName,
    /// What an action event is about, as far as the body lets it be known without doubt.
    pub occasions: Vec<EventName>,
    /// The order, booking or meeting.
    pub case: Case,
    /// The service it belongs to.
    pub service: Option<Named>,
    /// What was booked.
    pub resources: Vec<Resource>,
    /// Whom it concerns.
    pub participants: Vec<Participant>,
    /// What the source sent, for templates; `null` if it was too large to keep.
    pub payload: serde_json::Value,
}

/// What kind of case it is: decides nouns and headings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseKind {
    /// Without a time.
    Order,
    /// At a time.
    Booking,
    /// Several people at a time: "мероприятие".
    Meeting,
}

impl CaseKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Order, Self::Booking, Self::Meeting];

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Booking => "booking",
            Self::Meeting => "meeting",
        }
    }

    /// From the stable code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// The order, booking or meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Its id at the source; empty if it has none.
    pub id: String,
    /// Its version: rises with each change; 0 if the source knows none.
    pub version: i64,
    /// What kind it is.
    pub kind: CaseKind,
    /// Its number as people know it: "№180".
    pub number: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Its state.
    pub state: Option<CaseState>,
    /// Begin.
    pub starts_at: Option<Timestamp>,
    /// End.
    pub ends_at: Option<Timestamp>,
    /// How long it takes.
    pub duration: Option<Millis>,
    /// Where.
    pub place: Option<String>,
    /// What was said about it.
    pub description: Option<String>,
}

impl Case {
    /// One of which nothing is known but its kind.
    #[must_use]
    pub fn new(kind: CaseKind) -> Self {
        Self {
            id: String::new(),
            version: 0,
            kind,
            number: None,
            title: None,
            state: None,
            starts_at: None,
            ends_at: None,
            duration: None,
            place: None,
            description: None,
        }
    }
}

/// The state of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseState {
    /// Being prepared.
    Preparing,
    /// Waits for approval ("Согласуется").
    Verifying,
    /// Planned ("Запланировано").
    Waiting,
    /// In work.
    Processing,
    /// Runs by its time ("По времени").
    TimeControlled,
    /// Done.
    Completed,
    /// Closed.
    Closed,
    /// Refused by the executor.
    Rejected,
    /// Called off.
    Cancelled,
    /// Its task was not done.
    TaskNotCompleted,
    /// Its task was done.
    TaskCompleted,
}

impl CaseState {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Preparing,
        Self::Verifying,
        Self::Waiting,
        Self::Processing,
        Self::TimeControlled,
        Self::Completed,
        Self::Closed,
        Self::Rejected,
        Self::Cancelled,
        Self::TaskNotCompleted,
        Self::TaskCompleted,
    ];

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Verifying => "verifying",
            Self::Waiting => "waiting",
            Self::Processing => "processing",
            Self::TimeControlled => "time_controlled",
            Self::Completed => "completed",
            Self::Closed => "closed",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::TaskNotCompleted => "task_not_completed",
            Self::TaskCompleted => "task_completed",
        }
    }

    /// From the stable code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// A thing with a name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Named {
    /// Its id at the source.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// What is said about it.
    pub description: Option<String>,
}

/// Something that was booked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Resource {
    /// Its id at the source.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// What is said about it.
    pub description: Option<String>,
    /// How many, as the source writes it; `None` = one.
    pub amount: Option<String>,
    /// How long.
    pub duration: Option<Millis>,
    /// What the customer said when booking it.
    pub comment: Option<String>,
}

/// What somebody is in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParticipantKind {
    /// The customer.
    Participant,
    /// Whoever does the work.
    Executor,
    /// Whoever comes along.
    Escort,
}

impl ParticipantKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Participant, Self::Executor, Self::Escort];

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Participant => "participant",
            Self::Executor => "executor",
            Self::Escort => "escort",
        }
    }

    /// From the stable code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// The state of somebody's part in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParticipantState {
    /// Is booking.
    Booking,
    /// Takes part.
    Registered,
    /// No longer takes part.
    Cancelled,
    /// Waits for approval.
    Approving,
}

impl ParticipantState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Booking, Self::Registered, Self::Cancelled, Self::Approving];

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Booking => "booking",
            Self::Registered => "registered",
            Self::Cancelled => "cancelled",
            Self::Approving => "approving",
        }
    }

    /// From the stable code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// Somebody whom the case concerns.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Participant {
    /// The id of their part in the case; empty if the source knows none.
    pub id: String,
    /// What they are.
    pub kind: Option<ParticipantKind>,
    /// How far they are.
    pub state: Option<ParticipantState>,
    /// What they left as contact.
    pub fields: Vec<Field>,
    /// What they said.
    pub comment: Option<String>,
    /// Their own zone (IANA).
    pub zone: Option<String>,
}

/// What a contact field means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Full name.
    FullName,
    /// Last name.
    LastName,
    /// First name.
    FirstName,
    /// Middle name.
    MiddleName,
    /// Company.
    Company,
    /// Position.
    Position,
    /// The telephone number.
    Phone,
    /// A telephone number that was verified.
    VerifiedPhone,
    /// Another telephone number.
    AdditionalPhone,
    /// E-mail address.
    Email,
    /// E-mail address that was verified.
    VerifiedEmail,
    /// Another e-mail address.
    AdditionalEmail,
    /// A field of the owner's own.
    Custom,
}

impl FieldKind {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::FullName,
        Self::LastName,
        Self::FirstName,
        Self::MiddleName,
        Self::Company,
        Self::Position,
        Self::Phone,
        Self::VerifiedPhone,
        Self::AdditionalPhone,
        Self::Email,
        Self::VerifiedEmail,
        Self::AdditionalEmail,
        Self::Custom,
    ];

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::FullName => "full_name",
            Self::LastName => "last_name",
            Self::FirstName => "first_name",
            Self::MiddleName => "middle_name",
            Self::Company => "company",
            Self::Position => "position",
            Self::Phone => "phone",
            Self::VerifiedPhone => "verified_phone",
            Self::AdditionalPhone => "additional_phone",
            Self::Email => "email",
            Self::VerifiedEmail => "verified_email",
            Self::AdditionalEmail => "additional_email",
            Self::Custom => "custom",
        }
    }

    /// From the stable code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// A contact field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// What it means.
    pub kind: FieldKind,
    /// The owner's label.
    pub name: String,
    /// What the customer entered: free text.
    pub value: String,
}

/// Why a participant has no usable number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadPhone {
    /// No field for it, or all are empty.
    None,
    /// What stands there is no number; masked for display, in order.
    Unusable(Vec<String>),
}

impl Participant {
    /// What was entered as a telephone number, the best field first.
    pub fn phones(&self) -> impl Iterator<Item = &str> {
        [FieldKind::Phone, FieldKind::VerifiedPhone, FieldKind::AdditionalPhone]
            .into_iter()
            .flat_map(|kind| self.fields.iter().filter(move |field| field.kind == kind))
            .map(|field| field.value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The first usable number.
    ///
    /// # Errors
    /// [`BadPhone`].
    pub fn phone(&self) -> Result<Phone, BadPhone> {
        if let Some(phone) = self.phones().find_map(Phone::parse) {
            return Ok(phone);
        }
        let entered: Vec<_> = self.phones().map(crate::mail::mask).collect();
        if entered.is_empty() { Err(BadPhone::None) } else { Err(BadPhone::Unusable(entered)) }
    }

    /// The value of the field with this label, in any case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let name = name.trim().to_lowercase();
        let value = self.fields.iter().find(|field| field.name.trim().to_lowercase() == name)?;
        Some(value.value.trim()).filter(|value| !value.is_empty())
    }
}
