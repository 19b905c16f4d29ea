//! Reasons of failures and what can be done about them: Russian, English.

use super::TroubleReason;
use vestnik_model::outcome::Reason;

/// The reason as a sentence.
pub(super) fn words(reason: &TroubleReason) -> [String; 2] {
    let [ru, en] = match reason {
        TroubleReason::NoPhone => [
            "в контактных данных нет телефона.",
            "there is no phone number in the contact details.",
        ],
        TroubleReason::BadPhone => {
            ["в поле телефона – не номер.", "what stands in the phone field is not a phone number."]
        }
        TroubleReason::NoField(name) => {
            return [
                format!("контактное поле «{name}» пустое, или его нет."),
                format!("the contact field \"{name}\" is empty or missing."),
            ];
        }
        TroubleReason::NoParticipant => {
            ["в событии нет участника, которому писать.", "the event names nobody to write to."]
        }
        TroubleReason::Address([ru, en]) => {
            return [
                format!("адрес хука содержит ошибки: {ru}"),
                format!("the hook's address is wrong: {en}"),
            ];
        }
        TroubleReason::Content(what) => {
            return [
                format!("сообщение нельзя отправить в таком виде. {what}"),
                format!("the message can't be sent like this. {what}"),
            ];
        }
        TroubleReason::Unreadable => {
            ["событие не удалось прочитать.", "the event could not be read."]
        }
        TroubleReason::NoText => ["в сообщении нет текста.", "the message has no text."],
        TroubleReason::Template([ru, en]) => {
            return [
                format!("шаблон сообщения не сработал. {ru}"),
                format!("the message's template failed. {en}"),
            ];
        }
        TroubleReason::Refused(reason, detail) => return with(refusal(*reason), detail),
        TroubleReason::TooLong => [
            "текст длиннее, чем принимает мессенджер.",
            "the text is longer than the messenger takes.",
        ],
        TroubleReason::Expired => ["время на отправку вышло.", "the time for sending ran out."],
    };
    [ru.to_owned(), en.to_owned()]
}

/// The provider's own words behind ours.
fn with([ru, en]: [&str; 2], detail: &str) -> [String; 2] {
    match detail.trim() {
        "" => [ru.to_owned(), en.to_owned()],
        detail => [
            format!("{ru} Ответ провайдера: {detail}"),
            format!("{en} The provider's answer: {detail}"),
        ],
    }
}

fn refusal(reason: Reason) -> [&'static str; 2] {
    match reason {
        Reason::NoAccount => [
            "у получателя нет аккаунта в этом мессенджере.",
            "the recipient has no account in this messenger.",
        ],
        Reason::Barred => {
            ["получатель запретил писать ему.", "the recipient does not allow messages from you."]
        }
        Reason::NoAddress => [
            "получатель ещё не писал боту, и бот не может написать первым.",
            "the recipient has not written to the bot yet, and a bot can't write first.",
        ],
        Reason::WindowClosed => [
            "прошло больше 24 часов с последнего сообщения клиента: разрешены только шаблоны.",
            "more than 24 hours passed since the customer's last word: only templates may be sent.",
        ],
        Reason::FileRefused => ["файл не принят.", "the file was refused."],
        Reason::FileUnavailable => ["файл не удалось получить.", "the file could not be fetched."],
        Reason::Filtered => [
            "провайдер не пропустил содержание сообщения.",
            "the provider did not let the content pass.",
        ],
        Reason::Malformed => {
            ["провайдер не принял запрос.", "the provider did not take the request."]
        }
        Reason::Unauthorized => {
            ["провайдер не принял ключ доступа.", "the provider did not take the key."]
        }
        Reason::AccountBlocked => [
            "подключение заблокировано, отключено или не оплачено.",
            "the account is blocked, logged out or not paid.",
        ],
        Reason::BadServer => [
            "адрес сервера провайдера непригоден.",
            "the address of the provider's server can't be used.",
        ],
        Reason::Quota => ["исчерпан лимит тарифа.", "the tariff's limit is used up."],
        Reason::TimedOut => ["время на отправку вышло.", "the time for sending ran out."],
        Reason::Unknown => [
            "неизвестно, ушло ли сообщение: ответ провайдера потерян.",
            "it is not known whether the message left: the provider's answer was lost.",
        ],
        Reason::ProviderError => {
            ["провайдер ответил ошибкой.", "the provider answered with an error."]
        }
    }
}

/// What an owner can do.
pub(super) fn advice(reason: &TroubleReason) -> [&'static str; 2] {
    match reason {
        TroubleReason::NoPhone => [
            "свяжитесь с клиентом иначе и сделайте телефон обязательным полем записи.",
            "reach the customer another way, and make the phone a required field of the booking.",
        ],
        TroubleReason::BadPhone => [
            "исправьте номер в заказе и свяжитесь с клиентом. Номер нужен с кодом страны.",
            "correct the number in the order and reach the customer. The number needs its country \
             code.",
        ],
        TroubleReason::NoField(_) => [
            "проверьте имя поля в параметре telegramFieldName и откуда оно заполняется.",
            "check the field's name in telegramFieldName and where it is filled from.",
        ],
        TroubleReason::NoParticipant => [
            "проверьте в действии услуги, кому оно адресовано.",
            "check in the service's action whom it is addressed to.",
        ],
        TroubleReason::Address(_) => [
            "откройте адрес хука в браузере: там отмечено, что исправить.",
            "open the hook's address in a browser: what to correct is marked there.",
        ],
        TroubleReason::Content(_) => {
            ["измените тексты или шаблон хука.", "change the texts or the template of the hook."]
        }
        TroubleReason::Unreadable => [
            "проверьте, что адрес хука вызывает действие с данными заказа.",
            "check that the hook's address is called by an action with the order's data.",
        ],
        TroubleReason::NoText => [
            "впишите слова в message, правило или шаблон или покажите больше частей.",
            "write words into message, the rule or the template, or show more parts.",
        ],
        TroubleReason::Template(_) => [
            "исправьте шаблон и отправьте сообщение ещё раз.",
            "correct the template and send the message again.",
        ],
        TroubleReason::TooLong => [
            "сократите тексты или уберите лишние части параметрами hide_….",
            "shorten the texts, or leave parts out by the hide_… parameters.",
        ],
        TroubleReason::Expired => [
            "свяжитесь с клиентом иначе и проверьте, что провайдер доступен.",
            "reach the customer another way, and check that the provider can be reached.",
        ],
        TroubleReason::Refused(reason, _) => refusal_advice(*reason),
    }
}

fn refusal_advice(reason: Reason) -> [&'static str; 2] {
    match reason {
        Reason::NoAccount | Reason::Barred => [
            "свяжитесь с клиентом иначе; каскад из нескольких мессенджеров повысит шанс доставки.",
            "reach the customer another way; a cascade of several messengers makes delivery \
             likelier.",
        ],
        Reason::NoAddress => [
            "попросите клиента открыть бота по ссылке и нажать «Старт».",
            "ask the customer to open the bot by its link and press Start.",
        ],
        Reason::WindowClosed => [
            "заведите у провайдера шаблон для уведомлений.",
            "have a template for notifications approved at the provider.",
        ],
        Reason::FileRefused | Reason::FileUnavailable | Reason::Filtered | Reason::Malformed => [
            "проверьте текст сообщения и параметры хука, затем отправьте тестовое событие.",
            "check the message's text and the hook's parameters, then send a test event.",
        ],
        Reason::Unauthorized => [
            "скопируйте ключ из кабинета провайдера ещё раз и откройте адрес хука для проверки.",
            "copy the key from the provider's cabinet again and open the hook's address to check.",
        ],
        Reason::AccountBlocked => [
            "откройте кабинет провайдера: оплатите подписку или подключите телефон заново.",
            "open the provider's cabinet: pay the subscription or link the phone again.",
        ],
        Reason::BadServer => [
            "проверьте адрес сервера (apiUrl) и откройте адрес хука для проверки.",
            "check the server's address (apiUrl) and open the hook's address to check.",
        ],
        Reason::Quota => [
            "смените тариф у провайдера или дождитесь обновления лимита.",
            "change the tariff at the provider, or wait until the limit is renewed.",
        ],
        Reason::TimedOut | Reason::ProviderError => [
            "свяжитесь с клиентом иначе; если ошибки повторяются, обратитесь к провайдеру.",
            "reach the customer another way; if failures go on, write to the provider.",
        ],
        Reason::Unknown => [
            "проверьте переписку в мессенджере, прежде чем писать клиенту ещё раз.",
            "look into the chat in the messenger before writing to the customer again.",
        ],
    }
}
