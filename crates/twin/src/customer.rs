//! What a customer does with the phone: writes, starts a bot, blocks it, edits, deletes, reacts,
//! presses buttons, opens a chat.

use crate::{
    Twin,
    account::AccountKey,
    bubble::{Bubble, Direction, Status, Times},
    contact::Contact,
    content::{Card, Place, Press, Quote},
    limits,
    persona::{Line, Persona, Reply, Start, Told},
    stage::Stage,
    twin::persona_of,
};

impl Twin {
    /// Writes as a customer. Returns the id of the message.
    pub fn reply(&mut self, now_ms: i64, reply: &Reply) -> Result<String, String> {
        self.stage.clock.set(now_ms);
        if reply.text.chars().count() > limits::REPLY_CHARS_MAX {
            return Err(format!("at most {} characters", limits::REPLY_CHARS_MAX));
        }
        let (index, line) = self.line(&reply.account, &reply.messenger)?;
        self.check_phone(&reply.from, line.messenger)?;
        let key = AccountKey::new(self.personas[index].name(), &line.account);
        if self.stage.contacts.get(&key, &reply.from).is_blocked {
            return Err("the customer has blocked this account".to_owned());
        }
        if let Some(id) = &reply.group {
            let group = self.stage.groups.of(line.messenger, id);
            let group = group.ok_or_else(|| format!("no {} group '{id}'", line.messenger))?;
            if !group.members.contains(&reply.from) {
                return Err(format!("{} is no member of '{id}'", reply.from));
            }
        } else {
            self.stage.contacts.start(&key, &reply.from);
        }
        let messenger = line.messenger.to_owned();
        self.stage.touch_phone(&reply.from);
        self.personas[index].reply(&mut self.stage, &Reply { messenger, ..reply.clone() })
    }

    /// Opens a bot, by a link that may carry a payload, and presses Start.
    pub fn start(
        &mut self,
        now_ms: i64,
        messenger: &str,
        account: &str,
        from: &str,
        payload: Option<String>,
    ) -> Result<Told, String> {
        self.stage.clock.set(now_ms);
        let (index, line) = self.line(account, messenger)?;
        self.check_phone(from, line.messenger)?;
        let persona = &mut self.personas[index];
        let key = AccountKey::new(persona.name(), &line.account);
        let before = self.stage.contacts.get(&key, from);
        let started = Contact { is_started: true, is_blocked: false };
        if !self.stage.contacts.set(&key, from, started) {
            return Err("too many contacts".to_owned());
        }
        self.stage.touch_phone(from);
        let start = Start { account: line.account, from: from.to_owned(), payload, before };
        Ok(persona.started(&mut self.stage, &start))
    }

    /// Blocks an account as a customer, or lifts that.
    pub fn block(
        &mut self,
        now_ms: i64,
        messenger: &str,
        account: &str,
        from: &str,
        is_blocked: bool,
    ) -> Result<Told, String> {
        self.stage.clock.set(now_ms);
        let (index, line) = self.line(account, messenger)?;
        let persona = &mut self.personas[index];
        let key = AccountKey::new(persona.name(), &line.account);
        let before = self.stage.contacts.get(&key, from);
        if before.is_blocked == is_blocked {
            return Ok(Told::No);
        }
        if !self.stage.contacts.set(&key, from, Contact { is_blocked, ..before }) {
            return Err("too many contacts".to_owned());
        }
        self.stage.touch_phone(from);
        let told = persona.blocked(&mut self.stage, &line.account, from, is_blocked);
        if !is_blocked {
            self.stage.hand_over_waiting(from);
        }
        Ok(told)
    }

    /// Changes the text of what the customer wrote.
    pub fn edit(&mut self, now_ms: i64, id: &str, text: &str) -> Result<Told, String> {
        if text.is_empty() || text.chars().count() > limits::REPLY_CHARS_MAX {
            return Err(format!("a text of 1 to {} characters", limits::REPLY_CHARS_MAX));
        }
        let seq = self.own_bubble(now_ms, id)?;
        self.stage.edit(seq, text);
        self.tell(seq, |persona, stage| persona.edited(stage, seq))
    }

    /// Takes back what the customer wrote.
    pub fn delete(&mut self, now_ms: i64, id: &str) -> Result<Told, String> {
        let seq = self.own_bubble(now_ms, id)?;
        self.stage.delete(seq);
        self.tell(seq, |persona, stage| persona.deleted(stage, seq))
    }

    /// Reacts to a bubble; an empty emoji takes the reaction away. `from` is needed in a group.
    pub fn react(
        &mut self,
        now_ms: i64,
        id: &str,
        emoji: &str,
        from: Option<&str>,
    ) -> Result<Told, String> {
        if emoji.chars().count() > limits::REACTION_CHARS_MAX {
            return Err(format!("at most {} characters", limits::REACTION_CHARS_MAX));
        }
        let (seq, from) = self.seen_bubble(now_ms, id, from)?;
        let before = self.stage.react(seq, &from, emoji);
        let is_same = before.as_deref().unwrap_or("") == emoji;
        if is_same {
            return Ok(Told::No);
        }
        self.tell(seq, |persona, stage| persona.reacted(stage, seq, &from, before.as_deref()))
    }

    /// Presses a button of a bubble: by its place from 0, its text or its data.
    pub fn press(
        &mut self,
        now_ms: i64,
        id: &str,
        button: &str,
        from: Option<&str>,
    ) -> Result<Told, String> {
        let (seq, from) = self.seen_bubble(now_ms, id, from)?;
        let bubble = self.stage.bubbles.get(seq).ok_or("no such bubble")?;
        if bubble.deleted {
            return Err("that bubble was taken back".to_owned());
        }
        let by_name = bubble.buttons.iter().position(|b| b.text == button || b.data == button);
        let by_place = button.parse().ok().filter(|place| *place < bubble.buttons.len());
        let place = by_name.or(by_place).ok_or_else(|| format!("no button '{button}'"))?;
        let pressed = bubble.buttons[place].clone();
        let mut reply = Reply {
            account: bubble.key.account.to_string(),
            messenger: bubble.messenger.to_owned(),
            from: from.clone(),
            group: bubble.group.clone(),
            ..Reply::default()
        };
        match pressed.press {
            Press::Callback => {
                return self.tell(seq, |persona, stage| persona.pressed(stage, seq, &from, place));
            }
            Press::Link | Press::Other => return Ok(Told::No),
            Press::Text => {
                reply.text = pressed.text;
                reply.payload = (!pressed.data.is_empty()).then_some(pressed.data);
            }
            Press::Contact => {
                let name = self.stage.phones.get(&from).name;
                reply.contact = Some(Card { name, phone: from });
                reply.quote = Some(bubble.id.clone());
            }
            Press::Location => {
                let (name, address) = (String::new(), String::new());
                let place = Place { latitude: 55.7558, longitude: 37.6173, name, address };
                reply.location = Some(place);
            }
        }
        self.reply(now_ms, &reply).map(|_| Told::Yes)
    }

    /// Marks a chat's bubbles read; an empty account or messenger means any. Returns how many.
    pub fn open_chat(&mut self, phone: &str, messenger: &str, account: &str) -> usize {
        if !self.stage.phones.is_on(phone) {
            return 0;
        }
        let unread = self.stage.bubbles.of_phone(phone).filter(|bubble| {
            bubble.direction == Direction::In
                && bubble.status == Status::Delivered
                && (messenger.is_empty() || bubble.messenger == messenger)
                && (account.is_empty() || *bubble.key.account == *account)
        });
        let unread: Vec<u64> = unread.map(|bubble| bubble.seq).collect();
        for &seq in &unread {
            self.settle(seq, Status::Read, "");
        }
        unread.len()
    }

    /// The account that serves, and the persona it belongs to.
    fn line(&self, account: &str, messenger: &str) -> Result<(usize, Line), String> {
        let serves = |line: &Line| {
            line.account == account && (messenger.is_empty() || line.messenger == messenger)
        };
        for (index, persona) in self.personas.iter().enumerate() {
            if let Some(line) = persona.lines().into_iter().find(serves) {
                return Ok((index, line));
            }
        }
        Err(format!("no account '{account}' in '{messenger}'"))
    }

    fn check_phone(&self, from: &str, messenger: &str) -> Result<(), String> {
        if !self.stage.phones.is_on(from) {
            return Err("the phone is off".to_owned());
        }
        if !self.stage.phones.has(from, messenger) {
            return Err(format!("the phone has no {messenger} account"));
        }
        Ok(())
    }

    /// A bubble that a customer wrote and has not taken back.
    fn own_bubble(&mut self, now_ms: i64, id: &str) -> Result<u64, String> {
        self.stage.clock.set(now_ms);
        let found = self.stage.bubbles.find(id);
        let bubble = found.ok_or_else(|| format!("no bubble has the id '{id}'"))?;
        if bubble.direction != Direction::Out {
            return Err("that bubble was not written by the phone".to_owned());
        }
        if bubble.deleted {
            return Err("that bubble was taken back".to_owned());
        }
        self.check_phone(&bubble.from, bubble.messenger)?;
        Ok(bubble.seq)
    }

    /// A bubble that a phone shows, and whose phone that is.
    fn seen_bubble(
        &mut self,
        now_ms: i64,
        id: &str,
        from: Option<&str>,
    ) -> Result<(u64, String), String> {
        self.stage.clock.set(now_ms);
        let found = self.stage.bubbles.find(id).filter(|bubble| bubble.shown);
        let bubble = found.ok_or_else(|| format!("no phone shows a bubble with the id '{id}'"))?;
        let mut numbers = bubble.numbers();
        let number = match from {
            Some(from) => numbers.find(|number| *number == from),
            None if bubble.group.is_some() => return Err("in a group 'from' is needed".to_owned()),
            None => numbers.next(),
        };
        let number = number.ok_or("that phone does not show the bubble")?.to_owned();
        self.check_phone(&number, bubble.messenger)?;
        Ok((bubble.seq, number))
    }

    fn tell(
        &mut self,
        seq: u64,
        tell: impl FnOnce(&mut dyn Persona, &mut Stage) -> Told,
    ) -> Result<Told, String> {
        let bubble = self.stage.bubbles.get(seq).ok_or("no such bubble")?;
        let persona = persona_of(&mut self.personas, bubble.key.provider);
        Ok(persona.map_or(Told::No, |persona| tell(persona.as_mut(), &mut self.stage)))
    }
}

impl Stage {
    /// The bubble of what a customer writes, as far as all messengers have it in common. `to` is
    /// the company's address.
    pub fn written(
        &self,
        key: &AccountKey,
        messenger: &'static str,
        id: &str,
        to: &str,
        reply: &Reply,
    ) -> Result<Bubble, String> {
        let chat = reply.group.as_ref().unwrap_or(&reply.from);
        let quote = match &reply.quote {
            None => None,
            Some(id) => {
                let found = self.bubbles.find(id).filter(|bubble| bubble.phone == *chat);
                let quoted =
                    found.ok_or_else(|| format!("no bubble of that phone has the id '{id}'"))?;
                Some(Quote { id: quoted.id.clone(), text: quoted.text.clone() })
            }
        };
        let mut bubble = Bubble::new(key, messenger, Direction::Out, id);
        if let Some(group) = reply.group.as_deref().and_then(|id| self.groups.get(id)) {
            bubble.group = Some(group.id.clone());
            bubble.audience.clone_from(&group.members);
        }
        bubble.phone.clone_from(chat);
        bubble.from.clone_from(&reply.from);
        to.clone_into(&mut bubble.to);
        bubble.kind = reply.kind();
        bubble.text.clone_from(&reply.text);
        bubble.file.clone_from(&reply.file);
        bubble.quote = quote;
        bubble.extra = reply.extra();
        bubble.status = Status::Sent;
        bubble.shown = true;
        bubble.at = Times { queued: self.clock.now_ms(), ..Times::default() };
        Ok(bubble)
    }

    /// Notes that what a handset knows of a phone has changed.
    pub fn touch_phone(&mut self, number: &str) {
        let revision = self.touch();
        if let Some(phone) = self.phones.get_mut(number) {
            phone.revision = revision;
        }
    }
}
