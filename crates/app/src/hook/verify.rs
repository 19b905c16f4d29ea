//! Trying a hook's address: every parameter is read, the provider is asked, and nothing is sent.

use super::{
    account::{Standing, ask, is_cascade, sketch, stages},
    read_address,
};
use crate::{chore, hub::Hub, notice::is_deaf};
use futures_util::future::join_all;
use std::{sync::Arc, time::Duration};
use vestnik_hooks::url_hook::{Credentials, Kind, UrlHook};
use vestnik_model::{id::WorkspaceId, language::Language, messenger::Messenger};
use vestnik_provider::chore::Chore;

/// How long the provider may take in all: somebody waits in front of a browser.
const PATIENCE: Duration = Duration::from_secs(5);

/// An account that is not ready is asked about once more after this.
const SECOND_QUESTION: Duration = Duration::from_millis(1_200);

/// What an address is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The verdict.
    pub verdict: Verdict,
    /// What has to be corrected: the parameter (empty = the whole), and the words.
    pub errors: Vec<(String, String)>,
    /// What does not stop it.
    pub warnings: Vec<(String, String)>,
    /// The hook, if its parameters are right.
    pub hook: Option<UrlHook>,
    /// The messengers it sends through, as far as they are known.
    pub messengers: Vec<Messenger>,
}

/// The verdict on an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may be used.
    Success,
    /// Parameters are wrong.
    WrongParameters,
    /// The provider refuses it.
    Error,
}

impl Verdict {
    /// The word for it, as the dialect has it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::WrongParameters => "Wrong parameters",
            Self::Error => "Error",
        }
    }
}

/// Reads an address and asks the provider.
pub async fn verify(
    hub: &Arc<Hub>,
    workspace: WorkspaceId,
    kind: Kind,
    query: &[u8],
    language: Language,
) -> Verified {
    let checked = match read_address(hub, kind, query) {
        Ok(checked) => checked,
        Err(error) => {
            return Verified {
                verdict: Verdict::WrongParameters,
                errors: vec![(String::new(), error.to_string())],
                warnings: Vec::new(),
                hook: None,
                messengers: Vec::new(),
            };
        }
    };
    let said = |remarks: &[vestnik_hooks::url_hook::Remark]| {
        let said = |r: &vestnik_hooks::url_hook::Remark| {
            (r.parameter.clone(), r.text(language).to_owned())
        };
        remarks.iter().map(said).collect::<Vec<_>>()
    };
    let mut verified = Verified {
        verdict: Verdict::WrongParameters,
        errors: said(&checked.errors),
        warnings: said(&checked.warnings),
        hook: checked.hook,
        messengers: Vec::new(),
    };
    let Some(hook) = verified.hook.clone() else { return verified };
    let asked = hook.credentials.iter().map(|credentials| async {
        let asked = try_account(hub, workspace, credentials, &hook, language);
        tokio::time::timeout(PATIENCE, asked).await.unwrap_or_else(|_| {
            let warnings = vec![(String::new(), texts(language).silent.to_owned())];
            Tried { warnings, ..Tried::default() }
        })
    });
    // Of two instances each is told by its name: their parameters have similar ones.
    let has_several = hook.credentials.len() > 1;
    for (credentials, tried) in hook.credentials.iter().zip(join_all(asked).await) {
        let name = credentials.messenger.filter(|_| has_several).map(Messenger::name);
        let named = |(parameter, text): (String, String)| match name {
            Some(name) => (parameter, format!("{name}: {text}")),
            None => (parameter, text),
        };
        verified.errors.extend(tried.errors.into_iter().map(named));
        verified.warnings.extend(tried.warnings.into_iter().map(named));
        verified.messengers.extend(tried.messenger);
    }
    verified.verdict = match verified.errors.is_empty() {
        true => Verdict::Success,
        false => Verdict::Error,
    };
    verified
}

#[derive(Default)]
struct Tried {
    errors: Vec<(String, String)>,
    warnings: Vec<(String, String)>,
    messenger: Option<Messenger>,
}

async fn try_account(
    hub: &Arc<Hub>,
    workspace: WorkspaceId,
    credentials: &Credentials,
    hook: &UrlHook,
    language: Language,
) -> Tried {
    let mut tried = Tried::default();
    let texts = texts(language);
    let Some((provider, account)) = sketch(hub, workspace, credentials) else { return tried };
    let (mut account, mut standing) = ask(hub, credentials, provider, account).await;
    if matches!(standing, Standing::Waiting(_)) {
        // Providers count such questions (Green-API: one a second): a second one may be answered.
        tokio::time::sleep(SECOND_QUESTION).await;
        (account, standing) = ask(hub, credentials, provider, account).await;
    }
    let parameter = String::new();
    match standing {
        Standing::Ready => {}
        Standing::Refused(detail) => {
            tried.errors.push((parameter, format!("{}: {detail}", texts.refused)));
            return tried;
        }
        Standing::Waiting(detail) => {
            tried.warnings.push((parameter, format!("{}: {detail}", texts.not_ready)));
        }
    }
    if is_cascade(&account) {
        for stage in stages(hub, provider, &account).await {
            if !stage.trouble.is_empty() {
                let text = format!("{}: {}: {}", texts.stage, stage.name, stage.trouble);
                tried.warnings.push(("cascadeId".to_owned(), text));
            }
        }
    } else {
        tried.messenger = Some(account.messenger);
    }
    if hook.repeat {
        let settings = chore::run(&*hub.transport, provider, &account, &Chore::Settings).await;
        if is_deaf(&settings) {
            tried.warnings.push(("repeat".to_owned(), texts.deaf.to_owned()));
        }
    }
    tried
}

struct Texts {
    refused: &'static str,
    not_ready: &'static str,
    silent: &'static str,
    stage: &'static str,
    deaf: &'static str,
}

fn texts(language: Language) -> &'static Texts {
    match language {
        Language::Ru => &Texts {
            refused: "Провайдер не принял данные для входа",
            not_ready: "Аккаунт у провайдера сейчас не готов",
            silent: "Провайдер не ответил вовремя: данные для входа не проверены",
            stage: "Профиль каскада сейчас не может отправлять",
            deaf: "Параметр repeat не подействует: в настройках инстанса выключены уведомления \
                   о статусах отправленных сообщений",
        },
        Language::En => &Texts {
            refused: "The provider does not accept the credentials",
            not_ready: "The account at the provider is not ready just now",
            silent: "The provider did not answer in time: the credentials were not checked",
            stage: "A profile of the cascade can't send just now",
            deaf: "repeat will have no effect: notifications about statuses of sent messages are \
                   switched off in the settings of the instance",
        },
    }
}
