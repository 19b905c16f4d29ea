//! What a misspelt name was meant to be.

use strsim::levenshtein;

/// Most slips that still let a name be known.
const SLIPS_MAX: usize = 3;

/// The nearest of the known names, if it is near enough.
pub(super) fn nearest(
    name: &str,
    known: impl Iterator<Item = &'static str>,
) -> Option<&'static str> {
    let wanted = plain(name);
    let allowed = SLIPS_MAX.min(wanted.chars().count() / 3);
    known
        .map(|known| (levenshtein(&wanted, &plain(known)), known))
        .filter(|(slips, _)| *slips <= allowed)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, known)| known)
}

/// Case and underlines are not what a name is known by.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_forgiven() {
        let known = ["hide_url", "errorEmail", "message", "phone", "hide_address"];
        let near = |name| nearest(name, known.into_iter());
        assert_eq!(near("hideurl"), Some("hide_url"));
        assert_eq!(near("errorMail"), Some("errorEmail"));
        assert_eq!(near("mesage"), Some("message"));
        assert_eq!(near("hide_adress"), Some("hide_address"));
        assert_eq!(near("utm_source"), None);
        assert_eq!(near("x"), None);
    }
}
