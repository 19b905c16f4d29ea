//! What an account is at its provider: two accounts of one instance get the same webhooks there.

use crate::descriptor::{Descriptor, Form};
use std::collections::BTreeMap;
use url::{Host, Url};
use vestnik_model::{phone::Phone, secret::Secret};

/// Settings by name.
pub type Settings = BTreeMap<String, Secret>;

impl Descriptor {
    /// Whether two accounts' settings name the same instance. The messenger does not matter: an
    /// instance has one, and its webhooks go to one address whatever it is taken for here.
    #[must_use]
    pub fn is_same_instance(&self, one: &Settings, other: &Settings) -> bool {
        let is_named = self.instance.iter().any(|name| !self.plain(one, name).is_empty());
        is_named
            && self.instance.iter().all(|name| self.plain(one, name) == self.plain(other, name))
            && self.foreign_server(one) == self.foreign_server(other)
    }

    /// A setting's value without the ways it may be spelt in.
    fn plain(&self, settings: &Settings, name: &str) -> String {
        let value = settings.get(name).map_or("", |value| value.reveal().trim());
        let form = self.settings.iter().find(|setting| setting.name == name).map(|s| s.form);
        match form {
            Some(Form::Host) => server(value).map_or_else(|| value.to_owned(), |url| place(&url)),
            Some(Form::Phone) => {
                Phone::parse(value).map_or_else(|| value.to_owned(), |phone| phone.to_string())
            }
            Some(Form::Text | Form::Digits | Form::Sid(..) | Form::Switch | Form::Choice(_))
            | None => value.to_owned(),
        }
    }

    /// The server that is not one of the provider's own: what it knows is its own affair. The
    /// provider's servers all know the same instances.
    fn foreign_server(&self, settings: &Settings) -> Option<String> {
        let setting = self.settings.iter().find(|setting| setting.form == Form::Host)?;
        let value = settings.get(setting.name).map_or("", |value| value.reveal().trim());
        let url = server(value)?;
        let host = url.host_str().unwrap_or_default();
        let is_own = self.hosts.iter().any(|pattern| match pattern.strip_prefix('*') {
            Some(end) => host.ends_with(end),
            None => host == *pattern,
        });
        (!is_own).then(|| place(&url))
    }
}

fn place(url: &Url) -> String {
    let host = url.host().map(|host: Host<&str>| host.to_string()).unwrap_or_default();
    let path = url.path().trim_end_matches('/');
    format!("{host}:{}{path}", url.port_or_known_default().unwrap_or_default())
}

/// The address of a server as an account names it: a host, or an `http(s)` address (a missing scheme
/// is `https`). `None` if it is none, holds a name and password, or more than a path.
#[must_use]
pub fn server(value: &str) -> Option<Url> {
    let whole = match value.contains("://") {
        true => Url::parse(value),
        false => Url::parse(&format!("https://{value}")),
    };
    let url = whole.ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let is_bare = url.username().is_empty() && url.password().is_none();
    (is_web && is_bare && url.query().is_none() && url.fragment().is_none()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptor::Setting;
    use vestnik_model::outcome::Guarantee;

    const fn setting(name: &'static str, form: Form) -> Setting {
        Setting { name, label: ["", ""], required: false, secret: false, form }
    }

    static SETTINGS: [Setting; 3] = [
        setting("api_url", Form::Host),
        setting("channel", Form::Text),
        setting("phone", Form::Phone),
    ];

    const fn sample(instance: &'static [&'static str]) -> Descriptor {
        Descriptor {
            code: "sample",
            name: "Sample",
            channels: &[],
            settings: &SETTINGS,
            instance,
            hosts: &["api.example.com", "*.api.example.com"],
            guarantee: Guarantee::NeverTwice,
            guarantee_text: ["", ""],
            webhook_answer: "",
            notices: &[],
        }
    }

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        pairs.iter().map(|(n, v)| ((*n).to_owned(), Secret::new(*v))).collect()
    }

    #[test]
    fn the_provider_s_own_servers_know_the_same_instances() {
        let sample = sample(&["channel"]);
        let at = |server: &str| settings(&[("api_url", server), ("channel", "7")]);
        let one = at("1103.api.example.com");
        for same in ["https://1103.api.example.com/", "API.example.com", ""] {
            assert!(sample.is_same_instance(&one, &at(same)), "{same}");
        }
        assert!(!sample.is_same_instance(&one, &at("http://127.0.0.1:8090")));
        let own = at("http://127.0.0.1:8090/");
        assert!(sample.is_same_instance(&own, &at("http://127.0.0.1:8090")));
        assert!(!sample.is_same_instance(&own, &at("http://127.0.0.1:8091")));
    }

    #[test]
    fn every_setting_that_names_it_counts_however_it_is_spelt() {
        let two = sample(&["api_url", "phone"]);
        let at = |server, phone| settings(&[("api_url", server), ("phone", phone)]);
        let one = at("https://api.example.com/", "+7 800 555-02-01");
        assert!(two.is_same_instance(&one, &at("api.example.com", "78005550201")));
        assert!(!two.is_same_instance(&one, &at("1.api.example.com", "78005550201")));
        assert!(!two.is_same_instance(&one, &at("api.example.com", "78005550202")));
    }

    #[test]
    fn what_names_nothing_is_not_the_same() {
        let none = settings(&[("phone", "1")]);
        assert!(!sample(&["channel"]).is_same_instance(&none, &none));
    }

    #[test]
    fn a_server_is_a_host_or_a_web_address() {
        for good in ["api.example.com", "http://127.0.0.1:8090", "[::1]:80", "https://e.ru/a/b_c"] {
            assert!(server(good).is_some(), "{good}");
        }
        let bad = ["http://[::bad", "https://", "", "ftp://e.ru", "u:p@e.ru", "https://u@e.ru"];
        for bad in bad.into_iter().chain(["e.ru:99999", "e.ru?x=1", "e.ru#x", "a b"]) {
            assert!(server(bad).is_none(), "{bad}");
        }
    }
}
