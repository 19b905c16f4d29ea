//! What each provider can do: the matrix of capabilities, made from the adapters' descriptors, for
//! programs, for the terminal and for the documentation.

use serde::Serialize;
use std::fmt::Write as _;
use vestnik_model::{file::FileKind, outcome::Guarantee};
use vestnik_provider::descriptor::{Channel, Descriptor, Form, Setting};

/// A provider.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderView {
    code: &'static str,
    name: &'static str,
    guarantee: &'static str,
    guarantee_text: Texts,
    channels: Vec<ChannelView>,
    settings: Vec<SettingView>,
    notices: Vec<Texts>,
}

/// A text in both languages.
#[derive(Debug, Serialize)]
pub struct Texts {
    ru: &'static str,
    en: &'static str,
}

/// What it can do in a messenger.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChannelView {
    messenger: &'static str,
    to_phone: bool,
    to_chat: bool,
    group: bool,
    text_chars_max: usize,
    image: bool,
    document: bool,
    audio: bool,
    video: bool,
    quote: bool,
    template: bool,
    buttons_max: usize,
    window: bool,
    delivered: bool,
    read: bool,
}

/// A setting of an account.
#[derive(Debug, Serialize)]
pub struct SettingView {
    name: &'static str,
    label: Texts,
    required: bool,
    secret: bool,
    form: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    choices: Vec<&'static str>,
}

/// A provider for programs.
#[must_use]
pub fn view(descriptor: &'static Descriptor) -> ProviderView {
    ProviderView {
        code: descriptor.code,
        name: descriptor.name,
        guarantee: guarantee(descriptor.guarantee),
        guarantee_text: texts(descriptor.guarantee_text),
        channels: descriptor.channels.iter().map(channel).collect(),
        settings: descriptor.settings.iter().map(setting).collect(),
        notices: descriptor.notices.iter().map(|notice| texts(*notice)).collect(),
    }
}

fn texts([ru, en]: [&'static str; 2]) -> Texts {
    Texts { ru, en }
}

fn guarantee(guarantee: Guarantee) -> &'static str {
    match guarantee {
        Guarantee::Key => "key",
        Guarantee::Journal => "journal",
        Guarantee::NeverTwice => "never_twice",
        Guarantee::AtLeastOnce => "at_least_once",
    }
}

fn channel(channel: &Channel) -> ChannelView {
    let takes = |kind: FileKind| channel.files.iter().any(|rule| rule.kind == kind);
    ChannelView {
        messenger: channel.messenger.code(),
        to_phone: channel.reach.phone,
        to_chat: channel.reach.person,
        group: channel.reach.group,
        text_chars_max: channel.text_chars_max,
        image: takes(FileKind::Image),
        document: takes(FileKind::Document),
        audio: takes(FileKind::Audio) || takes(FileKind::Voice),
        video: takes(FileKind::Video),
        quote: channel.quote,
        template: channel.template,
        buttons_max: channel.buttons_max,
        window: channel.window,
        delivered: channel.receipts.delivered,
        read: channel.receipts.read,
    }
}

fn setting(setting: &'static Setting) -> SettingView {
    let (form, choices) = match setting.form {
        // An id is typed as a text; what it must look like is said by the check.
        Form::Text | Form::Sid(_, _) => ("text", Vec::new()),
        Form::Digits => ("digits", Vec::new()),
        Form::Host => ("host", Vec::new()),
        Form::Phone => ("phone", Vec::new()),
        Form::Switch => ("switch", Vec::new()),
        Form::Choice(known) => ("choice", known.iter().map(|(code, ..)| *code).collect()),
    };
    SettingView {
        name: setting.name,
        label: texts(setting.label),
        required: setting.required,
        secret: setting.secret,
        form,
        choices,
    }
}

/// The matrix as a table of Markdown: a row per messenger and provider.
#[must_use]
pub fn table<'a>(descriptors: impl IntoIterator<Item = &'a Descriptor>) -> String {
    let mut rows = Vec::new();
    for descriptor in descriptors {
        for channel in descriptor.channels {
            rows.push((channel.messenger, descriptor, channel));
        }
    }
    rows.sort_by_key(|(messenger, descriptor, _)| (*messenger, descriptor.name));
    let mut out = String::from(
        "| Messenger | Provider | text | image | document | audio | video | quote | group | \
         template | delivered | read | guarantee |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for (messenger, descriptor, of) in rows {
        let view = channel(of);
        let yes = |is: bool| if is { "yes" } else { "–" };
        // A String takes whatever is written to it.
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            messenger.name(),
            descriptor.name,
            view.text_chars_max,
            yes(view.image),
            yes(view.document),
            yes(view.audio),
            yes(view.video),
            yes(view.quote),
            yes(view.group),
            yes(view.template),
            yes(view.delivered),
            yes(view.read),
            guarantee(descriptor.guarantee).replace('_', " "),
        );
    }
    out
}
