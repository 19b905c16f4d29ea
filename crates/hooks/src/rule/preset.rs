//! The usual occasions of a booking, as rules to begin with.

use super::{Edge, Rule, When};
use crate::event::{CaseState, EventName, ParticipantKind, ParticipantState};
use vestnik_model::language::Language;

/// Whom a rule writes to.
#[derive(Clone, Copy)]
enum To {
    /// The customer and whoever comes along.
    Customer,
    /// Whoever does the work.
    Executor,
}

/// When a rule acts.
enum At {
    Events(&'static [EventName]),
    /// So many seconds before the begin.
    Before(i64),
}

/// A rule in both languages: Russian, English.
struct Preset {
    name: [&'static str; 2],
    message: [&'static str; 2],
    to: To,
    at: At,
}

const fn preset(name: [&'static str; 2], message: [&'static str; 2], to: To, at: At) -> Preset {
    Preset { name, message, to, at }
}

const HOUR_S: i64 = 3_600;

const BOOKED: At = At::Events(&[EventName::CheckIn, EventName::CreateOrder]);
const CANCELLED: At =
    At::Events(&[EventName::CaseCancel, EventName::CaseReject, EventName::CancelCaseParticipation]);

static PRESETS: [Preset; 14] = [
    preset(
        ["Запись создана: клиенту", "Booked: to the customer"],
        ["Вы записаны. Ждём вас!", "You are booked. See you soon!"],
        To::Customer,
        BOOKED,
    ),
    preset(
        ["Запись создана: исполнителю", "Booked: to the executor"],
        ["К вам новая запись.", "You have a new booking."],
        To::Executor,
        BOOKED,
    ),
    preset(
        ["Запись отменена: клиенту", "Cancelled: to the customer"],
        ["Ваша запись отменена.", "Your booking has been cancelled."],
        To::Customer,
        CANCELLED,
    ),
    preset(
        ["Запись отменена: исполнителю", "Cancelled: to the executor"],
        ["Запись к вам отменена.", "A booking with you has been cancelled."],
        To::Executor,
        CANCELLED,
    ),
    preset(
        ["Запись подтверждена: клиенту", "Approved: to the customer"],
        ["Ваша запись подтверждена.", "Your booking is confirmed."],
        To::Customer,
        At::Events(&[EventName::ApproveCaseParticipation]),
    ),
    preset(
        ["Время изменилось: клиенту", "Time changed: to the customer"],
        ["Время вашей записи изменилось.", "The time of your booking has changed."],
        To::Customer,
        At::Events(&[EventName::UpdateCaseTime]),
    ),
    preset(
        ["Место изменилось: клиенту", "Place changed: to the customer"],
        ["Место вашей записи изменилось.", "The place of your booking has changed."],
        To::Customer,
        At::Events(&[EventName::UpdateCasePlace]),
    ),
    preset(
        ["Данные изменились: клиенту", "Details changed: to the customer"],
        ["В вашей записи есть изменения.", "The details of your booking have changed."],
        To::Customer,
        At::Events(&[EventName::UpdateCase, EventName::UpdateOrder]),
    ),
    preset(
        ["Напоминание за 2 часа: клиенту", "Reminder 2 hours before: to the customer"],
        ["Напоминаем о вашей записи.", "This is a reminder of your booking."],
        To::Customer,
        At::Before(2 * HOUR_S),
    ),
    preset(
        ["Напоминание за час: исполнителю", "Reminder 1 hour before: to the executor"],
        ["Через час к вам запись.", "You have a booking in an hour."],
        To::Executor,
        At::Before(HOUR_S),
    ),
    preset(
        ["Клиент подтвердил приход: исполнителю", "Customer confirmed: to the executor"],
        ["Клиент подтвердил, что придёт.", "The customer confirmed that they will come."],
        To::Executor,
        At::Events(&[EventName::ConfirmCaseParticipation]),
    ),
    preset(
        ["Оплата получена: клиенту", "Paid: to the customer"],
        ["Мы получили вашу оплату. Спасибо!", "We have received your payment. Thank you!"],
        To::Customer,
        At::Events(&[EventName::ApproveMoneyReceive]),
    ),
    preset(
        ["Оплата получена: исполнителю", "Paid: to the executor"],
        ["Запись к вам оплачена.", "A booking with you has been paid."],
        To::Executor,
        At::Events(&[EventName::ApproveMoneyReceive]),
    ),
    preset(
        ["Оплата возвращена: клиенту", "Refunded: to the customer"],
        ["Мы вернули вашу оплату.", "Your payment has been refunded."],
        To::Customer,
        At::Events(&[EventName::RejectMoneyReceive]),
    ),
];

/// Fourteen rules: booked, called off, approved, moved, reminded, confirmed, paid, for the
/// customer and, where it matters to them, for the executor.
#[must_use]
pub fn presets(language: Language) -> Vec<Rule> {
    PRESETS.iter().map(|preset| preset.rule(language)).collect()
}

impl Preset {
    fn rule(&self, language: Language) -> Rule {
        let pick = |[ru, en]: [&str; 2]| match language {
            Language::Ru => ru.to_owned(),
            Language::En => en.to_owned(),
        };
        let participants = match self.to {
            To::Customer => vec![ParticipantKind::Participant, ParticipantKind::Escort],
            To::Executor => vec![ParticipantKind::Executor],
        };
        let (when, participant_states, case_states) = match self.at {
            At::Events(names) => (When::Event(names.to_vec()), Vec::new(), Vec::new()),
            // Nobody is reminded of what is not settled yet, or over.
            At::Before(seconds) => (
                When::Time { offset_s: -seconds, from: Edge::Start },
                vec![ParticipantState::Registered],
                vec![CaseState::Waiting, CaseState::Processing, CaseState::TimeControlled],
            ),
        };
        Rule {
            name: pick(self.name),
            when,
            participants,
            participant_states,
            case_states,
            message: pick(self.message),
            template: None,
            active: true,
        }
    }
}
