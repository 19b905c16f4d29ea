//! What has to be done outside of Vestnik before an account can work: a guided list, whose points
//! people tick off.

/// One point of a provider's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// Its stable code within the provider: `register_meta`.
    pub code: &'static str,
    /// What to do: Russian, English.
    pub text: [&'static str; 2],
    /// Where, if there is a page for it; empty = nowhere.
    pub link: &'static str,
}
