//! The environment over the defaults, and what is refused.

use super::*;
use std::{ffi::OsString, path::Path};

fn with(variables: &[(&str, &str)]) -> Result<Config> {
    load(None, variables.iter().map(|(n, v)| (OsString::from(n), OsString::from(v))))
}

fn said(variables: &[(&str, &str)]) -> String {
    format!("{:#}", with(variables).unwrap_err())
}

/// What is said of a configuration file with this text.
fn said_of_file(name: &str, text: &str) -> String {
    let path = std::env::temp_dir().join(format!("vestnik-{}-{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    let said = load(Some(Path::new(&path)), std::iter::empty()).unwrap_err();
    std::fs::remove_file(&path).unwrap();
    let said = format!("{said:#}");
    assert!(said.starts_with(&path.display().to_string()), "it names the file: {said}");
    said
}

#[test]
fn the_default_is_valid_and_the_environment_goes_over_it() {
    let config = with(&[]).unwrap();
    assert_eq!(config.server.stop_patience, Duration::from_secs(35));
    let config = with(&[
        ("VESTNIK_SERVER__LISTEN", "0.0.0.0:9"),
        ("VESTNIK_PARTNER__NETWORKS", "[\"10.0.0.0/8\"]"),
        ("VESTNIK_PASSWORD", "not a setting"),
        ("VESTNIK_SERVICE_HOST", "10.0.0.1"),
        ("VESTNIK_PORT", "tcp://10.0.0.1:8080"),
        ("VESTNIK_PORT_8080_TCP_ADDR", "10.0.0.1"),
    ])
    .unwrap();
    assert_eq!(config.server.listen.port(), 9);
    assert_eq!(config.partner.networks.len(), 1);
}

#[test]
fn a_variable_has_the_type_of_its_setting() {
    let config = with(&[
        ("VESTNIK_HOOKS__URL_HOOKS", "true"),
        ("VESTNIK_MAIL__PASSWORD", "48151623"),
        ("VESTNIK_MAIL__USER", "true"),
        ("VESTNIK_MAIL__PORT", "25"),
        ("VESTNIK_STORAGE__S3_PREFIX", "[a]"),
        ("VESTNIK_PARTNER__NETWORKS", "10.0.0.0/8, 10.1.0.0/16"),
        ("VESTNIK_HOOKS__HOSTS", "*.a.example,b.example"),
        ("VESTNIK_SERVER__TRUSTED_PROXIES", ""),
    ])
    .unwrap();
    assert!(config.hooks.url_hooks);
    assert_eq!(config.mail.password.reveal(), "48151623");
    assert_eq!((config.mail.user.as_str(), config.mail.port), ("true", 25));
    assert_eq!(config.storage.s3_prefix, "[a]");
    assert_eq!(config.partner.networks.len(), 2);
    assert_eq!(config.hooks.hosts, ["*.a.example", "b.example"]);
    assert!(config.server.trusted_proxies.is_empty());
}

#[test]
fn a_complaint_names_the_place_and_never_a_value_of_a_wrong_type() {
    let said_so = said(&[("VESTNIK_HOOKS__URL_HOOKS", "jawohl")]);
    assert!(said_so.contains("VESTNIK_HOOKS__URL_HOOKS"), "{said_so}");
    assert!(said_so.contains("true or false") && !said_so.contains("jawohl"), "{said_so}");
    let text = "[mail]\npassword = 48151623\n";
    let said_so = said_of_file("number", text);
    assert!(said_so.contains("mail.password: a text in quotes"), "{said_so}");
    assert!(!said_so.contains("48151623"), "{said_so}");
    let said_so = said_of_file("broken", "[mail]\nhost = \"\"\npassword = \"geheim\"wort\"\n");
    assert!(said_so.contains(":3: not valid TOML") && !said_so.contains("geheim"), "{said_so}");
    let said_so = said_of_file("level", "mail = \"geheim\"\n");
    assert!(said_so.contains("[mail] is expected") && !said_so.contains("geheim"), "{said_so}");
    let said_so = said(&[("VESTNIK_SERVER__TRUSTED_PROXIES", "[\"127.0.0.1\"]")]);
    assert!(said_so.contains("127.0.0.1: not a network like 10.0.0.0/8"), "{said_so}");
    let said_so = said_of_file("path", "[partner]\npath = \"/in/x\"\n");
    assert!(said_so.contains("partner.path: /in is taken"), "{said_so}");
}

#[cfg(unix)]
#[test]
fn variables_of_others_may_be_in_any_encoding() {
    use std::os::unix::ffi::OsStringExt;
    let foreign = || OsString::from_vec(vec![b'X', 0xff]);
    let of_others = [(foreign(), foreign()), (OsString::from("LANG"), foreign())];
    assert!(load(None, of_others.into_iter()).is_ok());
    let ours = [(OsString::from("VESTNIK_MAIL__USER"), foreign())];
    let said = format!("{:#}", load(None, ours.into_iter()).unwrap_err());
    assert!(said.contains("VESTNIK_MAIL__USER") && said.contains("UTF-8"), "{said}");
}

#[test]
fn unknown_names_are_refused_with_a_suggestion() {
    let cases = [
        ("VESTNIK_SERVER__LISTN", "did you mean listen?"),
        ("VESTNIK_SERVR__LISTEN", "did you mean server?"),
        ("VESTNIK_SERVER_LISTEN", "did you mean VESTNIK_SERVER__LISTEN?"),
        ("VESTNIK_MAIL_PORT", "did you mean VESTNIK_MAIL__PORT?"),
        ("VESTNIK_PASWORD", "did you mean VESTNIK_PASSWORD?"),
    ];
    for (name, wanted) in cases {
        let said = said(&[(name, "x")]);
        assert!(said.contains(name) && said.contains(wanted), "{said}");
    }
}

#[test]
fn what_serve_could_not_use_is_refused_here() {
    let cases = [
        ("VESTNIK_SERVER__LISTEN", "nowhere"),
        ("VESTNIK_SERVER__STOP_PATIENCE", "soon"),
        ("VESTNIK_SERVER__STOP_PATIENCE", "99999999999999999h"),
        ("VESTNIK_SERVER__STOP_PATIENCE", "25h"),
        ("VESTNIK_SERVER__PUBLIC_URL", "ftp://a.example"),
        ("VESTNIK_PARTNER__PATH", "/in/x"),
        ("VESTNIK_PARTNER__PATH", "/:x"),
        ("VESTNIK_PARTNER__PATH", "partner"),
        ("VESTNIK_PARTNER__PATH", "/a//b"),
        ("VESTNIK_PARTNER__PATH", "/a/../v1"),
        ("VESTNIK_PARTNER__PATH", "/hook-samples/torrow"),
        ("VESTNIK_PARTNER__PATH", "/api/webhook/LeadGen/whatsapp"),
        ("VESTNIK_PARTNER__CONCURRENCY_MAX", "0"),
        ("VESTNIK_OUTGOING__IN_FLIGHT_PER_HOST", "0"),
        ("VESTNIK_LOG__FILTER", "a[b"),
        ("VESTNIK_STORAGE__S3_ENDPOINT", "nowhere"),
        ("VESTNIK_STORAGE__S3_ENDPOINT", "ftp://a.example"),
        ("VESTNIK_STORAGE__S3_ENDPOINT", "https://a.example"),
        ("VESTNIK_HOOKS__HOSTS", "http://x/"),
        ("VESTNIK_HOOKS__SERVICE_LINK", "javascript:alert(1)"),
        ("VESTNIK_HOOKS__ORDER_LINK", "/orders/{id}"),
        ("VESTNIK_MAIL__HOST", "bad host"),
        ("VESTNIK_MAIL__PROTECTION", "some"),
    ];
    for (name, value) in cases {
        let said = said(&[(name, value)]);
        let is_named = said.contains(name) || said.starts_with("storage.s3_bucket");
        assert!(is_named, "{name}={value}: {said}");
    }
    let said = said(&[("VESTNIK_MAIL__HOST", "mail.example"), ("VESTNIK_MAIL__PORT", "0")]);
    assert!(said.starts_with("environment variable VESTNIK_MAIL__PORT: mail.port"), "{said}");
}

#[test]
fn what_is_usual_is_taken() {
    let cases = [
        ("VESTNIK_PARTNER__PATH", "/"),
        ("VESTNIK_PARTNER__PATH", "/partner/v6/message/"),
        ("VESTNIK_PARTNER__PATH", "/inbox"),
        ("VESTNIK_HOOKS__HOSTS", "*.api.green-api.com"),
        ("VESTNIK_HOOKS__SERVICE_LINK", ""),
        ("VESTNIK_HOOKS__ORDER_LINK", "https://a.example/orders?id={id}"),
        ("VESTNIK_MAIL__HOST", "127.0.0.1"),
        ("VESTNIK_MAIL__HOST", "mail.example"),
        ("VESTNIK_LOG__FILTER", "warn,vestnik_worker=debug"),
        ("VESTNIK_SERVER__STOP_PATIENCE", "500ms"),
    ];
    for (name, value) in cases {
        assert!(with(&[(name, value)]).is_ok(), "{name}={value}: {:?}", with(&[(name, value)]));
    }
}
