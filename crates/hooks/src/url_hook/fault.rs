//! What can be wrong with a parameter, in words. No value is ever repeated: it may be a secret.

use super::Remark;
use std::borrow::Cow;

/// A fault of one parameter, or of several that belong together: Russian, English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault([Cow<'static, str>; 2]);

impl Fault {
    pub(super) const MISSING: Self = Self::new("не указан", "is missing");
    pub(super) const NOT_DIGITS: Self = Self::new(
        "нужны только цифры, например 1103000001",
        "must be digits only, such as 1103000001",
    );
    pub(super) const NOT_HOST: Self = Self::new(
        "нужно имя сервера, например 1103.api.green-api.com",
        "must be the name of a server, such as 1103.api.green-api.com",
    );
    pub(super) const HOST_NOT_ALLOWED: Self = Self::new(
        "этого сервера нет в списке разрешённых; обычно он вида 1103.api.green-api.com",
        "this server is not on the list of allowed ones; usually it looks like \
                 1103.api.green-api.com",
    );
    pub(super) const HOST_WITH_SCHEME: Self = Self::new(
        "пишите имя сервера без https:// и без пути",
        "write the server's name without https:// and without a path",
    );
    pub(super) const NOT_TOKEN: Self = Self::new(
        "в ключе лишние знаки: скопируйте его ещё раз, без пробелов",
        "the key has signs that don't belong there: copy it again, without spaces",
    );
    pub(super) const NOT_HEX: Self = Self::new(
        "нужно шестнадцатеричное число, например e9f1c45c0bd7a3e8e8ba",
        "must be a hexadecimal number, such as e9f1c45c0bd7a3e8e8ba",
    );
    pub(super) const NOT_PROFILE: Self = Self::new(
        "нужен номер профиля, например 58271315-d123",
        "must be a profile's id, such as 58271315-d123",
    );
    pub(super) const NOT_GUID: Self = Self::new(
        "нужен идентификатор канала вида 01234567-89ab-cdef-0123-456789abcdef",
        "must be a channel's id like 01234567-89ab-cdef-0123-456789abcdef",
    );
    pub(super) const NOT_BOT_TOKEN: Self = Self::new(
        "нужен токен бота от @BotFather: цифры, двоеточие, ключ",
        "must be a bot's token from @BotFather: digits, a colon, a key",
    );
    pub(super) const SHARED_BOT: Self = Self::new(
        "общий бот TorrowServiceBot здесь не работает: создайте своего у @BotFather",
        "the shared bot TorrowServiceBot does not work here: make your own at @BotFather",
    );
    pub(super) const NOT_CHAT_TYPE: Self =
        Self::new("допустимо только whatsapp", "only whatsapp is possible");
    pub(super) const NOT_EMAIL: Self = Self::new("это не адрес почты", "is not an e-mail address");
    pub(super) const NO_EMAIL: Self = Self::new(
        "не указан: об ошибках отправки никто не узнает по почте",
        "is missing: nobody will be mailed about failures of sending",
    );
    pub(super) const NOT_PHONE: Self = Self::new(
        "это не номер телефона: нужны 7–15 цифр с кодом страны",
        "is not a phone number: 7 to 15 digits with the country code are needed",
    );
    pub(super) const PHONE_WITHOUT_MESSAGE: Self = Self::new(
        "указан phone, но нет текста, который на него отправить",
        "phone is given, but no text to send there",
    );
    pub(super) const NOT_BOOLEAN: Self =
        Self::new("допустимо true или false", "must be true or false");
    pub(super) const NOT_LOCALE: Self =
        Self::new("допустимо ru-RU или en-US", "must be ru-RU or en-US");
    pub(super) const NOT_ZONE: Self = Self::new(
        "такого часового пояса нет; пример: Asia/Yekaterinburg",
        "there is no such time zone; an example is Asia/Yekaterinburg",
    );
    pub(super) const ZONE_WITHOUT_NAME: Self = Self::new(
        "не указан: после времени будет смещение пояса, например UTC+5",
        "is missing: the zone's offset, such as UTC+5, will stand behind times",
    );
    pub(super) const CASCADE_BEFORE_PROFILE: Self = Self::new(
        "указан и cascadeId: сообщения идут через каскад, профиль не используется",
        "cascadeId is given too: messages go through the cascade, the profile is not used",
    );
    pub(super) const REPEATED: Self = Self::new(
        "указан несколько раз: действует первое значение",
        "is given several times: the first value counts",
    );
    pub(super) const UNKNOWN: Self =
        Self::new("такого параметра нет", "there is no such parameter");
    /// A name that can be none: a piece of a text behind an `&` that was not escaped.
    pub(super) const LOOSE_TEXT: Self = Self::new(
        "похоже, в тексте есть знак &: пишите его как %26, иначе текст обрывается",
        "it seems that a text has the sign &: write it as %26, or the text ends there",
    );

    const fn new(ru: &'static str, en: &'static str) -> Self {
        Self([Cow::Borrowed(ru), Cow::Borrowed(en)])
    }

    fn made(ru: String, en: String) -> Self {
        Self([Cow::Owned(ru), Cow::Owned(en)])
    }

    /// One of a set is there, this one is not.
    pub(super) fn missing_of_set(given: &str) -> Self {
        Self::made(
            format!("не указан, хотя указан {given}: нужны все три параметра"),
            format!("is missing, although {given} is given: all three are needed"),
        )
    }

    pub(super) fn neither_of([one, other]: [&str; 2]) -> Self {
        Self::made(
            format!("нужен {one} или {other}, не указан ни один"),
            format!("either {one} or {other} is needed, neither is given"),
        )
    }

    pub(super) fn unknown_but_near(near: &str) -> Self {
        Self::made(
            format!("такого параметра нет; может быть, {near}?"),
            format!("there is no such parameter; did you mean {near}?"),
        )
    }

    pub(super) fn of_other_hook(hook: &str) -> Self {
        Self::made(
            format!("такой параметр есть только у хука {hook}"),
            format!("only the hook {hook} has this parameter"),
        )
    }

    /// The remark about a parameter.
    pub(super) fn of(&self, parameter: &str) -> Remark {
        let [ru, en] = &self.0;
        let text = [format!("{parameter}: {ru}"), format!("{parameter}: {en}")];
        Remark { parameter: parameter.to_owned(), text }
    }
}
