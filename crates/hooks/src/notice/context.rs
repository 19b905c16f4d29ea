//! The names that a template knows, ready to be printed: what is hidden or missing is empty.

use crate::{
    date,
    event::{Case, CaseKind, Event, Field, FieldKind, Participant, Resource},
    layout::Layout,
    texts::{Texts, texts},
};
use minijinja::{Value, value::Serde};
use serde::Serialize;
use std::collections::BTreeMap;
use vestnik_model::{phone::Phone, time::Timestamp};

/// What is written about.
pub(super) struct Subject<'a> {
    pub(super) event: &'a Event,
    pub(super) participant: Option<&'a Participant>,
    pub(super) layout: &'a Layout,
    pub(super) message: &'a str,
}

/// Names with their values, before they are handed over: trials replace some of them.
pub(super) type Names = BTreeMap<&'static str, Value>;

#[derive(Serialize)]
struct Line {
    name: String,
    value: String,
}

#[derive(Serialize)]
struct Booked {
    name: String,
    description: String,
    amount: String,
    duration: String,
    comment: String,
}

impl Subject<'_> {
    /// All names; the source's own body only if it is asked for, because it may be large.
    pub(super) fn context(&self, with_payload: bool) -> Value {
        let mut names = self.names();
        names.insert("participant", Value::from(self.participant_names()));
        if with_payload {
            names.insert("payload", Value::from(Serde(&self.event.payload)));
        }
        Value::from(names)
    }

    /// All but `participant` and `payload`.
    pub(super) fn names(&self) -> Names {
        let (event, layout) = (self.event, self.layout);
        let (case, words) = (&event.case, texts(layout.locale.language()));
        let shown = |hidden: bool, text: Option<&str>| {
            if hidden { String::new() } else { text.unwrap_or_default().trim().to_owned() }
        };
        let duration = case.duration.and_then(|span| words.duration(span));
        let mut names = BTreeMap::from([
            ("message", Value::from(self.message.trim())),
            ("sign_text", Value::from(layout.sign_text.trim())),
            ("head", Value::from(head(case, layout, words))),
            ("title", Value::from(self.title())),
            ("duration", Value::from(shown(layout.hide_order_duration, duration.as_deref()))),
            ("address", Value::from(shown(layout.hide_address, case.place.as_deref()))),
            (
                "description",
                Value::from(shown(layout.hide_order_description, case.description.as_deref())),
            ),
            ("service", Value::from(self.service_names())),
            ("case", Value::from(self.case_names(words))),
            ("event", Value::from(event.name.code())),
            ("resources", Value::from(Serde(self.resources(words)))),
            ("contacts", Value::from(Serde(self.contacts(words)))),
            ("words", Value::from(self.words(words))),
            ("language", Value::from(layout.locale.language().code())),
        ]);
        names.extend(self.times());
        names
    }

    /// The moments in all the forms a template may want.
    fn times(&self) -> Names {
        let layout = self.layout;
        let at = |at: Option<Timestamp>| at.and_then(|at| date::local(at, &layout.zone));
        let (start, end) = (at(self.event.case.starts_at), at(self.event.case.ends_at));
        let zone = match layout.zone_name.trim() {
            "" => start.as_ref().map(date::offset).unwrap_or_default(),
            name => name.to_owned(),
        };
        let of = |at: &Option<jiff::Zoned>, form: fn(&jiff::Zoned, _) -> String| {
            Value::from(at.as_ref().map(|at| form(at, layout.locale)).unwrap_or_default())
        };
        let when =
            start.as_ref().map(|at| format!("{} ({zone})", date::date_and_time(at, layout.locale)));
        BTreeMap::from([
            ("when", Value::from(when.unwrap_or_default())),
            ("date", of(&start, date::date)),
            ("short_date", of(&start, date::short_date)),
            ("time", of(&start, date::time)),
            ("end_date", of(&end, date::date)),
            ("end_time", of(&end, date::time)),
            ("zone", Value::from(zone)),
        ])
    }

    /// The title, if it says more than head and service do.
    fn title(&self) -> String {
        let case = &self.event.case;
        let title = case.title.as_deref().unwrap_or_default().trim();
        let number = case.number.as_deref().unwrap_or_default().trim();
        let service = self.event.service.as_ref().and_then(|s| s.name.as_deref());
        let is_known = !number.is_empty() && title.contains(number)
            || service.is_some_and(|name| name.trim() == title);
        if is_known { String::new() } else { title.to_owned() }
    }

    fn service_names(&self) -> Names {
        let (layout, service) = (self.layout, self.event.service.as_ref());
        let name = service.and_then(|s| s.name.as_deref()).filter(|_| !layout.hide_service_name);
        let id = service.map(|s| s.id.as_str()).unwrap_or_default();
        let description = service.and_then(|s| s.description.as_deref()).unwrap_or_default();
        BTreeMap::from([
            ("id", Value::from(id)),
            ("name", Value::from(name.unwrap_or_default().trim())),
            ("description", Value::from(description.trim())),
            ("link", Value::from(self.link(layout.links.service.as_deref(), id))),
        ])
    }

    fn case_names(&self, words: &Texts) -> Names {
        let (case, layout) = (&self.event.case, self.layout);
        let text = |text: &Option<String>| Value::from(text.as_deref().unwrap_or_default().trim());
        let number = case.number.as_deref().map(|number| words.number(number));
        BTreeMap::from([
            ("id", Value::from(case.id.as_str())),
            ("version", Value::from(case.version)),
            ("kind", Value::from(case.kind.code())),
            ("noun", Value::from(noun(case.kind, layout, words))),
            ("number", Value::from(number.unwrap_or_default())),
            ("title", text(&case.title)),
            ("state", Value::from(case.state.map_or("", |state| state.code()))),
            ("place", text(&case.place)),
            ("description", text(&case.description)),
            ("link", Value::from(self.link(layout.links.order.as_deref(), &case.id))),
        ])
    }

    /// A link, if it is wanted and can be made.
    fn link(&self, pattern: Option<&str>, id: &str) -> String {
        match pattern {
            Some(pattern) if !self.layout.hide_url && !id.is_empty() => {
                pattern.replace("{id}", &escaped(id))
            }
            Some(_) | None => String::new(),
        }
    }

    fn resources(&self, words: &Texts) -> Vec<Booked> {
        if self.layout.hide_detail_section {
            return Vec::new();
        }
        let mut booked: Vec<_> =
            self.event.resources.iter().map(|resource| self.booked(resource, words)).collect();
        booked.retain(|resource| !resource.name.is_empty());
        booked
    }

    fn booked(&self, resource: &Resource, words: &Texts) -> Booked {
        let text = |text: &Option<String>| text.as_deref().unwrap_or_default().trim().to_owned();
        let mut description = text(&resource.description);
        let mut name = text(&resource.name);
        if self.layout.hide_resource_description {
            description.clear();
        }
        if name.is_empty() {
            name = std::mem::take(&mut description);
        }
        let amount = text(&resource.amount);
        let amount = if amount == "1" { "" } else { amount.as_str() };
        Booked {
            name,
            description,
            amount: amount.replace('.', &words.decimal_sign.to_string()),
            duration: resource.duration.and_then(|d| words.duration(d)).unwrap_or_default(),
            comment: text(&resource.comment),
        }
    }

    fn contacts(&self, words: &Texts) -> Vec<Line> {
        let Some(participant) = self.participant.filter(|_| !self.layout.hide_contact_info) else {
            return Vec::new();
        };
        let comment = participant.comment.as_deref().unwrap_or_default();
        let fields = participant.fields.iter().map(|field| {
            // A field with an asterisk in front is hidden from the customer at the source.
            let label = field.name.trim().trim_end_matches(':');
            let label = if label.is_empty() { words.label(field.kind) } else { label };
            (label, field.value.trim())
        });
        fields
            .chain([(words.comment, comment.trim())])
            .filter(|(label, value)| !value.is_empty() && !label.starts_with('*'))
            .map(|(name, value)| Line { name: name.to_owned(), value: value.to_owned() })
            .collect()
    }

    /// Headings and labels, the owner's own where there are any.
    fn words(&self, words: &Texts) -> Names {
        let of_kind = words.of(self.event.case.kind);
        let own = |own: &Option<String>, ours: &str| {
            let own = own.as_deref().map(str::trim).filter(|own| !own.is_empty());
            Value::from(own.unwrap_or(ours))
        };
        BTreeMap::from([
            ("details", own(&self.layout.detail_section_name, of_kind.details)),
            ("resources", own(&self.layout.resource_name, words.resources)),
            ("link", Value::from(of_kind.link)),
            ("service", Value::from(words.service)),
            ("when", Value::from(words.when)),
            ("duration", Value::from(words.duration)),
            ("address", Value::from(words.address)),
            ("description", Value::from(words.description)),
            ("contacts", Value::from(words.contacts)),
        ])
    }

    fn participant_names(&self) -> Names {
        let mut names = self.participant_facts();
        let fields = self.participant.map(|p| p.fields.as_slice()).unwrap_or_default();
        let fields: BTreeMap<String, Value> = fields
            .iter()
            .map(|field| (field.name.trim().to_owned(), Value::from(field.value.trim())))
            .collect();
        names.insert("fields", Value::from(fields));
        names
    }

    /// All but `fields`.
    pub(super) fn participant_facts(&self) -> Names {
        let someone = self.participant;
        let text = |text: Option<&str>| Value::from(text.unwrap_or_default().trim());
        let value = |kinds: &[FieldKind]| {
            let fields = someone.map(|p| p.fields.as_slice()).unwrap_or_default();
            text(first(fields, kinds))
        };
        let phone = someone.and_then(|p| p.phone().ok());
        BTreeMap::from([
            ("id", text(someone.map(|p| p.id.as_str()))),
            ("kind", text(someone.and_then(|p| p.kind).map(|kind| kind.code()))),
            ("state", text(someone.and_then(|p| p.state).map(|state| state.code()))),
            ("name", value(&[FieldKind::FullName, FieldKind::FirstName, FieldKind::LastName])),
            ("first_name", value(&[FieldKind::FirstName])),
            ("phone", Value::from(phone.map(|phone: Phone| format!("+{phone}")))),
            (
                "email",
                value(&[FieldKind::Email, FieldKind::VerifiedEmail, FieldKind::AdditionalEmail]),
            ),
            ("comment", text(someone.and_then(|p| p.comment.as_deref()))),
            ("zone", text(someone.and_then(|p| p.zone.as_deref()))),
        ])
    }
}

fn first<'a>(fields: &'a [Field], kinds: &[FieldKind]) -> Option<&'a str> {
    let of = |kind: &FieldKind| fields.iter().find(|f| f.kind == *kind && !f.value.is_empty());
    kinds.iter().find_map(of).map(|field| field.value.as_str())
}

/// "Ваша запись №180". The owner's own noun stands alone: its gender is not known.
fn head(case: &Case, layout: &Layout, words: &Texts) -> String {
    let own = layout.case_type_name.as_deref().map(str::trim).filter(|own| !own.is_empty());
    let mut head = match own {
        Some(noun) => capitalised(noun),
        None => words.of(case.kind).head.to_owned(),
    };
    if let Some(number) = case.number.as_deref().map(str::trim).filter(|n| !n.is_empty()) {
        head.push(' ');
        head.push_str(&words.number(number));
    }
    head
}

fn noun(kind: CaseKind, layout: &Layout, words: &Texts) -> String {
    let own = layout.case_type_name.as_deref().map(str::trim).filter(|own| !own.is_empty());
    own.unwrap_or(words.of(kind).noun).to_owned()
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// An id in an address: what is not plain in one is escaped.
fn escaped(id: &str) -> String {
    let mut out = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
