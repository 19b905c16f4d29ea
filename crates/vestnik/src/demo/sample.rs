//! The sample workspace: a partner, a key, and an account of each provider, as the twin knows them.

#[cfg(test)]
mod tests;

use crate::{
    data::{DataFolder, Lock},
    wiring::alone,
};
use anyhow::{Context, Result, bail};
use std::net::SocketAddr;
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
use vestnik_store::{
    Tx,
    partner::{Partner, PartnerSettings},
    setting,
};
use vestnik_twin::config as twin;

/// The partner's login and password.
pub(super) const LOGIN: &str = "demo";
/// The partner's sender name.
pub(super) const SENDER: &str = "VESTNIK";
/// The key of the hub's own API.
pub(super) const API_KEY: &str = "vst_demo";

/// What the twin's sink for the partner's reports is called there.
const SINK: &str = "/twin/sink/demo";
/// What is added to it for what customers write.
const MO: &str = "-mo";
/// The demo's mark in what it has made.
const DEMO: &str = "demo";

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

/// Makes the sample workspace at the first start; at each start the partner's addresses are those of
/// the twin that runs now.
pub(super) fn make(data: &DataFolder, lock: &Lock, twin_at: SocketAddr) -> Result<()> {
    let mut ids = IdSource::new(crate::wiring::TOOL_NODE);
    let mut id = || ids.next(system_now());
    let sink = format!("http://{twin_at}{SINK}");
    alone(data, lock, |tx| {
        setting::put(tx, setting::MADE_BY, DEMO)?;
        let setup = vestnik_store::config::load(tx)?;
        if let Some(partner) = setup.partners.iter().find(|p| p.login == LOGIN) {
            return follow_twin(tx, partner, &sink);
        }
        let sealer = data.sealer(tx)?;
        let partner = PartnerId(id());
        let settings = PartnerSettings {
            cascades: true,
            mo_url: Some(format!("{sink}{MO}")),
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

/// Addresses at a twin that listened elsewhere lead to this one; addresses of the owner's own stay.
fn follow_twin(tx: &mut dyn Tx, partner: &Partner, sink: &str) -> Result<()> {
    let mut settings = partner.settings.clone();
    let urls = [(&mut settings.notify_url, ""), (&mut settings.mo_url, MO)];
    for (url, ending) in urls {
        let end = format!("{SINK}{ending}");
        if url.as_ref().is_some_and(|url| url.ends_with(&end)) {
            *url = Some(format!("{sink}{ending}"));
        }
    }
    if settings != partner.settings {
        admin::change_partner(tx, partner, None, &settings)?;
    }
    Ok(())
}

/// Refuses a folder that holds an installation which the demo has not made: it would get a partner
/// and a key that everybody knows.
pub(super) fn refuse_others(data: &DataFolder) -> Result<()> {
    if !data.is_installation() || data.look_at_any_version(is_demo)? {
        return Ok(());
    }
    bail!(
        "this folder holds an installation that the demo has not made: give it another with --data"
    )
}

/// Whether the demo has made an installation. Before it left its mark it could be told by its
/// partner and key, if nothing that is set up is older than they: in a real installation they are not
/// the first. Where nothing is set up, there is nothing to spoil.
fn is_demo(tx: &mut dyn Tx) -> Result<bool> {
    if setting::get(tx, setting::MADE_BY)?.as_deref() == Some(DEMO) {
        return Ok(true);
    }
    let setup = vestnik_store::config::load(tx)?;
    let of_partners = setup.partners.iter().map(|p| p.id.0);
    let of_keys = setup.keys.iter().map(|k| k.id.0);
    let of_accounts = setup.accounts.iter().map(|a| a.id.0);
    let Some(first) = of_partners.chain(of_keys).chain(of_accounts).min() else { return Ok(true) };
    let hash = vestnik_app::password::key_hash(API_KEY);
    let has_key = setup.keys.iter().any(|k| k.secret_hash == hash);
    Ok(has_key && setup.partners.iter().any(|p| p.login == LOGIN && p.id.0 == first))
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
