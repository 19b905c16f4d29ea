//! The doors of hooks as browsers and careless programs meet them.

use crate::{
    hooks::{TOKEN, examples},
    http,
    program::Demo,
};

/// A key behind a bare `&` is a name without a value: it may be shown nowhere.
#[test]
fn what_stands_behind_a_bare_ampersand_is_told_of_and_not_shown() {
    let demo = Demo::start("hook_page_loose");
    let address = format!("{}&{TOKEN}&%3Cimg%3E=1", examples()[0]);
    let headers = [("Accept", "text/html"), ("Accept-Language", "ru")];
    let page = http::try_request(demo.hub, "GET", &address, &headers, b"").unwrap();
    assert_eq!(page.status, 200);
    assert!(!page.text.contains(TOKEN), "{}", page.text);
    assert!(!page.text.contains("<img>") && !page.text.contains("&lt;img"), "{}", page.text);
    assert!(page.text.contains("%26"), "how to write it right is told: {}", page.text);
}

#[test]
fn other_methods_are_told_which_there_are() {
    let demo = Demo::start("hook_page_methods");
    for path in [examples()[0].as_str(), "/hook/no-such-key"] {
        let answer = http::request(demo.hub, "PUT", path, b"{}");
        if path.starts_with("/webhook") {
            assert_eq!(answer.status, 405, "{path}");
            assert_eq!(answer.header("allow"), Some("GET, HEAD, POST"), "{path}");
        } else {
            assert_eq!(answer.status, 404, "{path}");
        }
    }
}
