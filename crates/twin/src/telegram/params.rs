//! Parameters of a call, from whichever of the four encodings: query, form, JSON, form with files.

use std::collections::BTreeMap;

use serde_json::Value;

use super::refusal::Refusal;
use crate::{form, wire::WireRequest};

/// A file of a form.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) name: String,
    pub(super) mime: String,
    pub(super) bytes: Vec<u8>,
}

/// What a call was made with. A form's values are strings, JSON's may be anything.
#[derive(Debug, Default)]
pub(super) struct Params {
    values: BTreeMap<String, Value>,
    files: BTreeMap<String, Upload>,
}

impl Params {
    /// Reads them. What the body says goes before the query.
    pub(super) fn read(request: &WireRequest) -> Result<Self, Refusal> {
        let mut params = Self::default();
        for (name, value) in request.target().query {
            params.values.insert(name, Value::String(value));
        }
        if request.body.is_empty() {
            return Ok(params);
        }
        let kind = request.header("content-type").unwrap_or("");
        if kind.starts_with("application/json") {
            let Ok(Value::Object(object)) = serde_json::from_slice(&request.body) else {
                let text = "Bad Request: can't parse request: can't parse JSON object";
                return Err(Refusal::new(400, text));
            };
            params.values.extend(object);
        } else if let Some(boundary) = form::boundary_of(kind) {
            for part in form::parts_of(&request.body, &boundary) {
                params.take(part);
            }
        } else {
            let text = String::from_utf8_lossy(&request.body);
            for (name, value) in form::pairs(&text) {
                params.values.insert(name, Value::String(value));
            }
        }
        Ok(params)
    }

    /// Those of a call in the answer to a webhook.
    pub(super) fn of_object(object: serde_json::Map<String, Value>) -> Self {
        Self { values: object.into_iter().collect(), files: BTreeMap::new() }
    }

    fn take(&mut self, part: form::Part<'_>) {
        match part.file_name {
            Some(name) => {
                let mime = part.mime.unwrap_or_default();
                let upload = Upload { name, mime, bytes: part.bytes.to_vec() };
                self.files.insert(part.name, upload);
            }
            None => {
                let text = String::from_utf8_lossy(part.bytes).into_owned();
                self.values.insert(part.name, Value::String(text));
            }
        }
    }

    /// The file of a part.
    pub(super) fn file(&self, name: &str) -> Option<&Upload> {
        self.files.get(name)
    }

    /// A text; numbers count as one. Empty when it is missing.
    pub(super) fn text(&self, name: &str) -> String {
        match self.values.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Bool(flag)) => flag.to_string(),
            Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => String::new(),
        }
    }

    /// Whether it was given.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| !value.is_null())
    }

    /// A whole number.
    pub(super) fn int(&self, name: &str) -> Option<i64> {
        self.text(name).trim().parse().ok()
    }

    /// A number with a fraction.
    pub(super) fn float(&self, name: &str) -> Option<f64> {
        self.text(name).trim().parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// A switch; as the server reads them, `true`, `yes` and `1` are on.
    pub(super) fn flag(&self, name: &str) -> bool {
        matches!(self.text(name).to_ascii_lowercase().as_str(), "true" | "yes" | "1")
    }

    /// An object or a list, which a form carries as a string.
    pub(super) fn nested(&self, name: &str, what: &str) -> Result<Value, Refusal> {
        match self.values.get(name) {
            None | Some(Value::Null) => Ok(Value::Null),
            Some(Value::String(text)) if text.is_empty() => Ok(Value::Null),
            Some(Value::String(text)) => serde_json::from_str(text).map_err(|_| {
                let text = format!("Bad Request: can't parse {what} JSON object");
                Refusal::new(400, &text)
            }),
            Some(value @ (Value::Object(_) | Value::Array(_))) => Ok(value.clone()),
            Some(Value::Number(_) | Value::Bool(_)) => {
                Err(Refusal::new(400, &format!("Bad Request: object expected as {what}")))
            }
        }
    }
}
