//! A database with an owner, a clock that stands still until it is moved, and the shortest way to
//! each command.

use super::watched::{Watch, Watched};
use crate::{
    StoreError,
    accept::{Accept, Accepted, accept},
    advance::{Advance, Advanced, advance},
    claim::{self, Claim, Claimed},
    ingest::{Ingest, Keep, Receipt, ingest},
    journal::{self, Line},
    message::{self, Message},
    ownership, report,
    report::Owed,
    schema::MIGRATIONS,
    slot::Slot,
};
use std::{collections::BTreeSet, sync::Arc};
use vestnik_db::{Engine, Tx, migration::migrate};
use vestnik_engine::{
    cascade::{Cascade, Context, Event, step},
    plan::{PLAN_VERSION, Plan, PlannedLink, Until, Wanted},
};
use vestnik_model::{
    account::Class,
    content::Content,
    id::{AccountId, Epoch, IdSource, LaneId, MessageId, PartnerId, WebhookId, WorkspaceId},
    messenger::Messenger,
    outcome::{Blame, Failure, Guarantee, Outcome, Reason, ReceiptKind},
    phone::Phone,
    time::{Millis, Timestamp},
};

pub(super) const WORKSPACE: WorkspaceId = WorkspaceId(1);
pub(super) const PARTNER: PartnerId = PartnerId(11);
/// The account of the first link; each later link has the next one.
pub(super) const ACCOUNT: AccountId = AccountId(21);
/// The lane of the first link; each later link has the next one.
pub(super) const LANE: LaneId = LaneId(0x5eed_0001);
pub(super) const REPORTS: LaneId = LaneId(0x5eed_1001);
/// The first part of the first link.
pub(super) const FIRST: Slot = Slot { link: 0, part: 0 };

pub(super) struct Scene {
    pub(super) engine: Watched,
    pub(super) now: Timestamp,
    pub(super) epoch: Epoch,
    ids: IdSource,
    recipients: u64,
}

impl Scene {
    pub(super) fn new(engine: Box<dyn Engine>) -> Self {
        let mut engine = Watched::new(engine, Arc::new(Watch::default()));
        let applied = migrate(&mut engine, MIGRATIONS).expect("an empty database is migrated");
        assert_eq!(applied, MIGRATIONS.len(), "every step is applied to an empty database");
        let mut scene = Self {
            engine,
            now: Timestamp(1_800_000_000_000),
            epoch: Epoch(0),
            ids: IdSource::new(1),
            recipients: 79_160_000_000,
        };
        scene.epoch = scene.tx(|tx| ownership::take_all(tx, "one"));
        scene
    }

    /// Runs work in a transaction that must go well.
    #[track_caller]
    pub(super) fn tx<T>(&mut self, work: impl FnOnce(&mut dyn Tx) -> Result<T, StoreError>) -> T {
        self.try_tx(work).expect("the transaction goes well")
    }

    /// Runs work in a transaction; an error rolls it back.
    pub(super) fn try_tx<T>(
        &mut self,
        work: impl FnOnce(&mut dyn Tx) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.engine.begin()?;
        match work(&mut self.engine) {
            Ok(value) => {
                self.engine.commit()?;
                Ok(value)
            }
            Err(error) => {
                self.engine.rollback();
                Err(error)
            }
        }
    }

    pub(super) fn pass(&mut self, span: Millis) {
        self.now = self.now + span;
    }

    pub(super) fn id(&mut self) -> i64 {
        self.ids.next(self.now)
    }

    /// A plan of so many links to a recipient of its own.
    pub(super) fn plan(&mut self, links: u8) -> Plan {
        self.recipients += 1;
        Plan {
            v: PLAN_VERSION,
            recipient: Phone::from_digits(self.recipients).unwrap().into(),
            class: Class::Transactional,
            links: (0..i64::from(links)).map(link).collect(),
            window: None,
            zone_by: None,
            deadline: None,
            reports: Wanted::Everything,
            partner_ref: None,
            notify_url: None,
            report_lane: Some(REPORTS),
            extra: Vec::new(),
        }
    }

    /// A request for a plan, begun and waiting.
    pub(super) fn request(&mut self, plan: Plan) -> Accept {
        let mut cascade = Cascade::new(&plan);
        let context = Context { now: self.now, in_flight: false, jitter: 0 };
        step(&plan, &mut cascade, &Event::Begin, context, &mut Vec::new());
        Accept {
            id: MessageId(self.id()),
            workspace: WORKSPACE,
            partner: PARTNER,
            is_ref_unique: true,
            body_hash: 1,
            content_hash: None,
            plan: plan.into(),
            cascade,
            submitting: None,
        }
    }

    pub(super) fn accept(&mut self, batch: &[Accept]) -> Vec<Accepted> {
        let now = self.now;
        let refs: Vec<&Accept> = batch.iter().collect();
        self.tx(|tx| accept(tx, now, &refs))
    }

    /// Accepts a plan; its first part waits.
    pub(super) fn waiting(&mut self, plan: Plan) -> MessageId {
        let request = self.request(plan);
        let id = request.id;
        assert_eq!(self.accept(&[request]), [Accepted::New]);
        id
    }

    /// Accepts a plan; its first part is being submitted from the start.
    pub(super) fn submitting(&mut self, plan: Plan) -> MessageId {
        let mut request = self.request(plan);
        request.submitting = Some(self.epoch);
        let id = request.id;
        assert_eq!(self.accept(&[request]), [Accepted::New]);
        id
    }

    /// Accepts a plan; the provider took its first part under this id.
    pub(super) fn taken(&mut self, plan: Plan, remote_id: &str) -> MessageId {
        let id = self.submitting(plan);
        self.submitted(id, FIRST, accepted(remote_id)).expect("the attempt is ours");
        id
    }

    pub(super) fn claim(&mut self, limit: usize) -> Claimed {
        let claim = Claim { lane: LANE, epoch: self.epoch, limit, busy: BTreeSet::new() };
        self.try_claim(&claim).expect("the lane is ours")
    }

    pub(super) fn try_claim(&mut self, wish: &Claim) -> Result<Claimed, StoreError> {
        let now = self.now;
        self.try_tx(|tx| claim::claim(tx, now, &[wish])).map(|mut all| all.remove(0))
    }

    pub(super) fn advance(&mut self, batch: &[Advance]) -> Vec<Option<Advanced>> {
        let now = self.now;
        let refs: Vec<&Advance> = batch.iter().collect();
        self.tx(|tx| advance(tx, now, &refs))
    }

    /// One event without a fence.
    pub(super) fn event(&mut self, message: MessageId, event: Event) -> Option<Advanced> {
        self.advance(&[plain(message, event)]).remove(0)
    }

    /// The end of an attempt of ours.
    pub(super) fn submitted(
        &mut self,
        message: MessageId,
        slot: Slot,
        outcome: Outcome,
    ) -> Option<Advanced> {
        let advance = end(message, slot, outcome, self.epoch);
        self.advance(&[advance]).remove(0)
    }

    pub(super) fn ingest(&mut self, webhook: &Ingest) -> Vec<Advanced> {
        let now = self.now;
        self.tx(|tx| ingest(tx, now, &[webhook])).remove(0)
    }

    /// A webhook with one receipt.
    pub(super) fn receipt(&mut self, remote_id: &str, kind: ReceiptKind) -> Vec<Advanced> {
        let webhook = self.webhook(ACCOUNT, vec![receipt(remote_id, kind)]);
        self.ingest(&webhook)
    }

    pub(super) fn webhook(&mut self, account: AccountId, receipts: Vec<Receipt>) -> Ingest {
        let id = WebhookId(self.id());
        let raw = Arc::from(&b"{\"raw\":\x00\xff}"[..]);
        Ingest {
            id,
            account,
            raw,
            receipts,
            read_up_to: Vec::new(),
            heard: Vec::new(),
            keep: Keep::No,
        }
    }

    pub(super) fn message(&mut self, id: MessageId) -> Message {
        let found = self.tx(|tx| message::load(tx, &[id]));
        found.into_iter().next().expect("the message is there")
    }

    pub(super) fn journal(&mut self, id: MessageId) -> Vec<Line> {
        self.tx(|tx| journal::of_message(tx, id))
    }

    pub(super) fn reports(&mut self, id: MessageId) -> Vec<Owed> {
        self.tx(|tx| report::of_message(tx, id))
    }

    /// The outbox rows of a message: link, part and state.
    pub(super) fn rows(&mut self, id: MessageId) -> Vec<(u8, u8, String)> {
        let rows = self.tx(|tx| claim::rows_of(tx, id));
        rows.into_iter().map(|(slot, state, _)| (slot.link, slot.part, state)).collect()
    }

    /// When the only outbox row of a message is due.
    pub(super) fn due_at(&mut self, id: MessageId) -> Timestamp {
        let rows = self.tx(|tx| claim::rows_of(tx, id));
        assert_eq!(rows.len(), 1, "one row: {rows:?}");
        rows[0].2
    }

    /// The number a query gives.
    pub(super) fn count(&mut self, sql: &'static str) -> i64 {
        self.tx(|tx| Ok(tx.query(sql, &[])?[0].int(0)?))
    }
}

fn link(i: i64) -> PlannedLink {
    PlannedLink {
        account: AccountId(ACCOUNT.0 + i),
        lane: LaneId(LANE.0 + i),
        messenger: Messenger::Whatsapp,
        sender: "VESTNIK".to_owned(),
        traffic: 1,
        parts: vec![Content::Text("Привет, «мир» 🦔".to_owned())],
        quote: None,
        ttl: Millis::hours(1),
        until: Until::Delivered,
        guarantee: Guarantee::NeverTwice,
        unknown: Guarantee::NeverTwice,
    }
}

pub(super) fn plain(message: MessageId, event: Event) -> Advance {
    Advance { message, event, fence: None, exchange: None, raw: None, jitter: 0 }
}

pub(super) fn end(message: MessageId, slot: Slot, outcome: Outcome, epoch: Epoch) -> Advance {
    let event = Event::Submitted { link: slot.link, part: slot.part, outcome };
    Advance { fence: Some(epoch), ..plain(message, event) }
}

pub(super) fn accepted(remote_id: &str) -> Outcome {
    Outcome::Accepted { remote_id: remote_id.to_owned() }
}

pub(super) fn deferred() -> Outcome {
    let retry_after = Some(Millis::seconds(30));
    Outcome::Deferred { retry_after, detail: "busy".to_owned(), whole_account: false }
}

pub(super) fn lost() -> Outcome {
    Outcome::Unknown { detail: "cut".to_owned() }
}

pub(super) fn failure(blame: Blame) -> Failure {
    Failure { blame, reason: Reason::Barred, detail: "no".to_owned() }
}

pub(super) fn receipt(remote_id: &str, kind: ReceiptKind) -> Receipt {
    Receipt { remote_id: remote_id.to_owned(), kind, at: None }
}
