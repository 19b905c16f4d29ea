//! The forms of addresses, and the methods of each dialect.

use super::ultramsg;
use super::{Answer, Desk, dialog, instance::Dialect, journal, send, service, settings, template};
use crate::wire::{Target, WireRequest};

/// An address taken apart.
#[derive(Debug)]
pub(super) struct Address {
    pub(super) instance: String,
    /// What follows the instance, with slashes.
    pub(super) method: String,
    pub(super) target: Target,
}

impl Address {
    /// Takes an address apart; `None` when it is not one of this provider's. `knows` says whether
    /// an instance of that id exists.
    pub(super) fn parse(request: &WireRequest, knows: impl Fn(&str) -> bool) -> Option<Self> {
        let target = request.target();
        let (instance, method) = match target.parts().as_slice() {
            [head, rest @ ..] if is_instance(head) => {
                (head["instance".len()..].to_owned(), rest.join("/"))
            }
            [channel, method] if knows(channel) => ((*channel).to_owned(), (*method).to_owned()),
            [method] if target.get("token").is_some() => {
                (target.get("instanceId")?.to_owned(), (*method).to_owned())
            }
            _ => return None,
        };
        Some(Self { instance, method, target })
    }
}

fn is_instance(segment: &str) -> bool {
    let id = segment.strip_prefix("instance").unwrap_or("");
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())
}

/// One method of the API.
pub(super) struct Method {
    verb: &'static str,
    name: &'static str,
    /// Whether it answers while the instance is not paid for.
    pub(super) is_free: bool,
    pub(super) run: fn(&mut Desk<'_>) -> Answer,
}

const fn get(name: &'static str, run: fn(&mut Desk<'_>) -> Answer) -> Method {
    Method { verb: "GET", name, is_free: false, run }
}

const fn post(name: &'static str, run: fn(&mut Desk<'_>) -> Answer) -> Method {
    Method { verb: "POST", name, is_free: false, run }
}

/// The method of that name (case counts) in a dialect.
pub(super) fn method(dialect: Dialect, verb: &str, name: &str) -> Option<&'static Method> {
    let methods = match dialect {
        Dialect::Classic => CLASSIC,
        Dialect::OneMsg => ONE_MSG,
        Dialect::Ultramsg => ULTRAMSG,
    };
    methods.iter().find(|method| method.verb == verb && method.name == name)
}

const CLASSIC: &[Method] = &[
    post("sendMessage", send::message),
    post("message", send::message),
    post("sendFile", send::file),
    post("sendPTT", send::voice),
    post("sendAudio", send::voice),
    post("sendLink", send::link),
    post("sendLocation", send::location),
    post("sendContact", send::contact),
    post("sendVCard", send::vcard),
    get("messages", journal::messages),
    get("messagesHistory", journal::history),
    get("showMessagesQueue", journal::queue),
    post("clearMessagesQueue", journal::clear_queue),
    get("dialogs", dialog::all),
    get("dialog", dialog::one),
    post("group", dialog::make_group),
    post("readChat", dialog::read),
    post("typing", dialog::shown),
    post("recording", dialog::shown),
    Method { verb: "GET", name: "status", is_free: true, run: service::status },
    get("qr_code", service::qr_code),
    get("me", service::me),
    get("outputIP", service::output_ip),
    post("expiry", service::expiry),
    post("retry", service::retry),
    post("takeover", service::takeover),
    post("logout", service::logout),
    post("reboot", service::reboot),
    get("settings", settings::get),
    post("settings", settings::set),
    get("webhook", settings::webhook),
    post("webhook", settings::set_webhook),
];

const ONE_MSG: &[Method] = &[
    post("sendMessage", send::message),
    post("sendFile", send::file),
    post("sendLocation", send::location),
    post("sendContact", send::contact),
    post("sendTemplate", template::send),
    get("templates", template::all),
    get("messages", journal::messages),
    get("me", service::me),
    get("webhook", settings::webhook),
    post("webhook", settings::set_webhook),
];

const ULTRAMSG: &[Method] = &[
    post("messages/chat", ultramsg::text),
    post("messages/image", ultramsg::file),
    post("messages/document", ultramsg::file),
    post("messages/audio", ultramsg::file),
    post("messages/voice", ultramsg::file),
    post("messages/video", ultramsg::file),
    Method { verb: "GET", name: "instance/status", is_free: true, run: ultramsg::status },
];
