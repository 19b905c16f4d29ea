//! The mail that an owner reads.

use crate::golden;
use vestnik_hooks::{
    layout::Layout,
    mail::{Step, Trouble, TroubleReason, failure, mask},
};
use vestnik_model::{language::Language, messenger::Messenger, outcome::Reason, time::Timestamp};

fn trouble(reason: TroubleReason) -> Trouble {
    Trouble {
        order_number: Some("№4521".to_owned()),
        service: Some("Первичный приём".to_owned()),
        hook: "green-api".to_owned(),
        messenger: Some(Messenger::Max),
        recipient: mask("234234"),
        at: Timestamp(1_897_025_400_000),
        steps: Vec::new(),
        reason,
    }
}

fn written(trouble: &Trouble, language: Language) -> String {
    let mail = failure(trouble, &Layout::default(), language);
    assert!(!mail.subject.contains('\n') && mail.subject.len() <= 200);
    format!("{}\n\n{}", mail.subject, mail.text)
}

#[test]
fn a_bad_number() {
    let trouble = trouble(TroubleReason::BadPhone);
    golden::check("mail.phone.ru", &written(&trouble, Language::Ru));
    golden::check("mail.phone.en", &written(&trouble, Language::En));
}

#[test]
fn a_cascade_tells_each_step() {
    let step = |messenger, sender: &str, what: &str| Step {
        messenger,
        sender: sender.to_owned(),
        what: what.to_owned(),
    };
    let trouble = Trouble {
        hook: "wappi".to_owned(),
        messenger: None,
        recipient: mask("+7 916 123-45-67"),
        steps: vec![
            step(Some(Messenger::Whatsapp), "58271315-d123", "нет аккаунта"),
            step(Some(Messenger::Telegram), "71a01b22-e001", "не доставлено за 5 минут"),
            step(None, "каскад", "отказ"),
        ],
        ..trouble(TroubleReason::Refused(Reason::NoAccount, "Not registered".to_owned()))
    };
    golden::check("mail.cascade.ru", &written(&trouble, Language::Ru));
    golden::check("mail.cascade.en", &written(&trouble, Language::En));
}

#[test]
fn words_from_elsewhere_stay_on_their_line() {
    let trouble = Trouble {
        order_number: Some("1\r\nBcc: x@example.com".to_owned()),
        service: None,
        recipient: String::new(),
        ..trouble(TroubleReason::Template(["a\nb".to_owned(), "a\nb".to_owned()]))
    };
    let mail = failure(&trouble, &Layout::default(), Language::En);
    assert_eq!(mail.subject, "A message was not sent: 1 Bcc: x@example.com");
    assert!(!mail.text.contains("\nBcc") && !mail.text.contains("Recipient"), "{}", mail.text);
    let long = Trouble { hook: "ж".repeat(5_000), order_number: None, ..trouble };
    assert!(written(&long, Language::Ru).len() < 3_000);
}

#[test]
fn every_reason_has_words_and_advice() {
    let reasons = [
        Reason::NoAccount,
        Reason::Barred,
        Reason::NoAddress,
        Reason::WindowClosed,
        Reason::FileRefused,
        Reason::FileUnavailable,
        Reason::Filtered,
        Reason::Malformed,
        Reason::Unauthorized,
        Reason::AccountBlocked,
        Reason::BadServer,
        Reason::Quota,
        Reason::TimedOut,
        Reason::Unknown,
        Reason::ProviderError,
    ];
    let refused = reasons.map(|reason| TroubleReason::Refused(reason, String::new()));
    let own = [
        TroubleReason::NoPhone,
        TroubleReason::BadPhone,
        TroubleReason::NoField("*TelegramId".to_owned()),
        TroubleReason::NoParticipant,
        TroubleReason::Unreadable,
        TroubleReason::NoText,
        TroubleReason::Template(Default::default()),
        TroubleReason::TooLong,
        TroubleReason::Expired,
    ];
    let all: Vec<_> = own
        .iter()
        .chain(&refused)
        .flat_map(|reason| {
            [Language::Ru, Language::En].map(|language| {
                format!("{}\n  → {}", reason.text(language), reason.advice(language))
            })
        })
        .collect();
    golden::check("mail.reasons", &all.join("\n"));
}
