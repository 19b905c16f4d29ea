//! What each provider can do: the matrix of capabilities, made from the adapters' descriptors, for
//! programs, for the terminal and for the documentation.

use serde::Serialize;
use std::fmt::Write as _;
use vestnik_model::{file::FileKind, language::Language, outcome::Guarantee};
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

/// All that is to be known of the providers, as a page of Markdown: the matrix, then each with its
/// guarantee, its settings and what whoever connects it should know.
#[must_use]
pub fn document<'a>(descriptors: impl Clone + IntoIterator<Item = &'a Descriptor>) -> String {
    let mut out = String::from(
        "# Providers\n\n\
         Made from the adapters' own descriptions by `vestnik providers`; a test keeps it true.\n\n",
    );
    out.push_str(&table(descriptors.clone()));
    for descriptor in descriptors {
        let [_, promise] = descriptor.guarantee_text;
        let _ = write!(
            out,
            "\n## {}\n\n`{}`. {promise}\n\n| Setting | Meaning | Needed | Secret |\n\
             | --- | --- | --- | --- |\n",
            descriptor.name, descriptor.code
        );
        for setting in descriptor.settings {
            let yes = |is: bool| if is { "yes" } else { "–" };
            let (needed, secret) = (yes(setting.required), yes(setting.secret));
            let [_, label] = setting.label;
            let _ = writeln!(out, "| `{}` | {label} | {needed} | {secret} |", setting.name);
        }
        if !descriptor.notices.is_empty() {
            out.push('\n');
        }
        for [_, notice] in descriptor.notices {
            let _ = writeln!(out, "* {notice}");
        }
    }
    out
}

/// The same as a page for a browser, in a language.
#[must_use]
pub fn page<'a>(
    descriptors: impl Clone + IntoIterator<Item = &'a Descriptor>,
    language: Language,
) -> String {
    let ru = language == Language::Ru;
    let pick = |[of_ru, of_en]: [&'static str; 2]| if ru { of_ru } else { of_en };
    let heads = [
        ["Мессенджер", "Messenger"],
        ["Провайдер", "Provider"],
        ["Текст", "Text"],
        ["Картинка", "Image"],
        ["Документ", "Document"],
        ["Звук", "Audio"],
        ["Видео", "Video"],
        ["Цитата", "Quote"],
        ["Группа", "Group"],
        ["Шаблон", "Template"],
        ["Доставлено", "Delivered"],
        ["Прочитано", "Read"],
        ["Если ответ потерян", "If an answer is lost"],
    ];
    let mut rows: Vec<_> = descriptors
        .clone()
        .into_iter()
        .flat_map(|d| d.channels.iter().map(move |c| (c.messenger, d, channel(c))))
        .collect();
    rows.sort_by_key(|(messenger, descriptor, _)| (*messenger, descriptor.name));
    let title = pick(["Что умеют провайдеры", "What providers can do"]);
    let lang = if ru { "ru" } else { "en" };
    let mut out = format!(
        "<!doctype html><html lang=\"{lang}\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>{STYLE}</style><h1>{title}</h1><div><table><thead><tr>"
    );
    for head in heads {
        let _ = write!(out, "<th scope=\"col\">{}", pick(head));
    }
    out.push_str("<tbody>");
    for (messenger, descriptor, view) in rows {
        row(&mut out, messenger.name(), descriptor, &view, &pick);
    }
    out.push_str("</table></div><dl>");
    for descriptor in descriptors {
        let _ = write!(out, "<dt>{}<dd>{}", descriptor.name, pick(descriptor.guarantee_text));
        for notice in descriptor.notices {
            let _ = write!(out, "<dd>{}", pick(*notice));
        }
    }
    out.push_str("</dl></html>");
    out
}

/// A row of the page.
fn row(
    out: &mut String,
    messenger: &str,
    descriptor: &Descriptor,
    view: &ChannelView,
    pick: &dyn Fn([&'static str; 2]) -> &'static str,
) {
    let _ = write!(
        out,
        "<tr><td>{messenger}<th scope=\"row\">{}<td>{}",
        descriptor.name, view.text_chars_max
    );
    let can = [
        view.image,
        view.document,
        view.audio,
        view.video,
        view.quote,
        view.group,
        view.template,
        view.delivered,
        view.read,
    ];
    for is in can {
        let (sign, word) =
            if is { ("✓", pick(["да", "yes"])) } else { ("–", pick(["нет", "no"])) };
        let _ = write!(out, "<td class=\"{is}\"><span title=\"{word}\">{sign}</span>");
    }
    let _ = write!(out, "<td>{}", pick(short(descriptor.guarantee)));
}

/// A guarantee in a word: Russian, English.
fn short(guarantee: Guarantee) -> [&'static str; 2] {
    match guarantee {
        Guarantee::Key => ["ключ: повтор не удвоит", "key: a repeat is dropped"],
        Guarantee::Journal => ["журнал провайдера", "the provider's journal"],
        Guarantee::NeverTwice => ["не повторяется", "never repeated"],
        Guarantee::AtLeastOnce => ["повторяется", "repeated"],
    }
}

const STYLE: &str = "body{font:15px/1.45 system-ui,sans-serif;margin:2rem;color:#1d2733;\
    background:#fff}h1{font-size:1.4rem}div{overflow-x:auto}table{border-collapse:collapse}\
    th,td{padding:.45rem .7rem;border-bottom:1px solid #d9dfe6;text-align:left;white-space:nowrap}\
    thead th{position:sticky;top:0;background:#f4f6f8}.true{color:#0a7a3d}.false{color:#6b7785}\
    dl{max-width:52rem}dt{font-weight:600;margin-top:1.1rem}dd{margin:.25rem 0 0 1.2rem}\
    @media(prefers-color-scheme:dark){body{background:#14181d;color:#dfe6ee}\
    thead th{background:#1d232a}th,td{border-color:#303943}.true{color:#5bd08c}.false{color:#8b98a6}}";
