//! Reads parameters one by one and keeps all that is wrong.

use super::{
    Addressing, Allowed, Checked, Credentials, Kind, LOOSE, Remark, UrlHook, fault::Fault,
    nearest::nearest,
};
use crate::{
    layout::{Layout, Locale, ZONE_DEFAULT},
    mail::is_address,
    parameter::{self, PARAMETERS, Parameter, may_be_name},
    query::Query,
    texts::texts,
};
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};
use vestnik_model::{messenger::Messenger, phone::Phone, secret::Secret};

/// Longest key of a provider, characters.
const TOKEN_CHARS_MAX: usize = 256;
/// Longest number of an instance, digits.
const INSTANCE_DIGITS_MAX: usize = 20;

pub(super) struct Reader<'a> {
    pub(super) kind: Kind,
    pub(super) query: &'a Query,
    pub(super) allowed: &'a Allowed<'a>,
    pub(super) errors: Vec<Remark>,
    pub(super) warnings: Vec<Remark>,
}

/// The three that make an instance of Green-API.
type Set = [&'static str; 3];
const WHATSAPP_SET: Set = ["apiUrl", "idInstance", "apiTokenInstance"];
const MAX_SET: Set = ["apiUrlMax", "idInstanceMax", "apiTokenInstanceMax"];

impl Reader<'_> {
    pub(super) fn check(mut self) -> Checked {
        let credentials = match self.kind {
            Kind::GreenApi => self.green_api(),
            Kind::Wappi => self.wappi().into_iter().collect(),
            Kind::Wazzup24 => self.wazzup().into_iter().collect(),
            Kind::Telegram => self.telegram().into_iter().collect(),
        };
        let addressing = self.addressing();
        let error_email = self.error_email();
        let message = self.text("message").unwrap_or_default().trim().to_owned();
        let phone = self.phone(&message);
        let repeat = self.kind == Kind::GreenApi && self.boolean("repeat", false);
        let layout = self.layout();
        self.names();
        for remarks in [&mut self.errors, &mut self.warnings] {
            remarks.sort_by_key(|remark| place(&remark.parameter));
        }
        let hook = self.errors.is_empty().then(|| UrlHook {
            kind: self.kind,
            credentials,
            error_email,
            message,
            phone,
            repeat,
            addressing,
            layout,
        });
        Checked { hook, errors: self.errors, warnings: self.warnings }
    }

    fn error(&mut self, parameter: &str, fault: &Fault) {
        self.errors.push(fault.of(parameter));
    }

    fn warn(&mut self, parameter: &str, fault: &Fault) {
        self.warnings.push(fault.of(parameter));
    }

    /// A value under one of the spellings of a parameter of this hook, as it was written, but for
    /// control characters: none has a place in a message, and a new line is one character.
    fn text(&self, name: &str) -> Option<String> {
        let parameter = parameter::of(self.kind).find(|parameter| parameter.name == name)?;
        let spellings = std::iter::once(&parameter.name).chain(parameter.aliases);
        let value = spellings.into_iter().find_map(|spelling| self.query.get(spelling))?;
        let is_kept = |c: &char| matches!(c, '\n' | '\t') || !c.is_control();
        let value: String = value.replace("\r\n", "\n").chars().filter(is_kept).collect();
        (!value.trim().is_empty()).then_some(value)
    }

    /// A value without white space around it.
    fn value(&self, name: &str) -> Option<String> {
        self.text(name).map(|text| text.trim().to_owned())
    }

    /// A value that must be there and pass a test.
    fn needed(&mut self, name: &str, fault: &Fault, is_right: fn(&str) -> bool) -> Option<String> {
        match self.value(name) {
            None => {
                self.error(name, &Fault::MISSING);
                None
            }
            Some(value) if is_right(&value) => Some(value),
            Some(_) => {
                self.error(name, fault);
                None
            }
        }
    }

    fn green_api(&mut self) -> Vec<Credentials> {
        let has = |reader: &Self, set: Set| set.iter().any(|name| reader.value(name).is_some());
        let mut found = Vec::new();
        let has_max = has(self, MAX_SET);
        if has(self, WHATSAPP_SET) || !has_max {
            found.extend(self.instance(WHATSAPP_SET, Messenger::Whatsapp));
        }
        if has_max {
            found.extend(self.instance(MAX_SET, Messenger::Max));
        }
        found
    }

    /// One set of three. What is missing is said of each.
    fn instance(&mut self, set: Set, messenger: Messenger) -> Option<Credentials> {
        let [host_name, id_name, token_name] = set;
        let given = set.into_iter().find(|name| self.value(name).is_some());
        let missing: Vec<_> = set.into_iter().filter(|n| self.value(n).is_none()).collect();
        for name in missing {
            let fault = given.map_or(Fault::MISSING, Fault::missing_of_set);
            self.error(name, &fault);
        }
        let host = self.value(host_name).and_then(|text| self.host(host_name, &text));
        let id = self.value(id_name).and_then(|id| {
            let is_right = is_digits(&id);
            if !is_right {
                self.error(id_name, &Fault::NOT_DIGITS);
            }
            is_right.then_some(id)
        });
        let token = self.value(token_name).and_then(|token| {
            let is_right = is_token(&token);
            if !is_right {
                self.error(token_name, &Fault::NOT_TOKEN);
            }
            is_right.then_some(token)
        });
        let (host, id, token) = (host?, id?, token?);
        let instance = format!("green_api:{host}:{id}");
        let settings = [("api_url", host), ("id_instance", id), ("token", token)];
        Some(credentials(self.kind, Some(messenger), instance, settings))
    }

    /// The name of a server, without what people copy along with it.
    fn host(&mut self, name: &str, text: &str) -> Option<String> {
        let lower = text.to_ascii_lowercase();
        let bare = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
        let host = bare.unwrap_or(&lower);
        let host = host.split('/').next().unwrap_or_default();
        if !is_host(host) {
            self.error(name, &Fault::NOT_HOST);
            return None;
        }
        if !self.allowed.hosts.iter().any(|pattern| matches(pattern, host)) {
            self.error(name, &Fault::HOST_NOT_ALLOWED);
            return None;
        }
        if host != lower {
            self.warn(name, &Fault::HOST_WITH_SCHEME);
        }
        Some(host.to_owned())
    }

    fn wappi(&mut self) -> Option<Credentials> {
        let token = self.needed("apiToken", &Fault::NOT_TOKEN, is_token);
        let (cascade, profile) = (self.value("cascadeId"), self.value("profileId"));
        let (setting, id) = match (cascade, profile) {
            (None, None) => {
                let both = ["cascadeId", "profileId"];
                self.error("cascadeId", &Fault::neither_of(both));
                return None;
            }
            (Some(id), profile) => {
                if profile.is_some() {
                    self.warn("profileId", &Fault::CASCADE_BEFORE_PROFILE);
                }
                if !is_cascade(&id) {
                    self.error("cascadeId", &Fault::NOT_HEX);
                    return None;
                }
                ("cascade_id", id.to_ascii_lowercase())
            }
            (None, Some(id)) if is_profile(&id) => ("profile_id", id),
            (None, Some(_)) => {
                self.error("profileId", &Fault::NOT_PROFILE);
                return None;
            }
        };
        let instance = format!("wappi:wappi.pro:{id}");
        Some(credentials(self.kind, None, instance, [("token", token?), (setting, id)]))
    }

    fn wazzup(&mut self) -> Option<Credentials> {
        let key = self.needed("key_api", &Fault::NOT_TOKEN, is_token);
        let channel = self.needed("channel_id", &Fault::NOT_GUID, is_guid);
        if self.value("chat_type").is_some_and(|t| !t.eq_ignore_ascii_case("whatsapp")) {
            self.error("chat_type", &Fault::NOT_CHAT_TYPE);
        }
        let channel = channel?.to_ascii_lowercase();
        let instance = format!("wazzup:api.wazzup24.com:{channel}");
        let settings = [("api_key", key?), ("channel_id", channel)];
        Some(credentials(self.kind, Some(Messenger::Whatsapp), instance, settings))
    }

    fn telegram(&mut self) -> Option<Credentials> {
        let name = "telegramToken";
        if self.value(name).is_some_and(|t| t.eq_ignore_ascii_case("TorrowServiceBot")) {
            self.error(name, &Fault::SHARED_BOT);
            return None;
        }
        let token = self.needed(name, &Fault::NOT_BOT_TOKEN, is_bot_token)?;
        let bot = token.split(':').next().unwrap_or_default();
        let instance = format!("telegram:api.telegram.org:{bot}");
        Some(credentials(self.kind, Some(Messenger::Telegram), instance, [("token", token)]))
    }

    fn addressing(&mut self) -> Addressing {
        match self.kind {
            Kind::GreenApi | Kind::Wappi | Kind::Wazzup24 => Addressing::Phone,
            Kind::Telegram => {
                let name = self.needed("telegramFieldName", &Fault::MISSING, |_| true);
                Addressing::Field(name.unwrap_or_default())
            }
        }
    }

    fn error_email(&mut self) -> Option<String> {
        match self.value("errorEmail") {
            None => self.warn("errorEmail", &Fault::NO_EMAIL),
            Some(email) if is_address(&email) => return Some(email),
            Some(_) => self.error("errorEmail", &Fault::NOT_EMAIL),
        }
        None
    }

    fn phone(&mut self, message: &str) -> Option<Phone> {
        let text = self.value("phone")?;
        let phone = Phone::parse(&text);
        if phone.is_none() {
            self.error("phone", &Fault::NOT_PHONE);
        }
        if message.is_empty() {
            self.error("message", &Fault::PHONE_WITHOUT_MESSAGE);
        }
        phone
    }

    fn boolean(&mut self, name: &str, default: bool) -> bool {
        let Some(value) = self.value(name) else { return default };
        let is = |words: [&str; 4]| words.iter().any(|word| word.eq_ignore_ascii_case(&value));
        if is(["true", "1", "yes", "on"]) {
            return true;
        }
        if !is(["false", "0", "no", "off"]) {
            self.error(name, &Fault::NOT_BOOLEAN);
        }
        false
    }

    fn layout(&mut self) -> Layout {
        let mut layout = Layout {
            resource_name: self.value("resource_name"),
            detail_section_name: self.value("detail_section_name"),
            case_type_name: self.value("case_type_name"),
            hide_detail_section: self.boolean("hide_detail_section", false),
            hide_resource_description: self.boolean("hide_resource_description", false),
            hide_order_duration: self.boolean("hide_order_duration", false),
            hide_address: self.boolean("hide_address", false),
            hide_service_name: self.boolean("hide_service_name", false),
            hide_order_description: self.boolean("hide_order_description", false),
            hide_url: self.boolean("hide_url", false),
            hide_contact_info: self.boolean("hide_contact_info", true),
            sign_text: self.text("sign_text").unwrap_or_default(),
            links: self.allowed.links.clone(),
            ..Layout::default()
        };
        if let Some(value) = self.value("date_locales") {
            match Locale::parse(&value) {
                Some(locale) => layout.locale = locale,
                None => self.error("date_locales", &Fault::NOT_LOCALE),
            }
        }
        self.zone(&mut layout);
        layout
    }

    /// The label of Moscow's time stands only behind Moscow's time.
    fn zone(&mut self, layout: &mut Layout) {
        if let Some(value) = self.value("timezone") {
            match TimeZone::get(&value) {
                Ok(zone) => layout.zone = zone,
                Err(_) => self.error("timezone", &Fault::NOT_ZONE),
            }
        }
        let is_default = layout.zone.iana_name() == Some(ZONE_DEFAULT);
        layout.zone_name = match self.value("timezone_name") {
            Some(name) => name,
            None if is_default => texts(layout.locale.language()).zone_name.to_owned(),
            None => {
                self.warn("timezone_name", &Fault::ZONE_WITHOUT_NAME);
                String::new()
            }
        };
    }

    /// Names that are not known here, and those that are given twice.
    fn names(&mut self) {
        let mut seen = BTreeSet::new();
        let mut told = BTreeSet::new();
        let query = self.query;
        for (name, value) in query.pairs() {
            let known = parameter::of(self.kind).find(|parameter| parameter.is_called(name));
            match known {
                Some(parameter) => {
                    let is_again = !value.trim().is_empty() && !seen.insert(parameter.name);
                    if is_again && told.insert(parameter.name.to_owned()) {
                        self.warn(parameter.name, &Fault::REPEATED);
                    }
                }
                None if name.trim().is_empty() => {}
                None if !told.insert(name.to_owned()) => {}
                None => self.unknown(name),
            }
        }
    }

    fn unknown(&mut self, name: &str) {
        if !may_be_name(name) {
            let is_told = self.warnings.iter().any(|remark| remark.parameter == LOOSE);
            if !is_told {
                self.warn(LOOSE, &Fault::LOOSE_TEXT);
            }
            return;
        }
        let elsewhere = PARAMETERS.iter().find(|parameter| parameter.is_called(name));
        let fault = match elsewhere.and_then(|parameter| parameter.kinds.first()) {
            Some(kind) => Fault::of_other_hook(kind.segment()),
            None => {
                let names = parameter::of(self.kind).map(|parameter: &Parameter| parameter.name);
                nearest(name, names).map_or(Fault::UNKNOWN, Fault::unknown_but_near)
            }
        };
        self.warn(name, &fault);
    }
}

fn credentials<const N: usize>(
    kind: Kind,
    messenger: Option<Messenger>,
    instance: String,
    settings: [(&str, String); N],
) -> Credentials {
    let settings: BTreeMap<_, _> =
        settings.into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
    Credentials { provider: kind.provider(), messenger, settings, instance }
}

/// Where a parameter stands in the documentation; what is in none stands last.
fn place(name: &str) -> usize {
    let known = PARAMETERS.iter().position(|parameter| parameter.name == name);
    known.unwrap_or(PARAMETERS.len())
}

fn is_digits(text: &str) -> bool {
    text.len() <= INSTANCE_DIGITS_MAX && text.bytes().all(|b| b.is_ascii_digit())
}

/// Keys stand in paths and headers: nothing in them may end either.
fn is_token(text: &str) -> bool {
    text.len() <= TOKEN_CHARS_MAX
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:~+=".contains(&b))
}

fn is_bot_token(text: &str) -> bool {
    let Some((bot, key)) = text.split_once(':') else { return false };
    let is_key = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    !bot.is_empty() && is_digits(bot) && key.len() >= 20 && is_token(key) && key.bytes().all(is_key)
}

fn is_cascade(text: &str) -> bool {
    (8..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn is_profile(text: &str) -> bool {
    (4..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn is_guid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    let lengths: Vec<_> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    host.len() <= 253 && host.contains('.') && host.split('.').all(is_label)
}

/// `*.` in front of a pattern stands for any one label.
fn matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(end) => host.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(end)),
        None => pattern.eq_ignore_ascii_case(host),
    }
}
