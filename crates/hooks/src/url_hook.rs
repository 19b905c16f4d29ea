//! Hooks whose address holds everything: credentials, text and layout.

mod fault;
mod nearest;
mod read;

use crate::{
    layout::{Layout, Links},
    parameter,
    query::Query,
};
use std::collections::BTreeMap;
use vestnik_model::{language::Language, messenger::Messenger, phone::Phone, secret::Secret};

/// Which hook: the last segment of its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `/webhook/green-api`: WhatsApp and MAX through Green-API.
    GreenApi,
    /// `/webhook/wappi`: a profile or a cascade of Wappi.
    Wappi,
    /// `/webhook/wazzup24`: a channel of Wazzup.
    Wazzup24,
    /// `/webhook/telegram`: a bot of the owner.
    Telegram,
}

impl Kind {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 4] = [Self::GreenApi, Self::Wappi, Self::Wazzup24, Self::Telegram];

    /// The path segment.
    #[must_use]
    pub fn segment(self) -> &'static str {
        match self {
            Self::GreenApi => "green-api",
            Self::Wappi => "wappi",
            Self::Wazzup24 => "wazzup24",
            Self::Telegram => "telegram",
        }
    }

    /// From the path segment.
    #[must_use]
    pub fn parse(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.segment() == segment)
    }

    /// The hook that a query seems to be for, if its path is not known: the one that most of its
    /// names belong to.
    #[must_use]
    pub fn guess(query: &Query) -> Self {
        let fitting = |kind: &Self| {
            let is_known = |name: &str| parameter::of(*kind).any(|one| one.is_called(name));
            query.pairs().filter(|(name, _)| is_known(name)).count()
        };
        // Of equal ones the first is meant; `max_by_key` would take the last.
        Self::ALL.into_iter().rev().max_by_key(fitting).unwrap_or(Self::GreenApi)
    }

    /// The code of the adapter that carries its messages.
    #[must_use]
    pub fn provider(self) -> &'static str {
        match self {
            Self::GreenApi => "green_api",
            Self::Wappi => "wappi",
            Self::Wazzup24 => "wazzup",
            Self::Telegram => "telegram",
        }
    }
}

/// What is needed to send through one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The code of the adapter.
    pub provider: &'static str,
    /// The messenger; `None` if only the provider knows (a Wappi profile or cascade).
    pub messenger: Option<Messenger>,
    /// Settings under the names of the adapter's descriptor.
    pub settings: BTreeMap<String, Secret>,
    /// What identifies it, without a secret: `green_api:1103.api.green-api.com:1103000001`.
    pub instance: String,
}

/// Where a message goes when the event decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Addressing {
    /// To the telephone number of the participant.
    Phone,
    /// To the messenger's own id, which stands in the contact field of this name.
    Field(String),
}

/// A hook as its address describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlHook {
    /// Which hook.
    pub kind: Kind,
    /// One, or two for Green-API's WhatsApp and MAX together; never none.
    pub credentials: Vec<Credentials>,
    /// Where failures are mailed.
    pub error_email: Option<String>,
    /// The first words of the message; all of it, if `phone` is given. May be empty.
    pub message: String,
    /// A fixed number: gets `message` alone, whatever happened.
    pub phone: Option<Phone>,
    /// Send once more if it was not delivered in time.
    pub repeat: bool,
    /// Whom to write to.
    pub addressing: Addressing,
    /// How the message looks.
    pub layout: Layout,
}

/// Stands for a parameter's name in remarks about what can be none: a piece of a text behind a bare
/// `&`, perhaps of a key.
pub const LOOSE: &str = "&";

/// A word to the owner about one parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The parameter's name, as documented; for an unknown one as it was written.
    pub parameter: String,
    /// Russian, English.
    text: [String; 2],
}

impl Remark {
    /// The words; no secret is in them.
    #[must_use]
    pub fn text(&self, language: Language) -> &str {
        match language {
            Language::Ru => &self.text[0],
            Language::En => &self.text[1],
        }
    }
}

/// What came of reading a hook's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The hook; `None` if there are errors.
    pub hook: Option<UrlHook>,
    /// All that has to be corrected, in the order of the documentation.
    pub errors: Vec<Remark>,
    /// What does not stop it, but should be known.
    pub warnings: Vec<Remark>,
}

/// What the installation allows and knows.
#[derive(Debug, Clone)]
pub struct Allowed<'a> {
    /// Hosts that `apiUrl` may name; `*.` in front stands for any one label.
    pub hosts: &'a [String],
    /// Addresses of a service and an order for the links in messages.
    pub links: Links,
}

/// Reads a hook's address: everything that is wrong is found at once.
#[must_use]
pub fn check(kind: Kind, query: &Query, allowed: &Allowed<'_>) -> Checked {
    let (errors, warnings) = (Vec::new(), Vec::new());
    read::Reader { kind, query, allowed, errors, warnings }.check()
}
