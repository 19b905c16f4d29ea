//! Sinks: receivers for whatever the product posts (reports, webhooks), which keep what they got
//! and answer as told.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    limits,
    wire::{WireRequest, WireResponse},
};

/// One thing that a sink got.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// When, in the caller's milliseconds.
    pub at: i64,
    /// HTTP method.
    pub method: String,
    /// Raw path and query.
    pub path: String,
    /// Headers, names in lower case; of a repeated one the last.
    pub headers: BTreeMap<String, String>,
    /// JSON if it is JSON, text otherwise.
    pub body: Value,
    /// What the sink answered.
    pub status: u16,
}

/// How a sink answers. Left out: as before.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SinkChange {
    /// HTTP status of every answer.
    pub status: Option<u16>,
    /// Real milliseconds before every answer.
    pub latency_ms: Option<u64>,
    /// How many of the next requests are answered with 500.
    pub fail_next: Option<u32>,
}

/// One sink.
#[derive(Debug, Clone, Serialize)]
pub struct Sink {
    /// HTTP status of every answer.
    pub status: u16,
    /// Real milliseconds before every answer.
    pub latency_ms: u64,
    /// How many of the next requests are answered with 500.
    pub fail_next: u32,
    /// How many came, kept or not.
    pub count: u64,
    #[serde(skip)]
    entries: VecDeque<Entry>,
}

impl Default for Sink {
    fn default() -> Self {
        Self { status: 200, latency_ms: 0, fail_next: 0, count: 0, entries: VecDeque::new() }
    }
}

/// All sinks by name.
#[derive(Debug, Default)]
pub struct Sinks {
    by_name: BTreeMap<String, Sink>,
}

impl Sinks {
    fn open(&mut self, name: &str) -> Option<&mut Sink> {
        let is_new = !self.by_name.contains_key(name);
        let is_fine = !name.is_empty() && name.chars().count() <= limits::NAME_CHARS_MAX;
        if is_new && (!is_fine || self.by_name.len() >= limits::SINKS_MAX) {
            return None;
        }
        Some(self.by_name.entry(name.to_owned()).or_default())
    }

    /// Keeps a request and answers it.
    pub fn receive(&mut self, name: &str, request: &WireRequest, now_ms: i64) -> WireResponse {
        let Some(sink) = self.open(name) else {
            return WireResponse::text(507, "too many sinks, or a bad name");
        };
        let status = if sink.fail_next > 0 { 500 } else { sink.status };
        sink.fail_next = sink.fail_next.saturating_sub(1);
        sink.count += 1;
        let text = || Value::String(String::from_utf8_lossy(&request.body).into_owned());
        sink.entries.push_back(Entry {
            at: now_ms,
            method: request.method.clone(),
            path: request.path_and_query.clone(),
            headers: lower_case(&request.headers),
            body: serde_json::from_slice(&request.body).unwrap_or_else(|_| text()),
            status,
        });
        if sink.entries.len() > limits::SINK_ENTRIES_MAX {
            sink.entries.pop_front();
        }
        WireResponse::text(status, if status < 300 { "ok" } else { "as told" })
            .delayed(sink.latency_ms)
    }

    /// What a sink got, oldest first.
    pub fn entries(&self, name: &str) -> impl Iterator<Item = &Entry> {
        self.by_name.get(name).into_iter().flat_map(|sink| &sink.entries)
    }

    /// Changes how a sink answers.
    pub fn change(&mut self, name: &str, change: &SinkChange) -> Result<&Sink, String> {
        if change.status.is_some_and(|status| !(200..=599).contains(&status)) {
            return Err("status must be from 200 to 599".to_owned());
        }
        let sink = self.open(name).ok_or("too many sinks, or a bad name")?;
        sink.status = change.status.unwrap_or(sink.status);
        sink.latency_ms = change.latency_ms.unwrap_or(sink.latency_ms).min(3_600_000);
        sink.fail_next = change.fail_next.unwrap_or(sink.fail_next);
        Ok(sink)
    }

    /// Forgets what a sink got and how it was told to answer.
    pub fn clear(&mut self, name: &str) {
        self.by_name.remove(name);
    }

    /// All sinks by name.
    pub fn all(&self) -> &BTreeMap<String, Sink> {
        &self.by_name
    }
}

fn lower_case(headers: &[(String, String)]) -> BTreeMap<String, String> {
    headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect()
}
