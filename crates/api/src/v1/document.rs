//! The OpenAPI document: made from the code, then completed with what is the same everywhere.

use utoipa::{
    Modify, OpenApi,
    openapi::{
        ContentBuilder, PathItem, Ref, RefOr, Response, ResponseBuilder,
        path::{Operation, ParameterIn},
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};

/// The document before the routes are added.
#[derive(OpenApi)]
#[openapi(
    info(title = "Vestnik", description = "Business messages, and the truth about each of them."),
    modifiers(&Bearer),
    security(("key" = [])),
)]
pub(super) struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("key", scheme);
    }
}

/// Looks that change something at the provider, so that a key for looking is not enough.
const WRITING_LOOKS: [&str; 1] = ["/v1/accounts/{id}/qr"];
/// What is answered without the store.
const WITHOUT_STORE: [&str; 2] = ["/v1/providers", "/v1/hooks/presets"];

/// Gives every operation a name of its own and the answers that follow from keys, parameters and
/// the store.
pub(super) fn complete(document: &mut utoipa::openapi::OpenApi) {
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            operation.operation_id = Some(name(method, path));
            let is_writing = method != "get" || WRITING_LOOKS.contains(&path.as_str());
            let is_told = operation.request_body.is_some() || has_query(operation);
            let answers = [
                (is_told, "400", "What is wrong with the call."),
                (true, "401", "The key is missing or not known."),
                (is_writing, "403", "The key may look, but not change anything."),
                (!WITHOUT_STORE.contains(&path.as_str()), "503", "Not now: try again later."),
            ];
            for (_, status, words) in answers.into_iter().filter(|(is_due, ..)| *is_due) {
                let responses = &mut operation.responses.responses;
                responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(problem(words)));
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [
        ("get", item.get.as_mut()),
        ("put", item.put.as_mut()),
        ("post", item.post.as_mut()),
        ("patch", item.patch.as_mut()),
        ("delete", item.delete.as_mut()),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation?)))
}

fn has_query(operation: &Operation) -> bool {
    let mut given = operation.parameters.iter().flatten();
    given.any(|parameter| match parameter {
        RefOr::T(parameter) => matches!(parameter.parameter_in, ParameterIn::Query),
        RefOr::Ref(_) => false,
    })
}

fn problem(words: &str) -> Response {
    let schema = Ref::from_schema_name("Problem");
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new().description(words).content("application/problem+json", content).build()
}

/// `GET /v1/hooks/{id}/calls` is `getHooksByIdCalls`.
fn name(method: &str, path: &str) -> String {
    let mut out = method.to_owned();
    for segment in path.trim_start_matches("/v1/").split('/') {
        if segment.starts_with('{') {
            out.push_str("By");
        }
        for word in segment.trim_matches(['{', '}']).split('-') {
            let mut letters = word.chars();
            out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
            out.push_str(letters.as_str());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use std::collections::BTreeSet;

    fn document() -> Value {
        serde_json::from_str(&super::super::router().1).unwrap()
    }

    /// Every operation with its method and path.
    fn operations(document: &Value) -> Vec<(String, String, Value)> {
        let mut all = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in ["get", "put", "post", "patch", "delete"] {
                if item[method].is_object() {
                    all.push((method.to_owned(), path.clone(), item[method].clone()));
                }
            }
        }
        all
    }

    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                    found.insert(reference.to_owned());
                }
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    #[test]
    fn every_operation_has_a_name_of_its_own() {
        let all = operations(&document());
        let names: BTreeSet<_> = all.iter().map(|(.., o)| o["operationId"].as_str()).collect();
        assert!(all.len() > 30 && names.len() == all.len(), "{names:?}");
        assert!(names.contains(&Some("getHooksByIdCalls")), "{names:?}");
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document();
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.contains("#/components/schemas/IncomingPage"), "{found:?}");
        for reference in found {
            let place = reference.trim_start_matches('#');
            assert!(document.pointer(place).is_some(), "{reference}");
        }
    }

    #[test]
    fn every_operation_says_how_it_fails() {
        for (method, path, operation) in operations(&document()) {
            let responses = &operation["responses"];
            let mut wanted = vec!["401"];
            wanted.extend((method != "get").then_some("403"));
            wanted.extend(operation["requestBody"].is_object().then_some("400"));
            for status in wanted {
                let content = &responses[status]["content"]["application/problem+json"];
                assert!(content.is_object(), "{method} {path} has no {status}");
            }
        }
    }
}
