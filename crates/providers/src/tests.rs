//! The contract for every adapter, and what the documents say for each.

mod bold;
mod chat_api;
mod green_api;
mod max;
mod scene;
mod telegram;
mod twilio;
mod vk;
mod wappi;
mod wazzup;
mod whatsapp_cloud;

use super::all;

#[test]
fn points_of_a_list_have_codes_of_their_own_and_words_in_both_languages() {
    for provider in all() {
        let items = provider.checklist();
        let mut codes: Vec<_> = items.iter().map(|item| item.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), items.len(), "{}", provider.descriptor().code);
        for item in items {
            assert!(item.text.iter().all(|text| !text.is_empty()), "{}", item.code);
            assert!(item.link.is_empty() || item.link.starts_with("https://"), "{}", item.code);
        }
    }
}

#[test]
fn codes_are_unique_and_settings_are_named_once() {
    let mut codes: Vec<_> = all().iter().map(|p| p.descriptor().code).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), all().len());
    for provider in all() {
        let descriptor = provider.descriptor();
        let mut names: Vec<_> = descriptor.settings.iter().map(|s| s.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), descriptor.settings.len(), "{}", descriptor.code);
        assert!(!descriptor.channels.is_empty() && !descriptor.hosts.is_empty());
        let mut messengers: Vec<_> = descriptor.channels.iter().map(|c| c.messenger).collect();
        messengers.dedup();
        assert_eq!(messengers.len(), descriptor.channels.len(), "{}", descriptor.code);
    }
}
