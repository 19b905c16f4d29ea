//! The report sink: takes every report and notes it.

use crate::{
    stage::Stage,
    wire::{Message, member, number, write_answer},
};

/// Notes a report and answers 200.
pub fn answer(stage: &Stage, message: Message<'_>, out: &mut Vec<u8>) {
    let body = message.body;
    let n = member(body, "id").and_then(|id| id.strip_prefix(b"b-")).map(number);
    let status = member(body, "status").map(number);
    let mut ledger = stage.ledger.borrow_mut();
    match (n, status) {
        (Some(n), Some(status)) => {
            if ledger.report(n, status, member(body, "mtNum").unwrap_or_default()) {
                stage.window.add_permits(1);
            }
        }
        _ => ledger.strays += 1,
    }
    write_answer(out, "200 OK", b"");
}
