//! An account, its adapter and the twin, on a clock that is turned by hand.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use vestnik_model::{
    account::{Account, Pacing},
    content::Content,
    id::{AccountId, MessageId, WorkspaceId},
    messenger::Messenger,
    outcome::{Guarantee, Outcome, ReceiptKind},
    phone::Phone,
    secret::Secret,
    time::{Millis, Timestamp},
};
use vestnik_provider::{
    Provider,
    chore::{Chore, Finding, Progress},
    port::{Attempt, Next, Payload, Reception, Step, Submission, To, Verdict, Word},
    redact::redact,
    wire::{Inbound, Reply, Request, Trouble},
};
use vestnik_twin::{Behaviour, Config, HookAnswer, Outgoing, Twin, WireRequest};

/// Where the account's webhooks go.
pub const URL: &str = "https://hub.example.ru/in/key";
/// Where the twin is.
pub const TWIN: &str = "http://127.0.0.1:8090";
/// The customer: a phone that is on.
pub const ANNA: &str = "79001234567";
/// Calls of one send or chore.
const STEPS_MAX: usize = 20;
const START: Timestamp = Timestamp(1_767_225_600_000);

pub struct Play {
    pub account: Account,
    pub provider: &'static dyn Provider,
    pub twin: Twin,
    pub now: Timestamp,
    /// Webhooks as they were posted, and what the adapter read in them.
    pub posted: Vec<(Outgoing, Reception)>,
    /// What was written down: labels, notes, outcomes, findings, verdicts, readings.
    pub told: String,
    /// Chats by number, where a number is not enough.
    pub chats: BTreeMap<String, String>,
    key: u64,
}

impl Play {
    pub fn new(code: &str, messenger: Messenger, settings: &[(&str, &str)]) -> Self {
        let settings = settings.iter().map(|(n, v)| ((*n).to_owned(), Secret::new(*v)));
        let account = Account {
            id: AccountId(1),
            workspace: WorkspaceId(1),
            provider: code.to_owned(),
            name: code.to_owned(),
            messenger,
            webhook_key: "key".to_owned(),
            settings: BTreeMap::from_iter(settings),
            pacing: Pacing::default(),
            lanes: 1,
            in_flight_max: 1,
            unknown: Guarantee::NeverTwice,
            active: true,
        };
        let provider = vestnik_providers::find(code).expect("a known provider");
        let twin = Twin::new(7, &Config { public_url: TWIN.to_owned(), ..Config::default() });
        Self {
            account,
            provider,
            twin,
            now: START,
            posted: Vec::new(),
            told: String::new(),
            chats: BTreeMap::new(),
            key: 0,
        }
    }

    /// Sends to Anna.
    pub fn send(&mut self, content: &Content) -> Outcome {
        self.send_to(ANNA, content)
    }

    pub fn send_to(&mut self, number: &str, content: &Content) -> Outcome {
        self.submit_to(number, content, None, None)
    }

    /// Sends to a number, or to its chat where there is one.
    pub fn submit_to(
        &mut self,
        number: &str,
        content: &Content,
        file: Option<Payload<'_>>,
        quote: Option<&str>,
    ) -> Outcome {
        let chat = self.chats.get(number).cloned();
        self.submit(to(number, chat.as_deref()), content, file, quote)
    }

    /// Sends to Anna what was sent last, under the same key.
    pub fn repeat(&mut self, content: &Content) -> Outcome {
        self.key -= 1;
        self.send(content)
    }

    pub fn submit(
        &mut self,
        to: To<'_>,
        content: &Content,
        file: Option<Payload<'_>>,
        quote: Option<&str>,
    ) -> Outcome {
        self.key += 1;
        let submission =
            Submission { message: MessageId(1), key: self.key, to, content, file, quote };
        self.drive(&submission)
    }

    /// Drives a send through its steps.
    pub fn drive(&mut self, submission: &Submission<'_>) -> Outcome {
        let mut next = self.provider.submit(&self.account, submission);
        for _ in 0..STEPS_MAX {
            let call = match next {
                Next::Done(outcome) => {
                    self.told += &format!("{outcome:?}\n");
                    return outcome;
                }
                Next::Call(call) => call,
            };
            self.told += &call.step.note;
            self.pass(call.after.0);
            next = match self.carry(&call.request) {
                Ok(reply) => self.provider.resume(&self.account, submission, &call.step, &reply),
                Err(trouble) if call.is_visible => return trouble.outcome(),
                Err(trouble) => {
                    let detail = trouble.detail().to_owned();
                    return Outcome::Deferred { retry_after: None, detail, whole_account: false };
                }
            };
        }
        panic!("a send never ends");
    }

    /// Sends to Anna and returns the id under which it was accepted.
    pub fn accepted(&mut self, content: &Content) -> String {
        let outcome = self.send(content);
        let told = format!("{outcome:?}");
        let Outcome::Accepted { remote_id } = outcome else { panic!("not accepted: {told}") };
        remote_id
    }

    /// What the journal says of a text to Anna that was sent at `started_at`.
    pub fn inquire(&mut self, content: &Content, started_at: Timestamp) -> Verdict {
        let chat = self.chats.get(ANNA).cloned();
        let to = to(ANNA, chat.as_deref());
        let (message, key, file, quote) = (MessageId(1), self.key, None, None);
        let submission = Submission { message, key, to, content, file, quote };
        let mut step = Step::FIRST;
        for _ in 0..STEPS_MAX {
            let attempt = Attempt { submission, started_at, now: self.now };
            let request = self.provider.inquire(&self.account, &attempt, &step);
            let request = request.expect("a journal");
            let reply = self.carry(&request).expect("an answer");
            match self.provider.inquired(&self.account, &attempt, &step, &reply) {
                Verdict::Ask(next) => step = next,
                verdict @ (Verdict::Found { .. } | Verdict::Absent | Verdict::Unsure) => {
                    return verdict;
                }
            }
        }
        panic!("an inquiry never ends");
    }

    pub fn chore(&mut self, chore: &Chore<'_>) -> Finding {
        let mut progress = self.provider.begin(&self.account, chore);
        for _ in 0..STEPS_MAX {
            let (step, request) = match progress {
                Progress::Done(finding) => {
                    self.told += &format!("{finding:?}\n");
                    return finding;
                }
                Progress::Call { step, request } => (step, request),
            };
            self.told += &step.note;
            let reply = self.carry(&request).expect("an answer");
            progress = self.provider.proceed(&self.account, chore, &step, &reply);
        }
        panic!("a chore never ends");
    }

    /// Lets time pass; webhooks that fall due are posted to the adapter.
    pub fn pass(&mut self, ms: i64) {
        let end = self.now + Millis(ms);
        while let Some(due) = self.twin.due().filter(|due| *due <= end.0) {
            self.now = self.now.max(Timestamp(due));
            self.turn();
        }
        self.now = end;
    }

    /// What the webhooks of the last while said, one after the other.
    pub fn words(&mut self, ms: i64) -> Vec<Word> {
        self.pass(ms);
        let mut words = Vec::new();
        for (outgoing, reception) in std::mem::take(&mut self.posted) {
            let told = format!("{reception:?}: {}", String::from_utf8_lossy(&outgoing.body));
            let Reception::Understood(more) = reception else { panic!("{told}") };
            words.extend(more);
        }
        words
    }

    /// The adapter's reading of a webhook.
    pub fn receive(&self, outgoing: &Outgoing) -> Reception {
        let (url, query) = outgoing.url.split_once('?').unwrap_or((&outgoing.url, ""));
        let headers: Vec<_> =
            outgoing.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let (method, body) = (outgoing.method.as_str(), outgoing.body.as_slice());
        let inbound = Inbound { method, url, query, headers: &headers, body };
        self.provider.receive(&self.account, &inbound)
    }

    /// A call of the control door.
    pub fn control(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let response = self.twin.request(self.now.0, &WireRequest::json(method, path, body));
        let text = String::from_utf8_lossy(&response.body).into_owned();
        assert_eq!(response.status, 200, "{path}: {text}");
        response.to_json()
    }

    pub fn fault(&mut self, fault: &Value) {
        self.control("PUT", "/twin/faults", fault);
    }

    pub fn no_faults(&mut self) {
        self.control("DELETE", "/twin/faults", &Value::Null);
    }

    /// Anna writes.
    pub fn reply(&mut self, account: &str, more: &Value) -> String {
        let mut body = json!({ "account": account, "from": ANNA });
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let answer = self.control("POST", "/twin/reply", &body);
        answer["id"].as_str().expect("an id").to_owned()
    }

    /// What a number is called by in the account's messenger.
    pub fn person(&mut self, number: &str) -> String {
        let phone = self.control("GET", &format!("/twin/phones/{number}"), &Value::Null);
        let id = &phone["ids"][self.account.messenger.code()];
        id.as_i64()
            .map(|id| id.to_string())
            .or_else(|| id.as_str().map(str::to_owned))
            .expect("an id")
    }

    /// Somebody opens the chat of a bot; their id.
    pub fn start(&mut self, account: &str, number: &str) -> String {
        let messenger = self.account.messenger.code();
        let body = json!({ "messenger": messenger, "account": account, "from": number });
        self.control("POST", "/twin/start", &body);
        self.person(number)
    }

    /// Bubbles that the company sent to Anna, whether they arrived or not.
    pub fn bubbles(&mut self) -> Vec<Value> {
        let path = format!("/twin/bubbles?to={ANNA}&direction=in&all=1");
        let bubbles = self.control("GET", &path, &Value::Null);
        bubbles.as_array().expect("a list").clone()
    }

    /// The bytes at an address of the twin's own files.
    pub fn bytes_at(&mut self, url: &str) -> Vec<u8> {
        let path = url.strip_prefix(TWIN).expect("an address of the twin");
        self.twin.request(self.now.0, &WireRequest::new("GET", path)).body
    }

    /// Puts a file where customers can send it from.
    pub fn file(&mut self, name: &str, mime: &str, bytes: &[u8]) -> String {
        let mut request = WireRequest::new("POST", &format!("/twin/files?name={name}"));
        request.headers.push(("content-type".to_owned(), mime.to_owned()));
        request.body = bytes.to_vec();
        let answer = self.twin.request(self.now.0, &request).to_json();
        answer["url"].as_str().expect("an address").to_owned()
    }

    fn turn(&mut self) {
        for outgoing in self.twin.turn(self.now.0) {
            let reception = self.receive(&outgoing);
            self.told += &format!("{reception:?}\n");
            let (status, body) = match &reception {
                Reception::Forged => (401, String::new()),
                Reception::Handshake { status, body } => (*status, body.clone()),
                Reception::Understood(_) | Reception::Unreadable { .. } => {
                    (200, self.provider.descriptor().webhook_answer.to_owned())
                }
            };
            let answer = HookAnswer { body: body.into_bytes(), ..HookAnswer::of(status) };
            self.twin.posted(self.now.0, outgoing.id, Some(answer));
            if !matches!(reception, Reception::Handshake { .. }) {
                self.posted.push((outgoing, reception));
            }
        }
    }

    pub fn carry(&mut self, request: &Request) -> Result<Reply, Trouble> {
        let redacted = redact(&request.url, self.provider.descriptor(), &self.account);
        self.told += &format!("{request:?} {redacted}\n");
        let (_, rest) = request.url.split_once("://").expect("an address");
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let wire = WireRequest {
            method: request.method.as_str().to_owned(),
            host: host.to_owned(),
            path_and_query: path.to_owned(),
            headers: request.headers.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect(),
            body: request.body.clone(),
        };
        let mut response = self.twin.request(self.now.0, &wire);
        // It waits for something that the twin does first: a handshake.
        for _ in 0..STEPS_MAX {
            if !matches!(response.behaviour, Behaviour::Poll { .. }) {
                break;
            }
            self.turn();
            response = self.twin.again(self.now.0, &wire);
        }
        match response.behaviour {
            Behaviour::Cut { .. } => Err(Trouble::Cut("connection reset".to_owned())),
            Behaviour::Answer { .. } | Behaviour::Poll { .. } => Ok(Reply {
                status: response.status,
                headers: response.headers.into_iter().map(|(n, v)| (n.into(), v)).collect(),
                body: response.body,
            }),
        }
    }
}

fn to<'a>(number: &str, chat: Option<&'a str>) -> To<'a> {
    let phone = || number.parse().ok().and_then(Phone::from_digits).expect("a number");
    chat.map_or_else(|| To::Phone(phone()), To::Person)
}

/// A text.
pub fn text(text: &str) -> Content {
    Content::Text(text.to_owned())
}

/// The receipts among the words, as far as one bubble goes.
pub fn receipts(words: &[Word], id: &str) -> Vec<ReceiptKind> {
    let receipt = |word: &Word| match word {
        Word::Receipt { remote_id, kind, .. } if remote_id == id => Some(kind.clone()),
        Word::ReadUpTo { remote_id, .. } if remote_id == id => Some(ReceiptKind::Read),
        Word::Receipt { .. }
        | Word::ReadUpTo { .. }
        | Word::Message(_)
        | Word::Edited { .. }
        | Word::Deleted { .. }
        | Word::Reaction { .. }
        | Word::Started { .. }
        | Word::Stopped { .. }
        | Word::Account(_)
        | Word::Template { .. }
        | Word::Nothing => None,
    };
    words.iter().filter_map(receipt).collect()
}
