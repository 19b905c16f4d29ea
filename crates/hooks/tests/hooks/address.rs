//! What stands in a hook's address.

use proptest::prelude::*;
use vestnik_hooks::{
    layout::{Links, Locale},
    parameter::PARAMETERS,
    query::{PAIRS_MAX, QUERY_BYTES_MAX, Query, QueryError},
    url_hook::{Addressing, Allowed, Checked, Kind, check},
};
use vestnik_model::{language::Language, messenger::Messenger};

const TOKEN: &str = "9410830193ce4ad56fe4df0378d1a0a8da13672248d94697b3";
const GREEN: &str = "apiUrl=1103.api.green-api.com&idInstance=1234567890&errorEmail=a@b.ru\
    &apiTokenInstance=9410830193ce4ad56fe4df0378d1a0a8da13672248d94697b3";

/// The documents' own, byte for byte.
const EXAMPLES: [(Kind, &str); 4] = [
    (
        Kind::GreenApi,
        "apiUrl=1103.api.green-api.com&idInstance=1234567890&apiTokenInstance=\
         9410830193ce4ad56fe4df0378d1a0a8da13672248d94697b3&errorEmail=test@gmail.com\
         &message=Вы%20записаны%20на%20услугу",
    ),
    (
        Kind::Wappi,
        "cascadeId=e9f1c45c0bd7a3e8e8ba&apiToken=\
         9410830193ce4ad56fe4df0378d1a0a8da13672248d94697b3&errorEmail=test@gmail.com\
         &message=Вы%20записаны%20на%20услугу",
    ),
    (
        Kind::Wappi,
        "cascadeId=e9f1c45c0bd7a3e8e8ba&apiTokenInstance=\
         9410830193ce4ad56fe4df0378d1a0a8da13672248d94697b3&errorEmail=test@gmail.com\
         &phone=79819998877&message=Сообщение%20на%20постоянный%20номер",
    ),
    (
        Kind::GreenApi,
        "apiUrl=1103.api.green-api.com&idInstance=1234567890&apiTokenInstance=\
         9410830193ce4ad56fe4df0378d1a0a8da13672248d94697b3&repeat=true&errorEmail=test@gmail.com\
         &hide_service_name=true&hide_contact_info=true&sign_text=%0A%20🗝%20Вопросы:%20☎%20+7%20\
         911%20999-99-99.&message=Ваша%20бронь%20подтверждена.",
    ),
];

fn checked(kind: Kind, query: &str) -> Checked {
    let hosts = ["*.api.green-api.com".to_owned(), "api.green-api.com".to_owned()];
    let allowed = Allowed { hosts: &hosts, links: Links::default() };
    check(kind, &Query::parse(query.as_bytes()).unwrap(), &allowed)
}

fn names(remarks: &[vestnik_hooks::url_hook::Remark]) -> Vec<&str> {
    remarks.iter().map(|remark| remark.parameter.as_str()).collect()
}

fn errors(kind: Kind, query: &str) -> Vec<String> {
    let checked = checked(kind, query);
    assert_eq!(checked.hook.is_none(), !checked.errors.is_empty());
    names(&checked.errors).into_iter().map(str::to_owned).collect()
}

#[test]
fn control_characters_have_no_place_in_a_message() {
    let query = format!("{GREEN}&message=a%00b%0D%0Ac%1B&sign_text=%07d%09e&resource_name=%00");
    let hook = checked(Kind::GreenApi, &query).hook.unwrap();
    assert_eq!(hook.message, "ab\nc");
    assert_eq!(hook.layout.sign_text, "d\te");
    assert_eq!(hook.layout.resource_name, None, "nothing is left of it");
}

#[test]
fn the_documents_examples_are_right() {
    for (kind, query) in EXAMPLES {
        let checked = checked(kind, query);
        assert_eq!(checked.errors, [], "{query}");
        assert_eq!(checked.warnings, [], "{query}");
        let hook = checked.hook.unwrap();
        assert_eq!(hook.error_email.as_deref(), Some("test@gmail.com"));
        assert_eq!(hook.credentials.len(), 1);
        assert_eq!(hook.credentials[0].settings["token"].reveal(), TOKEN);
        assert_eq!(hook.credentials[0].provider, kind.provider());
    }
}

#[test]
fn an_address_is_read_as_it_was_meant() {
    let of = |index: usize| checked(EXAMPLES[index].0, EXAMPLES[index].1).hook.unwrap();
    let first = of(0);
    assert_eq!(first.message, "Вы записаны на услугу");
    assert_eq!(first.credentials[0].messenger, Some(Messenger::Whatsapp));
    assert_eq!(first.credentials[0].instance, "green_api:1103.api.green-api.com:1234567890");
    assert!(!first.repeat && first.phone.is_none() && first.layout.hide_contact_info);
    assert_eq!(first.layout.zone_name, "Мск");
    let cascade = of(1);
    assert_eq!(cascade.credentials[0].messenger, None);
    assert_eq!(cascade.credentials[0].settings["cascade_id"].reveal(), "e9f1c45c0bd7a3e8e8ba");
    assert_eq!(of(2).phone.unwrap().to_string(), "79819998877");
    let last = of(3);
    assert!(last.repeat && last.layout.hide_service_name);
    assert_eq!(last.layout.sign_text, "\n 🗝 Вопросы: ☎ +7 911 999-99-99.");
    assert_eq!(last.message, "Ваша бронь подтверждена.");
}

#[test]
fn names_have_any_case_and_their_older_spellings() {
    let hook = checked(
        Kind::GreenApi,
        "APIURL=1103.API.green-api.com&idinstance=1&apitokeninstance=t&Error_Email=a@b.ru\
         &time_zone=Asia/Omsk&timezone_name=Омск&DATE_LOCALES=en-us&hide_url=1&message=",
    );
    assert_eq!(hook.warnings, []);
    let hook = hook.hook.unwrap();
    assert_eq!(hook.layout.locale, Locale::EnUs);
    assert_eq!(hook.layout.zone.iana_name(), Some("Asia/Omsk"));
    assert_eq!(hook.layout.zone_name, "Омск");
    assert!(hook.layout.hide_url);
    assert_eq!(hook.error_email.as_deref(), Some("a@b.ru"));
    assert_eq!(hook.message, "");
}

#[test]
fn both_sets_of_green_api_or_one() {
    let max = "apiUrlMax=3100.api.green-api.com&idInstanceMax=31&apiTokenInstanceMax=m";
    let alone = checked(Kind::GreenApi, &format!("{max}&errorEmail=a@b.ru")).hook.unwrap();
    assert_eq!(alone.credentials.len(), 1);
    assert_eq!(alone.credentials[0].messenger, Some(Messenger::Max));
    let both = checked(Kind::GreenApi, &format!("{max}&{GREEN}")).hook.unwrap();
    let messengers: Vec<_> = both.credentials.iter().map(|c| c.messenger).collect();
    assert_eq!(messengers, [Some(Messenger::Whatsapp), Some(Messenger::Max)]);
    let half = checked(Kind::GreenApi, &format!("{GREEN}&idInstanceMax=31"));
    assert_eq!(names(&half.errors), ["apiUrlMax", "apiTokenInstanceMax"]);
    assert!(half.errors[0].text(Language::En).contains("idInstanceMax is given"));
}

#[test]
fn all_faults_are_told_at_once() {
    assert_eq!(errors(Kind::GreenApi, ""), ["apiUrl", "idInstance", "apiTokenInstance"]);
    let found = errors(
        Kind::GreenApi,
        "apiUrl=evil.example.com&idInstance=12a&apiTokenInstance=a/b&errorEmail=a&phone=12\
         &repeat=maybe&hide_url=x&date_locales=de-DE&timezone=Moscow",
    );
    let all = [
        "apiUrl",
        "idInstance",
        "apiTokenInstance",
        "errorEmail",
        "message",
        "phone",
        "repeat",
        "hide_url",
        "date_locales",
        "timezone",
    ];
    assert_eq!(found, all);
    assert_eq!(errors(Kind::Wappi, "apiToken=t"), ["cascadeId"]);
    assert_eq!(errors(Kind::Wappi, "cascadeId=xyz"), ["apiToken", "cascadeId"]);
    assert_eq!(errors(Kind::Wappi, "apiToken=t&profileId=a_b"), ["profileId"]);
    let wrong = "key_api=k&channel_id=7&chat_type=telegram";
    assert_eq!(errors(Kind::Wazzup24, wrong), ["channel_id", "chat_type"]);
    assert_eq!(
        errors(Kind::Telegram, "telegramToken=TorrowServiceBot"),
        ["telegramToken", "telegramFieldName"]
    );
}

#[test]
fn the_other_hooks() {
    let wazzup = "key_api=0123abc&channel_id=A1b2c3d4-0000-4000-8000-0123456789ab&message=x";
    let hook = checked(Kind::Wazzup24, wazzup).hook.unwrap();
    assert_eq!(hook.credentials[0].messenger, Some(Messenger::Whatsapp));
    assert_eq!(
        hook.credentials[0].settings["channel_id"].reveal(),
        "a1b2c3d4-0000-4000-8000-0123456789ab"
    );
    let telegram = "telegramToken=123456:AAbbccddeeff00112233445566&telegramFieldName=*TelegramId";
    let hook = checked(Kind::Telegram, telegram).hook.unwrap();
    assert_eq!(hook.addressing, Addressing::Field("*TelegramId".to_owned()));
    assert_eq!(hook.credentials[0].instance, "telegram:api.telegram.org:123456");
    let profile = checked(Kind::Wappi, "apiToken=t&profileId=58271315-d123").hook.unwrap();
    assert_eq!(profile.credentials[0].settings["profile_id"].reveal(), "58271315-d123");
}

#[test]
fn warnings_do_not_stop_a_hook() {
    let warned = |kind: Kind, query: &str| {
        let checked = checked(kind, query);
        assert!(checked.hook.is_some(), "{query}: {:?}", checked.errors);
        let text = |remark: &vestnik_hooks::url_hook::Remark| remark.text(Language::En).to_owned();
        checked.warnings.iter().map(text).collect::<Vec<_>>().join("\n")
    };
    let with = |more: &str| warned(Kind::GreenApi, &format!("{GREEN}&{more}"));
    assert_eq!(with("message=x"), "");
    let https = GREEN.replace("apiUrl=", "apiUrl=https://").replace(".com&", ".com/&");
    assert!(warned(Kind::GreenApi, &https).contains("without https://"));
    let silent = GREEN.replace("errorEmail=a@b.ru", "errorEmail=");
    assert!(warned(Kind::GreenApi, &silent).contains("nobody will be mailed"));
    assert_eq!(with("mesage=x"), "mesage: there is no such parameter; did you mean message?");
    assert_eq!(with("cascadeId=ab"), "cascadeId: only the hook wappi has this parameter");
    assert_eq!(with("utm_source=x"), "utm_source: there is no such parameter");
    assert!(with("message=a&message=b").contains("the first value counts"));
    assert!(with("message=сыр & вино & хлеб").contains("%26"));
    assert_eq!(with("message=a& b& c").matches("%26").count(), 1);
    assert!(with("timezone=Asia/Omsk").contains("timezone_name"));
    let both = "apiToken=t&cascadeId=e9f1c45c0bd7a3e8e8ba&profileId=1-2-3&errorEmail=a@b.ru";
    assert!(warned(Kind::Wappi, both).contains("cascade"));
}

#[test]
fn hosts_are_matched_by_label() {
    let host = |host: &str| {
        errors(Kind::GreenApi, &GREEN.replace("1103.api.green-api.com", host)).is_empty()
    };
    assert!(host("api.green-api.com") && host("7103.API.green-api.com"));
    for bad in [
        "a.b.api.green-api.com",
        "api.green-api.com.evil.ru",
        "evil.ru%23.api.green-api.com",
        "user@1103.api.green-api.com",
        "1103.api.green-api.com:8443",
        "127.0.0.1",
        "localhost",
        "..api.green-api.com",
    ] {
        assert!(!host(bad), "{bad}");
    }
}

#[test]
fn no_secret_is_repeated() {
    let secret = "s3cr3t.Key-0123456789";
    for kind in Kind::ALL {
        for parameter in PARAMETERS {
            for spelling in std::iter::once(&parameter.name).chain(parameter.aliases) {
                let query = format!("{spelling}={secret}%2F&{secret}{secret}&{secret}=1");
                let checked = checked(kind, &query);
                let said = format!("{checked:?}");
                assert!(
                    !said.contains("s3cr3t") || checked.hook.is_some(),
                    "{kind:?} {query} {said}"
                );
            }
        }
    }
    let hook = checked(Kind::GreenApi, GREEN).hook.unwrap();
    assert!(!format!("{hook:?}").contains(TOKEN));
}

#[test]
fn addresses_are_mailed_to_one_person() {
    let email = |email: &str| errors(Kind::GreenApi, &format!("{email}&{GREEN}")).is_empty();
    for fine in ["a.b+c@example.co.uk", "почта@пример.рф"] {
        assert!(email(&format!("errorEmail={fine}")), "{fine}");
    }
    for bad in ["a", "a@b", "a@b.ru,c@d.ru", "a b@c.ru", "a@b.ru%0ABcc:x@y.ru", "@b.ru", "a@b..ru"]
    {
        assert!(!email(&format!("errorEmail={bad}")), "{bad}");
    }
}

#[test]
fn a_query_is_bounded() {
    let long = vec![b'a'; QUERY_BYTES_MAX + 1];
    assert_eq!(Query::parse(&long), Err(QueryError::TooLong));
    let many = "a=1&".repeat(PAIRS_MAX + 1);
    assert_eq!(Query::parse(many.as_bytes()), Err(QueryError::TooMany));
}

#[test]
fn escapes() {
    let get = |raw: &[u8]| Query::parse(raw).unwrap().get("a").map(str::to_owned);
    assert_eq!(get(b"a=1+2%2B3%20%0a").as_deref(), Some("1+2+3 \n"));
    assert_eq!(get("a=Привет%D0%BC".as_bytes()).as_deref(), Some("Приветм"));
    assert_eq!(get(b"a=%zz%4").as_deref(), Some("%zz%4"));
    assert_eq!(get(b"a=\xff%ffb").as_deref(), Some("\u{fffd}\u{fffd}b"));
    assert_eq!(get(b"a=&A=2&a=3").as_deref(), Some("2"));
    assert_eq!(get(b"a&b=1"), None);
    assert_eq!(get(b"?a=1"), None, "the question mark is no part of a query");
    assert_eq!(get(b"%61=1=2").as_deref(), Some("1=2"));
}

proptest! {
    #[test]
    fn any_text_comes_through(text in any::<String>()) {
        let escaped: String = text.bytes().map(|b| format!("%{b:02x}")).collect();
        let query = Query::parse(format!("x=1&a={escaped}").as_bytes());
        if let Ok(query) = query {
            prop_assert_eq!(query.get("a").unwrap_or_default(), &text);
        }
        let raw: String = text.chars().filter(|c| !matches!(c, '%' | '&')).collect();
        let query = Query::parse(format!("a={raw}").as_bytes()).unwrap();
        prop_assert_eq!(query.get("A").unwrap_or_default(), &raw);
    }

    #[test]
    fn arbitrary_bytes_never_panic(raw in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(query) = Query::parse(&raw) {
            let hosts = ["*.api.green-api.com".to_owned()];
            let allowed = Allowed { hosts: &hosts, links: Links::default() };
            for kind in Kind::ALL {
                let _ = check(kind, &query, &allowed);
            }
        }
    }

    #[test]
    fn arbitrary_values_never_panic(values in proptest::collection::vec(any::<String>(), 40)) {
        for kind in Kind::ALL {
            let query: String = PARAMETERS.iter().zip(&values).map(|(parameter, value)| {
                let value: String = value.bytes().map(|b| format!("%{b:02x}")).collect();
                format!("{}={value}&", parameter.name)
            }).collect();
            if let Ok(query) = Query::parse(query.as_bytes()) {
                let allowed = Allowed { hosts: &[], links: Links::default() };
                let _ = check(kind, &query, &allowed);
            }
        }
    }
}
