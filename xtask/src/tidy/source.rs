//! A Rust file, read once and blanked once.

use super::text::{Keep, blank, closing, find_outside};

/// A file of ours.
#[derive(Debug)]
pub(crate) struct Source {
    /// The crate it belongs to.
    pub(crate) krate: String,
    /// The crate's directory, from the root.
    pub(crate) directory: String,
    /// From the root, with slashes.
    pub(crate) path: String,
    pub(crate) text: String,
    /// Without comments and the insides of literals.
    pub(crate) code: String,
    /// The same without what is compiled for tests only.
    pub(crate) product: String,
    /// With literals, without comments and what is compiled for tests only.
    pub(crate) literals: String,
}

impl Source {
    pub(crate) fn new(krate: &str, directory: &str, path: String, text: String) -> Self {
        let code = blank(&text, Keep::Code);
        let ranges = test_ranges(&code);
        let product = without(&code, &ranges);
        let literals = without(&blank(&text, Keep::Literals), &ranges);
        let (krate, directory) = (krate.to_owned(), directory.to_owned());
        let mut source = Self { krate, directory, path, text, code, product, literals };
        if source.is_in_tests() {
            source.make_test();
        }
        source
    }

    /// All of it is compiled for tests only.
    pub(crate) fn make_test(&mut self) {
        self.product = without(&self.code, &[(0, self.code.len())]);
        self.literals.clone_from(&self.product);
    }

    pub(crate) fn is_in_tests(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }

    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }
}

/// The items behind `#[cfg(test)]`.
fn test_ranges(code: &str) -> Vec<(usize, usize)> {
    let marks = code.match_indices("#[cfg(test)]");
    marks
        .filter_map(|(at, mark)| {
            // Further attributes are in brackets, and so are never the end.
            let end = find_outside(code, at + mark.len(), b"{;")?;
            let end = if code.as_bytes()[end] == b'{' { closing(code, end) } else { end + 1 };
            Some((at, end))
        })
        .collect()
}

fn without(text: &str, ranges: &[(usize, usize)]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for (from, to) in ranges {
        bytes[*from..*to].iter_mut().filter(|b| **b != b'\n').for_each(|b| *b = b' ');
    }
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_tests_is_not_product() {
        let text = "fn a() {}\n#[cfg(test)]\n#[allow(x)]\nmod tests { fn b() {} }\nfn c() {}\n\
                    #[cfg(test)]\nmod more;\nfn d() {}";
        let source =
            Source::new("x", "crates/x", "crates/x/src/lib.rs".to_owned(), text.to_owned());
        for (name, is_product) in [("a", true), ("b", false), ("c", true), ("d", true)] {
            assert_eq!(source.product.contains(&format!("fn {name}")), is_product, "{name}");
        }
        assert!(!source.product.contains("mod more"));
        assert_eq!(source.product.lines().count(), text.lines().count());
        let path = "crates/x/src/zone/tests.rs".to_owned();
        let tests = Source::new("x", "crates/x", path, "fn a() {}".to_owned());
        assert_eq!(tests.product.trim(), "");
    }
}
