//! A map that forgets its oldest entries.

use std::collections::{BTreeMap, VecDeque};

use crate::limits;

/// A bounded map; the oldest entry goes first.
#[derive(Debug)]
pub struct Kept<T> {
    by_name: BTreeMap<String, T>,
    order: VecDeque<String>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { by_name: BTreeMap::new(), order: VecDeque::new() }
    }
}

impl<T> Kept<T> {
    /// Keeps a value.
    pub fn insert(&mut self, name: &str, value: T) {
        if self.by_name.insert(name.to_owned(), value).is_some() {
            return;
        }
        self.order.push_back(name.to_owned());
        if self.order.len() > limits::FILE_IDS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_name.remove(&oldest);
        }
    }

    /// The value of that name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.by_name.get(name)
    }

    /// Takes a value out.
    pub fn remove(&mut self, name: &str) -> Option<T> {
        self.order.retain(|other| other != name);
        self.by_name.remove(name)
    }
}
