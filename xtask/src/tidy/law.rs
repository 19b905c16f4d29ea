//! The law of dependencies: an arrow only goes down the layers.

use super::Violation;

/// A crate of the workspace, and what it names.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// From the root.
    pub(crate) directory: String,
    pub(crate) dependencies: Vec<Dependency>,
}

/// A dependency of the product: those of tests may be any.
#[derive(Debug, Clone)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Its line in the manifest.
    pub(crate) line: usize,
}

/// A crate's place.
struct Place {
    name: &'static str,
    layer: u8,
    /// The only crates of ours that it may name, where that is narrower than its layer.
    only: Option<&'static [&'static str]>,
}

const fn at(layer: u8, name: &'static str) -> Place {
    Place { name, layer, only: None }
}

const fn only(layer: u8, name: &'static str, only: &'static [&'static str]) -> Place {
    Place { name, layer, only: Some(only) }
}

/// Tools and tests stand above the product.
const TOOLS: u8 = 6;

const LAW: &[Place] = &[
    at(0, "vestnik-model"),
    at(1, "vestnik-engine"),
    at(1, "vestnik-inbox"),
    at(1, "vestnik-bot"),
    at(1, "vestnik-provider"),
    only(1, "vestnik-db", &[]),
    only(2, "vestnik-providers", &["vestnik-provider", "vestnik-model"]),
    at(2, "vestnik-hooks"),
    only(2, "vestnik-store", &["vestnik-engine", "vestnik-db", "vestnik-model"]),
    only(2, "vestnik-db-sqlite", &["vestnik-db"]),
    only(2, "vestnik-db-postgres", &["vestnik-db"]),
    at(2, "vestnik-net"),
    at(2, "vestnik-files"),
    at(2, "vestnik-bus-nats"),
    at(3, "vestnik-app"),
    at(4, "vestnik-api"),
    at(4, "vestnik-worker"),
    // Written from the providers' documents alone: shared code would share mistakes.
    only(4, "vestnik-twin", &[]),
    at(5, "vestnik"),
    at(TOOLS, "vestnik-world"),
    at(TOOLS, "vestnik-bench"),
    only(TOOLS, "xtask", &[]),
];

/// Concrete adapters, and who may name them.
const ADAPTERS: [&str; 3] = ["vestnik-db-sqlite", "vestnik-db-postgres", "vestnik-providers"];
const WIRING: [&str; 3] = ["vestnik", "vestnik-world", "vestnik-bench"];

/// Crates of values and decisions: no I/O, clock or randomness.
const PURE: [&str; 7] = [
    "vestnik-model",
    "vestnik-engine",
    "vestnik-inbox",
    "vestnik-bot",
    "vestnik-provider",
    "vestnik-providers",
    "vestnik-hooks",
];
const IMPURE: [&str; 7] =
    ["tokio", "hyper", "reqwest", "rand", "getrandom", "rusqlite", "tokio-postgres"];

/// Whether a crate is one of values and decisions.
pub(crate) fn is_pure(krate: &str) -> bool {
    PURE.contains(&krate)
}

/// Every arrow that goes where it must not.
pub(crate) fn check(members: &[Member]) -> Vec<Violation> {
    let mut found = Vec::new();
    for member in members {
        let manifest = format!("{}/Cargo.toml", member.directory);
        let Some(place) = place(&member.name) else {
            let what = format!("{} has no layer", member.name);
            found.push(Violation::new(&manifest, 1, what, "give it one in xtask/src/tidy/law.rs"));
            continue;
        };
        for Dependency { name, line } in &member.dependencies {
            if let Some((what, mend)) = judge(place, name) {
                found.push(Violation::new(&manifest, *line, what, mend));
            }
        }
    }
    found
}

/// What is wrong with an arrow, and the mend.
fn judge(from: &Place, to: &str) -> Option<(String, &'static str)> {
    if is_pure(from.name) && IMPURE.contains(&to) {
        return Some((format!("the pure crate {} names {to}", from.name), "move the effect above"));
    }
    let target = place(to)?;
    if ADAPTERS.contains(&to) && !WIRING.contains(&from.name) {
        let what = format!("{} names the concrete adapter {to}", from.name);
        return Some((what, "name its port; the binary wires the adapter in"));
    }
    if let Some(only) = from.only
        && !only.contains(&to)
    {
        let what = format!("{} may not name {to}", from.name);
        return Some((what, "see its line in xtask/src/tidy/law.rs"));
    }
    (target.layer >= from.layer).then(|| {
        let what =
            format!("{} (layer {}) names {to} (layer {})", from.name, from.layer, target.layer);
        (what, "an arrow only goes down: move what both need below")
    })
}

fn place(name: &str) -> Option<&'static Place> {
    LAW.iter().find(|place| place.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_lawful(from: &str, to: &str) -> bool {
        judge(place(from).unwrap(), to).is_none()
    }

    #[test]
    fn arrows_go_down() {
        assert!(is_lawful("vestnik-app", "vestnik-store"));
        assert!(is_lawful("vestnik-api", "vestnik-app"));
        assert!(is_lawful("vestnik", "vestnik-twin"));
        assert!(!is_lawful("vestnik-model", "vestnik-engine"));
        assert!(!is_lawful("vestnik-api", "vestnik-worker"), "one layer");
        assert!(!is_lawful("vestnik-engine", "vestnik-provider"), "one layer");
    }

    #[test]
    fn some_are_narrower() {
        assert!(is_lawful("vestnik-store", "vestnik-engine"));
        assert!(!is_lawful("vestnik-store", "vestnik-provider"));
        assert!(!is_lawful("vestnik-db-postgres", "vestnik-model"));
        assert!(!is_lawful("vestnik-twin", "vestnik-model"));
    }

    #[test]
    fn adapters_are_wired_by_the_binary() {
        assert!(is_lawful("vestnik", "vestnik-db-sqlite"));
        assert!(is_lawful("vestnik-world", "vestnik-providers"));
        assert!(!is_lawful("vestnik-app", "vestnik-db-sqlite"));
        assert!(!is_lawful("vestnik-worker", "vestnik-providers"));
    }

    #[test]
    fn pure_crates_have_no_effects() {
        assert!(!is_lawful("vestnik-engine", "tokio"));
        assert!(is_lawful("vestnik-net", "tokio"));
        assert!(is_lawful("vestnik-engine", "serde"));
    }

    #[test]
    fn a_crate_without_a_layer_is_found() {
        let member = Member {
            name: "vestnik-new".to_owned(),
            directory: "crates/new".to_owned(),
            dependencies: Vec::new(),
        };
        assert_eq!(check(&[member]).len(), 1);
    }
}
