//! The pure core: a state machine that is told the time and the requests, and says the answers,
//! the webhooks to post and when it wants to be woken.

use serde_json::Value;

use crate::{
    account::AccountKey,
    agenda::Deed,
    bubble::{Direction, Status},
    chat_api::ChatApi,
    config::Config,
    control,
    fault::Fault,
    green_api::GreenApi,
    handset, limits,
    mail::{self, Mail},
    max::Max,
    persona::{Claim, Persona},
    phone::AUTO_READ_MS,
    stage::Stage,
    telegram::Telegram,
    twilio::Twilio,
    vk::Vk,
    wappi::Wappi,
    wazzup::Wazzup,
    webhook::HookAnswer,
    whatsapp_cloud::WhatsappCloud,
    wire::{Behaviour, Cut, Outgoing, WireRequest, WireResponse},
};

/// The simulator of all providers and all phones.
pub struct Twin {
    pub(crate) stage: Stage,
    pub(crate) personas: Vec<Box<dyn Persona>>,
}

impl Twin {
    /// A twin at the beginning. The same seed and the same calls give the same bytes.
    pub fn new(seed: u64, config: &Config) -> Self {
        let mut stage = Stage::new(seed, &config.public_url);
        stage.official_hosts = config.official_hosts;
        let personas: Vec<Box<dyn Persona>> = vec![
            Box::new(GreenApi::new(&mut stage, &config.green_api)),
            Box::new(ChatApi::new(&mut stage, &config.chat_api)),
            Box::new(WhatsappCloud::new(&mut stage, &config.whatsapp_cloud)),
            Box::new(Twilio::new(&mut stage, &config.twilio)),
            Box::new(Telegram::new(&mut stage, &config.telegram)),
            Box::new(Vk::new(&mut stage, &config.vk)),
            Box::new(Max::new(&mut stage, &config.max)),
            Box::new(Wazzup::new(&mut stage, &config.wazzup)),
            Box::new(Wappi::new(&mut stage, &config.wappi)),
        ];
        Self { stage, personas }
    }

    /// Answers a request to any provider, to the control door or to a handset.
    pub fn request(&mut self, now_ms: i64, request: &WireRequest) -> WireResponse {
        self.stage.clock.set(now_ms);
        for index in 0..self.personas.len() {
            if let Some(claim) = self.personas[index].claim(request) {
                return self.provide(index, request, &claim);
            }
        }
        let target = request.target();
        match target.segments.first().map(String::as_str) {
            Some("twin") => control::answer(self, request, &target),
            Some("mails") => mail::page(&self.stage.mails, &target.parts()[1..]),
            None | Some("handset") => handset::answer(self, request, &target),
            Some("health") => WireResponse::text(200, "ok"),
            Some(_) => WireResponse::bytes(404, "text/html", NOT_FOUND.as_bytes()),
        }
    }

    /// Asks a long poll once more: neither faults nor limits count it.
    pub fn again(&mut self, now_ms: i64, request: &WireRequest) -> WireResponse {
        self.stage.clock.set(now_ms);
        let claims = |persona: &&mut Box<dyn Persona>| persona.claim(request).is_some();
        match self.personas.iter_mut().find(claims) {
            Some(persona) => persona.answer(&mut self.stage, request, true),
            None => self.request(now_ms, request),
        }
    }

    /// When, in the caller's time, [`Twin::turn`] has something to do.
    pub fn due(&self) -> Option<i64> {
        self.stage.agenda.first().map(|tick| self.stage.clock.when(tick))
    }

    /// Does what is due (a bounded part of it) and returns the webhooks to post.
    pub fn turn(&mut self, now_ms: i64) -> Vec<Outgoing> {
        self.stage.clock.set(now_ms);
        let mut outgoing = Vec::new();
        for _ in 0..limits::TURN_DEEDS_MAX {
            let now = self.stage.clock.tick();
            let Some((key, deed)) = self.stage.agenda.take(now) else { break };
            match deed {
                Deed::PostWebhook => {
                    outgoing.extend(self.stage.webhooks.take(&key, now));
                    let at = self.stage.webhooks.plan(&key, now);
                    self.stage.plan_post(&key, at);
                }
                Deed::PushReceipt(hook) => self.stage.push(&key, hook),
                Deed::Call(id) => outgoing.extend(self.stage.webhooks.take_call(id)),
                Deed::Deliver(seq) => self.deliver(seq),
                Deed::Read(seq) => self.read(seq),
                Deed::Own(own) => {
                    if let Some(persona) = persona_of(&mut self.personas, key.provider) {
                        persona.perform(&mut self.stage, &key.account, own);
                    }
                }
            }
        }
        outgoing
    }

    /// Hears how posting a webhook, or a single request, went; `None` when there was no answer.
    pub fn posted(&mut self, now_ms: i64, id: u64, answer: Option<HookAnswer>) {
        self.stage.clock.set(now_ms);
        let now = self.stage.clock.tick();
        if let Some(word) = self.stage.webhooks.posted(id, answer, now, self.stage.clock.now_ms()) {
            if let Some(persona) = persona_of(&mut self.personas, word.key.provider) {
                persona.heard(&mut self.stage, &word);
            }
            let at = self.stage.webhooks.plan(&word.key, now);
            self.stage.plan_post(&word.key, at);
        }
        self.stage.touch();
    }

    /// Grows with every change that a page or a long poll could be waiting for.
    pub fn changed(&self) -> u64 {
        self.stage.revision
    }

    /// How many times faster than real its delays run.
    pub fn speed(&self) -> f64 {
        self.stage.clock.speed()
    }

    /// What a handset shows that changed after `since`; `None` when nothing did.
    pub fn handset(&self, phone: &str, since: u64) -> Option<Value> {
        handset::changes(self, phone, since)
    }

    /// Keeps a mail.
    pub fn add_mail(&mut self, mail: Mail) {
        self.stage.touch();
        self.stage.mails.add(mail);
    }

    /// Sets a bubble's status by hand, however improbable, and lets its provider report it.
    pub fn set_status(&mut self, now_ms: i64, id: &str, status: Status) -> Result<(), String> {
        self.stage.clock.set(now_ms);
        let found = self.stage.bubbles.find(id).map(|bubble| (bubble.seq, bubble.direction));
        match found {
            None => Err(format!("no bubble has the id '{id}'")),
            Some((_, Direction::Out)) => Err("that bubble was written by the phone".to_owned()),
            Some((seq, Direction::In)) => {
                self.settle(seq, status, "");
                Ok(())
            }
        }
    }

    pub(crate) fn personas(&self) -> impl Iterator<Item = &dyn Persona> {
        self.personas.iter().map(|persona| &**persona)
    }

    /// Changes an account, or makes it at the named provider.
    pub(crate) fn change_account(
        &mut self,
        provider: &str,
        account: &str,
        change: &Value,
    ) -> Result<(), String> {
        self.stage.touch();
        match persona_of(&mut self.personas, provider) {
            Some(persona) => persona.change(&mut self.stage, account, change),
            None => Err(format!("unknown provider '{provider}'")),
        }
    }

    fn provide(&mut self, index: usize, request: &WireRequest, claim: &Claim) -> WireResponse {
        let Self { stage, personas } = self;
        let persona = &mut personas[index];
        let fault = stage.faults.find(
            persona.name(),
            claim.account.as_deref(),
            Some(claim.method.as_str()),
        );
        let Some(fault) = fault.cloned() else { return persona.answer(stage, request, false) };
        let response = if fault.strikes(&mut stage.random) {
            strike(persona.as_mut(), stage, request, claim, &fault)
        } else {
            persona.answer(stage, request, false)
        };
        response.delayed(fault.latency_ms)
    }

    fn deliver(&mut self, seq: u64) {
        let Some(bubble) = self.stage.bubbles.get(seq) else { return };
        if bubble.status != Status::Sent || !self.stage.is_reached(bubble) {
            return;
        }
        let key = bubble.key.clone();
        let is_reader = bubble.numbers().any(|number| self.stage.phones.is_reader(number));
        self.settle(seq, Status::Delivered, "");
        if is_reader {
            self.stage.plan(AUTO_READ_MS, &key, Deed::Read(seq));
        }
    }

    fn read(&mut self, seq: u64) {
        let status = self.stage.bubbles.get(seq).map(|bubble| bubble.status);
        if status == Some(Status::Delivered) {
            self.settle(seq, Status::Read, "");
        }
    }

    /// Moves a bubble to a status and lets its provider report it.
    pub(crate) fn settle(&mut self, seq: u64, status: Status, description: &str) {
        if !self.stage.reach(seq, status, description) {
            return;
        }
        let key: Option<AccountKey> = self.stage.bubbles.get(seq).map(|bubble| bubble.key.clone());
        if let Some(key) = key
            && let Some(persona) = persona_of(&mut self.personas, key.provider)
        {
            persona.changed(&mut self.stage, seq);
        }
    }
}

fn strike(
    persona: &mut dyn Persona,
    stage: &mut Stage,
    request: &WireRequest,
    claim: &Claim,
    fault: &Fault,
) -> WireResponse {
    match fault.cut {
        Some(Cut::Before) => WireResponse::empty(502).cut(Cut::Before),
        Some(Cut::After) => persona.answer(stage, request, false).cut(Cut::After),
        None => {
            if fault.takes_effect {
                persona.answer(stage, request, false);
            }
            let seconds = fault.retry_after_s;
            let mut refusal = persona.refuse(fault.error.unwrap_or(500), claim, seconds);
            refusal.behaviour = Behaviour::Answer { after_ms: 0 };
            let is_said = refusal.headers.iter().any(|(name, _)| name == "retry-after");
            match seconds.filter(|_| !is_said) {
                Some(seconds) => refusal.with_header("retry-after", &seconds.to_string()),
                None => refusal,
            }
        }
    }
}

/// The persona of that name.
pub(crate) fn persona_of<'a>(
    personas: &'a mut [Box<dyn Persona>],
    provider: &str,
) -> Option<&'a mut Box<dyn Persona>> {
    personas.iter_mut().find(|persona| persona.name() == provider)
}

/// What the web server in front of a provider answers to an unknown path.
pub(crate) const NOT_FOUND: &str = "<html>\r\n<head><title>404 Not Found</title></head>\r\n\
    <body>\r\n<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx</center>\r\n\
    </body>\r\n</html>\r\n";
