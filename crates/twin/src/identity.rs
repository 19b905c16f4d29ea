//! Who a number is in each messenger. Messengers other than WhatsApp know people by ids of their
//! own; the twin derives them from the number, so that the same number is the same person in every
//! run, and finds the number again by the id.

use std::collections::BTreeMap;

use crate::limits;

/// A kind of id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Realm {
    /// A Telegram user, who is also the private chat.
    TelegramUser,
    /// A Telegram supergroup, without the sign and the leading `100`.
    TelegramGroup,
    /// A VK user.
    VkUser,
    /// A VK group chat, without the leading 2000000000.
    VkChat,
    /// A MAX user.
    MaxUser,
    /// The dialog of a MAX user with one bot; the name is `account/number`.
    MaxDialog,
    /// A MAX group, without the sign.
    MaxChat,
}

impl Realm {
    /// The first id and how many there are. Telegram's do not fit into 32 bits, VK's must stay
    /// below the peers of group chats, MAX's groups need more than 45 bits: as in life.
    fn range(self) -> (i64, u64) {
        match self {
            Self::TelegramUser => (5_000_000_000, 3_000_000_000),
            Self::TelegramGroup => (1_500_000_000, 2_000_000_000),
            Self::VkUser => (100_000_000, 800_000_000),
            Self::VkChat => (1, 9_000),
            Self::MaxUser => (10_000_000, 300_000_000),
            Self::MaxDialog => (400_000_000, 90_000_000_000),
            Self::MaxChat => (70_000_000_000_000, 5_000_000_000_000),
        }
    }

    /// The users' realm of a messenger; `None` where people are known by their numbers.
    pub fn of_users(messenger: &str) -> Option<Self> {
        match messenger {
            "telegram" => Some(Self::TelegramUser),
            "vk" => Some(Self::VkUser),
            "max" => Some(Self::MaxUser),
            _ => None,
        }
    }
}

/// All ids that were spoken of.
#[derive(Debug, Default)]
pub struct Identities {
    ids: BTreeMap<(Realm, String), i64>,
    names: BTreeMap<(Realm, i64), String>,
}

impl Identities {
    /// The id of a name (a number, a group). From now on it is found by [`Identities::find`].
    pub fn id(&mut self, realm: Realm, name: &str) -> i64 {
        let key = (realm, name.to_owned());
        if let Some(&id) = self.ids.get(&key) {
            return id;
        }
        let id = self.derive(realm, name);
        if self.ids.len() < limits::IDENTITIES_MAX {
            self.names.insert((realm, id), name.to_owned());
            self.ids.insert(key, id);
        }
        id
    }

    /// The id of a name, without noting it.
    pub fn peek(&self, realm: Realm, name: &str) -> i64 {
        let known = self.ids.get(&(realm, name.to_owned()));
        known.copied().unwrap_or_else(|| self.derive(realm, name))
    }

    /// The name behind an id that was spoken of.
    pub fn find(&self, realm: Realm, id: i64) -> Option<&str> {
        self.names.get(&(realm, id)).map(String::as_str)
    }

    /// A place by hash, or the next that is free.
    fn derive(&self, realm: Realm, name: &str) -> i64 {
        let (first, size) = realm.range();
        // The realm joins in, so that the ids of one number have nothing in common.
        let begin = 0xcbf2_9ce4_8422_2325_u64 ^ size;
        let hash = name
            .bytes()
            .fold(begin, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let mixed = (hash ^ (hash >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut place = (mixed ^ (mixed >> 29)) % size;
        for _ in 0..limits::IDENTITIES_MAX {
            let id = first + i64::try_from(place).unwrap_or(0);
            match self.names.get(&(realm, id)) {
                Some(other) if other != name => place = (place + 1) % size,
                _ => return id,
            }
        }
        first
    }
}
