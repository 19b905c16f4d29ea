//! The way to a business number at Twilio: Meta's and Twilio's set-up pages, in the order in which
//! they want it.

use vestnik_provider::checklist::Item;

pub(super) static ITEMS: [Item; 11] = [
    Item {
        code: "register_meta",
        text: [
            "Зарегистрируйтесь в Meta Business Manager (если ещё не зарегистрированы).",
            "Register in Meta Business Manager (skip if done).",
        ],
        link: "https://business.facebook.com/",
    },
    Item {
        code: "register_twilio",
        text: ["Зарегистрируйтесь в Twilio.", "Register in Twilio."],
        link: "https://www.twilio.com/try-twilio",
    },
    Item {
        code: "webhook",
        text: [
            "Впишите адрес вебхука этого подключения в поле «When a message comes in» (годится и \
             общий адрес, …/api/webhook/LeadGen/whatsapp).",
            "Enter this account's webhook address as \"When a message comes in\" (the shared one, \
             …/api/webhook/LeadGen/whatsapp, will do too).",
        ],
        link: "https://console.twilio.com/",
    },
    Item {
        code: "activation",
        text: [
            "Запросите активацию номера для WhatsApp; на вопрос «Are you working with an ISV, SI, \
             or third party» ответьте «No».",
            "Request the activation of the number for WhatsApp; answer \"No\" to \"Are you working \
             with an ISV, SI, or third party\".",
        ],
        link: "https://www.twilio.com/whatsapp/request-access",
    },
    Item {
        code: "preliminary_letter",
        text: [
            "Дождитесь письма с предварительным одобрением: в нём дальнейшие шаги.",
            "Wait for the letter with the preliminary approval: it holds the further steps.",
        ],
        link: "",
    },
    Item {
        code: "sender",
        text: [
            "Добавьте номер: Senders → WhatsApp Senders → New WhatsApp Sender.",
            "Add the number: Senders → WhatsApp Senders → New WhatsApp Sender.",
        ],
        link: "https://console.twilio.com/us1/develop/sms/senders/whatsapp-senders",
    },
    Item {
        code: "number",
        text: [
            "Укажите свой номер или купите номер у Twilio.",
            "Give your own number, or buy one from Twilio.",
        ],
        link: "https://console.twilio.com/us1/develop/phone-numbers/manage/search",
    },
    Item {
        code: "display_name",
        text: [
            "Выберите отображаемое имя по правилам WhatsApp.",
            "Choose a display name by WhatsApp's rules.",
        ],
        link: "https://www.facebook.com/business/help/757569725593362",
    },
    Item {
        code: "allow_twilio",
        text: [
            "Разрешите Twilio писать от вашего имени: в Business Manager → Requests или по ссылке \
             из письма.",
            "Allow Twilio to send on your behalf: in Business Manager → Requests, or by the link in \
             the letter.",
        ],
        link: "https://business.facebook.com/settings/requests",
    },
    Item {
        code: "business_verification",
        text: [
            "Пройдите проверку компании в Центре безопасности: «Start» или «Continue».",
            "Pass the business verification in the Security Centre: \"Start\" or \"Continue\".",
        ],
        link: "https://business.facebook.com/settings/security",
    },
    Item {
        code: "confirm",
        text: [
            "Подтвердите по ссылке из письма Twilio. Отправка включается в течение 24 часов после \
             проверки; до тех пор подключение ждёт.",
            "Confirm by the link in Twilio's letter. Messaging is enabled within 24 hours after the \
             verification; until then the account waits.",
        ],
        link: "",
    },
];
