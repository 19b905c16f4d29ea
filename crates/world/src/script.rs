//! The script: everything that is decided before a world begins. A seed draws one ([`draw`]); a
//! scenario writes one by hand.

mod draw;

use vestnik_engine::plan::{Until, Wanted};
use vestnik_model::{account::Pacing, content::Content};

/// So long after the storm everything works as if there had been none: circuits are closed, stopped
/// accounts were checked.
pub const RECOVERY_MS: i64 = 240_000;

/// What is going to happen, in milliseconds from the beginning of the world.
#[derive(Debug, Clone)]
pub struct Script {
    /// The seed of what is drawn on the way.
    pub seed: u64,
    /// How long the storm lasts: faults happen until then, and none after.
    pub storm_ms: i64,
    /// While nothing is under way in the storm, time passes in steps of up to this; 0 = in none.
    pub doze_ms: i64,
    /// The provider's accounts.
    pub accounts: Vec<AccountScript>,
    /// The customers' phones.
    pub phones: Vec<PhoneScript>,
    /// What the partner asks for.
    pub calls: Vec<CallScript>,
    /// What customers write.
    pub writings: Vec<WritingScript>,
    /// What the booking system tells.
    pub events: Vec<EventScript>,
    /// How each life of the hub ends, in order. After the last one the hub lives on.
    pub ends: Vec<End>,
    /// How long the hub is down between two lives, at least and at most.
    pub down_ms: (i64, i64),
    /// How often things go wrong during the storm.
    pub weather: Weather,
    /// When the receivers of reports can't be reached.
    pub sink_down: Option<(i64, i64)>,
    /// When the hub hears none of its own bells.
    pub deaf: Option<(i64, i64)>,
}

/// An account.
#[derive(Debug, Clone, Default)]
pub struct AccountScript {
    /// Whether the provider tells statuses by webhooks.
    pub statuses: bool,
    /// The gap the provider keeps between two messages of its own queue.
    pub send_gap_ms: u64,
    /// How long a message takes to show in the provider's journal.
    pub journal_delay_ms: u64,
    /// Per mille of receipts that never come.
    pub lose: u32,
    /// Per mille of receipts that come twice.
    pub double: u32,
    /// How late receipts are.
    pub late_ms: u64,
    /// Whether receipts come in another order.
    pub shuffle: bool,
    /// Into how many lanes its conversations are dealt.
    pub lanes: u16,
    /// Its pace.
    pub pacing: Pacing,
    /// When it can't send (logged out, then in again), if ever.
    pub out: Option<(i64, i64)>,
}

/// A phone.
#[derive(Debug, Clone, Default)]
pub struct PhoneScript {
    /// Its number.
    pub number: u64,
    /// Whether it has the messenger at all.
    pub has_messenger: bool,
    /// Whether it reads by itself.
    pub reads: bool,
    /// When it is off, if ever.
    pub off: Option<(i64, i64)>,
}

/// One message the partner asks for, with the manner of asking.
#[derive(Debug, Clone)]
pub struct CallScript {
    /// When it is asked for first.
    pub at_ms: i64,
    /// Whose phone.
    pub phone: usize,
    /// The links.
    pub links: Vec<LinkScript>,
    /// Which reports are wanted.
    pub reports: Wanted,
    /// Where they go.
    pub address: Address,
    /// After when nothing may leave, from the beginning of the world.
    pub deadline_ms: Option<i64>,
    /// Between which seconds (from the beginning of the world) it may leave.
    pub window_s: Option<(i64, i64)>,
    /// How many ask at once.
    pub at_once: u8,
    /// How long after the answer it is asked for again.
    pub again_after_ms: Option<i64>,
    /// Whether the one asked for again is another body under the same id.
    pub again_differs: bool,
}

/// One message of a customer.
#[derive(Debug, Clone, Default)]
pub struct WritingScript {
    /// When it is written; later, if the phone is off then.
    pub at_ms: i64,
    /// On whose phone; it has the messenger.
    pub phone: usize,
    /// To which account.
    pub account: usize,
    /// What comes with it.
    pub file: Option<WrittenFile>,
    /// How long after it the customer changes the words.
    pub edited_after_ms: Option<i64>,
}

/// A file that a customer sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrittenFile {
    /// A picture.
    Picture,
    /// A document.
    Document,
}

/// One event of the booking system.
#[derive(Debug, Clone, Default)]
pub struct EventScript {
    /// When it is posted first.
    pub at_ms: i64,
    /// Whose phone.
    pub phone: usize,
    /// Whether what was entered as a number is none.
    pub is_bad: bool,
    /// How often it is posted.
    pub posts: u8,
    /// When the booking begins, if it has a time.
    pub starts_ms: Option<i64>,
}

impl EventScript {
    /// An event about the first phone, posted once.
    #[must_use]
    pub fn plain(at_ms: i64) -> Self {
        Self { at_ms, posts: 1, ..Self::default() }
    }

    /// What is told about it at once.
    #[must_use]
    pub fn words(event: usize) -> String {
        format!("event {}", Self::number(event))
    }

    /// What is told before its booking begins.
    #[must_use]
    pub fn reminder(event: usize) -> String {
        format!("reminder {}", Self::number(event))
    }

    /// Whether a text is told about an event.
    #[must_use]
    pub fn is_told_by(content: &str) -> bool {
        content.starts_with("event ") || content.starts_with("reminder ")
    }

    /// The number of its booking: no two of a world have the same.
    #[must_use]
    pub fn number(event: usize) -> String {
        format!("{event:03}")
    }
}

/// One link of a message.
#[derive(Debug, Clone)]
pub struct LinkScript {
    /// Its lifetime.
    pub ttl_ms: i64,
    /// What it must reach.
    pub until: Until,
    /// Whether it is a picture.
    pub is_picture: bool,
}

/// Where reports of a message go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// To the partner's own address.
    Own,
    /// To an address in the call.
    Call,
    /// To an address in the call that can't be used: the partner's own takes its place.
    Unusable,
}

/// How a life of the hub ends. Counts are from the beginning of that life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Killed after so many milliseconds.
    After(i64),
    /// Killed at its n-th statement, inside a transaction or not.
    Statement(u32),
    /// Killed before its n-th commit.
    BeforeCommit(u32),
    /// Killed after its n-th commit, before anybody was told.
    AfterCommit(u32),
    /// Killed when its n-th request was to be written.
    BeforeRequest(u32),
    /// Killed when its n-th request had been written.
    AfterRequest(u32),
    /// Killed when the n-th answer had come, before it was looked at.
    BeforeAnswer(u32),
    /// Told to stop after so many milliseconds, with patience for what is under way.
    Stop {
        /// When.
        after_ms: i64,
        /// How long it may take.
        patience_ms: i64,
    },
}

/// How often things go wrong, per mille, while the storm lasts.
#[derive(Debug, Clone, Default)]
pub struct Weather {
    /// A connection to the provider is refused.
    pub refused: u32,
    /// A request is lost on its way.
    pub cut_before: u32,
    /// An answer is lost on its way.
    pub cut_after: u32,
    /// An answer never comes.
    pub hang: u32,
    /// The provider answers 500 without having done anything.
    pub error_500: u32,
    /// The provider answers 502 although it did what was asked.
    pub error_502: u32,
    /// The provider answers 429.
    pub too_fast: u32,
    /// The provider answers 466: the account is stopped until it is checked again.
    pub quota: u32,
    /// The provider takes a request and does it later.
    pub ponder: u32,
    /// Slow exchanges.
    pub slow: u32,
    /// A webhook does not reach the hub.
    pub hook_lost: u32,
    /// The answer to a webhook is lost, so that it comes again.
    pub hook_answer_lost: u32,
    /// A webhook comes twice.
    pub hook_double: u32,
    /// A customer's message comes again under its id with other words.
    pub hook_anew: u32,
    /// A webhook is held up for a while.
    pub hook_late: u32,
    /// A forged webhook comes beside it.
    pub hook_forged: u32,
    /// An authentic one that can't be read comes beside it.
    pub hook_garbage: u32,
    /// The receiver of reports refuses the connection.
    pub sink_refused: u32,
    /// It answers 500.
    pub sink_500: u32,
    /// It takes a report and the answer is lost.
    pub sink_cut: u32,
    /// It takes a report and never answers.
    pub sink_hang: u32,
    /// A statement or a commit fails.
    pub store_fails: u32,
    /// The partner hangs up before the answer.
    pub caller_gone: u32,
    /// The partner does not get the answer.
    pub answer_lost: u32,
    /// Commands gather for up to this long before they are written.
    pub gather_ms_max: i64,
}

impl Script {
    /// A world in which nothing goes wrong and nothing is asked for: what scenarios begin with.
    #[must_use]
    pub fn plain(accounts: usize, storm_ms: i64) -> Self {
        let phone =
            PhoneScript { number: 79_210_000_001, has_messenger: true, ..Default::default() };
        let account = AccountScript { statuses: true, lanes: 1, ..Default::default() };
        Self {
            seed: 1,
            storm_ms,
            doze_ms: 0,
            accounts: vec![account; accounts],
            phones: vec![phone],
            calls: Vec::new(),
            writings: Vec::new(),
            events: Vec::new(),
            ends: Vec::new(),
            down_ms: (10, 1_000),
            weather: Weather::default(),
            sink_down: None,
            deaf: None,
        }
    }
}

impl CallScript {
    /// A message with links of these lifetimes, to the first phone, all reports wanted.
    #[must_use]
    pub fn plain(at_ms: i64, ttls_ms: &[i64]) -> Self {
        let until = Until::Delivered;
        let link = |ttl_ms: &i64| LinkScript { ttl_ms: *ttl_ms, until, is_picture: false };
        Self {
            at_ms,
            phone: 0,
            links: ttls_ms.iter().map(link).collect(),
            reports: Wanted::Everything,
            address: Address::Own,
            deadline_ms: None,
            window_s: None,
            at_once: 1,
            again_after_ms: None,
            again_differs: false,
        }
    }

    /// The partner's id of the message: its number in the script.
    #[must_use]
    pub fn reference(call: usize) -> String {
        format!("call-{call:03}")
    }

    /// The call that a content is of.
    #[must_use]
    pub fn call_of(content: &str) -> Option<usize> {
        let digits = content
            .strip_prefix("call ")
            .or_else(|| content.strip_prefix("https://pictures.example/"))?;
        digits.get(..3)?.parse().ok()
    }

    /// What a link of it holds: no two links of a world hold the same.
    #[must_use]
    pub fn content(&self, call: usize, link: usize) -> Content {
        if self.links.get(link).is_some_and(|l| l.is_picture) {
            Content::image(&format!("https://pictures.example/{call:03}-{link}.jpg"))
        } else {
            Content::Text(format!("call {call:03}, link {link}"))
        }
    }
}

impl WritingScript {
    /// A text from the first phone to the first account.
    #[must_use]
    pub fn plain(at_ms: i64) -> Self {
        Self { at_ms, ..Self::default() }
    }

    /// The words of a message: no two of a world say the same.
    #[must_use]
    pub fn words(writing: usize) -> String {
        format!("writing {writing:03}")
    }

    /// The words that the customer puts in their place.
    #[must_use]
    pub fn other_words(writing: usize) -> String {
        format!("writing {writing:03}, in other words")
    }

    /// Words as they are told when the same message comes again with other content.
    #[must_use]
    pub fn anew(words: &str) -> String {
        format!("{words}, told anew")
    }
}

impl WrittenFile {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Picture => "picture.png",
            Self::Document => "bill.pdf",
        }
    }

    /// Its media type.
    #[must_use]
    pub fn mime(self) -> &'static str {
        match self {
            Self::Picture => "image/png",
            Self::Document => "application/pdf",
        }
    }

    /// Its kind, as the twin calls it.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::Picture => "image",
            Self::Document => "document",
        }
    }

    /// Its bytes: no two of a world are the same.
    #[must_use]
    pub fn bytes(self, writing: usize) -> Vec<u8> {
        let head: &[u8] = match self {
            Self::Picture => b"\x89PNG\r\n\x1a\n",
            Self::Document => b"%PDF-1.7\n",
        };
        [head, WritingScript::words(writing).as_bytes()].concat()
    }
}

impl AccountScript {
    /// Its number at the provider.
    #[must_use]
    pub fn number(account: usize) -> String {
        format!("{}", 1_103_000_001 + account)
    }

    /// Whether every receipt of it comes in the end.
    #[must_use]
    pub fn is_reliable(&self) -> bool {
        self.statuses && self.lose == 0
    }
}
