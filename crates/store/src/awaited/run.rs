//! A run: entries sorted once and written page by page. A row holds a page of entries; the run's own
//! row, written last, holds the first hash of each page, which is also remembered. Without that row the
//! pages are none: a run that was broken off is written anew.

use super::Entry;
use crate::StoreError;
use std::collections::BTreeSet;
use vestnik_db::{Rows, Tx, Value};
use vestnik_model::{id::AccountId, time::Timestamp};

/// Entries of one page: what fits into a page of the database, with its row's head.
const ENTRIES_PER_PAGE: usize = 124;
/// An entry's four numbers, bytes.
const ENTRY_BYTES: usize = 32;
/// A page's key is its run's number and, in so many bits, its own.
const PAGE_BITS: u32 = 20;
/// Pages that are taken away behind one batch.
const PAGES_GONE_AT_ONCE: i64 = 256;

/// A run on disk.
#[derive(Debug)]
pub(super) struct Run {
    number: i64,
    upto: i64,
    over_at: i64,
    /// The first hash of each page.
    fences: Vec<i64>,
    /// Whether its own row went in this transaction.
    is_gone: bool,
}

/// A run that is being written.
#[derive(Debug)]
pub(super) struct Course {
    run: Run,
    entries: Vec<Entry>,
    /// Pages that are on disk.
    kept: usize,
    /// Whether its own row was written in this transaction.
    is_whole: bool,
}

const ALL: &str = "SELECT run, upto, over_at, fences FROM awaited_run ORDER BY run";
const PUT_RUN: &str = "INSERT INTO awaited_run(run, upto, over_at, fences) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (run) DO UPDATE SET upto = excluded.upto, over_at = excluded.over_at, \
    fences = excluded.fences";
const DROP_RUN: &str = "DELETE FROM awaited_run WHERE run = $1";
const PUT_PAGE: &str = "INSERT INTO awaited_page(id, entries) @values(id bigint, entries bytes) \
    ON CONFLICT (id) DO UPDATE SET entries = excluded.entries";
const PAGE: &str = "SELECT entries FROM awaited_page WHERE id = $1";
const DROP_PAGES: &str = "DELETE FROM awaited_page WHERE id IN (\
    SELECT id FROM awaited_page WHERE id >= $1 AND id < $2 ORDER BY id LIMIT $3)";

/// The runs on disk, oldest first.
pub(super) fn load(tx: &mut dyn Tx) -> Result<Vec<Run>, StoreError> {
    let read = |row: &vestnik_db::Row| {
        let fences = row.bytes_opt(3)?.unwrap_or_default().chunks_exact(8);
        Ok(Run {
            number: row.int(0)?,
            upto: row.int(1)?,
            over_at: row.int(2)?,
            fences: fences.map(number).collect(),
            is_gone: false,
        })
    };
    tx.query(ALL, &[])?.iter().map(read).collect()
}

impl Run {
    /// The number of the run after it.
    pub(super) fn next(&self) -> i64 {
        self.number + 1
    }

    /// The youngest message of which it may hold an id.
    pub(super) fn upto(&self) -> i64 {
        self.upto
    }

    /// Whether nothing in it is awaited any more.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.over_at < now.0
    }

    pub(super) fn is_gone(&self) -> bool {
        self.is_gone
    }

    pub(super) fn taken_back(&mut self) {
        self.is_gone = false;
    }

    /// What it holds under an id.
    pub(super) fn find(
        &self,
        tx: &mut dyn Tx,
        account: AccountId,
        hash: i64,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut out = Vec::new();
        // Equal hashes may go over the border of a page.
        let after = self.fences.partition_point(|first| *first <= hash);
        let before = self.fences.partition_point(|first| *first < hash);
        for page in before.saturating_sub(1)..after {
            for row in tx.query(PAGE, &[self.page(page).into()])? {
                let entries = row.bytes_opt(0)?.unwrap_or_default().chunks_exact(ENTRY_BYTES);
                let entries = entries.map(Entry::read);
                out.extend(entries.filter(|e| e.hash == hash && e.account == account.0));
            }
        }
        Ok(out)
    }

    /// Takes some of it away; its own row goes last.
    pub(super) fn take_away(&mut self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let end = self.page(1 << PAGE_BITS);
        let range = [self.page(0).into(), end.into(), PAGES_GONE_AT_ONCE.into()];
        let gone = tx.execute(DROP_PAGES, &range)?;
        if gone < PAGES_GONE_AT_ONCE.unsigned_abs() {
            tx.execute(DROP_RUN, &[self.number.into()])?;
            self.is_gone = true;
        }
        Ok(())
    }

    fn page(&self, n: usize) -> i64 {
        (self.number << PAGE_BITS) + i64::try_from(n).unwrap_or(i64::MAX >> PAGE_BITS)
    }
}

impl Course {
    /// Begins to write a run.
    pub(super) fn new(number: i64, entries: BTreeSet<Entry>, over_at: Timestamp) -> Self {
        let upto = entries.iter().map(|entry| entry.message).max().unwrap_or_default();
        let run = Run { number, upto, over_at: over_at.0, fences: Vec::new(), is_gone: false };
        Self { run, entries: entries.into_iter().collect(), kept: 0, is_whole: false }
    }

    /// The youngest message of which it holds an id.
    pub(super) fn upto(&self) -> i64 {
        self.run.upto
    }

    /// What it holds under an id.
    pub(super) fn find(&self, account: AccountId, hash: i64) -> &[Entry] {
        let key = (hash, account.0);
        let begin = self.entries.partition_point(|e| (e.hash, e.account) < key);
        let end = self.entries.partition_point(|e| (e.hash, e.account) <= key);
        &self.entries[begin..end]
    }

    /// Writes some more pages, and after the last one the run's own row.
    pub(super) fn write(&mut self, tx: &mut dyn Tx, pages: usize) -> Result<(), StoreError> {
        let rest = self.entries.chunks(ENTRIES_PER_PAGE).skip(self.kept).take(pages);
        let pages: Vec<_> = rest
            .map(|page| (page[0].hash, page.iter().flat_map(|e| e.bytes()).collect::<Vec<u8>>()))
            .collect();
        let mut rows = Rows::new();
        for (n, (_, bytes)) in (self.kept..).zip(&pages) {
            rows.push([self.run.page(n).into(), Value::Bytes(bytes)]);
        }
        tx.execute_rows(PUT_PAGE, &rows)?;
        self.run.fences.extend(pages.iter().map(|(first, _)| *first));
        if self.run.fences.len() == self.entries.len().div_ceil(ENTRIES_PER_PAGE) {
            let fences: Vec<u8> = self.run.fences.iter().flat_map(|f| f.to_be_bytes()).collect();
            let Run { number, upto, over_at, .. } = self.run;
            let row = [number.into(), upto.into(), over_at.into(), Value::Bytes(&fences)];
            tx.execute(PUT_RUN, &row)?;
            self.is_whole = true;
        }
        Ok(())
    }

    /// What was written is on disk. The run, if that was the last of it.
    pub(super) fn committed(&mut self) -> Option<Run> {
        self.kept = self.run.fences.len();
        let nothing = Run { number: 0, upto: 0, over_at: 0, fences: Vec::new(), is_gone: false };
        self.is_whole.then(|| std::mem::replace(&mut self.run, nothing))
    }

    /// What was written was taken back.
    pub(super) fn taken_back(&mut self) {
        self.run.fences.truncate(self.kept);
        self.is_whole = false;
    }
}

impl Entry {
    fn bytes(&self) -> [u8; ENTRY_BYTES] {
        let mut out = [0; ENTRY_BYTES];
        let numbers = [self.hash, self.account, self.message, self.slot];
        for (place, number) in out.chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_be_bytes());
        }
        out
    }

    fn read(bytes: &[u8]) -> Self {
        let mut numbers = bytes.chunks_exact(8).map(number);
        let mut next = || numbers.next().unwrap_or_default();
        Self { hash: next(), account: next(), message: next(), slot: next() }
    }
}

fn number(bytes: &[u8]) -> i64 {
    i64::from_be_bytes(bytes.try_into().unwrap_or_default())
}
