//! The names that a template knows, for the documentation and the editor.

/// A name and what stands behind it: Russian, English.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// As a template writes it; `[]` behind it means a list.
    pub name: &'static str,
    /// What it is.
    pub meaning: [&'static str; 2],
}

const fn variable(name: &'static str, ru: &'static str, en: &'static str) -> Variable {
    Variable { name, meaning: [ru, en] }
}

/// All of them. What is missing or hidden by a parameter is empty.
pub const VARIABLES: &[Variable] = &[
    variable("message", "Слова владельца хука или правила", "The words of the hook or rule"),
    variable("head", "Что это и номер: Ваша запись №180", "What it is, with its number"),
    variable("title", "Название, если оно добавляет новое", "The title, if it says more"),
    variable("when", "Дата, время и пояс целиком", "Date, time and zone as a whole"),
    variable("date", "Дата начала словами", "The date of the begin in words"),
    variable("short_date", "Дата начала цифрами", "The date of the begin in digits"),
    variable("time", "Время начала", "The time of the begin"),
    variable("end_date", "Дата конца словами", "The date of the end in words"),
    variable("end_time", "Время конца", "The time of the end"),
    variable("zone", "Подпись часового пояса", "The zone's label"),
    variable("duration", "Продолжительность словами", "The duration in words"),
    variable("address", "Адрес", "The address"),
    variable("description", "Описание заказа", "The description of the case"),
    variable("sign_text", "Подпись", "The signature"),
    variable(
        "resources[]",
        "Что заказано: name, description, amount, duration, comment",
        "What was booked: name, description, amount, duration, comment",
    ),
    variable(
        "contacts[]",
        "Контактные данные, если их показывают: name, value",
        "Contact details, if they are shown: name, value",
    ),
    variable(
        "service",
        "Услуга: id, name, description, link",
        "The service: id, name, description, link",
    ),
    variable(
        "case",
        "Заказ: id, version, kind (order, booking, meeting), noun, number, title, state, place, \
         description, link",
        "The case: id, version, kind (order, booking, meeting), noun, number, title, state, \
         place, description, link",
    ),
    variable(
        "participant",
        "Кому пишем: id, kind, state, name, first_name, phone, email, comment, zone, \
         fields['Подпись поля']",
        "Who is written to: id, kind, state, name, first_name, phone, email, comment, zone, \
         fields['Label of a field']",
    ),
    variable("event", "Имя события", "The event's name"),
    variable(
        "words",
        "Наши слова на языке сообщения: details, resources, link, service, when, duration, \
         address, description, contacts",
        "Our words in the message's language: details, resources, link, service, when, \
         duration, address, description, contacts",
    ),
    variable("language", "Язык сообщения: ru, en", "The message's language: ru, en"),
    variable(
        "payload",
        "Событие, как его прислали: payload.CaseItem.Id",
        "The event as it was posted: payload.CaseItem.Id",
    ),
];
