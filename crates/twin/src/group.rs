//! Group chats: a name and members. What is written into one is on every member's handset.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    limits,
    phone::{MESSENGERS, number_of},
};

/// A group chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Its id at the control door.
    pub id: String,
    /// Its messenger.
    pub messenger: &'static str,
    /// What it is called.
    pub name: String,
    /// Numbers of its members.
    pub members: Vec<String>,
}

/// What `PUT /twin/groups/{id}` says. Left out: as before.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupChange {
    /// Its messenger; needed for a new one, and it stays.
    pub messenger: Option<String>,
    /// What it is called.
    pub name: Option<String>,
    /// Numbers of its members, all of them.
    pub members: Option<Vec<String>>,
}

/// All groups.
#[derive(Debug, Default)]
pub struct Groups {
    by_id: BTreeMap<String, Group>,
}

impl Groups {
    /// The group of that id.
    pub fn get(&self, id: &str) -> Option<&Group> {
        self.by_id.get(id)
    }

    /// The group of that id in that messenger.
    pub fn of(&self, messenger: &str, id: &str) -> Option<&Group> {
        self.get(id).filter(|group| group.messenger == messenger)
    }

    /// All of them by id.
    pub fn all(&self) -> impl Iterator<Item = &Group> {
        self.by_id.values()
    }

    /// Makes or changes a group. `Err` says what is wrong with the change.
    pub fn change(&mut self, id: &str, change: GroupChange) -> Result<&Group, String> {
        let is_id = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        if id.is_empty() || id.len() > limits::NAME_CHARS_MAX || !id.chars().all(is_id) {
            return Err("a group's id consists of letters, digits, '-' and '_'".to_owned());
        }
        let members = change.members.map(numbers).transpose()?;
        let messenger = change.messenger.as_deref().map(messenger).transpose()?;
        if let Some(group) = self.by_id.get(id)
            && messenger.is_some_and(|messenger| messenger != group.messenger)
        {
            return Err("a group does not change its messenger".to_owned());
        }
        if !self.by_id.contains_key(id) {
            if self.by_id.len() >= limits::GROUPS_MAX {
                return Err(format!("at most {} groups", limits::GROUPS_MAX));
            }
            let messenger = messenger.ok_or("a new group needs a messenger")?;
            let (id, name, members) = (id.to_owned(), id.to_owned(), Vec::new());
            self.by_id.insert(id.clone(), Group { id, messenger, name, members });
        }
        let group = self.by_id.get_mut(id).ok_or("no such group")?;
        if let Some(members) = members {
            group.members = members;
        }
        if let Some(name) = change.name {
            group.name = name.chars().take(limits::NAME_CHARS_MAX).collect();
        }
        Ok(group)
    }
}

fn messenger(name: &str) -> Result<&'static str, String> {
    let found = MESSENGERS.into_iter().find(|known| *known == name);
    found.ok_or_else(|| format!("unknown messenger '{name}'; known: {}", MESSENGERS.join(", ")))
}

fn numbers(members: Vec<String>) -> Result<Vec<String>, String> {
    if members.len() > limits::GROUP_MEMBERS_MAX {
        return Err(format!("at most {} members", limits::GROUP_MEMBERS_MAX));
    }
    let mut numbers = Vec::with_capacity(members.len());
    for member in members {
        let number = number_of(&member).ok_or_else(|| format!("'{member}' is no phone number"))?;
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    Ok(numbers)
}
