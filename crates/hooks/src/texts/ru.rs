//! Russian.

use super::{KindTexts, MailTexts, Texts};
use vestnik_model::language::Language;

pub(super) static RUSSIAN: Texts = Texts {
    language: Language::Ru,
    order: KindTexts {
        noun: "заказ", head: "Ваш заказ", details: "Детали заказа", link: "Заказ"
    },
    booking: KindTexts {
        noun: "запись",
        head: "Ваша запись",
        details: "Детали записи",
        link: "Запись",
    },
    meeting: KindTexts {
        noun: "участие в мероприятии",
        head: "Ваше участие в мероприятии",
        details: "Детали мероприятия",
        link: "Мероприятие",
    },
    resources: "Услуги/ресурсы",
    service: "Об услуге",
    when: "Когда",
    duration: "Продолжительность",
    address: "Адрес",
    description: "Описание",
    contacts: "Контактные данные",
    comment: "Комментарий",
    days: ["день", "дня", "дней"],
    hours: ["час", "часа", "часов"],
    minutes: ["минута", "минуты", "минут"],
    number_sign: "№",
    decimal_sign: ',',
    zone_name: "Мск",
    phone: "Телефон",
    email: "Эл. почта",
    name: "Имя",
    other: "Данные",
    mail: MailTexts {
        subject: "Сообщение не отправлено",
        intro: "Сообщение клиенту не отправлено.",
        order: "Заказ",
        service: "Услуга",
        messenger: "Мессенджер",
        recipient: "Получатель",
        time: "Время",
        hook: "Хук",
        reason: "Причина",
        steps: "Что было сделано:",
        untold: "чем закончилось, провайдер не сообщает",
        advice: "Что сделать",
    },
};
