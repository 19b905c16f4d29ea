//! Taking secrets out of what we write down.

use vestnik_model::{
    account::Account,
    limits::{EXCHANGE_BYTES_MAX, clip},
};

use crate::{descriptor::Descriptor, wire::encode_segment};

/// Shortest secret that is looked for: shorter ones would redact ordinary words.
const SECRET_BYTES_MIN: usize = 4;

/// The text with every secret setting of the account replaced by `***`, cut to what the journal
/// keeps.
#[must_use]
pub fn redact(text: &str, descriptor: &Descriptor, account: &Account) -> String {
    let mut out = clip(text, EXCHANGE_BYTES_MAX).to_owned();
    for setting in descriptor.settings.iter().filter(|s| s.secret) {
        let secret = account.setting(setting.name);
        if secret.len() < SECRET_BYTES_MIN {
            continue;
        }
        // In an address it stands encoded.
        for form in [secret, &encode_segment(secret)] {
            if out.contains(form) {
                out = out.replace(form, "***");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptor::{Form, Setting};
    use vestnik_model::{
        account::Pacing,
        id::{AccountId, WorkspaceId},
        messenger::Messenger,
        outcome::Guarantee,
        secret::Secret,
    };

    #[test]
    fn a_secret_is_found_as_it_is_and_as_an_address_writes_it() {
        static SETTINGS: [Setting; 1] = [Setting {
            name: "token",
            label: ["", ""],
            required: true,
            secret: true,
            form: Form::Text,
        }];
        let descriptor = Descriptor {
            code: "sample",
            name: "Sample",
            channels: &[],
            settings: &SETTINGS,
            instance: &["token"],
            hosts: &[],
            guarantee: Guarantee::NeverTwice,
            guarantee_text: ["", ""],
            webhook_answer: "",
            notices: &[],
        };
        let account = Account {
            id: AccountId(1),
            workspace: WorkspaceId(1),
            provider: "sample".to_owned(),
            name: "sample".to_owned(),
            messenger: Messenger::Whatsapp,
            webhook_key: "key".to_owned(),
            settings: [("token".to_owned(), Secret::new("a+b/c"))].into(),
            pacing: Pacing::default(),
            lanes: 1,
            in_flight_max: 1,
            unknown: Guarantee::NeverTwice,
            active: true,
        };
        let told = redact("a+b/c https://e.ru/?token=a%2Bb%2Fc", &descriptor, &account);
        assert_eq!(told, "*** https://e.ru/?token=***");
    }
}
