//! The texts: what they say in both languages, and that they always say something.

use super::{
    laws::{history, play},
    plans::{Play, START, chain, failure, unknown},
};
use crate::{
    cause::{Cause, UnknownThen, WaitedFor},
    explain::{Explanation, Subject, explain, guarantee, sentence, status},
    plan::{Plan, Until},
    window::{Weekdays, Window},
    zone::{NamedZone, ZoneBy, ZoneRule},
};
use proptest::prelude::*;
use vestnik_model::{
    language::Language,
    outcome::{Blame, Failure, Guarantee, Outcome, Reason, ReceiptKind},
    status::Status,
    time::{Millis, Timestamp},
};

/// 21.11.2026 07:00:05 UTC.
const MOMENT: Timestamp = Timestamp(1_795_244_405_000);
const BOTH: [Language; 2] = [Language::Ru, Language::En];

#[track_caller]
fn says(cause: &Cause, plan: &Plan, ru: &str, en: &str) {
    let zone = ZoneRule::UTC_PLUS_3;
    assert_eq!(sentence(cause, plan, Language::Ru, &zone), ru);
    assert_eq!(sentence(cause, plan, Language::En, &zone), en);
}

#[test]
fn sentences_of_one_link() {
    let plan = chain(1, 1, Until::Delivered, Guarantee::Journal);
    says(
        &Cause::Accepted { due: MOMENT },
        &plan,
        "Принято к отправке; может уйти с 21.11.2026 10:00:05 (UTC+3).",
        "Taken for sending; it may leave from 21.11.2026 10:00:05 (UTC+3) on.",
    );
    let detail = "timed out".to_owned();
    says(
        &Cause::AnswerLost { link: 0, then: UnknownThen::Inquire(MOMENT), detail },
        &plan,
        "Ответ провайдера потерян (сообщение в WhatsApp): неизвестно, ушло ли сообщение. \
         Журнал провайдера будет спрошен 21.11.2026 10:00:05 (UTC+3). Подробности: «timed out».",
        "The provider's answer was lost (the message in WhatsApp): it may have been sent. \
         The provider's journal is asked at 21.11.2026 10:00:05 (UTC+3). Details: “timed out”.",
    );
    says(
        &Cause::LinkExpired { link: 0, waited_for: WaitedFor::Delivery, next: false },
        &plan,
        "Время вышло (сообщение в WhatsApp): доставка не подтверждена.",
        "Out of time (the message in WhatsApp): there was no word of delivery.",
    );
}

#[test]
fn what_can_not_go_in_time_is_told() {
    let plan = chain(2, 1, Until::Delivered, Guarantee::Journal);
    says(
        &Cause::OutOfReach { link: 0, not_before: MOMENT },
        &plan,
        "Темп отправителя не пропустил бы его раньше 21.11.2026 10:00:05 (UTC+3) (звено 1 из 2, \
         WhatsApp), а его время к этому часу выйдет. Следующее звено идёт сразу.",
        "The sender's pace would not have let it go before 21.11.2026 10:00:05 (UTC+3) (link 1 of \
         2, WhatsApp), and its time is over by then. The next link goes at once.",
    );
}

#[test]
fn sentences_of_a_chain() {
    let plan = chain(2, 3, Until::Delivered, Guarantee::Journal);
    says(
        &Cause::Submitted { link: 1, part: 1, remote_id: "3EB0".to_owned() },
        &plan,
        "Провайдер принял часть 2 из 3 (звено 2 из 2, Telegram); номер у провайдера: 3EB0.",
        "The provider took part 2 of 3 (link 2 of 2, Telegram); its id there: 3EB0.",
    );
    let detail = "466 quota".to_owned();
    let failure = Failure { blame: Blame::Account, reason: Reason::Quota, detail };
    says(
        &Cause::Refused { link: 0, failure },
        &plan,
        "Провайдер отказал (звено 1 из 2, WhatsApp): исчерпан тариф или лимит. \
         Подробности: «466 quota».",
        "The provider refused it (link 1 of 2, WhatsApp): the tariff or quota is used up. \
         Details: “466 quota”.",
    );
    says(
        &Cause::LinkExpired { link: 0, waited_for: WaitedFor::Reading, next: true },
        &plan,
        "Время вышло (звено 1 из 2, WhatsApp): доставлено, но не прочитано. \
         Идёт следующее звено.",
        "Out of time (link 1 of 2, WhatsApp): it was delivered, but not read. The next link goes.",
    );
    says(
        &Cause::Receipt { link: 0, kind: ReceiptKind::Delivered, called_off: true },
        &plan,
        "Доставлено: звено 1 из 2, WhatsApp. Следующее звено отменено: оно не ушло.",
        "Delivered: link 1 of 2, WhatsApp. The next link is called off: it has not left.",
    );
}

#[test]
fn times_are_those_of_the_readers_clock() {
    let plan = chain(1, 1, Until::Delivered, Guarantee::Key);
    let cause = Cause::Accepted { due: MOMENT };
    for (zone, time) in [
        ("UTC", "21.11.2026 07:00:05 (UTC)"),
        ("Asia/Vladivostok", "21.11.2026 17:00:05 (UTC+10)"),
        ("-03:30", "21.11.2026 03:30:05 (UTC-3:30)"),
        ("America/New_York", "21.11.2026 02:00:05 (UTC-5)"),
    ] {
        let zone = ZoneRule::parse(zone).unwrap();
        let text = sentence(&cause, &plan, Language::En, &zone);
        assert_eq!(text, format!("Taken for sending; it may leave from {time} on."));
    }
}

fn subject(play: &Play) -> Subject<'_> {
    Subject {
        plan: &play.plan,
        cascade: &play.cascade,
        last: None,
        submitting: None,
        account_trouble: None,
        pace_until: None,
        zone: &ZoneRule::UTC_PLUS_3,
    }
}

fn both(play: &Play) -> [Explanation; 2] {
    BOTH.map(|language| explain(&subject(play), play.now, language))
}

fn deferred() -> Outcome {
    Outcome::Deferred { retry_after: None, detail: "busy".to_owned(), whole_account: false }
}

#[test]
fn tries_are_counted_in_the_right_form() {
    let mut plan = chain(1, 1, Until::Delivered, Guarantee::Key);
    plan.links[0].ttl = Millis::hours(9);
    let mut play = Play::new(plan);
    let mut told = Vec::new();
    for _ in 0..22 {
        play.now = play.cascade.pending().unwrap().2;
        play.submitted(0, 0, deferred());
        let [ru, en] = both(&play);
        assert_eq!(ru.unblocks_at, play.cascade.pending().map(|(_, _, due)| due));
        told.push((ru.happened, en.happened));
    }
    for (n, ru, en) in [
        (1, "1 попытки", "1 try"),
        (2, "2 попыток", "2 tries"),
        (11, "11 попыток", "11 tries"),
        (21, "21 попытки", "21 tries"),
    ] {
        let ru = format!("Ещё не отправлено после {ru}: сообщение в WhatsApp.");
        let en = format!("Not sent yet after {en}: the message in WhatsApp.");
        assert_eq!(told[n - 1], (ru, en));
    }
}

#[test]
fn links_that_never_went_are_told_with_the_reason() {
    let mut play = Play::new(chain(2, 1, Until::Sent, Guarantee::NeverTwice));
    play.accept(0, 0);
    let [ru, en] = both(&play).map(|e| e.happened);
    assert!(ru.starts_with("Отменено за ненадобностью: звено 2 из 2, Telegram. "), "{ru}");
    assert!(ru.ends_with("Здесь довольно и этого: следующее звено не идёт."), "{ru}");
    assert!(en.starts_with("Called off, no longer needed: link 2 of 2, Telegram. "), "{en}");
    assert!(en.ends_with("Taken counts as done here: the next link does not go."), "{en}");

    let mut plan = chain(2, 1, Until::Delivered, Guarantee::NeverTwice);
    plan.deadline = Some(START + Millis::seconds(3));
    let mut play = Play::new(plan);
    play.expire();
    let [ru, en] = both(&play).map(|e| e.happened);
    assert!(ru.contains("раньше наступил крайний срок: звено 2 из 2, Telegram."), "{ru}");
    assert!(en.contains("the deadline came first: link 2 of 2, Telegram."), "{en}");
}

#[test]
fn inquiries_are_counted_in_the_right_form() {
    let mut plan = chain(1, 1, Until::Delivered, Guarantee::Journal);
    plan.links[0].ttl = Millis::hours(9);
    let mut play = Play::new(plan);
    play.submitted(0, 0, unknown());
    let mut told = Vec::new();
    for _ in 0..3 {
        let answer = crate::cascade::JournalAnswer::Unsure;
        play.step(&crate::cascade::Event::Inquired { link: 0, part: 0, answer });
        told.push(both(&play).map(|e| e.happened));
    }
    assert!(told[0][0].contains("спрошен 1 раз,") && told[0][1].contains("asked 1 time "));
    assert!(told[1][0].contains("спрошен 2 раза,") && told[1][1].contains("asked 2 times "));
    assert!(told[2][0].contains("спрошен 3 раза,") && told[2][1].contains("asked 3 times "));
}

#[test]
fn a_window_is_explained_with_its_clock_and_the_rule_that_found_it() {
    let zone = ZoneRule::Iana(NamedZone::parse("Asia/Vladivostok").unwrap());
    let window = Window::try_new(Some(36_000), None, Weekdays::EVERY_DAY, zone).unwrap();
    for (by, ru, en) in [
        (Some(ZoneBy::NumberingPlan), "по плану нумерации", "in the numbering plan"),
        (Some(ZoneBy::Prefix), "по коду номера", "by the number's leading digits"),
        (Some(ZoneBy::Contact), "из карточки контакта", "that of the contact"),
        (Some(ZoneBy::Default), "по умолчанию", "the default"),
        (None, "как задано в запросе", "as the request asked"),
    ] {
        let mut plan = chain(1, 1, Until::Delivered, Guarantee::Key);
        plan.window = Some(window.clone());
        plan.zone_by = by;
        let mut play = Play::new(plan);
        play.now = Timestamp(MOMENT.0 + 8 * 3_600_000);
        let texts = both(&play).map(|e| e.waits_for.unwrap());
        assert!(texts[0].contains(ru) && texts[0].contains("Asia/Vladivostok"), "{}", texts[0]);
        assert!(texts[1].contains(en) && texts[1].contains("(UTC+3)"), "{}", texts[1]);
    }
}

#[test]
fn the_present_of_a_chain_is_told_with_its_past_and_its_future() {
    let mut play = Play::new(chain(2, 1, Until::Delivered, Guarantee::NeverTwice));
    play.now = MOMENT;
    let no_account = Failure {
        blame: Blame::Recipient,
        reason: Reason::NoAccount,
        detail: "not on WhatsApp".to_owned(),
    };
    play.submitted(0, 0, Outcome::Refused(no_account));
    play.accept(1, 0);
    let [ru, en] = both(&play);
    assert_eq!(en.summary, "Handed over to the provider");
    assert_eq!(
        en.happened,
        "Not delivered (link 1 of 2, WhatsApp): the recipient is not in this messenger. \
         Details: “not on WhatsApp”. \
         Handed to the provider 21.11.2026 10:00:05 (UTC+3): link 2 of 2, Telegram."
    );
    assert_eq!(
        ru.waits_for.unwrap(),
        "Ждёт подтверждения доставки до 21.11.2026 10:00:15 (UTC+3)."
    );
    assert_eq!(
        en.next.unwrap(),
        "If it is not delivered by 21.11.2026 10:00:15 (UTC+3), nothing more is tried."
    );
    assert_eq!(ru.advice, ["Делать ничего не нужно."]);
    assert_eq!(en.unblocks_at, Some(MOMENT + Millis::seconds(10)));
}

#[test]
fn what_one_can_do_depends_on_why_it_failed() {
    for (reason, ru, en) in [
        (Reason::NoAccount, "другой мессенджер", "another messenger"),
        (Reason::Unauthorized, "ключи подключения", "credentials"),
        (Reason::AccountBlocked, "войдите в него снова", "log in again"),
        (Reason::BadServer, "адрес сервера", "server's address"),
        (Reason::Quota, "Пополните тариф", "Top up"),
        (Reason::Filtered, "Измените текст", "Change the text"),
        (Reason::ProviderError, "попробуйте позже", "try again later"),
    ] {
        let mut play = Play::new(chain(1, 1, Until::Delivered, Guarantee::NeverTwice));
        let detail = String::new();
        play.submitted(0, 0, Outcome::Refused(Failure { blame: Blame::Provider, reason, detail }));
        let [told_ru, told_en] = both(&play);
        assert!(told_ru.advice[0].contains(ru), "{reason:?}: {told_ru:?}");
        assert!(told_en.advice[0].contains(en), "{reason:?}: {told_en:?}");
    }
}

#[test]
fn what_is_known_around_a_message_is_told() {
    let play = Play::new(chain(1, 2, Until::Delivered, Guarantee::Key));
    let at = |subject: Subject<'_>| explain(&subject, START, Language::En);
    let turn = at(subject(&play));
    assert_eq!(turn.summary, "Waits for its turn");
    let sending = at(Subject { submitting: Some((0, 0)), ..subject(&play) });
    assert_eq!(
        sending.happened,
        "Being handed to the provider now: part 1 of 2 (the message in WhatsApp)."
    );
    let pace_until = Some(START + Millis::seconds(3));
    let paced = at(Subject { pace_until, ..subject(&play) });
    assert_eq!(
        (paced.summary.as_str(), paced.unblocks_at),
        ("Held by the sending pace", pace_until)
    );
    let stopped = at(Subject { account_trouble: Some("401"), ..subject(&play) });
    assert!(stopped.happened.ends_with("the account is stopped. Details: “401”."));
    assert!(stopped.advice[0].contains("credentials"));
}

fn no_text_is_empty(texts: &Explanation) {
    let mut all = vec![&texts.summary, &texts.happened];
    all.extend(&texts.waits_for);
    all.extend(&texts.next);
    all.extend(&texts.advice);
    for text in all {
        assert!(!text.trim().is_empty() && !text.contains("  "), "{texts:?}");
    }
    assert!(!texts.advice.is_empty());
    assert!(texts.unblocks_at.is_none() || texts.waits_for.is_some(), "{texts:?}");
}

#[test]
fn every_status_guarantee_and_reason_has_words() {
    let plan = chain(1, 1, Until::Delivered, Guarantee::Key);
    for language in BOTH {
        for each in Status::ALL {
            assert!(!status(each, language).is_empty());
        }
        for each in
            [Guarantee::Key, Guarantee::Journal, Guarantee::NeverTwice, Guarantee::AtLeastOnce]
        {
            assert!(guarantee(each, language).ends_with('.'));
        }
        let refused = Cause::Refused { link: 0, failure: failure(Blame::Window) };
        assert!(!sentence(&refused, &plan, language, &ZoneRule::UTC_PLUS_3).contains("  "));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_state_and_step_has_words_in_both_languages((plan, steps) in history()) {
        for taken in 0..=steps.len() {
            let mut play = play(plan.clone(), &steps[..taken]);
            for language in BOTH {
                no_text_is_empty(&explain(&subject(&play), play.now, language));
            }
            if let Some((event, ..)) = steps.get(taken) {
                let cause = play.step(event);
                for language in BOTH {
                    let text = sentence(&cause, &play.plan, language, &ZoneRule::UTC_PLUS_3);
                    prop_assert!(text.ends_with(['.', '»', '”']) && !text.contains("  "), "{}", text);
                }
            }
        }
    }
}
