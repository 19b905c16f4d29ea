//! The sample workspace: a partner, a key, and an account of each provider, as the twin knows them.

use crate::{cli, data::DataFolder, wiring::tool};
use anyhow::{Context, Result};
use vestnik_app::{
    admin::{self, NewAccount, NewPartner},
    clock::system_now,
};
use vestnik_model::{
    account::Pacing,
    id::{AccountId, IdSource, KeyId, PartnerId},
    language::Language,
    messenger::Messenger,
    outcome::Guarantee,
    secret::Secret,
};
use vestnik_store::partner::PartnerSettings;
use vestnik_twin::config as twin;

/// The partner's login and password.
pub(super) const LOGIN: &str = "demo";
/// The partner's sender name.
pub(super) const SENDER: &str = "VESTNIK";
/// The key of the hub's own API.
pub(super) const API_KEY: &str = "vst_demo";

/// An account of the sample workspace.
struct Sample {
    provider: &'static str,
    messenger: Messenger,
    name: &'static str,
    settings: &'static [(&'static str, &'static str)],
    /// Whether it stands behind the partner's sender name: a cascade that repeats a messenger goes
    /// through these, in this order.
    is_sender: bool,
}

const SAMPLES: &[Sample] = &[
    Sample {
        provider: "green_api",
        messenger: Messenger::Whatsapp,
        name: "1234567890",
        settings: &[
            ("api_url", "1103.api.green-api.com"),
            ("id_instance", "1234567890"),
            ("token", twin::TOKEN),
        ],
        is_sender: true,
    },
    Sample {
        provider: "green_api",
        messenger: Messenger::Whatsapp,
        name: "1234567891",
        settings: &[
            ("api_url", "1103.api.green-api.com"),
            ("id_instance", "1234567891"),
            ("token", twin::TOKEN),
        ],
        is_sender: true,
    },
    Sample {
        provider: "green_api",
        messenger: Messenger::Max,
        name: "3100000001",
        settings: &[
            ("api_url", "3100.api.green-api.com"),
            ("id_instance", "3100000001"),
            ("token", twin::TOKEN),
        ],
        is_sender: true,
    },
    Sample {
        provider: "whatsapp_cloud",
        messenger: Messenger::Whatsapp,
        name: "Cloud API",
        settings: &[
            ("phone_number_id", "106540352242922"),
            ("waba_id", "102290129340398"),
            ("token", twin::CLOUD_TOKEN),
            ("app_secret", twin::CLOUD_APP_SECRET),
            ("verify_token", "demo-verify"),
        ],
        is_sender: false,
    },
    Sample {
        provider: "twilio",
        messenger: Messenger::Whatsapp,
        name: "Twilio",
        settings: &[
            ("account_sid", "AC00000000000000000000000000000001"),
            ("auth_token", twin::TWILIO_TOKEN),
            ("phone", "+78005550201"),
            ("confirmation_phone", "+79161234567"),
        ],
        is_sender: false,
    },
    Sample {
        provider: "telegram",
        messenger: Messenger::Telegram,
        name: "Telegram",
        settings: &[
            ("token", twin::TELEGRAM_TOKEN),
            ("username", "vestnik_demo_bot"),
            ("webhook_secret", "demo-telegram"),
        ],
        is_sender: true,
    },
    Sample {
        provider: "wazzup",
        messenger: Messenger::Whatsapp,
        name: "Wazzup",
        settings: &[
            ("api_key", twin::WAZZUP_KEY),
            ("channel_id", "a0000000-0000-4000-8000-000000000001"),
        ],
        is_sender: false,
    },
    Sample {
        provider: "vk",
        messenger: Messenger::Vk,
        name: "VK",
        settings: &[
            ("group_id", "200000001"),
            ("token", twin::VK_TOKEN),
            ("confirmation", twin::VK_CONFIRMATION),
            ("webhook_secret", "demo-vk"),
        ],
        is_sender: true,
    },
    Sample {
        provider: "max",
        messenger: Messenger::Max,
        name: "MAX",
        settings: &[
            ("token", twin::MAX_TOKEN),
            ("username", "vestnik_demo_bot"),
            ("webhook_secret", "demo-max"),
        ],
        is_sender: false,
    },
    Sample {
        provider: "wappi",
        messenger: Messenger::Whatsapp,
        name: "Wappi WhatsApp",
        settings: &[("token", twin::WAPPI_TOKEN), ("profile_id", "0a1b2c3d-0001")],
        is_sender: false,
    },
    Sample {
        provider: "wappi",
        messenger: Messenger::Telegram,
        name: "Wappi Telegram",
        settings: &[("token", twin::WAPPI_TOKEN), ("profile_id", "0a1b2c3d-0002")],
        is_sender: false,
    },
    Sample {
        provider: "wappi",
        messenger: Messenger::Max,
        name: "Wappi MAX",
        settings: &[("token", twin::WAPPI_TOKEN), ("profile_id", "0a1b2c3d-0003")],
        is_sender: false,
    },
    Sample {
        provider: "wappi",
        messenger: Messenger::Vk,
        name: "Wappi VK",
        settings: &[("token", twin::WAPPI_TOKEN), ("profile_id", "0a1b2c3d-0004")],
        is_sender: false,
    },
    Sample {
        provider: "chat_api",
        messenger: Messenger::Whatsapp,
        name: "chat-api",
        settings: &[
            ("api_url", "eu1.chat-api.com"),
            ("instance", "27001"),
            ("token", twin::CHAT_API_TOKEN),
        ],
        is_sender: false,
    },
];

/// Makes the sample workspace at the first start.
pub(super) fn make(data: &DataFolder, args: &cli::Demo) -> Result<()> {
    let sealer = data.sealer()?;
    let mut ids = IdSource::new(crate::wiring::TOOL_NODE);
    let mut id = || ids.next(system_now());
    let sink = format!("http://{}/twin/sink/{LOGIN}", args.twin_listen);
    tool(data, |tx| {
        let setup = vestnik_store::config::load(tx)?;
        if setup.partners.iter().any(|p| p.login == LOGIN) {
            return Ok(());
        }
        let partner = PartnerId(id());
        let settings = PartnerSettings {
            cascades: true,
            mo_url: Some(format!("{sink}-mo")),
            notify_url: Some(sink),
            senders: vec![SENDER.to_owned()],
            default_sender: Some(SENDER.to_owned()),
            ..PartnerSettings::default()
        };
        let new = NewPartner { login: LOGIN.to_owned(), password: Secret::new(LOGIN), settings };
        admin::add_partner(tx, partner, &new)?;
        admin::add_key(tx, KeyId(id()), "demo", Some(API_KEY), true)?;
        for sample in SAMPLES {
            let account = AccountId(id());
            let provider = vestnik_providers::find(sample.provider);
            let provider = provider.with_context(|| format!("{} is known", sample.provider))?;
            admin::add_account(tx, &sealer, account, provider, &sample.account())?;
            if sample.is_sender {
                admin::add_sender(tx, partner, sample.messenger, SENDER, account)?;
            }
        }
        Ok(())
    })
}

impl Sample {
    fn account(&self) -> NewAccount {
        let settings = self.settings.iter().map(|(n, v)| ((*n).to_owned(), Secret::new(*v)));
        NewAccount {
            name: self.name.to_owned(),
            messenger: self.messenger,
            settings: settings.collect(),
            pacing: None::<Pacing>,
            lanes: 1,
            unknown: Guarantee::NeverTwice,
            language: Language::Ru,
            queue: String::new(),
            webhook_key: None,
            is_implicit: false,
        }
    }
}
