//! Every report owed arrives at least once, in strict order, and none that is not owed.

use crate::run::{History, Told};
use vestnik_engine::{
    cascade::{Link, Report, ReportKind},
    plan::Wanted,
};
use vestnik_model::status::Status;
use vestnik_store::report::ReportState;

pub(super) fn check(history: &History) -> Vec<String> {
    let mut found = Vec::new();
    for told in &history.messages {
        found.extend(order(history, told).err());
        let told_of = match told.message.plan.reports {
            Wanted::Nothing if told.reports.is_empty() => Ok(()),
            Wanted::Nothing => Err("reports that nobody wants".to_owned()),
            Wanted::Failure => failure(told),
            Wanted::Everything => everything(told),
        };
        found.extend(told_of.err().map(|e| format!("message {}: {e}", told.message.id)));
    }
    found
}

/// What arrived: in the order of numbers, each again and again until it was taken, none skipped.
fn order(history: &History, told: &Told) -> Result<(), String> {
    let id = told.message.id;
    let mut reports = told.reports.iter();
    let mut current = reports.next();
    let mut is_taken = false;
    for arrival in history.arrivals.iter().filter(|arrival| arrival.message == id) {
        let says = |owed: &vestnik_store::report::Owed| {
            let link = told.message.plan.links.get(usize::from(owed.report.link));
            let text = link.and_then(|l| l.parts.first()).map(|p| p.as_text());
            number(&owed.report) == arrival.status && text == Some(&arrival.text)
        };
        if is_taken && !current.is_some_and(says) {
            current = reports.next();
            is_taken = false;
        }
        if !current.is_some_and(says) {
            let rows: Vec<_> = told
                .reports
                .iter()
                .map(|o| (o.report.n, o.report.link, number(&o.report)))
                .collect();
            let got = (arrival.at_ms, &arrival.text, arrival.status);
            return Err(format!("message {id}: {got:?} arrived out of order; owed {rows:?}"));
        }
        is_taken |= arrival.is_taken;
    }
    let is_all = current.is_none() || (is_taken && reports.next().is_none());
    let is_done = told.reports.iter().all(|owed| owed.state == ReportState::Done);
    if is_all && is_done {
        return Ok(());
    }
    let states: Vec<_> = told.reports.iter().map(|o| (o.report.n, o.state)).collect();
    Err(format!("message {id}: reports {states:?}, all arrived: {is_all}"))
}

fn number(report: &Report) -> u8 {
    match report.kind {
        ReportKind::Sent => 0,
        ReportKind::Delivered => 2,
        ReportKind::Failed => 5,
        ReportKind::Read => 9,
    }
}

/// Only the end of a chain that failed is told.
fn failure(told: &Told) -> Result<(), String> {
    let kinds: Vec<_> = told.reports.iter().map(|owed| owed.report.kind).collect();
    let is_delivered = told.message.cascade.status.is_delivered();
    let is_called_off = told.message.cascade.status == Status::Cancelled;
    match kinds.as_slice() {
        // What was told as failed may be delivered after all; what is not may have been by then.
        [ReportKind::Failed] => Ok(()),
        [] if is_delivered || is_called_off => Ok(()),
        other => Err(format!("only its failure was wanted, and {other:?} is told")),
    }
}

/// Each link's statuses are told once each, in an order that makes sense.
fn everything(told: &Told) -> Result<(), String> {
    for (i, link) in told.message.cascade.links.iter().enumerate() {
        let of_link = told.reports.iter().filter(|owed| usize::from(owed.report.link) == i);
        let kinds: Vec<_> = of_link.map(|owed| owed.report.kind).collect();
        let wanted = wanted(link);
        for kind in [ReportKind::Sent, ReportKind::Delivered, ReportKind::Failed, ReportKind::Read]
        {
            let count = kinds.iter().filter(|k| **k == kind).count();
            let is_wanted = wanted.contains(&kind);
            // A failure that was told stays told when the link is delivered after all.
            let is_free = kind == ReportKind::Failed && link.status.is_delivered();
            if count > 1 || (count == 1) != is_wanted && !is_free {
                return Err(format!("link {i} is {link:?}, and {kinds:?} is told"));
            }
        }
        let place = |kind| kinds.iter().position(|k| *k == kind);
        let delivered = place(ReportKind::Delivered);
        let is_odd = place(ReportKind::Read).is_some_and(|at| delivered.is_none_or(|d| d > at))
            || delivered.is_some_and(|at| place(ReportKind::Failed).is_some_and(|f| f > at))
            || place(ReportKind::Sent).is_some_and(|at| at != 0);
        if is_odd {
            return Err(format!("link {i}: {kinds:?} is told in this order"));
        }
    }
    Ok(())
}

fn wanted(link: &Link) -> Vec<ReportKind> {
    let mut out = Vec::new();
    if link.accepted.is_some() {
        out.push(ReportKind::Sent);
    }
    if link.status.is_delivered() {
        out.push(ReportKind::Delivered);
    }
    if link.status == Status::Read {
        out.push(ReportKind::Read);
    }
    // What the deadline cut off before it was let go failed nobody.
    if link.released.is_some() && matches!(link.status, Status::Failed | Status::Expired) {
        out.push(ReportKind::Failed);
    }
    out
}
