//! How the configuration is read: defaults, the file over them, the environment over both.
//!
//! Each setting has the type of its default. A value is never shown in an error of its type: it may be
//! a secret.

use super::{Config, DEFAULT, check};
use anyhow::{Context, Result, anyhow, bail};
use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};
use strsim::levenshtein;
use toml::Value;

/// Environment variables that begin so are ours.
const PREFIX: &str = "VESTNIK_";
/// Between a variable's section and its setting.
const BETWEEN: &str = "__";
/// Variables of ours that are no settings: what the tools take for `--password` and `--key`.
const OF_TOOLS: [&str; 2] = ["VESTNIK_PASSWORD", "VESTNIK_KEY"];

/// Where a setting was given, by its name.
type Origins = BTreeMap<String, Origin>;

/// Where a setting was given.
#[derive(Debug, Clone)]
enum Origin {
    File(PathBuf),
    Variable(String),
}

impl Origin {
    /// What to begin a complaint with.
    fn words(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Variable(name) => format!("environment variable {name}"),
        }
    }
}

/// Reads the configuration: defaults, then the file, then the environment.
///
/// # Errors
/// A sentence that names the setting, where it was given, and a similar one if the name is unknown.
pub fn load(
    file: Option<&Path>,
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Config> {
    let defaults: toml::Table = DEFAULT.parse().context("the built-in configuration")?;
    let mut reading = Reading { table: defaults.clone(), defaults, origins: Origins::new() };
    if let Some(path) = file {
        reading.file(path)?;
    }
    for (name, value) in environment {
        // Others' variables may be in any encoding.
        if let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) {
            reading
                .variable(name, value)
                .with_context(|| format!("environment variable {name}"))?;
        }
    }
    let config: Config = reading.table.try_into().context("the configuration")?;
    if let Err(wrong) = check::run(&config) {
        let origin = reading
            .origins
            .get(wrong.setting)
            .map_or_else(String::new, |origin| format!("{}: ", origin.words()));
        bail!("{origin}{}: {}", wrong.setting, wrong.reason);
    }
    Ok(config)
}

/// A configuration that is being read.
struct Reading {
    defaults: toml::Table,
    table: toml::Table,
    origins: Origins,
}

impl Reading {
    fn file(&mut self, path: &Path) -> Result<()> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("can't read the configuration {}", path.display()))?;
        let own: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            // Not the line itself: it may hold a secret.
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            anyhow!("{}:{line}: not valid TOML: {}", path.display(), error.message())
        })?;
        let origin = Origin::File(path.to_owned());
        for (section, values) in own {
            let Value::Table(values) = values else {
                bail!("{}: {section}: a section [{section}] is expected", path.display());
            };
            for (key, value) in values {
                self.set(&section, &key, &origin, |default| typed(default, value))
                    .with_context(|| path.display().to_string())?;
            }
        }
        Ok(())
    }

    fn variable(&mut self, name: &str, value: OsString) -> Result<()> {
        let rest = name.strip_prefix(PREFIX).unwrap_or_default();
        let Some((section, key)) = rest.split_once(BETWEEN) else {
            if OF_TOOLS.contains(&name) || is_service_link(name, &value) {
                return Ok(());
            }
            let mut known = self.variables();
            known.extend(OF_TOOLS.map(str::to_owned));
            bail!("there is no such setting{}", suggestion(name, &known));
        };
        let value = value.into_string().map_err(|_| anyhow!("its value is no text in UTF-8"))?;
        let origin = Origin::Variable(name.to_owned());
        self.set(&section.to_lowercase(), &key.to_lowercase(), &origin, |default| {
            written(default, &value)
        })
    }

    /// The names of all settings' variables.
    fn variables(&self) -> Vec<String> {
        let mut all = Vec::new();
        for (section, values) in &self.defaults {
            for key in values.as_table().into_iter().flat_map(toml::Table::keys) {
                all.push(format!("{PREFIX}{section}{BETWEEN}{key}").to_uppercase());
            }
        }
        all
    }

    /// Puts a value in its place, if it fits there.
    fn set(
        &mut self,
        section: &str,
        key: &str,
        origin: &Origin,
        value: impl FnOnce(&Value) -> Result<Value>,
    ) -> Result<()> {
        let Some(Value::Table(target)) = self.defaults.get(section) else {
            let known: Vec<String> = self.defaults.keys().cloned().collect();
            bail!("unknown section [{section}]{}", suggestion(section, &known));
        };
        let name = format!("{section}.{key}");
        let Some(default) = target.get(key) else {
            let known: Vec<String> = target.keys().cloned().collect();
            bail!("unknown setting {name}{}", suggestion(key, &known));
        };
        let value = value(default).with_context(|| name.clone())?;
        let put = |table: &mut toml::Table| {
            if let Some(Value::Table(target)) = table.get_mut(section) {
                target.insert(key.to_owned(), value.clone());
            }
        };
        // Alone over the defaults: what is wrong then is this one's fault.
        let mut alone = self.defaults.clone();
        put(&mut alone);
        let read: Result<Config, toml::de::Error> = alone.try_into();
        read.map_err(|error| anyhow!("{name}: {}", error.message()))?;
        put(&mut self.table);
        self.origins.insert(name, origin.clone());
        Ok(())
    }
}

/// A value of the file; it must have its default's type.
fn typed(default: &Value, value: Value) -> Result<Value> {
    let fits = match (default, &value) {
        (Value::Array(_), Value::Array(all)) => all.iter().all(Value::is_str),
        (default, value) => default.same_type(value),
    };
    if fits { Ok(value) } else { Err(expected(default)) }
}

/// A variable's text as its default's type wants it.
fn written(default: &Value, text: &str) -> Result<Value> {
    match default {
        Value::String(_) => Ok(Value::String(text.to_owned())),
        Value::Integer(_) => text.trim().parse().map(Value::Integer).map_err(|_| expected(default)),
        Value::Boolean(_) => text.trim().parse().map(Value::Boolean).map_err(|_| expected(default)),
        Value::Array(_) if text.trim_start().starts_with('[') => {
            let table = format!("v = {text}").parse::<toml::Table>();
            let list = table.ok().and_then(|mut table| table.remove("v"));
            typed(default, list.ok_or_else(|| expected(default))?)
        }
        Value::Array(_) => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Ok(Value::Array(parts.map(|part| Value::String(part.to_owned())).collect()))
        }
        Value::Float(_) | Value::Datetime(_) | Value::Table(_) => Err(expected(default)),
    }
}

/// What a setting wants, without what it got.
fn expected(default: &Value) -> anyhow::Error {
    anyhow!(match default {
        Value::String(_) => "a text in quotes is expected",
        Value::Integer(_) => "a whole number is expected",
        Value::Boolean(_) => "true or false is expected",
        Value::Array(_) => "a list of texts is expected: [\"a\", \"b\"], or in a variable also a,b",
        Value::Float(_) | Value::Datetime(_) | Value::Table(_) => "something else is expected",
    })
}

/// Whether Kubernetes (or Docker) has set a variable because a service is called like us:
/// `VESTNIK_SERVICE_HOST`, `VESTNIK_PORT=tcp://…`, `VESTNIK_PORT_8080_TCP_ADDR`.
fn is_service_link(name: &str, value: &OsStr) -> bool {
    let of_port = name.split_once("_PORT_").map(|(_, rest)| rest);
    let has_number = of_port.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let is_address = value.to_str().is_some_and(|value| value.contains("://"));
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || has_number
        || (name.ends_with("_PORT") && is_address)
}

fn suggestion(word: &str, known: &[String]) -> String {
    let best = known.iter().min_by_key(|k| levenshtein(word, k));
    match best {
        Some(best) if levenshtein(word, best) <= word.len().div_ceil(2) => {
            format!(": did you mean {best}?")
        }
        Some(_) | None => format!(": known are {}", known.join(", ")),
    }
}
