//! Managed hooks at the terminal, by the running hub's own API.

use crate::{
    cli,
    out::{plain, say},
    serve,
};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::fs;
use vestnik_model::time::Millis;
use vestnik_net::{Client, Settings};
use vestnik_provider::{
    Transport,
    wire::{Method, Request},
};

/// How long the hub may take.
const TIMEOUT: Millis = Millis::seconds(10);

/// Does what was asked and prints what came of it.
///
/// # Errors
/// If the hub does not answer, or refuses it.
pub(in crate::command) fn run(hub: &cli::HubAccess, asked: &cli::HookManage) -> Result<()> {
    let api = Api::new(hub);
    match asked {
        cli::HookManage::List => api.list(),
        cli::HookManage::Add(new) => api.add(new),
        cli::HookManage::Remove { id } => {
            api.call(Method::Delete, &format!("/v1/hooks/{id}"), &Value::Null)?;
            say!("removed")
        }
        cli::HookManage::Test { id, event, send } => api.test(id, event.as_deref(), *send),
        cli::HookManage::Calls { id, failed } => api.calls(id.as_deref(), *failed),
        cli::HookManage::Show { call } => {
            let found = api.get(&format!("/v1/hook-calls/{call}"))?;
            say!("{}", serde_json::to_string_pretty(&found)?)
        }
        cli::HookManage::Replay { call } => {
            let path = format!("/v1/hook-calls/{call}/replay");
            let again = api.call(Method::Post, &path, &Value::Null)?;
            say!("played again as {}", text(&again["id"]))
        }
    }
}

struct Api {
    client: Client,
    base: String,
    key: String,
}

impl Api {
    fn new(hub: &cli::HubAccess) -> Self {
        let key = hub.key.clone().or_else(|| std::env::var("VESTNIK_KEY").ok());
        let everywhere = ["0.0.0.0/0", "::/0"].iter().filter_map(|n| n.parse().ok()).collect();
        Self {
            client: Client::new(Settings { provider_networks: everywhere, ..Settings::default() }),
            base: hub.hub.trim_end_matches('/').to_owned(),
            key: key.unwrap_or_else(|| "vst_demo".to_owned()),
        }
    }

    fn get(&self, path: &str) -> Result<Value> {
        self.call(Method::Get, path, &Value::Null)
    }

    fn call(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        let url = format!("{}{path}", self.base);
        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let mut request = Request::post_json("hook", url, bytes, TIMEOUT);
        request.method = method;
        let request = request.with_header("authorization", format!("Bearer {}", self.key));
        let reply = serve::runtime()?.block_on(self.client.call(request));
        let reply = reply.map_err(|trouble| anyhow::anyhow!("{}", trouble.detail().to_owned()))?;
        if !(200..300).contains(&reply.status) {
            let problem: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
            let detail =
                problem["detail"].as_str().map_or_else(|| reply.text().into_owned(), str::to_owned);
            bail!("the hub refused it (HTTP {}): {detail}", reply.status);
        }
        if reply.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&reply.body).context("the hub's answer")
    }

    fn list(&self) -> Result<()> {
        for hook in self.get("/v1/hooks")?.as_array().into_iter().flatten() {
            let state = if hook["active"] == true { "on" } else { "off" };
            let address = if hook["url"].is_string() { &hook["url"] } else { &hook["path"] };
            say!(
                "{}  {state:<3} {}  {}  {}",
                text(&hook["id"]),
                text(&hook["settings"]["source"]),
                text(&hook["name"]),
                text(address),
            )?;
        }
        Ok(())
    }

    fn add(&self, new: &cli::HookAdd) -> Result<()> {
        let mut settings = match &new.settings {
            Some(path) => {
                let read = fs::read(path);
                let read = read.with_context(|| format!("can't read {}", path.display()))?;
                serde_json::from_slice(&read).with_context(|| format!("{}", path.display()))?
            }
            None => json!({ "source": new.source }),
        };
        let accounts = self.get("/v1/accounts")?;
        let links = new.accounts.iter().map(|name| account(&accounts, name));
        let links = links.map(|id| Ok(json!({ "account": id? }))).collect::<Result<Vec<_>>>()?;
        if !links.is_empty() {
            settings["links"] = links.into();
        }
        if let Some(email) = &new.error_email {
            settings["error_email"] = email.as_str().into();
        }
        if let Some(message) = &new.message {
            settings["message"] = message.as_str().into();
        }
        if !new.presets.is_empty() {
            settings["rules"] = self.presets(&new.presets, &new.lang)?;
        }
        let body = json!({ "name": new.name, "settings": settings });
        let made = self.call(Method::Post, "/v1/hooks", &body)?;
        let address = if made["url"].is_string() { &made["url"] } else { &made["path"] };
        say!("hook {} is made; enter its address at the source:", text(&made["id"]))?;
        say!("{}", text(address))
    }

    /// Rules by their names, or all of them.
    fn presets(&self, wanted: &[String], lang: &str) -> Result<Value> {
        let known = self.get(&format!("/v1/hooks/presets?lang={lang}"))?;
        let known = known["rules"].as_array().cloned().unwrap_or_default();
        if wanted == ["all"] {
            return Ok(known.into());
        }
        let mut rules = Vec::new();
        for name in wanted {
            let is_it = |rule: &&Value| {
                rule["name"].as_str().is_some_and(|n| n.eq_ignore_ascii_case(name) || n == name)
            };
            let Some(rule) = known.iter().find(is_it) else {
                let names: Vec<_> = known.iter().map(|rule| text(&rule["name"])).collect();
                bail!("there is no preset {name}; known are: {}", names.join("; "));
            };
            rules.push(rule.clone());
        }
        Ok(rules.into())
    }

    fn test(&self, id: &str, event: Option<&std::path::Path>, send: bool) -> Result<()> {
        let mut body = json!({ "send": send });
        if let Some(path) = event {
            let read = fs::read(path).with_context(|| format!("can't read {}", path.display()))?;
            body["event"] =
                serde_json::from_slice(&read).with_context(|| format!("{}", path.display()))?;
        }
        let found = self.call(Method::Post, &format!("/v1/hooks/{id}/test"), &body)?;
        let messages = found["messages"].as_array().cloned().unwrap_or_default();
        if messages.is_empty() {
            say!("no rule wants this event")?;
        }
        for message in &messages {
            let whom = text(&message["recipient"]);
            let whom = if whom.is_empty() { "nobody: no usable number".to_owned() } else { whom };
            let due = message["dueAt"].as_str().map(|at| format!(", at {at}")).unwrap_or_default();
            say!("— {} → {whom}{due}\n", text(&message["rule"]))?;
            say!("{}\n", message["text"].as_str().unwrap_or_default())?;
        }
        if let Some(call) = found["call"].as_str() {
            say!("acted upon as call {call}")?;
        }
        Ok(())
    }

    fn calls(&self, id: Option<&str>, failed: bool) -> Result<()> {
        let mut path = match id {
            Some(id) => format!("/v1/hooks/{id}/calls"),
            None => "/v1/hook-calls".to_owned(),
        };
        if failed {
            path.push_str("?state=failed");
        }
        for call in self.get(&path)?.as_array().into_iter().flatten() {
            say!(
                "{}  {}  {:<9} {:<8} {}",
                text(&call["id"]),
                text(&call["receivedAt"]),
                text(&call["door"]),
                text(&call["state"]),
                came_to(call),
            )?;
        }
        Ok(())
    }
}

/// What came of a call, in a line.
fn came_to(call: &Value) -> String {
    let mut out = vec![text(&call["note"])];
    for made in call["messages"].as_array().into_iter().flatten() {
        let what = ["trouble", "id", "toldBy"].iter().map(|name| text(&made[*name]));
        let what = what.into_iter().find(|what| !what.is_empty()).unwrap_or_default();
        out.push(format!("{} {what}", text(&made["recipient"])));
    }
    out.retain(|part| !part.trim().is_empty());
    out.join("; ")
}

/// An account's number, by its number or name.
fn account(accounts: &Value, wanted: &str) -> Result<String> {
    let all = accounts.as_array().cloned().unwrap_or_default();
    let found: Vec<_> = all.iter().filter(|a| a["id"] == wanted || a["name"] == wanted).collect();
    match found.as_slice() {
        [one] => Ok(text(&one["id"])),
        [] => bail!("there is no account {wanted}"),
        _ => bail!("several accounts are called {wanted}: give the number of one"),
    }
}

/// A value as a text that can't move the cursor about.
fn text(value: &Value) -> String {
    plain(value.as_str().unwrap_or_default())
}
