//! Russian texts.

mod cause;

use super::{
    stage::{Advice, Next, Past, Stage},
    texts::{Place, Texts, capital},
};
use crate::{cause::Cause, plan::Until, zone::ZoneBy};
use vestnik_model::{
    language::Language,
    outcome::{Guarantee, Reason},
    status::Status,
};

pub(super) struct Russian;

impl Texts for Russian {
    fn cause(&self, cause: &Cause, place: &Place<'_>) -> String {
        cause::sentence(cause, place)
    }

    fn past(&self, past: &Past<'_>, place: &Place<'_>) -> String {
        match past {
            Past::Failed { link, failure } => {
                let (name, reason) = (name(*link, place), self.reason(failure.reason));
                format!("Не доставлено ({name}): {reason}.{}", quoted(&failure.detail))
            }
            Past::Unread { link } => {
                format!("Доставлено, но не прочитано вовремя: {}.", name(*link, place))
            }
            Past::Cancelled { link } => {
                format!("Отменено за ненадобностью: {}.", name(*link, place))
            }
            Past::Cut { link } => {
                format!("Не отправлено, раньше наступил крайний срок: {}.", name(*link, place))
            }
        }
    }

    fn summary(&self, stage: &Stage<'_>) -> &'static str {
        match stage {
            Stage::Sent { .. } => "Отправлено",
            Stage::Delivered { .. } => "Доставлено",
            Stage::Read { .. } => "Прочитано",
            Stage::Cancelled => "Отменено",
            Stage::Failed => "Не доставлено",
            Stage::Submitting { .. } => "Отправляется",
            Stage::Window { .. } => "Ждёт разрешённых часов",
            Stage::Turn { .. } => "Ждёт очереди",
            Stage::Pace { .. } => "Ждёт по темпу отправки",
            Stage::Account { .. } => "Подключение не работает",
            Stage::Retry { .. } => "Ждёт следующей попытки",
            Stage::Journal { .. } => "Сверяется с журналом провайдера",
            Stage::Uncertain { .. } => "Неизвестно, ушло ли",
            Stage::Delivery { .. } => "Передано провайдеру",
            Stage::Reading { .. } => "Доставлено, ждёт прочтения",
        }
    }

    fn happened(&self, stage: &Stage<'_>, place: &Place<'_>) -> Option<String> {
        let at = |at: &Option<_>| at.map_or(String::new(), |at| format!(" {}", place.time(at)));
        Some(match stage {
            Stage::Sent { link, at: moment } => {
                let (at, name) = (at(moment), name(*link, place));
                let rest = match place.is_last(*link) {
                    true => "",
                    false => " Здесь довольно и этого: следующее звено не идёт.",
                };
                format!("Принято провайдером{at}: {name}. О доставке он не сообщает.{rest}")
            }
            Stage::Delivered { link, at: moment } => {
                format!("Доставлено{}: {}.", at(moment), name(*link, place))
            }
            Stage::Read { link, at: moment } => {
                format!("Прочитано{}: {}.", at(moment), name(*link, place))
            }
            Stage::Cancelled => "Отменено до отправки.".to_owned(),
            Stage::Failed => "Ни один способ не привёл к получателю.".to_owned(),
            Stage::Submitting { link, part } => {
                format!("Сейчас передаётся провайдеру: {}.", part_of(*link, *part, place))
            }
            Stage::Window { .. } => "Принято; сейчас отправлять нельзя.".to_owned(),
            Stage::Turn { link } | Stage::Pace { link, .. } => {
                format!("Готово к отправке: {}.", name(*link, place))
            }
            Stage::Account { link, trouble } => {
                let name = capital(&name(*link, place));
                format!("{name} не отправляется: подключение остановлено.{}", quoted(trouble))
            }
            Stage::Retry { link, attempts, is_lost, .. } => {
                let forms = ["попытки", "попыток", "попыток"];
                let word = Language::Ru.plural(u64::from(*attempts), forms);
                let after = match attempts {
                    0 => String::new(),
                    n => format!(" после {n} {word}"),
                };
                let why = if *is_lost {
                    "Ответ провайдера потерян"
                } else {
                    "Ещё не отправлено"
                };
                format!("{why}{after}: {}.", name(*link, place))
            }
            Stage::Journal { link, asked, .. } => {
                let word = Language::Ru.plural(u64::from(*asked), ["раз", "раза", "раз"]);
                let asked = match asked {
                    0 => String::new(),
                    n => format!(" Журнал провайдера спрошен {n} {word}, ясного ответа нет."),
                };
                format!("Ответ провайдера потерян: {}.{asked}", name(*link, place))
            }
            Stage::Uncertain { link, .. } => format!(
                "Ответ провайдера потерян, и узнать, ушло ли сообщение, нельзя: {}.",
                name(*link, place)
            ),
            Stage::Delivery { link, at, .. } => {
                format!("Передано провайдеру {}: {}.", place.time(*at), name(*link, place))
            }
            Stage::Reading { link, at: moment, .. } => {
                format!("Доставлено{}: {}.", at(moment), name(*link, place))
            }
        })
    }

    fn waits_for(&self, stage: &Stage<'_>, place: &Place<'_>) -> Option<String> {
        Some(match stage {
            Stage::Sent { .. }
            | Stage::Delivered { .. }
            | Stage::Read { .. }
            | Stage::Cancelled
            | Stage::Failed => {
                return None;
            }
            Stage::Submitting { .. } => "Ждёт ответа провайдера.".to_owned(),
            Stage::Window { opens, zone, by } => {
                let opens = place.time(*opens);
                format!("Ждёт разрешённых часов: они начнутся {opens}. {}", clock(zone, *by))
            }
            Stage::Turn { .. } => "Ждёт своей очереди у подключения.".to_owned(),
            Stage::Pace { until, .. } => {
                format!("Темп отправки подключения даёт место не раньше {}.", place.time(*until))
            }
            Stage::Account { .. } => "Ждёт, пока подключение снова заработает.".to_owned(),
            Stage::Retry { until, .. } => {
                format!("Следующая попытка {}.", place.time(*until))
            }
            Stage::Journal { at, .. } => {
                format!("Журнал провайдера будет спрошен {}.", place.time(*at))
            }
            Stage::Uncertain { until, .. } => {
                format!("Вестей ждём до {}; повторять нельзя.", place.time(*until))
            }
            Stage::Delivery { until, .. } => {
                format!("Ждёт подтверждения доставки до {}.", place.time(*until))
            }
            Stage::Reading { until, .. } => {
                format!("Ждёт прочтения до {}.", place.time(*until))
            }
        })
    }

    fn next(&self, next: &Next, place: &Place<'_>) -> String {
        let done = |until: &Until| match until {
            Until::Sent => "отправлено",
            Until::Delivered => "доставлено",
            Until::Read => "прочитано",
        };
        match next {
            Next::Link { link, at, until } => {
                let (until, at) = (done(until), place.time(*at));
                format!("Если не будет {until} до {at}, пойдёт {}.", name(*link, place))
            }
            Next::End { at, until } => {
                let (until, at) = (done(until), place.time(*at));
                format!("Если не будет {until} до {at}, больше попыток не будет.")
            }
            Next::Late => "Если провайдер ещё что-то сообщит, статус поднимется.".to_owned(),
        }
    }

    fn advice(&self, advice: Advice) -> &'static str {
        match advice {
            Advice::Nothing => "Делать ничего не нужно.",
            Advice::Wait => "Делать ничего не нужно: всё произойдёт само.",
            Advice::Credentials => "Проверьте ключи подключения и включите его снова.",
            Advice::AccountBlocked => {
                "Подключение заблокировано или вышло из мессенджера: войдите в него снова."
            }
            Advice::Server => {
                "Исправьте адрес сервера в настройках подключения (или разрешите его сеть в \
                 конфигурации) и включите подключение снова."
            }
            Advice::Quota => "Пополните тариф провайдера или дождитесь нового периода.",
            Advice::OtherChannel => {
                "По этому номеру получателя нет или он недоступен: используйте другой мессенджер."
            }
            Advice::AskToWrite => {
                "Попросите клиента открыть чат по ссылке подключения и написать первым, или \
                 выберите другой мессенджер."
            }
            Advice::Template => "Отправьте утверждённый шаблон.",
            Advice::File => "Проверьте адрес, вид и размер файла и отправьте новое сообщение.",
            Advice::Content => "Измените текст или картинку и отправьте новое сообщение.",
            Advice::Lifetime => {
                "Увеличьте время жизни звена или добавьте ещё одно, затем отправьте снова."
            }
            Advice::AskTheCustomer => {
                "Посмотрите в самом мессенджере, ушло ли оно, прежде чем отправлять снова."
            }
            Advice::Provider => "Сбой у провайдера: попробуйте позже или спросите его поддержку.",
        }
    }

    fn status(&self, status: Status) -> &'static str {
        match status {
            Status::Queued => "в очереди",
            Status::Submitting => "отправляется",
            Status::Sent => "передано провайдеру",
            Status::Cancelled => "отменено",
            Status::Expired => "время вышло",
            Status::Failed => "не доставлено",
            Status::Delivered => "доставлено",
            Status::Read => "прочитано",
        }
    }

    fn guarantee(&self, guarantee: Guarantee) -> &'static str {
        match guarantee {
            Guarantee::Key => {
                "Ровно один раз: провайдер отбрасывает повтор с тем же ключом, поэтому после \
                 потерянного ответа отправка безопасно повторяется."
            }
            Guarantee::Journal => {
                "Со сверкой: после потерянного ответа спрашивается журнал провайдера, и повтор \
                 идёт, только если сообщения там точно нет."
            }
            Guarantee::NeverTwice => {
                "Не больше одного раза: после потерянного ответа повтора не будет; по окончании \
                 срока звено считается недоставленным, и может пойти следующее. Сообщение может \
                 потеряться."
            }
            Guarantee::AtLeastOnce => {
                "Хотя бы один раз: после потерянного ответа сообщение отправляется снова. Оно \
                 может прийти дважды."
            }
        }
    }

    fn reason(&self, reason: Reason) -> &'static str {
        self::reason(reason)
    }
}

fn clock(zone: &crate::zone::ZoneRule, by: Option<ZoneBy>) -> String {
    let how = match by {
        None => return format!("Они считаются по часам {zone}, как задано в запросе."),
        Some(ZoneBy::NumberingPlan) => "определён по плану нумерации",
        Some(ZoneBy::Prefix) => "определён по коду номера",
        Some(ZoneBy::Contact) => "взят из карточки контакта",
        Some(ZoneBy::Default) => "взят по умолчанию, номер его не показывает",
    };
    format!("Часовой пояс получателя, {zone}, {how}.")
}

/// Neuter in both forms, so that one sentence fits them.
fn name(link: u8, place: &Place<'_>) -> String {
    let messenger = place.messenger(link);
    match place.links() {
        0 | 1 => format!("сообщение в {messenger}"),
        n => format!("звено {} из {n}, {messenger}", u32::from(link) + 1),
    }
}

fn part_of(link: u8, part: u8, place: &Place<'_>) -> String {
    match place.parts(link) {
        0 | 1 => name(link, place),
        n => format!("часть {} из {n} ({})", u32::from(part) + 1, name(link, place)),
    }
}

fn quoted(detail: &str) -> String {
    match detail.trim() {
        "" => String::new(),
        detail => format!(" Подробности: «{detail}»."),
    }
}

fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::NoAccount => "у получателя нет этого мессенджера",
        Reason::Barred => "получатель недоступен или не принимает наши сообщения",
        Reason::NoAddress => "получатель ещё не написал нам в этом мессенджере",
        Reason::WindowClosed => "клиент не писал больше суток: мессенджер принимает только шаблон",
        Reason::FileRefused => "файл такого вида или размера сюда отправить нельзя",
        Reason::FileUnavailable => "файл не удалось получить по его адресу",
        Reason::Filtered => "содержание не пропущено",
        Reason::Malformed => "запрос составлен неверно",
        Reason::Unauthorized => "провайдер не принял ключи подключения",
        Reason::AccountBlocked => "подключение заблокировано, просрочено или вышло из мессенджера",
        Reason::BadServer => "адрес сервера подключения непригоден",
        Reason::Quota => "исчерпан тариф или лимит",
        Reason::TimedOut => "время вышло",
        Reason::Unknown => "неизвестно, ушло ли сообщение, и повторять его нельзя",
        Reason::ProviderError => "сбой у провайдера",
    }
}
