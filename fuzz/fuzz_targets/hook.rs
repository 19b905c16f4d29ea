//! Booking hooks: the first byte picks what the rest is: an address, an event or a template. What is
//! read is written out as well.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vestnik_hooks::{
    layout::{Layout, Links},
    notice,
    query::Query,
    source::{self, Mapping},
    template::Template,
    url_hook::{Allowed, Kind, check},
};

fuzz_target!(|data: &[u8]| {
    let [which, rest @ ..] = data else { return };
    match which % 3 {
        0 => {
            let Ok(query) = Query::parse(rest) else { return };
            let hosts = ["*.api.green-api.com".to_owned()];
            for kind in Kind::ALL {
                let allowed = Allowed { hosts: &hosts, links: Links::default() };
                let checked = check(kind, &query, &allowed);
                assert_eq!(checked.hook.is_none(), !checked.errors.is_empty());
            }
        }
        1 => {
            let layout = Layout { hide_contact_info: false, ..Layout::default() };
            for source in source::all() {
                let Ok(event) = source.translate(&Mapping::default(), rest) else { continue };
                let participant = event.participants.first();
                let written = notice::write(&event, participant, &layout, "x", None);
                let marked = written.expect("the built-in layout does not fail");
                assert!(!marked.text.contains("\n\n\n"));
            }
        }
        _ => {
            let Ok(text) = std::str::from_utf8(rest) else { return };
            // Whatever it is, it ends soon.
            let _ = Template::parse(text);
        }
    }
});
