//! Templates that owners write themselves.
//!
//! The language is a small part of Jinja: `{{ value }}`, `{% if %}`, `{% for name in list %}` and
//! comments. `**…**` in the template's own words is bold; in values it is not. Lines that have only
//! tags on them and come out empty leave no trace, so that no minus signs are needed.
//!
//! A template belongs to a tenant, so it gets no more than it needs: no variables of its own, no
//! other templates, filters of bounded output, bounded steps and a bounded result. It is strict
//! when it is saved (an unknown name is an error, tried on events of every kind) and lenient when a
//! message is written (what is missing is empty).

mod bound;
mod filter;
mod mark;
mod scan;
mod variable;

use crate::notice;
use bound::Bounded;
use minijinja::{
    AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value,
    value::{Enumerator, Object, ObjectRepr},
};
use std::{
    fmt::{self, Write as _},
    sync::Arc,
};
use vestnik_model::{content::Marked, language::Language};

pub use variable::{VARIABLES, Variable};

/// Longest template, bytes.
pub const TEMPLATE_BYTES_MAX: usize = 32 * 1024;
/// Longest message a template may write, bytes: more than sixteen bubbles of any messenger.
pub const OUTPUT_BYTES_MAX: usize = 64 * 1024;
/// Steps of the template engine for one message; fifty resources take two thousand.
const FUEL: u64 = 20_000;
/// Deepest nesting of expressions and blocks.
const DEPTH_MAX: usize = 40;

/// The built-in layout as a template: what people begin to edit.
pub const DEFAULT_TEMPLATE: &str = include_str!("template/default.txt");

/// A template that can be used: parsed and tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// As its owner wrote it.
    text: Arc<str>,
    /// With the marks of lines that vanish when they come out empty.
    prepared: Arc<str>,
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text(Language::En))]
pub struct TemplateError {
    /// Its line, from 1, if one is to blame.
    pub line: Option<usize>,
    /// Russian, English.
    what: [String; 2],
}

impl TemplateError {
    /// What is wrong, for people; the line is not in it.
    #[must_use]
    pub fn text(&self, language: Language) -> &str {
        match language {
            Language::Ru => &self.what[0],
            Language::En => &self.what[1],
        }
    }

    /// What is wrong, in both languages.
    #[must_use]
    pub fn texts(&self) -> [String; 2] {
        self.what.clone()
    }

    fn new(line: Option<usize>, ru: impl Into<String>, en: impl Into<String>) -> Self {
        Self { line, what: [ru.into(), en.into()] }
    }
}

impl Template {
    /// Reads a template and tries it on events of every kind.
    ///
    /// # Errors
    /// [`TemplateError`] if it could never be used.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        if text.len() > TEMPLATE_BYTES_MAX {
            return Err(TemplateError::new(
                None,
                format!("Шаблон длиннее {TEMPLATE_BYTES_MAX} байт."),
                format!("The template is longer than {TEMPLATE_BYTES_MAX} bytes."),
            ));
        }
        let text = text.replace("\r\n", "\n");
        let prepared = scan::prepare(&text)?;
        let template = Self { text: text.into(), prepared: prepared.into() };
        for context in notice::trials() {
            template.run(&context, UndefinedBehavior::Strict)?;
        }
        Ok(template)
    }

    /// The built-in layout.
    pub(crate) fn built_in() -> &'static Self {
        static BUILT_IN: std::sync::LazyLock<Template> = std::sync::LazyLock::new(|| {
            let prepared = scan::prepare(DEFAULT_TEMPLATE).unwrap_or_default();
            Template { text: DEFAULT_TEMPLATE.into(), prepared: prepared.into() }
        });
        &BUILT_IN
    }

    /// As its owner wrote it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it reads what the source sent: it need not be prepared otherwise.
    pub(crate) fn reads_payload(&self) -> bool {
        self.text.contains("payload")
    }

    /// Writes a message; what is missing is empty.
    pub(crate) fn render(&self, context: &Value) -> Result<Marked, TemplateError> {
        self.run(context, UndefinedBehavior::Chainable)
    }

    fn run(&self, context: &Value, missing: UndefinedBehavior) -> Result<Marked, TemplateError> {
        let mut environment = environment();
        environment.set_undefined_behavior(missing);
        let compiled =
            environment.template_from_str(&self.prepared).map_err(|error| explain(&error))?;
        let mut out = Bounded::new(OUTPUT_BYTES_MAX);
        compiled.render_captured_to(context.clone(), &mut out).map_err(|error| {
            let is_full = out.is_full || error.kind() == ErrorKind::WriteFailure;
            if is_full { too_long() } else { explain(&error) }
        })?;
        Ok(mark::read(&out.text))
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(DEPTH_MAX);
    // A value can neither be bold nor make its neighbours bold; nothing is written as nothing.
    environment.set_formatter(|out, _, value| {
        if value.is_none() || value.is_undefined() {
            return Ok(());
        }
        let failed = |_| minijinja::Error::from(ErrorKind::WriteFailure);
        let mut text = Bounded::new(OUTPUT_BYTES_MAX);
        write!(text, "{value}").map_err(failed)?;
        out.write_str(&mark::guard(&text.text)).map_err(failed)
    });
    filter::add(&mut environment);
    environment
}

/// A body of unknown form for trials: whatever is asked of it is there, and empty.
#[derive(Debug)]
pub(crate) struct Anything;

impl Object for Anything {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, _: &Value) -> Option<Value> {
        Some(Value::from_object(Self))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Empty
    }

    fn render(self: &Arc<Self>, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

fn too_long() -> TemplateError {
    TemplateError::new(
        None,
        format!("Сообщение по этому шаблону длиннее {OUTPUT_BYTES_MAX} байт."),
        format!("The message from this template is longer than {OUTPUT_BYTES_MAX} bytes."),
    )
}

/// The engine's words for people: whose fault it is and where.
#[expect(clippy::wildcard_enum_match_arm, reason = "the engine's own enum, which may grow")]
fn explain(error: &minijinja::Error) -> TemplateError {
    let line = error.line().filter(|line| *line > 0);
    let detail = error.detail().unwrap_or_default().to_owned();
    let (ru, en) = match error.kind() {
        ErrorKind::SyntaxError => ("Ошибка в записи шаблона", "The template is not well-formed"),
        ErrorKind::UndefinedError => ("Такого имени здесь нет", "There is no such name here"),
        ErrorKind::UnknownFilter => ("Такого фильтра здесь нет", "There is no such filter here"),
        ErrorKind::UnknownTest => ("Такой проверки здесь нет", "There is no such test here"),
        ErrorKind::UnknownFunction | ErrorKind::UnknownMethod => {
            ("Функций здесь нет", "There are no functions here")
        }
        ErrorKind::OutOfFuel => ("Шаблон делает слишком много", "The template does too much"),
        _ => ("Шаблон нельзя выполнить", "The template can't be run"),
    };
    let with = |text: &str| match detail.as_str() {
        "" => format!("{text}."),
        detail => format!("{text}: {detail}."),
    };
    TemplateError::new(line, with(ru), with(en))
}

#[cfg(test)]
mod tests;
