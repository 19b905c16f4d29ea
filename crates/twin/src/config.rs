//! What a twin starts with.

use crate::green_api::chat::{MAX, WHATSAPP};
use std::net::SocketAddr;

use crate::chat_api::instance::Dialect;

/// The token of the default accounts, as the providers' documents print it.
pub const TOKEN: &str = "9410830193ce4ad56fe4df0378d1a0a8da13672248d94697b3";

/// The auth token of the default Twilio accounts.
pub const TWILIO_TOKEN: &str = "0123456789abcdef0123456789abcdef";
/// The token of the default Telegram bot, whose id is `7000000001`.
pub const TELEGRAM_TOKEN: &str = "7000000001:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1";

/// The token of the default VK community, whose id is `200000001`.
pub const VK_TOKEN: &str = "vk1.a.twin-community-200000001";
/// The confirmation string of VK communities, unless changed.
pub const VK_CONFIRMATION: &str = "0a1b2c3d";
/// The access token of the default numbers of the WhatsApp Business Cloud API.
pub const CLOUD_TOKEN: &str = "EAAtwinSystemUserToken0123456789";
/// The app secret of the default numbers of the WhatsApp Business Cloud API.
pub const CLOUD_APP_SECRET: &str = "5f4dcc3b5aa765d61d8327deb882cf99";

/// The token of the default instances of chat-api.
pub const CHAT_API_TOKEN: &str = "tw1nch4t4p1t0k3n";

/// The token of the default MAX bot, whose id is `229229229`.
pub const MAX_TOKEN: &str = "twin-max-token-229229229";

/// The API key of the default Wazzup channels.
pub const WAZZUP_KEY: &str = "twinwazzupkey0123456789abcdef012";
/// The default Wazzup channels: id, transport, number or name.
pub const WAZZUP_CHANNELS: [(&str, &str, &str); 7] = [
    ("a0000000-0000-4000-8000-000000000001", "whatsapp", "78005550301"),
    ("a0000000-0000-4000-8000-000000000002", "wapi", "78005550302"),
    ("a0000000-0000-4000-8000-000000000003", "tgapi", "78005550303"),
    ("a0000000-0000-4000-8000-000000000004", "telegram", "vestnik_demo_bot"),
    ("a0000000-0000-4000-8000-000000000005", "max", "78005550305"),
    ("a0000000-0000-4000-8000-000000000006", "maxbot", "vestnik_demo_bot"),
    ("a0000000-0000-4000-8000-000000000007", "vk", "200000301"),
];

/// The API token of the default Wappi profiles: that of the documents' examples.
pub const WAPPI_TOKEN: &str = TOKEN;
/// The default Wappi profiles: id, messenger, number.
pub const WAPPI_PROFILES: [(&str, &str, &str); 5] = [
    ("0a1b2c3d-0001", "whatsapp", "78005550401"),
    ("0a1b2c3d-0002", "telegram", "78005550402"),
    ("0a1b2c3d-0003", "max", "78005550403"),
    ("0a1b2c3d-0004", "vk", "78005550404"),
    // The profile of the documents' examples.
    ("58271315-d123", "whatsapp", "78005550405"),
];
/// The default Wappi cascade: Telegram, then WhatsApp.
pub const WAPPI_CASCADE: &str = "e9f1c45c0bd7a3e8e8ba";

/// What a twin starts with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the shell listens.
    pub listen: SocketAddr,
    /// Where the twin itself is reached; addresses of uploaded files begin with it.
    pub public_url: String,
    /// Whether addresses in webhooks lie on the providers' own hosts: for a hub whose calls to
    /// those are led to the twin.
    pub official_hosts: bool,
    /// The seed of chance.
    pub seed: u64,
    /// Green-API accounts.
    pub green_api: Vec<GreenApiAccount>,
    /// Instances of chat-api and its relatives.
    pub chat_api: Vec<ChatApiAccount>,
    /// WhatsApp Business Cloud API numbers.
    pub whatsapp_cloud: Vec<WhatsappCloudAccount>,
    /// Twilio accounts.
    pub twilio: Vec<TwilioAccount>,
    /// Telegram bots.
    pub telegram: Vec<TelegramAccount>,
    /// VK communities.
    pub vk: Vec<VkAccount>,
    /// MAX bots.
    pub max: Vec<MaxAccount>,
    /// Wazzup channels.
    pub wazzup: Vec<WazzupAccount>,
    /// Wappi profiles.
    pub wappi: Vec<WappiAccount>,
}

/// A Wappi profile. Those with the same token belong together.
#[derive(Debug, Clone)]
pub struct WappiAccount {
    /// The profile's id: eight hexadecimal digits, a dash and four.
    pub id: String,
    /// The API token.
    pub token: String,
    /// `whatsapp`, `telegram`, `max` or `vk`.
    pub messenger: String,
    /// Its number.
    pub phone: String,
}

/// A Wazzup channel. Those with the same key belong together.
#[derive(Debug, Clone)]
pub struct WazzupAccount {
    /// The channel's id, a UUID.
    pub id: String,
    /// The API key.
    pub key: String,
    /// `whatsapp`, `wapi`, `tgapi`, `telegram`, `max`, `maxbot` or `vk`.
    pub transport: String,
    /// Its number or name in the messenger.
    pub plain_id: String,
}

/// A MAX bot.
#[derive(Debug, Clone)]
pub struct MaxAccount {
    /// Its user id, digits.
    pub id: String,
    /// The token, as it stands in the `Authorization` header.
    pub token: String,
    /// Its name in links.
    pub username: String,
    /// The name shown.
    pub name: String,
}

/// A VK community.
#[derive(Debug, Clone)]
pub struct VkAccount {
    /// Its id, positive, digits.
    pub id: String,
    /// The community's token.
    pub token: String,
    /// Its name.
    pub name: String,
    /// What its Callback servers must answer to the confirmation.
    pub confirmation: String,
}

/// A Telegram bot. Its id is the part of the token before the colon.
#[derive(Debug, Clone)]
pub struct TelegramAccount {
    /// The token.
    pub token: String,
    /// The name behind `@`.
    pub username: String,
    /// The name shown.
    pub name: String,
}

/// A Green-API account ("instance").
#[derive(Debug, Clone)]
pub struct GreenApiAccount {
    /// `idInstance`, digits.
    pub id: String,
    /// `apiTokenInstance`.
    pub token: String,
    /// The number that is registered in the messenger.
    pub phone: String,
    /// Its messenger: `whatsapp` or `max`.
    pub messenger: &'static str,
}

/// An instance of chat-api or one of its relatives.
#[derive(Debug, Clone)]
pub struct ChatApiAccount {
    /// Its id, digits.
    pub id: String,
    /// The token.
    pub token: String,
    /// The number that is registered in the messenger.
    pub phone: String,
    /// How it speaks.
    pub dialect: Dialect,
}

/// A number of the WhatsApp Business Cloud API.
#[derive(Debug, Clone)]
pub struct WhatsappCloudAccount {
    /// The phone-number id.
    pub id: String,
    /// The id of the business account (WABA) that it belongs to.
    pub waba: String,
    /// The number.
    pub phone: String,
    /// The access token.
    pub token: String,
    /// The app secret, by which webhooks are signed.
    pub app_secret: String,
}

/// A Twilio account with one WhatsApp sender.
#[derive(Debug, Clone)]
pub struct TwilioAccount {
    /// The account SID: `AC` and 32 hexadecimal digits.
    pub sid: String,
    /// The auth token.
    pub token: String,
    /// The sender's number.
    pub phone: String,
    /// What a customer writes after `join` to take part; set makes it the sandbox.
    pub join_code: Option<String>,
}

impl WazzupAccount {
    fn of((id, transport, plain_id): &(&str, &str, &str)) -> Self {
        Self {
            id: (*id).to_owned(),
            key: WAZZUP_KEY.to_owned(),
            transport: (*transport).to_owned(),
            plain_id: (*plain_id).to_owned(),
        }
    }
}

impl WappiAccount {
    fn of((id, messenger, phone): &(&str, &str, &str)) -> Self {
        Self {
            id: (*id).to_owned(),
            token: WAPPI_TOKEN.to_owned(),
            messenger: (*messenger).to_owned(),
            phone: (*phone).to_owned(),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        let account = |id: &str, phone: &str| GreenApiAccount {
            id: id.to_owned(),
            token: TOKEN.to_owned(),
            phone: phone.to_owned(),
            messenger: if id.starts_with("31") { MAX } else { WHATSAPP },
        };
        let cloud = |id: &str, phone: &str| WhatsappCloudAccount {
            id: id.to_owned(),
            waba: "102290129340398".to_owned(),
            phone: phone.to_owned(),
            token: CLOUD_TOKEN.to_owned(),
            app_secret: CLOUD_APP_SECRET.to_owned(),
        };
        let chat = |id: &str, phone: &str, dialect| ChatApiAccount {
            id: id.to_owned(),
            token: CHAT_API_TOKEN.to_owned(),
            phone: phone.to_owned(),
            dialect,
        };
        let twilio = |sid: &str, phone: &str, join_code: Option<&str>| TwilioAccount {
            sid: sid.to_owned(),
            token: TWILIO_TOKEN.to_owned(),
            phone: phone.to_owned(),
            join_code: join_code.map(str::to_owned),
        };
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8090)),
            public_url: "http://127.0.0.1:8090".to_owned(),
            official_hosts: false,
            seed: 1,
            green_api: vec![
                account("1234567890", "78005550001"),
                account("1234567891", "78005550002"),
                account("3100000001", "78005550003"),
            ],
            chat_api: vec![
                chat("27001", "78005550301", Dialect::Classic),
                chat("27002", "78005550302", Dialect::OneMsg),
                chat("27003", "78005550303", Dialect::Ultramsg),
            ],
            telegram: vec![TelegramAccount {
                token: TELEGRAM_TOKEN.to_owned(),
                username: "vestnik_demo_bot".to_owned(),
                name: "Vestnik Demo".to_owned(),
            }],
            vk: vec![VkAccount {
                id: "200000001".to_owned(),
                token: VK_TOKEN.to_owned(),
                name: "Vestnik Demo".to_owned(),
                confirmation: VK_CONFIRMATION.to_owned(),
            }],
            whatsapp_cloud: vec![
                cloud("106540352242922", "78005550101"),
                cloud("106540352242923", "78005550102"),
            ],
            twilio: vec![
                twilio("AC00000000000000000000000000000001", "78005550201", None),
                twilio("AC00000000000000000000000000000002", "14155238886", Some("quiet-otter")),
            ],
            max: vec![MaxAccount {
                id: "229229229".to_owned(),
                token: MAX_TOKEN.to_owned(),
                username: "vestnik_demo_bot".to_owned(),
                name: "Vestnik Demo".to_owned(),
            }],
            wappi: WAPPI_PROFILES.iter().map(WappiAccount::of).collect(),
            wazzup: WAZZUP_CHANNELS.iter().map(WazzupAccount::of).collect(),
        }
    }
}
