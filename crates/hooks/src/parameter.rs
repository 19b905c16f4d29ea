//! Every parameter of the hooks' addresses, in the order of the documentation: the check, the
//! hints for misspelt names and the table in `docs/hooks.md` are made from this list.

use crate::url_hook::Kind;
use vestnik_model::language::Language;

/// Longest name of a parameter that is repeated to its owner; more can be no name.
const NAME_CHARS_MAX: usize = 30;
/// Most digits in one: keys have more.
const NAME_DIGITS_MAX: usize = 2;

/// A parameter.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name; case does not matter.
    pub name: &'static str,
    /// Other spellings that are taken.
    pub aliases: &'static [&'static str],
    /// The hooks that have it.
    pub kinds: &'static [Kind],
    /// Without it the hook can't work (for sets and choices, the words say how).
    pub required: bool,
    /// Its default, Russian and English; empty = none.
    default: [&'static str; 2],
    /// What it does, Russian and English.
    meaning: [&'static str; 2],
}

impl Parameter {
    /// What stands if it is not given; empty = nothing.
    #[must_use]
    pub fn default(&self, language: Language) -> &'static str {
        pick(self.default, language)
    }

    /// What it does.
    #[must_use]
    pub fn meaning(&self, language: Language) -> &'static str {
        pick(self.meaning, language)
    }

    /// Whether a name is one of its spellings.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        std::iter::once(&self.name)
            .chain(self.aliases)
            .any(|spelling| spelling.eq_ignore_ascii_case(name))
    }
}

/// The parameters of a hook, in the order of the documentation.
pub fn of(kind: Kind) -> impl Iterator<Item = &'static Parameter> {
    PARAMETERS.iter().filter(move |parameter| parameter.kinds.contains(&kind))
}

/// Whether it may have been meant as a name: what is not may be a piece of a text or a key, and is
/// not repeated.
#[must_use]
pub fn may_be_name(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.len() <= NAME_CHARS_MAX
        && digits <= NAME_DIGITS_MAX
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn pick(texts: [&'static str; 2], language: Language) -> &'static str {
    let [ru, en] = texts;
    match language {
        Language::Ru => ru,
        Language::En => en,
    }
}

const GREEN: &[Kind] = &[Kind::GreenApi];
const WAPPI: &[Kind] = &[Kind::Wappi];
const WAZZUP: &[Kind] = &[Kind::Wazzup24];
const TELEGRAM: &[Kind] = &[Kind::Telegram];
const BY_PHONE: &[Kind] = &[Kind::GreenApi, Kind::Wappi, Kind::Wazzup24];
const ALL: &[Kind] = &Kind::ALL;

const fn credential(
    name: &'static str,
    kinds: &'static [Kind],
    required: bool,
    meaning: [&'static str; 2],
) -> Parameter {
    Parameter { name, aliases: &[], kinds, required, default: ["", ""], meaning }
}

const fn shape(
    name: &'static str,
    default: [&'static str; 2],
    meaning: [&'static str; 2],
) -> Parameter {
    Parameter { name, aliases: &[], kinds: ALL, required: false, default, meaning }
}

const NO: [&str; 2] = ["false", "false"];

/// All of them.
pub const PARAMETERS: &[Parameter] = &[
    credential(
        "apiUrl",
        GREEN,
        true,
        [
            "Адрес API инстанса WhatsApp без https://, например 1103.api.green-api.com",
            "API host of the WhatsApp instance without https://, such as 1103.api.green-api.com",
        ],
    ),
    credential(
        "idInstance",
        GREEN,
        true,
        ["Номер инстанса WhatsApp, цифры", "Number of the WhatsApp instance, digits"],
    ),
    credential(
        "apiTokenInstance",
        GREEN,
        true,
        ["Ключ инстанса WhatsApp", "Token of the WhatsApp instance"],
    ),
    credential(
        "apiUrlMax",
        GREEN,
        false,
        [
            "То же для инстанса MAX. Можно указать вместо WhatsApp или вместе с ним: тогда \
             сообщение уйдёт в оба мессенджера",
            "The same for a MAX instance, instead of WhatsApp or together with it: then both \
             messengers get the message",
        ],
    ),
    credential(
        "idInstanceMax",
        GREEN,
        false,
        ["Номер инстанса MAX, цифры", "Number of the MAX instance, digits"],
    ),
    credential(
        "apiTokenInstanceMax",
        GREEN,
        false,
        ["Ключ инстанса MAX", "Token of the MAX instance"],
    ),
    Parameter {
        aliases: &["apiTokenInstance"],
        ..credential("apiToken", WAPPI, true, ["Ключ API аккаунта Wappi", "Wappi's API token"])
    },
    credential(
        "cascadeId",
        WAPPI,
        false,
        [
            "Каскад: шестнадцатеричное число. Нужен cascadeId или profileId; если есть оба, \
             сообщение идёт через каскад",
            "Cascade, a hexadecimal number. Either cascadeId or profileId is needed; with both, \
             the cascade is used",
        ],
    ),
    credential(
        "profileId",
        WAPPI,
        false,
        [
            "Профиль одного мессенджера, например 58271315-d123",
            "Profile of one messenger, such as 58271315-d123",
        ],
    ),
    credential("key_api", WAZZUP, true, ["Ключ API Wazzup", "Wazzup's API key"]),
    credential("channel_id", WAZZUP, true, ["Канал: идентификатор вида GUID", "Channel: its GUID"]),
    Parameter {
        default: ["whatsapp", "whatsapp"],
        ..credential(
            "chat_type",
            WAZZUP,
            false,
            ["Вид чата: только whatsapp", "Kind of chat: whatsapp only"],
        )
    },
    credential(
        "telegramToken",
        TELEGRAM,
        true,
        ["Токен вашего бота от @BotFather", "Token of your bot from @BotFather"],
    ),
    credential(
        "telegramFieldName",
        TELEGRAM,
        true,
        [
            "Имя контактного поля, где лежит номер пользователя Telegram, например *TelegramId",
            "Name of the contact field that holds the Telegram user id, such as *TelegramId",
        ],
    ),
    Parameter {
        name: "errorEmail",
        aliases: &["error_email"],
        kinds: ALL,
        required: false,
        default: ["", ""],
        meaning: [
            "Почта для сообщений об ошибках отправки",
            "Where failures of sending are mailed",
        ],
    },
    shape(
        "message",
        ["", ""],
        [
            "Первые слова сообщения; с phone – весь его текст",
            "First words of the message; with phone, all of it",
        ],
    ),
    Parameter {
        kinds: BY_PHONE,
        ..shape(
            "phone",
            ["", ""],
            [
                "Постоянный номер: получает только текст из message. Важнее всех остальных \
                 параметров",
                "A fixed number that gets the text of message alone. Goes before all other \
                 parameters",
            ],
        )
    },
    Parameter {
        kinds: GREEN,
        ..shape(
            "repeat",
            NO,
            [
                "Отправить ещё раз, если за 10 секунд сообщение не доставлено на устройство. Нужны \
             включённые уведомления о статусах отправленных сообщений",
                "Send once more if the message was not delivered to the device within 10 seconds. \
             Needs notifications about statuses of sent messages",
            ],
        )
    },
    shape(
        "resource_name",
        ["Услуги/ресурсы", "Services/resources"],
        ["Заголовок списка ресурсов", "Heading of the resources"],
    ),
    shape(
        "detail_section_name",
        [
            "Детали заказа, Детали записи, Детали мероприятия",
            "Order details, Booking details, Event details",
        ],
        [
            "Заголовок деталей; по умолчанию по виду события",
            "Heading of the details; by default by the kind of case",
        ],
    ),
    shape(
        "case_type_name",
        ["заказ, запись, участие в мероприятии", "order, booking, event registration"],
        [
            "Как назвать заказ; по умолчанию по виду события",
            "What to call the order; by default by the kind of case",
        ],
    ),
    shape(
        "hide_detail_section",
        NO,
        ["Убрать детали целиком", "Leaves the details out as a whole"],
    ),
    shape(
        "hide_resource_description",
        NO,
        ["Убрать описания ресурсов", "Leaves the descriptions of resources out"],
    ),
    shape("hide_order_duration", NO, ["Убрать продолжительность", "Leaves the duration out"]),
    shape("hide_address", NO, ["Убрать адрес", "Leaves the address out"]),
    shape("hide_service_name", NO, ["Убрать название услуги", "Leaves the service's name out"]),
    shape(
        "hide_order_description",
        NO,
        ["Убрать описание заказа", "Leaves the order's description out"],
    ),
    shape("hide_url", NO, ["Убрать ссылки", "Leaves the links out"]),
    shape(
        "hide_contact_info",
        ["true", "true"],
        [
            "Убрать контактные данные клиента; false показывает их",
            "Leaves the customer's contact details out; false shows them",
        ],
    ),
    shape(
        "date_locales",
        ["ru-RU", "ru-RU"],
        [
            "Как писать даты и на каком языке слова: ru-RU или en-US",
            "How dates are written and in which language our words are: ru-RU or en-US",
        ],
    ),
    Parameter {
        aliases: &["time_zone"],
        ..shape(
            "timezone",
            ["Europe/Moscow", "Europe/Moscow"],
            [
                "Часовой пояс времени в сообщении (имя IANA)",
                "Zone of the times in the message (IANA name)",
            ],
        )
    },
    shape(
        "timezone_name",
        ["Мск", "MSK"],
        [
            "Подпись после времени; в другом поясе без неё стоит смещение, например UTC+5",
            "Label behind a time; in another zone without one its offset, such as UTC+5",
        ],
    ),
    shape(
        "sign_text",
        ["", ""],
        ["Подпись в конце сообщения", "Signature at the end of the message"],
    ),
];
