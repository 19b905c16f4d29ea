//! Networks, as they are written.

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, de::Error};

/// A list of them; the one that is none is named.
pub(super) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let read = |text: &String| {
        let wrong = || D::Error::custom(format!("{text}: not a network like 10.0.0.0/8"));
        text.parse().map_err(|_| wrong())
    };
    texts.iter().map(read).collect()
}
