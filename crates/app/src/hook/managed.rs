//! Hooks that are managed here: made, changed, removed; their settings.

use super::{account::NoAccount, call::WishLink};
use crate::{admin, hub::Hub};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use vestnik_hooks::{
    event::{Event, EventName},
    layout::Layout,
    mail::is_address,
    rule::{Rule, When},
    source::{self, Mapping},
    template::{Template, TemplateError},
    url_hook::Addressing,
};
use vestnik_model::{
    id::{AccountId, HookId, WorkspaceId},
    limits::{CASCADE_LINKS_MAX, TTL_DEFAULT, TTL_MAX, TTL_MIN},
    time::Millis,
};
use vestnik_store::{
    StoreError,
    hook::{self, StoredHook},
    hook_call::HookCall,
    reminder,
};

/// The source whose owners choose at it what is told.
const TORROW: &str = "torrow";

/// Hooks of one workspace at most.
pub const HOOKS_MAX: i64 = 1_000;
/// Rules of one hook at most.
pub const RULES_MAX: usize = 50;
/// Longest name, characters.
pub const NAME_CHARS_MAX: usize = 100;
/// Longest words in front of a message, characters.
pub const MESSAGE_CHARS_MAX: usize = 1_000;
/// Longest settings of a hook as they are stored, bytes: fifty rules with templates of their own.
pub const SETTINGS_BYTES_MAX: usize = 256 * 1024;

/// A hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Managed {
    /// Its id.
    pub id: HookId,
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The opaque part of its address.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// Whether its calls are acted upon.
    pub is_active: bool,
    /// Everything else.
    pub settings: HookForm,
}

/// What can be set of a hook. Stored as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookForm {
    /// The version of this form.
    #[serde(default)]
    pub v: u8,
    /// The code of the source whose events it takes.
    pub source: String,
    /// Where fields stand in the bodies of a source without a form of its own.
    #[serde(default)]
    pub mapping: Mapping,
    /// The accounts it sends through, one after the other.
    pub links: Vec<HookLink>,
    /// Which event becomes which message; none = every event (at Torrow: of an action), to everybody.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// How messages look; `None` = as usual, with the links of the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
    /// A template instead of the built-in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The first words of messages whose rule has none of its own.
    #[serde(default)]
    pub message: String,
    /// Whom failures are mailed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_email: Option<String>,
    /// The contact field that holds the messenger's id of a person; `None` = the phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient_field: Option<String>,
}

/// An account of a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookLink {
    /// The account; its number is written as a text, as everywhere in our API.
    #[serde(with = "as_text")]
    pub account: AccountId,
    /// How long delivery is waited for before the next is tried, seconds; `None` = a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_s: Option<i64>,
}

/// Numbers of rows are larger than what every JSON reader keeps exact: they travel as texts.
mod as_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use vestnik_model::id::AccountId;

    pub(super) fn serialize<S: Serializer>(id: &AccountId, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<AccountId, D::Error> {
        let text = String::deserialize(d)?;
        text.parse().map(AccountId).map_err(|_| D::Error::custom("an account's number is expected"))
    }
}

/// Why a hook can't be kept so.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// A value is wrong: which, and why.
    #[error("{0}")]
    Invalid(String),
    /// There is no such hook.
    #[error("there is no such hook")]
    Missing,
    /// It can't be written down.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl HookForm {
    /// The rules that act when an event comes. A hook without any tells all that its owner has set up
    /// at the source: at Torrow actions, which come beside events of other kinds; elsewhere each
    /// event, by whatever name.
    #[must_use]
    pub fn rules_now(&self, event: &Event) -> Vec<Rule> {
        if self.rules.is_empty() {
            return vec![match self.source == TORROW {
                true => every("*", EventName::CaseActionEvent),
                // Its name is part of what was told: another event of the same case is told, too.
                false => every(event.name.code(), event.name.clone()),
            }];
        }
        let is_now = |rule: &&Rule| matches!(rule.when, When::Event(_));
        self.rules.iter().filter(is_now).cloned().collect()
    }

    /// How messages look.
    #[must_use]
    pub fn layout(&self) -> Layout {
        let links = source::find(&self.source).map(|source| source.links()).unwrap_or_default();
        self.layout.clone().unwrap_or_else(|| Layout { links, ..Layout::default() })
    }

    /// The first words of a rule's messages.
    #[must_use]
    pub fn words_of<'a>(&'a self, rule: &'a Rule) -> &'a str {
        if rule.message.is_empty() { &self.message } else { &rule.message }
    }

    /// What a rule's messages are made by; `None` = the built-in template.
    ///
    /// # Errors
    /// See [`TemplateError`].
    pub fn template_of(&self, rule: &Rule) -> Result<Option<Template>, TemplateError> {
        let text = rule.template.as_ref().or(self.template.as_ref());
        text.map(|text| Template::parse(text)).transpose()
    }

    /// Where messages go.
    #[must_use]
    pub fn addressing(&self) -> Addressing {
        match &self.recipient_field {
            Some(name) => Addressing::Field(name.clone()),
            None => Addressing::Phone,
        }
    }

    /// Whether it can be kept for a workspace.
    ///
    /// # Errors
    /// [`HookError::Invalid`] with the first fault.
    pub fn check(&self, hub: &Hub, workspace: WorkspaceId) -> Result<(), HookError> {
        let invalid = |what: String| Err(HookError::Invalid(what));
        if source::find(&self.source).is_none() {
            let known: Vec<_> = source::all().iter().map(|source| source.code()).collect();
            return invalid(format!("source: one of {}", known.join(", ")));
        }
        if self.links.is_empty() || self.links.len() > CASCADE_LINKS_MAX {
            return invalid(format!("links: 1 to {CASCADE_LINKS_MAX} accounts are needed"));
        }
        for link in &self.links {
            let setup = hub.setup();
            let account = setup.account(link.account);
            if account.is_none_or(|a| a.account.workspace != workspace || a.is_implicit) {
                return invalid(format!("links: there is no account {}", link.account));
            }
            let ttl = link.ttl_s.map_or(TTL_DEFAULT, Millis::seconds);
            if !(TTL_MIN..=TTL_MAX).contains(&ttl) {
                return invalid(format!("links: ttl is 1 to {} seconds", TTL_MAX.0 / 1_000));
            }
        }
        self.check_words()
    }

    fn check_words(&self) -> Result<(), HookError> {
        let invalid = |what: String| Err(HookError::Invalid(what));
        if self.rules.len() > RULES_MAX {
            return invalid(format!("rules: at most {RULES_MAX}"));
        }
        for (n, rule) in self.rules.iter().enumerate() {
            rule.check().map_err(|e| HookError::Invalid(format!("rules[{n}]: {e}")))?;
            if self.rules.iter().filter(|other| other.name == rule.name).count() > 1 {
                return invalid(format!("rules[{n}]: another rule has this name"));
            }
        }
        let templates = self.rules.iter().filter_map(|rule| rule.template.as_ref());
        for template in templates.chain(&self.template) {
            Template::parse(template).map_err(|e| HookError::Invalid(format!("template: {e}")))?;
        }
        if self.message.chars().count() > MESSAGE_CHARS_MAX {
            return invalid(format!("message: at most {MESSAGE_CHARS_MAX} characters"));
        }
        self.mapping.check().map_err(|e| HookError::Invalid(format!("mapping: {e}")))?;
        // Headings, signature and names of fields are bounded by their sum.
        let length = serde_json::to_vec(self).map_or(usize::MAX, |text| text.len());
        if length > SETTINGS_BYTES_MAX {
            return invalid(format!("settings: at most {SETTINGS_BYTES_MAX} bytes"));
        }
        match &self.error_email {
            Some(address) if !is_address(address) => {
                invalid("error_email: not an e-mail address".to_owned())
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// The rule of a hook that has none.
fn every(called: &str, name: EventName) -> Rule {
    Rule {
        name: called.to_owned(),
        when: When::Event(vec![name]),
        participants: Vec::new(),
        participant_states: Vec::new(),
        case_states: Vec::new(),
        message: String::new(),
        template: None,
        active: true,
    }
}

/// The hook a call came to, if it is still there.
pub(super) async fn of_call(
    hub: &Arc<Hub>,
    call: &HookCall,
) -> Result<Option<Managed>, StoreError> {
    let Some(id) = call.hook else { return Ok(None) };
    get(hub, call.workspace, id).await
}

/// The accounts of a hook that can send, in order.
pub(super) fn links(hub: &Hub, hook: &Managed) -> Result<Vec<WishLink>, NoAccount> {
    let setup = hub.setup();
    let found = hook.settings.links.iter().filter_map(|link| {
        let account = setup.account(link.account).filter(|a| a.account.active).cloned()?;
        Some(WishLink { account, ttl: link.ttl_s.map_or(TTL_DEFAULT, Millis::seconds) })
    });
    let found: Vec<_> = found.collect();
    match found.is_empty() {
        true => Err(NoAccount::Refused("its accounts are removed or switched off".to_owned())),
        false => Ok(found),
    }
}

fn read(stored: StoredHook) -> Option<Managed> {
    let settings = serde_json::from_str(&stored.settings)
        .inspect_err(|error| tracing::error!(hook.id = stored.id.0, %error, "unreadable hook"))
        .ok()?;
    Some(Managed {
        id: stored.id,
        workspace: stored.workspace,
        key: stored.key,
        name: stored.name,
        is_active: stored.is_active,
        settings,
    })
}

fn stored(hook: &Managed) -> StoredHook {
    StoredHook {
        id: hook.id,
        workspace: hook.workspace,
        key: hook.key.clone(),
        name: hook.name.clone(),
        is_active: hook.is_active,
        settings: serde_json::to_string(&hook.settings).expect("its own types serialise"),
    }
}

/// A hook of a workspace.
///
/// # Errors
/// See [`StoreError`].
pub async fn get(
    hub: &Arc<Hub>,
    workspace: WorkspaceId,
    id: HookId,
) -> Result<Option<Managed>, StoreError> {
    let found = hub.read(move |tx| hook::get(tx, id)).await?;
    Ok(found.and_then(read).filter(|hook| hook.workspace == workspace))
}

/// The hook at an address.
///
/// # Errors
/// See [`StoreError`].
pub async fn by_key(hub: &Arc<Hub>, key: &str) -> Result<Option<Managed>, StoreError> {
    let key = key.to_owned();
    Ok(hub.read(move |tx| hook::by_key(tx, &key)).await?.and_then(read))
}

/// The hooks of a workspace.
///
/// # Errors
/// See [`StoreError`].
pub async fn all(hub: &Arc<Hub>, workspace: WorkspaceId) -> Result<Vec<Managed>, StoreError> {
    let found = hub.read(move |tx| hook::of_workspace(tx, workspace)).await?;
    Ok(found.into_iter().filter_map(read).collect())
}

/// Adds a hook.
///
/// # Errors
/// See [`HookError`].
pub async fn add(
    hub: &Arc<Hub>,
    workspace: WorkspaceId,
    name: &str,
    settings: HookForm,
) -> Result<Managed, HookError> {
    let name = checked_name(name)?;
    settings.check(hub, workspace)?;
    if hub.read(move |tx| hook::count(tx, workspace)).await? >= HOOKS_MAX {
        return Err(HookError::Invalid(format!("a workspace has at most {HOOKS_MAX} hooks")));
    }
    let key = admin::token().map_err(|_| HookError::Store(StoreError::Closed))?;
    let settings = HookForm { v: 1, ..settings };
    let made = Managed { id: HookId(hub.id()), workspace, key, name, is_active: true, settings };
    let row = stored(&made);
    hub.work(move |tx, _| hook::add(tx, &row)).await?;
    Ok(made)
}

/// Changes a hook. What it had promised to remind of is looked at again when its booking changes
/// or its time comes.
///
/// # Errors
/// See [`HookError`].
pub async fn change(hub: &Arc<Hub>, hook: Managed) -> Result<Managed, HookError> {
    let hook = Managed { name: checked_name(&hook.name)?, ..hook };
    hook.settings.check(hub, hook.workspace)?;
    let row = stored(&hook);
    hub.work(move |tx, _| hook::update(tx, &row)).await?;
    Ok(hook)
}

/// Removes a hook and what it had promised to remind of.
///
/// # Errors
/// See [`StoreError`].
pub async fn remove(hub: &Arc<Hub>, id: HookId) -> Result<(), StoreError> {
    hub.work(move |tx, _| {
        reminder::remove_of_hook(tx, id)?;
        hook::remove(tx, id)
    })
    .await
}

fn checked_name(name: &str) -> Result<String, HookError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        let what = format!("name: 1 to {NAME_CHARS_MAX} characters are needed");
        return Err(HookError::Invalid(what));
    }
    Ok(name.to_owned())
}
