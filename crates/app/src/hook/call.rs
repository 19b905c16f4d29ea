//! Work on a call: from its bytes to messages, or to a mail that says why there are none.
//!
//! It may be done twice (a process may end in between), and must come to the same: messages are made
//! under references of their own, occasions belong to the call that took them, mails have keys.

mod make;
mod rules;

pub use make::{Made, Wish, WishLink};
pub(crate) use rules::remind;

use super::{
    account::{self, NoAccount},
    read_address,
};
use crate::{
    hub::Hub,
    mail::{self, Trust},
    notice::{FACTS_VERSION, Facts, words},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use vestnik_hooks::{
    dedupe,
    event::{Event, EventName, Participant},
    layout::Layout,
    mail::{TroubleReason, is_address},
    query::Query,
    source::{self, Mapping},
    template::Template,
    url_hook::{Addressing, Checked, Kind, UrlHook},
};
use vestnik_model::{
    content::Content,
    id::{CallId, hash64},
    language::Language,
    limits::{TTL_DEFAULT, clip},
    recipient::Recipient,
    secret::Secret,
    time::{Millis, Timestamp},
};
use vestnik_store::{
    StoreError,
    hook_call::{self, CallState, HookCall},
};

/// The source behind hooks whose address says everything.
const URL_SOURCE: &str = "torrow";
/// Pause after the first try that came to nothing; it doubles …
const AGAIN_FIRST: Millis = Millis::seconds(5);
/// … up to this …
const AGAIN_MAX: Millis = Millis::minutes(10);
/// … for so many tries: about an hour. Then the call has failed.
const TRIES_MAX: u32 = 12;
/// Longest words of a result that are kept, bytes.
const NOTE_BYTES_MAX: usize = 300;

/// What came of a call. Stored as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// The version of this form.
    pub v: u8,
    /// Why nothing was made of it as a whole; empty if something was.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// What was made of it, message by message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made: Vec<Made>,
}

impl Outcome {
    /// The outcome as its row has it; empty while it is worked on.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    fn noted(note: impl AsRef<str>) -> Self {
        let note = clip(note.as_ref(), NOTE_BYTES_MAX).to_owned();
        Self { v: 1, note, made: Vec::new() }
    }
}

/// How the work on a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// It is done.
    Settled(CallState, Outcome),
    /// Something does not answer: it has to be tried again. Why, for people.
    Later(String),
}

/// Works on a call and writes down what came of it.
///
/// # Errors
/// See [`StoreError`]; the call is worked on again then.
pub async fn work(hub: &Arc<Hub>, call: HookCall) -> Result<(), StoreError> {
    let end = match call.hook {
        Some(_) => rules::managed_call(hub, &call).await?,
        None => url_call(hub, &call).await?,
    };
    let id = call.id;
    match end {
        End::Settled(state, outcome) => {
            metrics::counter!("vestnik_hook_calls_ended_total", "state" => state.code())
                .increment(1);
            let text = serde_json::to_string(&outcome).expect("its own types serialise");
            hub.work(move |tx, _| hook_call::settle(tx, id, state, &text)).await
        }
        End::Later(why) => {
            let due_at = hub.now() + pause(call.attempts);
            tracing::info!(
                call.id = id.0,
                tries = call.attempts + 1,
                why,
                "a hook's call must wait"
            );
            hub.work(move |tx, _| hook_call::put_off(tx, id, due_at)).await
        }
    }
}

fn pause(attempts: u32) -> Millis {
    Millis((AGAIN_FIRST.0 << attempts.min(10)).min(AGAIN_MAX.0))
}

/// Whether a call has been tried often enough.
fn is_worn_out(call: &HookCall) -> bool {
    call.attempts + 1 >= TRIES_MAX
}

/// What the messages of a call have in common.
struct Common<'a> {
    call: &'a HookCall,
    /// Tells this hook from others, for what was told already.
    hook: u64,
    facts: Facts,
}

/// What a call's address says, and its bytes.
fn address_of(hub: &Hub, kind: Kind, call: &HookCall) -> Result<(Checked, Secret), String> {
    let query = match &call.sealed {
        Some(sealed) => hub.sealer().open(sealed).map_err(|error| error.to_string())?,
        None => Secret::default(),
    };
    let checked = read_address(hub, kind, query.reveal().as_bytes());
    checked.map(|checked| (checked, query)).map_err(|error| error.to_string())
}

/// Whether the credentials that a call came with have ever been good: whoever can write an address can
/// name anybody's box in it.
async fn trust(hub: &Arc<Hub>, call: &HookCall) -> Result<Trust, StoreError> {
    // A hook that is managed here was made by somebody with a key.
    let Some(kind) = Kind::parse(&call.door).filter(|_| call.hook.is_none()) else {
        return Ok(Trust::Proven);
    };
    let hook = address_of(hub, kind, call).ok().and_then(|(checked, _)| checked.hook);
    for credentials in hook.iter().flat_map(|hook| &hook.credentials) {
        if account::is_known(hub, call.workspace, credentials).await? {
            return Ok(Trust::Proven);
        }
    }
    Ok(Trust::Unproven)
}

async fn url_call(hub: &Arc<Hub>, call: &HookCall) -> Result<End, StoreError> {
    let Some(kind) = Kind::parse(&call.door) else {
        return Ok(End::Settled(CallState::Failed, Outcome::noted("there is no such hook")));
    };
    let (checked, query) = match address_of(hub, kind, call) {
        Ok(read) => read,
        Err(why) => return Ok(End::Settled(CallState::Failed, Outcome::noted(why))),
    };
    let bytes = query.reveal().as_bytes();
    let Some(hook) = checked.hook else {
        let facts = Facts { error_email: email_of(bytes), ..facts(kind.segment()) };
        let reason = TroubleReason::Address([Language::Ru, Language::En].map(|language| {
            let errors: Vec<&str> = checked.errors.iter().map(|e| e.text(language)).collect();
            errors.join("; ")
        }));
        return fail(hub, call, &facts, reason).await;
    };
    let common = Common {
        call,
        hook: hash64(bytes) ^ hash64(kind.segment().as_bytes()),
        facts: Facts {
            error_email: hook.error_email.clone(),
            layout: hook.layout.clone(),
            repeat: hook.repeat,
            ..facts(kind.segment())
        },
    };
    match hook.phone {
        Some(phone) => fixed(hub, &common, &hook, phone.into()).await,
        None => told(hub, &common, &hook).await,
    }
}

/// Whom errors are mailed to, read from an address that is wrong otherwise.
fn email_of(query: &[u8]) -> Option<String> {
    let query = Query::parse(query).ok()?;
    let found = query.get("errorEmail").or_else(|| query.get("error_email"))?.trim().to_owned();
    is_address(&found).then_some(found)
}

fn facts(hook: &str) -> Facts {
    Facts {
        v: FACTS_VERSION,
        hook: hook.to_owned(),
        error_email: None,
        order_number: None,
        service: None,
        messenger: None,
        recipient: String::new(),
        layout: Layout::default(),
        repeat: false,
        repeated_as: None,
        repeat_of: None,
        trouble: String::new(),
    }
}

/// Ends a call that nothing can be made of: a person is told.
async fn fail(
    hub: &Arc<Hub>,
    call: &HookCall,
    facts: &Facts,
    reason: TroubleReason,
) -> Result<End, StoreError> {
    let note = words(&reason);
    let about = (format!("call {}", call.id), trust(hub, call).await?);
    mail::complain(hub, call.workspace, facts, about, reason, Vec::new()).await?;
    Ok(End::Settled(CallState::Failed, Outcome::noted(note)))
}

/// The words of `message` to a fixed number, whatever has happened.
async fn fixed(
    hub: &Arc<Hub>,
    common: &Common<'_>,
    hook: &UrlHook,
    recipient: Recipient,
) -> Result<End, StoreError> {
    let key = hash64(&common.call.body) ^ common.hook;
    let content = Content::Text(hook.message.clone());
    let mut made = Vec::new();
    let shown = hub.hooks.shown(&recipient.to_string());
    for (n, links) in links_of(hub, common, hook).await?.into_iter().enumerate() {
        let occasion = key ^ u64::try_from(n).unwrap_or(0);
        if let Some(told) = make::taken(hub, common.call, occasion, &shown).await? {
            made.push(told);
            continue;
        }
        let wish = Wish {
            reference: format!("hook {}.0.0.{n}", common.call.id),
            recipient: recipient.clone(),
            content: content.clone(),
            links,
            deadline: None,
            facts: of_messenger(&common.facts, hook, n),
        };
        made.push(make::make(hub, common.call, wish).await?);
    }
    Ok(settled(common.call, made))
}

/// The account behind each set of credentials; each gets a message of its own.
async fn links_of(
    hub: &Arc<Hub>,
    common: &Common<'_>,
    hook: &UrlHook,
) -> Result<Vec<Result<Vec<WishLink>, NoAccount>>, StoreError> {
    let mut out = Vec::new();
    for credentials in &hook.credentials {
        let found = account::find(hub, common.call.workspace, credentials).await;
        out.push(match found {
            Ok(account) => Ok(vec![WishLink { account, ttl: TTL_DEFAULT }]),
            Err(NoAccount::Store(error)) => return Err(error),
            Err(other) => Err(other),
        });
    }
    Ok(out)
}

/// What has happened, to everybody it is about.
async fn told(hub: &Arc<Hub>, common: &Common<'_>, hook: &UrlHook) -> Result<End, StoreError> {
    let event = match translate(URL_SOURCE, &Mapping::default(), &common.call.body) {
        Ok(event) => event,
        Err(reason) => return fail(hub, common.call, &common.facts, reason).await,
    };
    // Owners tick one kind of event for such hooks; what else arrives is none of them.
    if !matches!(event.name, EventName::CaseActionEvent | EventName::Other(_)) {
        let note = "an event of another kind than CaseActionEvent";
        return Ok(End::Settled(CallState::Ignored, Outcome::noted(note)));
    }
    let facts = of_event(&common.facts, &event);
    if event.participants.is_empty() {
        return fail(hub, common.call, &facts, TroubleReason::NoParticipant).await;
    }
    let links = links_of(hub, common, hook).await?;
    let mut made = Vec::new();
    let links: Vec<Result<Vec<WishLink>, Arc<NoAccount>>> =
        links.into_iter().map(|found| found.map_err(Arc::new)).collect();
    for (p, participant) in event.participants.iter().enumerate() {
        for (n, links) in links.iter().enumerate() {
            let occasion = format!("{}{n}", hook.message);
            let told = Told {
                reference: format!("hook {}.{p}.0.{n}", common.call.id),
                event: &event,
                participant,
                occasion: dedupe::key(common.hook, &event, Some(participant), &occasion),
                message: &hook.message,
                template: None,
                addressing: &hook.addressing,
                deadline: None,
            };
            let facts = of_messenger(&facts, hook, n);
            made.push(tell(hub, common, &facts, told, links).await?);
        }
    }
    Ok(settled(common.call, made))
}

/// Something to be told to somebody.
struct Told<'a> {
    reference: String,
    event: &'a Event,
    participant: &'a Participant,
    occasion: u64,
    message: &'a str,
    template: Option<&'a Template>,
    addressing: &'a Addressing,
    deadline: Option<Timestamp>,
}

async fn tell(
    hub: &Arc<Hub>,
    common: &Common<'_>,
    facts: &Facts,
    told: Told<'_>,
    links: &Result<Vec<WishLink>, Arc<NoAccount>>,
) -> Result<Made, StoreError> {
    let recipient = recipient_of(told.participant, told.addressing);
    let shown = match &recipient {
        Ok(recipient) => hub.hooks.shown(&recipient.to_string()),
        Err((_, entered)) => entered.clone(),
    };
    if let Some(made) = make::taken(hub, common.call, told.occasion, &shown).await? {
        return Ok(made);
    }
    let facts = Facts { recipient: shown, ..facts.clone() };
    let recipient = match recipient {
        Ok(recipient) => recipient,
        Err((reason, _)) => {
            return make::complain(hub, common.call, &told.reference, &facts, reason).await;
        }
    };
    let written = vestnik_hooks::notice::write(
        told.event,
        Some(told.participant),
        &common.facts.layout,
        told.message,
        told.template,
    );
    let content = match written {
        Ok(marked) if marked.text.trim().is_empty() => {
            let reason = TroubleReason::NoText;
            return make::complain(hub, common.call, &told.reference, &facts, reason).await;
        }
        Ok(marked) => make::content(marked),
        Err(error) => {
            let reason = TroubleReason::Template(error.texts());
            return make::complain(hub, common.call, &told.reference, &facts, reason).await;
        }
    };
    let wish = Wish {
        reference: told.reference,
        recipient,
        content,
        links: match links {
            Ok(links) => Ok(links.clone()),
            Err(trouble) => Err(make::copy(trouble)),
        },
        deadline: told.deadline,
        facts,
    };
    make::make(hub, common.call, wish).await
}

/// Whom to write to, or why nobody; then with what was entered instead, as it may be shown.
fn recipient_of(
    participant: &Participant,
    addressing: &Addressing,
) -> Result<Recipient, (TroubleReason, String)> {
    match addressing {
        Addressing::Phone => match participant.phone() {
            Ok(phone) => Ok(phone.into()),
            Err(vestnik_hooks::event::BadPhone::None) => {
                Err((TroubleReason::NoPhone, String::new()))
            }
            Err(vestnik_hooks::event::BadPhone::Unusable(entered)) => {
                Err((TroubleReason::BadPhone, entered.join(", ")))
            }
        },
        Addressing::Field(name) => match participant.field(name) {
            Some(id) => Ok(Recipient::Person { person: id.to_owned() }),
            None => Err((TroubleReason::NoField(name.clone()), String::new())),
        },
    }
}

fn translate(code: &str, mapping: &Mapping, body: &[u8]) -> Result<Event, TroubleReason> {
    let source = source::find(code).ok_or(TroubleReason::Unreadable)?;
    source.translate(mapping, body).map_err(|_| TroubleReason::Unreadable)
}

fn of_event(facts: &Facts, event: &Event) -> Facts {
    Facts {
        order_number: event.case.number.clone().or_else(|| event.case.title.clone()),
        service: event.service.as_ref().and_then(|service| service.name.clone()),
        ..facts.clone()
    }
}

/// The same with the messenger that the n-th credentials name.
fn of_messenger(facts: &Facts, hook: &UrlHook, n: usize) -> Facts {
    let messenger = hook.credentials.get(n).and_then(|credentials| credentials.messenger);
    Facts { messenger, ..facts.clone() }
}

/// What the call comes to, by what was made of it.
fn settled(call: &HookCall, made: Vec<Made>) -> End {
    if !is_worn_out(call)
        && let Some(later) = made.iter().find_map(|made| made.later.clone())
    {
        return End::Later(later);
    }
    End::Settled(state_of(&made), Outcome { v: 1, note: String::new(), made })
}

/// What failed is listed as such, whatever else went well.
fn state_of(made: &[Made]) -> CallState {
    if made.iter().any(|made| !made.trouble.is_empty()) {
        CallState::Failed
    } else if made.iter().any(|made| made.message.is_some()) {
        CallState::Done
    } else {
        CallState::Ignored
    }
}

/// Adds what was made of a call later to what is listed of it.
///
/// # Errors
/// See [`StoreError`].
pub(crate) async fn add_made(hub: &Arc<Hub>, id: CallId, made: Made) -> Result<(), StoreError> {
    hub.work(move |tx, _| {
        let found = hook_call::get(tx, id)?.filter(|call| call.state != CallState::New);
        let Some(call) = found else { return Ok(()) };
        let mut outcome = Outcome::read(&call.outcome).unwrap_or_default();
        if outcome.made.contains(&made) {
            return Ok(());
        }
        outcome.made.push(made.clone());
        let text = serde_json::to_string(&outcome).expect("its own types serialise");
        hook_call::settle(tx, id, state_of(&outcome.made), &text)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestnik_model::id::MessageId;

    #[test]
    fn what_failed_is_not_hidden_by_what_went_well() {
        let sent = || Made { message: Some(MessageId(1)), ..Made::default() };
        let failed = || Made { trouble: "no phone".to_owned(), ..Made::default() };
        assert_eq!(state_of(&[sent()]), CallState::Done);
        assert_eq!(state_of(&[sent(), failed()]), CallState::Failed);
        assert_eq!(state_of(&[Made::default()]), CallState::Ignored);
    }
}
