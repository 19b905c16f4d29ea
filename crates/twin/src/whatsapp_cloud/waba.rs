//! A business account (WABA): its templates, and whether and where the app hears of it.

use super::template::Template;

/// One business account.
#[derive(Debug)]
pub(super) struct Waba {
    pub(super) templates: Vec<Template>,
    /// Whether the app is attached: without that, nothing is posted.
    pub(super) is_subscribed: bool,
    /// The app's own callback, as its dashboard sets it.
    pub(super) app_callback: Option<String>,
    /// The callback that goes before the app's for what concerns messages.
    pub(super) callback: Option<String>,
}

impl Waba {
    /// A business account with a few templates.
    pub(super) fn new() -> Self {
        let mut paused = Template::ready(3, "season_sale", "ru", "Скидки до {{1}}");
        paused.status = "PAUSED";
        let ready = "Здравствуйте, {{1}}! Заказ {{2}} готов.";
        Self {
            templates: vec![
                Template::ready(1, "hello_world", "en_US", "Hello World"),
                Template::ready(2, "order_ready", "ru", ready),
                paused,
            ],
            is_subscribed: false,
            app_callback: None,
            callback: None,
        }
    }
}
