//! `/{v3}/waInstance{id}/{method}/{token}/{extra}` and the table of methods.

use super::{Answer, Desk, journal, queues, receive, send, service, settings, upload};
use crate::wire::{Target, WireRequest};

/// A path taken apart.
#[derive(Debug)]
pub(super) struct Address {
    pub(super) instance: String,
    pub(super) method: String,
    pub(super) token: String,
    pub(super) extra: Option<String>,
    pub(super) target: Target,
}

impl Address {
    /// Takes a path apart; `None` when it is not one of this provider's.
    pub(super) fn parse(request: &WireRequest) -> Option<Self> {
        let mut target = request.target();
        if target.segments.first().is_some_and(|first| first.eq_ignore_ascii_case("v3")) {
            target.segments.remove(0);
        }
        let head = target.segments.first()?;
        let split = "waInstance".len();
        let is_ours = head.get(..split)?.eq_ignore_ascii_case("waInstance");
        if !is_ours {
            return None;
        }
        let segment = |place: usize| target.segments.get(place).cloned();
        Some(Self {
            instance: head[split..].to_owned(),
            method: segment(1).unwrap_or_default(),
            token: segment(2).unwrap_or_default(),
            extra: segment(3),
            target,
        })
    }
}

/// One method of the API.
pub(super) struct Method {
    /// Its name in today's documents; matched in any case.
    pub(super) name: &'static str,
    verb: &'static str,
    /// Calls a second and instance; above, 429.
    pub(super) per_second: u32,
    /// Whether the body is a file and not JSON.
    pub(super) is_upload: bool,
    pub(super) run: fn(&mut Desk<'_>) -> Answer,
}

impl Method {
    const fn new(
        verb: &'static str,
        name: &'static str,
        per_second: u32,
        run: fn(&mut Desk<'_>) -> Answer,
    ) -> Self {
        Self { name, verb, per_second, is_upload: false, run }
    }

    const fn upload(name: &'static str, per_second: u32, run: fn(&mut Desk<'_>) -> Answer) -> Self {
        Self { name, verb: "POST", per_second, is_upload: true, run }
    }

    /// Whether a request calls this method.
    pub(super) fn answers(&self, request: &WireRequest, address: &Address) -> bool {
        self.name.eq_ignore_ascii_case(&address.method)
            && self.verb == request.method
            && address.extra.is_some() == (self.name == "deleteNotification")
    }
}

/// All methods.
pub(super) const METHODS: &[Method] = &[
    Method::new("POST", "sendMessage", 50, send::message),
    Method::new("POST", "sendFileByUrl", 50, send::file_by_url),
    Method::new("POST", "sendLocation", 50, send::location),
    Method::new("POST", "sendContact", 50, send::contact),
    Method::new("POST", "sendPoll", 50, send::poll),
    Method::upload("sendFileByUpload", 50, upload::send_file),
    Method::upload("uploadFile", 50, upload::file),
    Method::new("POST", "checkWhatsapp", 10, service::check_whatsapp),
    Method::new("POST", "checkAccount", 10, service::check_whatsapp),
    Method::new("POST", "getAvatar", 10, service::avatar),
    Method::new("POST", "getContactInfo", 1, service::contact_info),
    Method::new("POST", "readChat", 10, service::read_chat),
    Method::new("GET", "getStateInstance", 1, service::state),
    Method::new("GET", "getWaSettings", 1, service::wa_settings),
    Method::new("GET", "reboot", 1, service::reboot),
    Method::new("GET", "logout", 1, service::logout),
    Method::new("GET", "qr", 3, service::qr),
    Method::new("POST", "getAuthorizationCode", 1, service::authorization_code),
    Method::new("GET", "getSettings", 1, settings::get),
    Method::new("POST", "setSettings", 1, settings::set),
    Method::new("GET", "receiveNotification", 100, receive::next),
    Method::new("DELETE", "deleteNotification", 100, receive::delete),
    Method::new("POST", "getMessage", 10, journal::message),
    Method::new("POST", "getChatHistory", 1, journal::chat_history),
    Method::new("GET", "lastOutgoingMessages", 1, journal::last_outgoing),
    Method::new("GET", "lastIncomingMessages", 1, journal::last_incoming),
    Method::new("POST", "downloadFile", 5, journal::download_file),
    Method::new("GET", "getMessagesCount", 1, queues::messages_count),
    Method::new("GET", "showMessagesQueue", 1, queues::show_messages),
    Method::new("GET", "clearMessagesQueue", 1, queues::clear_messages),
    Method::new("GET", "getWebhooksCount", 1, queues::webhooks_count),
    Method::new("DELETE", "clearWebhooksQueue", 1, queues::clear_webhooks),
    Method::new("GET", "clearWebhooksQueue", 1, queues::clear_webhooks),
];
