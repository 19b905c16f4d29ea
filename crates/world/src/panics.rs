//! Panics: a worker's panic is caught by its loop and would go unnoticed here.

use std::{cell::RefCell, sync::Once};

thread_local! {
    static SEEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

static HOOK: Once = Once::new();

/// Notes panics of this thread from now on; others go where they went.
pub fn watch() {
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            SEEN.with_borrow_mut(|seen| seen.push(panic.to_string()));
            before(panic);
        }));
    });
    SEEN.with_borrow_mut(Vec::clear);
}

/// The panics of this thread since [`watch`].
#[must_use]
pub fn seen() -> Vec<String> {
    SEEN.with_borrow_mut(std::mem::take)
}
