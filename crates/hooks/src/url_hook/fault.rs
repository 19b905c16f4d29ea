//! What can be wrong with a parameter, in words. No value is ever repeated: it may be a secret.

use super::Remark;

/// A fault of one parameter, or of several that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    Missing,
    /// One of a set is there, this one is not.
    MissingOfSet(&'static str),
    NeitherOf([&'static str; 2]),
    NotDigits,
    NotHost,
    HostNotAllowed,
    HostWithScheme,
    NotToken,
    NotHex,
    NotProfile,
    NotGuid,
    NotBotToken,
    SharedBot,
    NotChatType,
    NotEmail,
    NoEmail,
    NotPhone,
    PhoneWithoutMessage,
    NotBoolean,
    NotLocale,
    NotZone,
    ZoneWithoutName,
    CascadeBeforeProfile,
    Repeated,
    Unknown(Option<&'static str>),
    OfOtherHook(&'static str),
    /// A name that can be none: a piece of text behind an `&` that was not escaped.
    LooseText,
}

impl Fault {
    /// The remark about a parameter.
    pub(super) fn of(self, parameter: &str) -> Remark {
        let [ru, en] = self.words();
        let text = [format!("{parameter}: {ru}"), format!("{parameter}: {en}")];
        Remark { parameter: parameter.to_owned(), text }
    }

    fn words(&self) -> [String; 2] {
        let [ru, en] = match self {
            Self::MissingOfSet(given) => {
                return [
                    format!("не указан, хотя указан {given}: нужны все три параметра"),
                    format!("is missing, although {given} is given: all three are needed"),
                ];
            }
            Self::NeitherOf([one, other]) => {
                return [
                    format!("нужен {one} или {other}, не указан ни один"),
                    format!("either {one} or {other} is needed, neither is given"),
                ];
            }
            Self::Unknown(Some(near)) => {
                return [
                    format!("такого параметра нет; может быть, {near}?"),
                    format!("there is no such parameter; did you mean {near}?"),
                ];
            }
            Self::OfOtherHook(hook) => {
                return [
                    format!("такой параметр есть только у хука {hook}"),
                    format!("only the hook {hook} has this parameter"),
                ];
            }
            Self::Missing
            | Self::NotDigits
            | Self::NotHost
            | Self::HostNotAllowed
            | Self::HostWithScheme
            | Self::NotToken
            | Self::NotHex
            | Self::NotProfile
            | Self::NotGuid
            | Self::NotBotToken
            | Self::SharedBot
            | Self::NotChatType => self.credential_words(),
            Self::NotEmail
            | Self::NoEmail
            | Self::NotPhone
            | Self::PhoneWithoutMessage
            | Self::NotBoolean
            | Self::NotLocale
            | Self::NotZone
            | Self::ZoneWithoutName
            | Self::CascadeBeforeProfile
            | Self::Repeated
            | Self::Unknown(None)
            | Self::LooseText => self.message_words(),
        };
        [ru.to_owned(), en.to_owned()]
    }

    fn credential_words(&self) -> [&'static str; 2] {
        match self {
            Self::NotDigits => [
                "нужны только цифры, например 1103000001",
                "must be digits only, such as 1103000001",
            ],
            Self::NotHost => [
                "нужно имя сервера, например 1103.api.green-api.com",
                "must be the name of a server, such as 1103.api.green-api.com",
            ],
            Self::HostNotAllowed => [
                "этого сервера нет в списке разрешённых; обычно он вида 1103.api.green-api.com",
                "this server is not on the list of allowed ones; usually it looks like \
                 1103.api.green-api.com",
            ],
            Self::HostWithScheme => [
                "пишите имя сервера без https:// и без пути",
                "write the server's name without https:// and without a path",
            ],
            Self::NotToken => [
                "в ключе лишние знаки: скопируйте его ещё раз, без пробелов",
                "the key has signs that don't belong there: copy it again, without spaces",
            ],
            Self::NotHex => [
                "нужно шестнадцатеричное число, например e9f1c45c0bd7a3e8e8ba",
                "must be a hexadecimal number, such as e9f1c45c0bd7a3e8e8ba",
            ],
            Self::NotProfile => [
                "нужен номер профиля, например 58271315-d123",
                "must be a profile's id, such as 58271315-d123",
            ],
            Self::NotGuid => [
                "нужен идентификатор канала вида 01234567-89ab-cdef-0123-456789abcdef",
                "must be a channel's id like 01234567-89ab-cdef-0123-456789abcdef",
            ],
            Self::NotBotToken => [
                "нужен токен бота от @BotFather: цифры, двоеточие, ключ",
                "must be a bot's token from @BotFather: digits, a colon, a key",
            ],
            Self::SharedBot => [
                "общий бот TorrowServiceBot здесь не работает: создайте своего у @BotFather",
                "the shared bot TorrowServiceBot does not work here: make your own at @BotFather",
            ],
            Self::NotChatType => ["допустимо только whatsapp", "only whatsapp is possible"],
            _ => ["не указан", "is missing"],
        }
    }

    fn message_words(&self) -> [&'static str; 2] {
        match self {
            Self::NotEmail => ["это не адрес почты", "is not an e-mail address"],
            Self::NoEmail => [
                "не указан: об ошибках отправки никто не узнает по почте",
                "is missing: nobody will be mailed about failures of sending",
            ],
            Self::NotPhone => [
                "это не номер телефона: нужны 7–15 цифр с кодом страны",
                "is not a phone number: 7 to 15 digits with the country code are needed",
            ],
            Self::PhoneWithoutMessage => [
                "указан phone, но нет текста, который на него отправить",
                "phone is given, but no text to send there",
            ],
            Self::NotBoolean => ["допустимо true или false", "must be true or false"],
            Self::NotLocale => ["допустимо ru-RU или en-US", "must be ru-RU or en-US"],
            Self::NotZone => [
                "такого часового пояса нет; пример: Asia/Yekaterinburg",
                "there is no such time zone; an example is Asia/Yekaterinburg",
            ],
            Self::ZoneWithoutName => [
                "не указан: после времени будет смещение пояса, например UTC+5",
                "is missing: the zone's offset, such as UTC+5, will stand behind times",
            ],
            Self::CascadeBeforeProfile => [
                "указан и cascadeId: сообщения идут через каскад, профиль не используется",
                "cascadeId is given too: messages go through the cascade, the profile is not used",
            ],
            Self::Repeated => [
                "указан несколько раз: действует первое значение",
                "is given several times: the first value counts",
            ],
            Self::LooseText => [
                "похоже, в тексте есть знак &: пишите его как %26, иначе текст обрывается",
                "it seems that a text has the sign &: write it as %26, or the text ends there",
            ],
            _ => ["такого параметра нет", "there is no such parameter"],
        }
    }
}
