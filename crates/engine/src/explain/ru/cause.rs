//! The steps of a history, in Russian.

use super::{name, part_of, quoted, reason};
use crate::{
    cause::{Cause, UnknownThen, WaitedFor},
    explain::texts::Place,
};
use vestnik_model::{outcome::ReceiptKind, time::Timestamp};

pub(super) fn sentence(cause: &Cause, place: &Place<'_>) -> String {
    match cause {
        Cause::Accepted { due } => {
            format!("Принято к отправке; может уйти с {}.", place.time(*due))
        }
        Cause::RepeatedDifferently => "Тот же id пришёл ещё раз с другим содержанием: \
             действует первое сообщение."
            .to_owned(),
        Cause::Submitted { link, part, remote_id } => {
            let what = part_of(*link, *part, place);
            format!("Провайдер принял {what}; номер у провайдера: {remote_id}.")
        }
        Cause::Deferred { link, until, detail } => format!(
            "Провайдер пока не может принять {}; следующая попытка {}.{}",
            name(*link, place),
            place.time(*until),
            quoted(detail)
        ),
        Cause::GaveUp { link, detail } => format!(
            "Попытки прекращены ({}): время вышло или их было слишком много.{}",
            name(*link, place),
            quoted(detail)
        ),
        Cause::Refused { link, failure } => format!(
            "Провайдер отказал ({}): {}.{}",
            name(*link, place),
            reason(failure.reason),
            quoted(&failure.detail)
        ),
        Cause::AnswerLost { link, then, detail } => format!(
            "Ответ провайдера потерян ({}): неизвестно, ушло ли сообщение. {}{}",
            name(*link, place),
            after_loss(*then, place),
            quoted(detail)
        ),
        Cause::Orphaned { link, then } => format!(
            "Вестник остановился во время отправки ({}): неизвестно, ушло ли сообщение. {}",
            name(*link, place),
            after_loss(*then, place)
        ),
        Cause::FoundInJournal { link, remote_id } => format!(
            "Журнал провайдера показал, что {} принято; номер у провайдера: {remote_id}.",
            name(*link, place)
        ),
        Cause::AbsentInJournal { link, until } => format!(
            "В журнале провайдера его нет ({}): отправка повторится {}.",
            name(*link, place),
            place.time(*until)
        ),
        Cause::JournalUnsure { link, then } => format!(
            "Журнал провайдера не дал ясного ответа ({}). {}",
            name(*link, place),
            after_loss(*then, place)
        ),
        Cause::Receipt { link, kind, called_off } => {
            let end = if *called_off {
                " Следующее звено отменено: оно не ушло."
            } else {
                ""
            };
            format!("{}{end}", receipt(*link, kind, place))
        }
        Cause::OutOfReach { link, not_before } => out_of_reach(*link, *not_before, place),
        Cause::LinkExpired { link, waited_for, next } => expired(*link, *waited_for, *next, place),
        Cause::Cancelled => "Отменено до отправки.".to_owned(),
        Cause::NothingNew => "Ничего не изменилось: известие опоздало, повторилось или \
             пришло раньше времени."
            .to_owned(),
    }
}

fn out_of_reach(link: u8, not_before: Timestamp, place: &Place<'_>) -> String {
    format!(
        "Темп отправителя не пропустил бы его раньше {} ({}), а его время к этому часу выйдет. \
         Следующее звено идёт сразу.",
        place.time(not_before),
        name(link, place)
    )
}

fn receipt(link: u8, kind: &ReceiptKind, place: &Place<'_>) -> String {
    let name = name(link, place);
    match kind {
        ReceiptKind::Sent => format!("Провайдер передал мессенджеру: {name}."),
        ReceiptKind::Delivered => format!("Доставлено: {name}."),
        ReceiptKind::Read => format!("Прочитано: {name}."),
        ReceiptKind::Failed(failure) => {
            let reason = reason(failure.reason);
            format!("Не доставлено ({name}): {reason}.{}", quoted(&failure.detail))
        }
    }
}

fn expired(link: u8, waited_for: WaitedFor, next: bool, place: &Place<'_>) -> String {
    let why = match waited_for {
        WaitedFor::Acceptance => "провайдер не принял его вовремя",
        WaitedFor::Deadline => "наступил крайний срок сообщения",
        WaitedFor::Certainty => "так и не удалось узнать, ушло ли оно",
        WaitedFor::Delivery => "доставка не подтверждена",
        WaitedFor::Reading => "доставлено, но не прочитано",
    };
    let end = match (next, place.links()) {
        (true, _) => " Идёт следующее звено.",
        (false, 0 | 1) => "",
        (false, _) => " Больше звеньев не будет.",
    };
    format!("Время вышло ({}): {why}.{end}", name(link, place))
}

fn after_loss(then: UnknownThen, place: &Place<'_>) -> String {
    match then {
        UnknownThen::Inquire(at) => {
            format!("Журнал провайдера будет спрошен {}.", place.time(at))
        }
        UnknownThen::Resend(at) => format!("Повторная отправка {}.", place.time(at)),
        UnknownThen::Hold => "Повтора не будет, чтобы не отправить дважды.".to_owned(),
    }
}
