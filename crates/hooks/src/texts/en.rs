//! English.

use super::{KindTexts, MailTexts, Texts};
use vestnik_model::language::Language;

pub(super) static ENGLISH: Texts = Texts {
    language: Language::En,
    order: KindTexts { noun: "order", head: "Your order", details: "Order details", link: "Order" },
    booking: KindTexts {
        noun: "booking",
        head: "Your booking",
        details: "Booking details",
        link: "Booking",
    },
    meeting: KindTexts {
        noun: "event registration",
        head: "Your event registration",
        details: "Event details",
        link: "Event",
    },
    resources: "Services/resources",
    service: "About the service",
    when: "When",
    duration: "Duration",
    address: "Address",
    description: "Description",
    contacts: "Contact details",
    comment: "Comment",
    days: ["day", "days", "days"],
    hours: ["hour", "hours", "hours"],
    minutes: ["minute", "minutes", "minutes"],
    number_sign: "#",
    decimal_sign: '.',
    zone_name: "MSK",
    phone: "Phone",
    email: "Email",
    name: "Name",
    other: "Other",
    mail: MailTexts {
        subject: "A message was not sent",
        intro: "A message to a customer was not sent.",
        order: "Order",
        service: "Service",
        messenger: "Messenger",
        recipient: "Recipient",
        time: "Time",
        hook: "Hook",
        reason: "Reason",
        steps: "What was tried:",
        untold: "the provider does not say what came of it",
        advice: "What to do",
    },
};
