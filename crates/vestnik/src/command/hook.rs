//! Booking hooks at the terminal: what would be sent, without a hub.

mod manage;

use crate::{
    cli,
    out::{self, say},
};
use anyhow::{Context, Result, bail};
use std::{
    collections::BTreeMap,
    fs,
    io::{IsTerminal, stdout},
};
use vestnik_engine::parts::{Room, divide};
use vestnik_hooks::{
    event::{BadPhone, Event, Participant},
    layout::{Layout, Links, Locale, ZONE_NAME_DEFAULT},
    mail::{TroubleReason, mask},
    notice,
    query::Query,
    source::{self, Mapping, Source},
    template::Template,
    url_hook::{Addressing, Allowed, Checked, Credentials, Kind, UrlHook, check},
};
use vestnik_model::{
    account::{Account, Pacing},
    content::{Bold, Content, Marked},
    id::{AccountId, MessageId, WorkspaceId},
    language::Language,
    messenger::Messenger,
    outcome::Guarantee,
    phone::Phone,
};
use vestnik_provider::{
    Provider,
    port::{Next, Submission, To},
};

/// Participants whose messages are printed.
const SHOWN_MAX: usize = 5;

/// Does what `vestnik hook` was asked for.
///
/// # Errors
/// See each of its commands.
pub(super) fn run(command: &cli::HookCommand) -> Result<()> {
    match &command.asked {
        cli::Hook::Preview(args) => preview(args),
        cli::Hook::Sample(args) => sample(args),
        cli::Hook::Manage(asked) => manage::run(&command.access, asked),
    }
}

/// Prints an event to try hooks with.
///
/// # Errors
/// If there is no such source, or the number is none.
fn sample(args: &cli::HookSample) -> Result<()> {
    let source = source_of(&args.source)?;
    let Some(phone) = &args.phone else {
        return out::text(format_args!("{}", source.sample()));
    };
    let phone = Phone::parse(phone).with_context(|| format!("{phone}: not a phone number"))?;
    out::text(format_args!("{}", source.sample_to(phone)))
}

/// Prints what an event would become.
///
/// # Errors
/// If the address, the event or the template can't be used.
fn preview(args: &cli::HookPreview) -> Result<()> {
    let language = match args.lang.as_str() {
        "ru" => Language::Ru,
        "en" => Language::En,
        other => bail!("the language is ru or en, not {other}"),
    };
    let only = args.messenger.as_deref().map(messenger_of).transpose()?;
    let template = args.template.as_ref().map(|path| template_of(path, language)).transpose()?;
    let hook = args.url.as_deref().map(|url| hook_of(url, language)).transpose()?;
    let source = source_of(&args.source)?;
    let body =
        fs::read(&args.event).with_context(|| format!("can't read {}", args.event.display()))?;
    let event = source
        .translate(&Mapping::default(), &body)
        .with_context(|| format!("{} is no event of {}", args.event.display(), source.code()))?;
    let usual = || Layout { links: source.links(), ..usual(language) };
    let layout = hook.as_ref().map_or_else(usual, |hook| hook.layout.clone());
    let preview = Preview { event, hook, layout, template, only, language };
    preview.print()
}

fn source_of(code: &str) -> Result<&'static dyn Source> {
    source::find(code).with_context(|| {
        let known: Vec<_> = source::all().iter().map(|source| source.code()).collect();
        format!("there is no source {code}; known are {}", known.join(", "))
    })
}

fn messenger_of(code: &str) -> Result<Messenger> {
    Messenger::parse(code).with_context(|| {
        let known = Messenger::ALL.map(Messenger::code).join(", ");
        format!("there is no messenger {code}; known are {known}")
    })
}

fn template_of(path: &std::path::Path, language: Language) -> Result<Template> {
    let text =
        fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
    Template::parse(&text).map_err(|error| {
        let line = error.line.map(|line| format!(":{line}")).unwrap_or_default();
        anyhow::anyhow!("{}{line}: {}", path.display(), error.text(language))
    })
}

/// The layout of a hook that says nothing.
fn usual(language: Language) -> Layout {
    match language {
        Language::Ru => Layout { zone_name: ZONE_NAME_DEFAULT.to_owned(), ..Layout::default() },
        Language::En => {
            let zone_name = "MSK".to_owned();
            Layout { locale: Locale::EnUs, zone_name, ..Layout::default() }
        }
    }
}

/// The hook of an address; what is to be said of the address is printed.
fn hook_of(url: &str, language: Language) -> Result<UrlHook> {
    let url = url.split('#').next().unwrap_or_default();
    let (path, query) = match url.split_once('?') {
        Some((path, query)) => (Some(path), query),
        None => (None, url),
    };
    let query = Query::parse(query.as_bytes())?;
    let kind = match path.map(|path| path.trim_end_matches('/').rsplit('/').next()) {
        Some(Some(segment)) if !segment.is_empty() => Kind::parse(segment).with_context(|| {
            let known = Kind::ALL.map(Kind::segment).join(", ");
            format!("the address ends in no hook's name; known are {known}")
        })?,
        Some(_) | None => Kind::guess(&query),
    };
    let descriptor = adapter(kind.provider())?.descriptor();
    let hosts: Vec<_> = descriptor.hosts.iter().map(|host| (*host).to_owned()).collect();
    let allowed = Allowed { hosts: &hosts, links: Links::default() };
    let Checked { hook, errors, warnings } = check(kind, &query, &allowed);
    let [wrong, known] = match language {
        Language::Ru => ["Ошибка", "Предупреждение"],
        Language::En => ["Error", "Warning"],
    };
    for (word, remarks) in [(wrong, &errors), (known, &warnings)] {
        for remark in remarks {
            say!("{word}: {}", remark.text(language))?;
        }
    }
    hook.context(match language {
        Language::Ru => "адрес хука нужно исправить",
        Language::En => "the hook's address has to be corrected",
    })
}

fn adapter(code: &str) -> Result<&'static dyn Provider> {
    vestnik_providers::find(code).with_context(|| format!("there is no provider {code}"))
}

struct Preview {
    event: Event,
    hook: Option<UrlHook>,
    layout: Layout,
    template: Option<Template>,
    only: Option<Messenger>,
    language: Language,
}

impl Preview {
    fn print(&self) -> Result<()> {
        let fixed = self.hook.as_ref().and_then(|hook| Some((hook.phone?, &hook.message)));
        if let Some((phone, message)) = fixed {
            self.say_to(&mask(&phone.to_string()))?;
            return self.bubbles(&Marked { text: message.clone(), bold: Vec::new() });
        }
        if self.event.participants.is_empty() {
            self.say_failure(&TroubleReason::NoParticipant)?;
            return self.bubbles(&self.write(None)?);
        }
        for participant in self.event.participants.iter().take(SHOWN_MAX) {
            match self.address(participant) {
                Ok(to) => self.say_to(&to)?,
                Err(reason) => self.say_failure(&reason)?,
            }
            self.bubbles(&self.write(Some(participant))?)?;
        }
        Ok(())
    }

    fn write(&self, participant: Option<&Participant>) -> Result<Marked> {
        let message = self.hook.as_ref().map_or("", |hook| hook.message.as_str());
        notice::write(&self.event, participant, &self.layout, message, self.template.as_ref())
            .map_err(|error| anyhow::anyhow!("{}", error.text(self.language).to_owned()))
    }

    /// Whom it would go to, masked.
    fn address(&self, participant: &Participant) -> Result<String, TroubleReason> {
        let addressing = self.hook.as_ref().map(|hook| &hook.addressing);
        match addressing {
            Some(Addressing::Field(name)) => participant
                .field(name)
                .map(mask)
                .ok_or_else(|| TroubleReason::NoField(name.clone())),
            Some(Addressing::Phone) | None => match participant.phone() {
                Ok(phone) => Ok(mask(&phone.to_string())),
                Err(BadPhone::None) => Err(TroubleReason::NoPhone),
                Err(BadPhone::Unusable(_)) => Err(TroubleReason::BadPhone),
            },
        }
    }

    fn say_to(&self, to: &str) -> Result<()> {
        match self.language {
            Language::Ru => say!("Кому: {to}"),
            Language::En => say!("To: {to}"),
        }
    }

    /// Nothing would be sent: why, and who would be told.
    fn say_failure(&self, reason: &TroubleReason) -> Result<()> {
        let email = self.hook.as_ref().and_then(|hook| hook.error_email.as_deref());
        let reason = reason.text(self.language);
        match (self.language, email) {
            (Language::Ru, Some(email)) => {
                say!("Не отправлено: {reason} Об этом узнает {email}.")
            }
            (Language::Ru, None) => say!("Не отправлено: {reason}"),
            (Language::En, Some(email)) => {
                say!("Not sent: {reason} {email} would be told.")
            }
            (Language::En, None) => say!("Not sent: {reason}"),
        }
    }

    /// The bubbles, in each messenger.
    fn bubbles(&self, marked: &Marked) -> Result<()> {
        for way in self.ways()? {
            let channel = way.provider.descriptor().channel(way.messenger);
            let room =
                channel.map_or(Room { text: usize::MAX, caption: 0, is_utf16: false }, |channel| {
                    Room {
                        text: channel.text_chars_max,
                        caption: channel.caption_chars_max,
                        is_utf16: channel.counts_utf16,
                    }
                });
            let parts = divide(Content::Marked(marked.clone()), room)
                .map_err(|_| anyhow::anyhow!(TroubleReason::TooLong.text(self.language)))?;
            let name = way.messenger.name();
            say!("\n── {name}, {} ──", way.provider.descriptor().name)?;
            for part in &parts {
                say!("{}", way.shown(part))?;
            }
        }
        say!()
    }

    /// The messengers it would go to; all of them if the address does not tell.
    fn ways(&self) -> Result<Vec<Way>> {
        let mut ways = Vec::new();
        let credentials = self.hook.as_ref().map(|hook| hook.credentials.as_slice());
        for one in credentials.unwrap_or_default() {
            let provider = adapter(one.provider)?;
            let carried = provider.descriptor().channels.iter().map(|channel| channel.messenger);
            let messengers = carried.filter(|m| one.messenger.is_none_or(|only| only == *m));
            ways.extend(messengers.map(|messenger| Way::new(provider, messenger, one)));
        }
        if self.hook.is_none() {
            for messenger in Messenger::ALL {
                let carries = |p: &&&dyn Provider| p.descriptor().channel(messenger).is_some();
                let first = vestnik_providers::all().iter().find(carries);
                ways.extend(first.map(|provider| Way {
                    provider: *provider,
                    messenger,
                    settings: BTreeMap::new(),
                }));
            }
        }
        ways.retain(|way| self.only.is_none_or(|only| only == way.messenger));
        if ways.is_empty() {
            bail!("this hook does not write to that messenger");
        }
        Ok(ways)
    }
}

/// A messenger through a provider.
struct Way {
    provider: &'static dyn Provider,
    messenger: Messenger,
    settings: BTreeMap<String, vestnik_model::secret::Secret>,
}

impl Way {
    fn new(provider: &'static dyn Provider, messenger: Messenger, of: &Credentials) -> Self {
        Self { provider, messenger, settings: of.settings.clone() }
    }

    /// A part as the customer sees it; bold is shown as the terminal can.
    fn shown(&self, part: &Content) -> String {
        match part {
            Content::Marked(marked) if self.has_bold() => {
                let (open, close) =
                    if stdout().is_terminal() { ("\u{1b}[1m", "\u{1b}[0m") } else { ("*", "*") };
                marked.with_marks(open, close)
            }
            Content::Marked(_)
            | Content::Text(_)
            | Content::File(_)
            | Content::Choice { .. }
            | Content::Template(_) => part.as_text().to_owned(),
        }
    }

    /// Whether bold arrives as bold there: the adapter is asked for a request with and without it.
    fn has_bold(&self) -> bool {
        let request = |bold: Vec<Bold>| {
            let content = Content::Marked(Marked { text: "x".to_owned(), bold });
            match self.provider.submit(&self.account(), &submission(&content, self.to())) {
                Next::Call(call) => Some(call.request.body),
                Next::Done(_) => None,
            }
        };
        request(Vec::new()) != request(vec![Bold { start: 0, len: 1 }])
    }

    fn to(&self) -> To<'static> {
        let channel = self.provider.descriptor().channel(self.messenger);
        let phone = Phone::from_digits(79_001_234_567);
        match phone.filter(|_| channel.is_some_and(|channel| channel.reach.phone)) {
            Some(phone) => To::Phone(phone),
            None => To::Person("1"),
        }
    }

    fn account(&self) -> Account {
        Account {
            id: AccountId(1),
            workspace: WorkspaceId(1),
            provider: self.provider.descriptor().code.to_owned(),
            name: String::new(),
            messenger: self.messenger,
            webhook_key: String::new(),
            settings: self.settings.clone(),
            pacing: Pacing::default(),
            lanes: 1,
            in_flight_max: 1,
            unknown: Guarantee::NeverTwice,
            active: true,
        }
    }
}

fn submission<'a>(content: &'a Content, to: To<'a>) -> Submission<'a> {
    Submission { message: MessageId(1), key: 1, to, content, file: None, quote: None }
}
