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

const HOUR_S: i64 = 3_600;

/// Fourteen rules: booked, called off, approved, moved, reminded, confirmed, paid, for the
/// customer and, where it matters to them, for the executor.
#[must_use]
pub fn presets(language: Language) -> Vec<Rule> {
    let make = |name: [&str; 2], message: [&str; 2], to: To, when: When| {
        let pick = |[ru, en]: [&str; 2]| match language {
            Language::Ru => ru.to_owned(),
            Language::En => en.to_owned(),
        };
        rule(pick(name), pick(message), to, when)
    };
    let mut rules = vec![
        make(
            ["Запись создана: клиенту", "Booked: to the customer"],
            ["Вы записаны. Ждём вас!", "You are booked. See you soon!"],
            To::Customer,
            When::Event(vec![EventName::CheckIn, EventName::CreateOrder]),
        ),
        make(
            ["Запись создана: исполнителю", "Booked: to the executor"],
            ["К вам новая запись.", "You have a new booking."],
            To::Executor,
            When::Event(vec![EventName::CheckIn, EventName::CreateOrder]),
        ),
        make(
            ["Запись отменена: клиенту", "Cancelled: to the customer"],
            ["Ваша запись отменена.", "Your booking has been cancelled."],
            To::Customer,
            cancelled(),
        ),
        make(
            ["Запись отменена: исполнителю", "Cancelled: to the executor"],
            ["Запись к вам отменена.", "A booking with you has been cancelled."],
            To::Executor,
            cancelled(),
        ),
    ];
    rules.extend([
        make(
            ["Запись подтверждена: клиенту", "Approved: to the customer"],
            ["Ваша запись подтверждена.", "Your booking is confirmed."],
            To::Customer,
            When::Event(vec![EventName::ApproveCaseParticipation]),
        ),
        make(
            ["Время изменилось: клиенту", "Time changed: to the customer"],
            ["Время вашей записи изменилось.", "The time of your booking has changed."],
            To::Customer,
            When::Event(vec![EventName::UpdateCaseTime]),
        ),
        make(
            ["Место изменилось: клиенту", "Place changed: to the customer"],
            ["Место вашей записи изменилось.", "The place of your booking has changed."],
            To::Customer,
            When::Event(vec![EventName::UpdateCasePlace]),
        ),
        make(
            ["Данные изменились: клиенту", "Details changed: to the customer"],
            ["В вашей записи есть изменения.", "The details of your booking have changed."],
            To::Customer,
            When::Event(vec![EventName::UpdateCase, EventName::UpdateOrder]),
        ),
        make(
            ["Напоминание за 2 часа: клиенту", "Reminder 2 hours before: to the customer"],
            ["Напоминаем о вашей записи.", "This is a reminder of your booking."],
            To::Customer,
            before(2 * HOUR_S),
        ),
        make(
            ["Напоминание за час: исполнителю", "Reminder 1 hour before: to the executor"],
            ["Через час к вам запись.", "You have a booking in an hour."],
            To::Executor,
            before(HOUR_S),
        ),
    ]);
    rules.extend([
        make(
            ["Клиент подтвердил приход: исполнителю", "Customer confirmed: to the executor"],
            ["Клиент подтвердил, что придёт.", "The customer confirmed that they will come."],
            To::Executor,
            When::Event(vec![EventName::ConfirmCaseParticipation]),
        ),
        make(
            ["Оплата получена: клиенту", "Paid: to the customer"],
            ["Мы получили вашу оплату. Спасибо!", "We have received your payment. Thank you!"],
            To::Customer,
            When::Event(vec![EventName::ApproveMoneyReceive]),
        ),
        make(
            ["Оплата получена: исполнителю", "Paid: to the executor"],
            ["Запись к вам оплачена.", "A booking with you has been paid."],
            To::Executor,
            When::Event(vec![EventName::ApproveMoneyReceive]),
        ),
        make(
            ["Оплата возвращена: клиенту", "Refunded: to the customer"],
            ["Мы вернули вашу оплату.", "Your payment has been refunded."],
            To::Customer,
            When::Event(vec![EventName::RejectMoneyReceive]),
        ),
    ]);
    rules
}

fn cancelled() -> When {
    When::Event(vec![
        EventName::CaseCancel,
        EventName::CaseReject,
        EventName::CancelCaseParticipation,
    ])
}

fn before(seconds: i64) -> When {
    When::Time { offset_s: -seconds, from: Edge::Start }
}

fn rule(name: String, message: String, to: To, when: When) -> Rule {
    let participants = match to {
        To::Customer => vec![ParticipantKind::Participant, ParticipantKind::Escort],
        To::Executor => vec![ParticipantKind::Executor],
    };
    // Nobody is reminded of what is not settled yet, or over.
    let (participant_states, case_states) = match when {
        When::Event(_) => (Vec::new(), Vec::new()),
        When::Time { .. } => (
            vec![ParticipantState::Registered],
            vec![CaseState::Waiting, CaseState::Processing, CaseState::TimeControlled],
        ),
    };
    Rule {
        name,
        when,
        participants,
        participant_states,
        case_states,
        message,
        template: None,
        active: true,
    }
}
