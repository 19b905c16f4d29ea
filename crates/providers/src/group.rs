//! Whose fault it is that a group can't be written to: what several adapters have in common.

use vestnik_model::outcome::{Blame, Failure, Outcome, Reason};
use vestnik_provider::port::{Next, To};

/// What comes next with a send, where the provider has the same words for a group that it has not
/// and for a person: a group that is not there for us is one that we are not in, which no customer
/// can mend.
pub(crate) fn blamed(to: To<'_>, next: Next) -> Next {
    match (to, next) {
        (
            To::Group(_),
            Next::Done(Outcome::Refused(Failure { blame: Blame::Recipient, detail, .. })),
        ) => {
            let (blame, reason) = (Blame::Sender, Reason::Barred);
            Next::Done(Outcome::Refused(Failure { blame, reason, detail }))
        }
        (To::Group(_) | To::Phone(_) | To::Person(_), next) => next,
    }
}
