//! The page a browser gets when it opens a hook's address: the verdict, what is wrong beside each
//! parameter, and the message for the sample event. No secret of the address is on it.

use html_escape::encode_double_quoted_attribute as escape;
use std::fmt::Write as _;
use vestnik_app::{
    Hub,
    hook::verify::{Verdict, Verified},
};
use vestnik_hooks::{
    notice,
    parameter::{self, Parameter, may_be_name},
    query::Query,
    source::{self, Mapping},
    url_hook::{Kind, LOOSE, UrlHook},
};
use vestnik_model::{content::Marked, language::Language};

const STYLE: &str = include_str!("page.css");
/// The source of events for these hooks.
const SOURCE: &str = "torrow";

/// The whole page.
pub(super) fn page(
    hub: &Hub,
    kind: Kind,
    query: &[u8],
    verified: &Verified,
    language: Language,
) -> String {
    let texts = texts(language);
    let mut html = String::with_capacity(8 * 1024);
    let lang = match language {
        Language::Ru => "ru",
        Language::En => "en",
    };
    let _ = write!(
        html,
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><title>{} · {}</title><style>{STYLE}</style>\
         </head><body><main>",
        verified.verdict.word(),
        kind.segment(),
    );
    verdict(&mut html, kind, verified, texts);
    remarks(&mut html, verified);
    parameters(&mut html, kind, query, verified, language);
    if let Some(hook) = &verified.hook {
        preview(&mut html, hook, verified, texts);
    }
    footer(&mut html, hub, texts);
    html.push_str("</main></body></html>");
    html
}

fn verdict(html: &mut String, kind: Kind, verified: &Verified, texts: &Texts) {
    let (class, words) = match verified.verdict {
        Verdict::Success => ("good", texts.success),
        Verdict::WrongParameters => ("bad", texts.wrong),
        Verdict::Error => ("bad", texts.error),
    };
    let _ = write!(
        html,
        "<header><p class=\"kind\">/webhook/{}</p><h1><span class=\"{class}\">{}</span> {words}</h1>\
         </header>",
        kind.segment(),
        verified.verdict.word(),
    );
}

/// What belongs to no parameter in particular.
fn remarks(html: &mut String, verified: &Verified) {
    let is_general = |(name, _): &&(String, String)| name.is_empty() || name == LOOSE;
    let general = |list: &[(String, String)]| {
        list.iter().filter(is_general).map(|(_, text)| text.clone()).collect::<Vec<_>>()
    };
    for (class, list) in [("bad", general(&verified.errors)), ("warn", general(&verified.warnings))]
    {
        for text in list {
            // What can be no name is none to its reader, either.
            let text = text.strip_prefix(LOOSE).and_then(|t| t.strip_prefix(": ")).unwrap_or(&text);
            let _ = write!(html, "<p class=\"remark {class}\">{}</p>", escape(text));
        }
    }
}

fn parameters(
    html: &mut String,
    kind: Kind,
    query: &[u8],
    verified: &Verified,
    language: Language,
) {
    let texts = texts(language);
    let Ok(query) = Query::parse(query) else { return };
    let _ = write!(html, "<section><h2>{}</h2><table>", texts.parameters);
    for known in parameter::of(kind) {
        let given = query.pairs().find(|(name, value)| known.is_called(name) && !value.is_empty());
        let errors = of(&verified.errors, known.name);
        let warnings = of(&verified.warnings, known.name);
        if given.is_none() && errors.is_empty() && warnings.is_empty() && !known.required {
            continue;
        }
        let value = match given {
            Some(_) if is_secret(known) => "<span class=\"secret\">•••••</span>".to_owned(),
            Some((_, value)) => escape(value).into_owned(),
            None => format!("<span class=\"none\">{}</span>", texts.not_given),
        };
        row(html, known.name, &value, &errors, &warnings, known.meaning(language));
    }
    for (name, value) in query.pairs() {
        // What can be no name may be a piece of a key: it is told of above, and not repeated.
        if parameter::of(kind).any(|known| known.is_called(name)) || !may_be_name(name) {
            continue;
        }
        // What is not known may be a misspelt secret.
        let shown =
            if value.is_empty() { "" } else { "<span class=\"secret\">•••••</span>" };
        row(html, name, shown, &of(&verified.errors, name), &of(&verified.warnings, name), "");
    }
    html.push_str("</table></section>");
}

fn row(
    html: &mut String,
    name: &str,
    value: &str,
    errors: &[&str],
    warnings: &[&str],
    meaning: &str,
) {
    let class = match (errors.is_empty(), warnings.is_empty()) {
        (false, _) => " class=\"bad\"",
        (true, false) => " class=\"warn\"",
        (true, true) => "",
    };
    let _ = write!(
        html,
        "<tr{class}><th>{}<small>{}</small></th><td><div class=\"value\">{value}</div>",
        escape(name),
        escape(meaning),
    );
    for (class, list) in [("bad", errors), ("warn", warnings)] {
        for text in list {
            // The parameter's name stands beside it already.
            let text = text.strip_prefix(name).and_then(|t| t.strip_prefix(": ")).unwrap_or(text);
            let _ = write!(html, "<p class=\"{class}\">{}</p>", escape(text));
        }
    }
    html.push_str("</td></tr>");
}

fn of<'a>(remarks: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    let is_it = |found: &str| found.eq_ignore_ascii_case(name);
    remarks.iter().filter(|(found, _)| is_it(found)).map(|(_, text)| text.as_str()).collect()
}

fn is_secret(parameter: &Parameter) -> bool {
    let name = parameter.name.to_ascii_lowercase();
    name.contains("token") || name.contains("key")
}

fn preview(html: &mut String, hook: &UrlHook, verified: &Verified, texts: &Texts) {
    let Some(text) = sample_text(hook) else { return };
    let names: Vec<&str> = verified.messengers.iter().map(|messenger| messenger.name()).collect();
    let _ = write!(
        html,
        "<section><h2>{}{}</h2><p class=\"soft\">{}</p><div class=\"phone\"><div class=\"bubble\">\
         {}</div></div></section>",
        texts.preview,
        if names.is_empty() { String::new() } else { format!(" · {}", names.join(", ")) },
        if hook.phone.is_some() { texts.fixed } else { texts.of_sample },
        bold(&text),
    );
}

fn sample_text(hook: &UrlHook) -> Option<Marked> {
    if hook.phone.is_some() {
        return Some(Marked { text: hook.message.clone(), bold: Vec::new() });
    }
    let source = source::find(SOURCE)?;
    let event = source.translate(&Mapping::default(), source.sample().as_bytes()).ok()?;
    notice::write(&event, event.participants.first(), &hook.layout, &hook.message, None).ok()
}

/// Bold passages are marked by characters that no text holds, so that escaping does not touch them.
fn bold(marked: &Marked) -> String {
    let text: String = marked.text.chars().filter(|c| !"\u{1}\u{2}".contains(*c)).collect();
    let is_clean = text.len() == marked.text.len();
    let shown = if is_clean { marked.with_marks("\u{1}", "\u{2}") } else { text };
    escape(&shown).replace('\u{1}', "<b>").replace('\u{2}', "</b>")
}

fn footer(html: &mut String, hub: &Hub, texts: &Texts) {
    let _ = write!(html, "<footer><a href=\"/hook-samples/{SOURCE}.json\">{}</a>", texts.sample);
    if let Some(support) = hub.hooks.support.as_deref().filter(|url| url.starts_with("https://")) {
        let _ = write!(
            html,
            " · <a rel=\"noreferrer\" href=\"{}\">{}</a>",
            escape(support),
            texts.support
        );
    }
    let _ = write!(html, "<p class=\"soft\">{}</p></footer>", texts.cost);
}

struct Texts {
    success: &'static str,
    wrong: &'static str,
    error: &'static str,
    parameters: &'static str,
    not_given: &'static str,
    preview: &'static str,
    of_sample: &'static str,
    fixed: &'static str,
    sample: &'static str,
    support: &'static str,
    cost: &'static str,
}

fn texts(language: Language) -> &'static Texts {
    match language {
        Language::Ru => &Texts {
            success: "Хук готов: адрес можно вставлять в настройки",
            wrong: "Исправьте параметры, отмеченные ниже",
            error: "Провайдер не принял этот адрес",
            parameters: "Параметры",
            not_given: "не указан",
            preview: "Как увидит клиент",
            of_sample: "Сообщение для учебного события. Проверка ничего никому не отправляет.",
            fixed: "Постоянный номер: уходит только текст message. Проверка ничего не отправляет.",
            sample: "Скачать учебное событие (JSON)",
            support: "Помощь",
            cost: "Сообщения у провайдера платные, сравнимо с СМС: оплачивайте подписку после \
                   проверки хука. И не у каждого клиента есть этот мессенджер.",
        },
        Language::En => &Texts {
            success: "The hook is ready: the address can be used",
            wrong: "Correct the parameters that are marked below",
            error: "The provider did not accept this address",
            parameters: "Parameters",
            not_given: "not given",
            preview: "What the customer will see",
            of_sample: "The message for the sample event. Nothing is sent by this check.",
            fixed: "A fixed number: only the text of message goes there. Nothing is sent now.",
            sample: "Download the sample event (JSON)",
            support: "Help",
            cost: "Messages at the provider cost about as much as SMS: pay for a subscription after \
                   the hook has been checked. And not every customer has this messenger.",
        },
    }
}
