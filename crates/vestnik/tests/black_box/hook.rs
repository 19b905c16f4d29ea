//! Booking hooks at the terminal.

use crate::program::{folder, run, run_well};
use std::{fs, path::Path};

const GREEN: &str = "http://hub.example.ru/webhook/green-api?apiUrl=1103.api.green-api.com\
    &idInstance=1234567890&apiTokenInstance=9410830193ce4ad56fe4df0378d1a0a8da13672248d94697b3\
    &errorEmail=test@gmail.com&message=Вы%20записаны%20на%20услугу";
const SECRET: &str = "9410830193ce4ad56fe4df0378d1a0a8da13672248d94697b3";

/// A folder with an event of a source in it.
fn with_event(name: &str, source: &str) -> std::path::PathBuf {
    let at = folder(name);
    let event = run_well(&at, &["hook", "sample", "--source", source]);
    fs::write(at.join("event.json"), event).unwrap();
    at
}

/// Standard output and standard error of a run that fails with exit code 1.
fn fails(at: &Path, args: &[&str]) -> (String, String) {
    let output = run(at, args);
    assert_eq!(output.status.code(), Some(1), "{args:?}");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

#[test]
fn an_event_is_shown_as_the_customer_would_read_it() {
    let at = with_event("preview", "torrow");
    let printed = run_well(&at, &["hook", "preview", "event.json", "--url", GREEN]);
    let message = "── WhatsApp, Green-API ──\n\
        Вы записаны на услугу\n\n\
        *Ваша запись №4521*\n\
        Первичный приём\n\
        Когда: понедельник, 11 февраля 2030 г. в 10:30 (Мск)\n\
        Продолжительность: 45 минут\n";
    assert!(printed.contains(message), "{printed}");
    // The sample's number is none: that is told, and nothing of the secret is.
    assert!(printed.starts_with("Не отправлено: в поле телефона – не номер. "), "{printed}");
    assert!(printed.contains("test@gmail.com") && !printed.contains(SECRET));
    let event = run_well(&at, &["hook", "sample", "--phone", "8 (916) 123-45-67"]);
    fs::write(at.join("event.json"), event).unwrap();
    let query = GREEN.split_once('?').unwrap().1;
    let printed = run_well(&at, &["hook", "preview", "event.json", "--url", query]);
    assert!(printed.starts_with("Кому: +7 916 ***-**-67\n"), "{printed}");
    assert!(printed.contains(message));
}

#[test]
fn a_wrong_address_is_explained() {
    let at = with_event("preview_wrong", "torrow");
    let url = format!("/webhook/wappi?apiTokenInstance={SECRET}&hideurl=1&timezone=Moscow");
    let args = ["hook", "preview", "event.json", "--lang", "en", "--url", &url];
    let (printed, said) = fails(&at, &args);
    let expected = "Error: cascadeId: either cascadeId or profileId is needed, neither is given\n\
        Error: timezone: there is no such time zone; an example is Asia/Yekaterinburg\n\
        Warning: errorEmail: is missing: nobody will be mailed about failures of sending\n\
        Warning: hideurl: there is no such parameter; did you mean hide_url?\n";
    assert_eq!(printed, expected);
    assert!(said.contains("has to be corrected"), "{said}");
    let unknown = ["hook", "preview", "event.json", "--url", "http://x.ru/webhook/pigeon?a=1"];
    assert!(fails(&at, &unknown).1.contains("green-api, wappi, wazzup24, telegram"));
    let missing = ["hook", "preview", "nothing.json"];
    assert!(fails(&at, &missing).1.contains("can't read nothing.json"));
    fs::write(at.join("text.json"), "{\n?").unwrap();
    let broken = ["hook", "preview", "text.json"];
    assert!(fails(&at, &broken).1.contains("line 2"));
}

#[test]
fn another_source_and_a_template_of_one_s_own() {
    let at = with_event("preview_json", "json");
    let words = "Здравствуйте, {{ participant.name }}!\n**{{ time }}**, {{ title }}";
    fs::write(at.join("words.txt"), words).unwrap();
    let preview = ["hook", "preview", "event.json", "--source", "json"];
    let with = |more: &[&'static str]| [&preview[..], more].concat();
    let printed = run_well(&at, &with(&["--template", "words.txt", "--messenger", "telegram"]));
    let expected = "Кому: +7 900 ***-**-67\n\n── Telegram, Telegram Bot API ──\n\
        Здравствуйте, Анна Тестова!\n*10:30*, Стрижка\n\n";
    assert_eq!(printed, expected);
    let vk = run_well(&at, &with(&["--template", "words.txt", "--messenger", "vk"]));
    assert!(vk.contains("\n10:30, Стрижка"), "VK has no bold: {vk}");
    fs::write(at.join("words.txt"), "a\n{{ nme }}").unwrap();
    let (_, said) = fails(&at, &with(&["--template", "words.txt", "--lang", "en"]));
    assert!(said.contains("words.txt:2: There is no such name here"), "{said}");
    assert_eq!(run(&at, &with(&["--messenger", "pigeon"])).status.code(), Some(1));
    let usual = run_well(&at, &with(&["--lang", "en"]));
    assert!(usual.contains("*Your booking #17*") && !usual.contains("http"), "{usual}");
}
