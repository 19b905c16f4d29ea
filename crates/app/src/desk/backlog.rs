//! What a lane is known to have on disk.

use vestnik_model::time::Timestamp;

/// When the next row of a lane is due, kept true although rows are added while others are fetched.
#[derive(Debug, Clone, Default)]
pub(crate) struct Backlog {
    next: Option<Timestamp>,
    /// While a fetch is under way: the earliest row added since. It may have missed that one.
    fetching: Option<Option<Timestamp>>,
}

impl Backlog {
    /// A row was added.
    pub(crate) fn add(&mut self, due: Timestamp) {
        let earliest = |known: Option<Timestamp>| Some(known.map_or(due, |k| k.min(due)));
        self.next = earliest(self.next);
        if let Some(since) = &mut self.fetching {
            *since = earliest(*since);
        }
    }

    /// A fetch begins.
    pub(crate) fn fetch(&mut self) {
        self.fetching = Some(None);
    }

    /// A fetch has ended, and saw this as the next due time.
    pub(crate) fn fetched(&mut self, next: Option<Timestamp>) {
        let since = self.fetching.take().flatten();
        self.next = match (next, since) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }

    /// When the next row is due, if one is to be fetched.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        if self.fetching.is_some() { None } else { self.next }
    }

    /// Whether nothing due is waiting: who comes now overtakes nobody.
    pub(crate) fn is_clear(&self, now: Timestamp) -> bool {
        self.fetching.is_none() && self.next.is_none_or(|due| due > now)
    }

    /// Whether nothing is known to wait at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.next.is_none() && self.fetching.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_added_during_a_fetch_is_not_forgotten() {
        let mut backlog = Backlog::default();
        backlog.add(Timestamp(5));
        backlog.fetch();
        assert!(!backlog.is_clear(Timestamp(9)));
        backlog.add(Timestamp(7));
        backlog.fetched(None);
        assert_eq!(backlog.next(), Some(Timestamp(7)));
        backlog.fetch();
        backlog.fetched(None);
        assert!(backlog.is_empty() && backlog.is_clear(Timestamp(9)));
    }

    #[test]
    fn a_row_for_later_hinders_nobody_now() {
        let mut backlog = Backlog::default();
        backlog.add(Timestamp(100));
        assert!(backlog.is_clear(Timestamp(99)));
        assert!(!backlog.is_clear(Timestamp(100)));
    }
}
