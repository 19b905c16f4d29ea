//! Each adapter against the persona of its provider, without sockets: what both understood of the
//! documents, each by itself, has to fit together. Every provider is put through the clauses of
//! `docs/specs/provider.md` ([`clause`]), and has tests of what is its own.

mod chat_api;
mod clause;
mod green_api;
mod max;
mod play;
mod telegram;
mod twilio;
mod vk;
mod wappi;
mod wazzup;
mod whatsapp_cloud;

/// Providers × clauses: who stands here has to keep every clause, or to say why it does not apply.
const TABLE: [&[fn() -> clause::Case]; 9] = [
    &[green_api::case],
    &[whatsapp_cloud::case],
    &[twilio::case],
    &chat_api::CASES,
    &[telegram::case],
    &[vk::case],
    &[max::case],
    &wazzup::CASES,
    &wappi::CASES,
];

#[test]
fn every_provider_is_in_the_table() {
    let cases: Vec<_> = TABLE.iter().flat_map(|cases| cases.iter()).map(|case| case()).collect();
    for provider in vestnik_providers::all() {
        let code = provider.descriptor().code;
        let is_in = cases.iter().any(|case| case.name.split('/').next() == Some(code));
        assert!(is_in, "{code}: put it into the table of clauses");
    }
}

#[test]
fn the_document_has_every_clause() {
    let document = include_str!("../../../../docs/specs/provider.md");
    for (number, (clause, _)) in (1..).zip(clause::ALL) {
        assert!(format!("{clause:?}").starts_with(&format!("P{number}")), "{clause:?}");
        assert!(document.contains(&format!("**P{number}.**")), "P{number} is not in the document");
    }
}
