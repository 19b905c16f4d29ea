//! Templates that owners write themselves.

use vestnik_model::language::Language;

/// Longest template, bytes.
pub const TEMPLATE_BYTES_MAX: usize = 32 * 1024;

/// A template that can be used: parsed and tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(String);

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
    /// What is wrong, for people.
    #[must_use]
    pub fn text(&self, language: Language) -> &str {
        match language {
            Language::Ru => &self.what[0],
            Language::En => &self.what[1],
        }
    }
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// [`TemplateError`] if it could never be used.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        if text.len() > TEMPLATE_BYTES_MAX {
            let what = ["Шаблон слишком длинный".to_owned(), "The template is too long".to_owned()];
            return Err(TemplateError { line: None, what });
        }
        Ok(Self(text.to_owned()))
    }
}

/// The built-in layout as a template: what people begin to edit.
pub const DEFAULT_TEMPLATE: &str = "{{ message }}";
