//! Parameters: query, form, or the fields of a form with files. JSON is not read, as in life.

use std::collections::BTreeMap;

use super::refusal::Refusal;
use crate::{form, wire::WireRequest};

/// What a call was made with.
#[derive(Debug, Default)]
pub(super) struct Params {
    values: BTreeMap<String, String>,
}

impl Params {
    /// Reads them. What the body says goes before the query; a token in the header counts too.
    pub(super) fn read(request: &WireRequest) -> Self {
        let mut values: BTreeMap<String, String> = request.target().query.into_iter().collect();
        let kind = request.header("content-type").unwrap_or("");
        if let Some(boundary) = form::boundary_of(kind) {
            for part in form::parts_of(&request.body, &boundary) {
                values.insert(part.name, String::from_utf8_lossy(part.bytes).into_owned());
            }
        } else if !kind.starts_with("application/json") {
            values.extend(form::pairs(&String::from_utf8_lossy(&request.body)));
        }
        let bearer = request.header("authorization").and_then(|text| text.strip_prefix("Bearer "));
        if let Some(token) = bearer {
            values.insert("access_token".to_owned(), token.to_owned());
        }
        Self { values }
    }

    /// All of them by name.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A text; empty when it is missing.
    pub(super) fn text(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// Whether it was given.
    pub(super) fn has(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }

    /// A whole number, if it is there.
    pub(super) fn int(&self, name: &str) -> Result<Option<i64>, Refusal> {
        match self.text(name) {
            "" => Ok(None),
            text => match text.parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(Refusal::param(&format!("{name} not integer"))),
            },
        }
    }

    /// A whole number that must be there.
    pub(super) fn required(&self, name: &str) -> Result<i64, Refusal> {
        self.int(name)?.ok_or_else(|| Refusal::param(&format!("{name} is undefined")))
    }

    /// A list of whole numbers.
    pub(super) fn ints(&self, name: &str) -> Result<Vec<i64>, Refusal> {
        let parts = self.text(name).split(',').filter(|part| !part.is_empty());
        let numbers: Result<Vec<i64>, _> = parts.map(|part| part.trim().parse()).collect();
        numbers.map_err(|_| Refusal::param(&format!("{name} not integer")))
    }

    /// A switch.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.text(name) == "1"
    }
}
