//! The numbering plan: which ranges of Russian numbers belong to which zone.

use std::{collections::BTreeMap, fmt};

use super::{
    NamedZone, PlanError, plan_csv,
    region::{RegionZone, region_zone},
};

/// The first bytes of a stored plan: its kind and version.
const MAGIC: &[u8; 4] = b"VNP1";
/// The most ranges and rows we hold: twice the state's whole plan, landlines included.
pub(super) const RANGES_MAX: usize = 1_000_000;
/// The most different regions a warning is kept for.
const WARNINGS_MAX: usize = 1_000;

/// Ranges of numbers with the zone of their region; empty until the operator imports one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberingPlan {
    zones: Vec<NamedZone>,
    /// Ascending, disjoint, and neighbours that touch differ in zone.
    ranges: Vec<Range>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    from: u64,
    /// The last number of the range.
    to: u64,
    zone: u8,
}

/// What an import yields: the plan, and the regions it could not place.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The plan without the rows that are warned of.
    pub plan: NumberingPlan,
    /// The rows read, headings and empty lines aside.
    pub rows: usize,
    /// One for each region text that gives no zone, by its first line; at most 1,000.
    pub warnings: Vec<RegionWarning>,
}

/// A region text that gives its rows no zone; other rules will decide for their numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionWarning {
    /// The region as the file writes it.
    pub region: String,
    /// The line on which it appears first.
    pub line: usize,
    /// How many rows have it.
    pub rows: usize,
    /// What is wrong with it.
    pub kind: WarningKind,
}

/// Why a region text gives no zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarningKind {
    /// It names no subject of the federation that we know.
    Unknown,
    /// It names several, and they keep different zones.
    Several,
}

/// Why stored bytes are not a plan: cut short, of another version, or naming an unknown zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanBytesError;

impl fmt::Display for PlanBytesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the stored numbering plan cannot be read: import it again")
    }
}

impl std::error::Error for PlanBytesError {}

impl NumberingPlan {
    /// Reads one file of the state's numbering plan: semicolon-separated text in UTF-8.
    ///
    /// Columns are found by their headings. A region without a zone is warned of, a malformed
    /// row fails the import. Where ranges overlap, the one that begins first keeps its numbers.
    pub fn parse(file: &[u8]) -> Result<Imported, PlanError> {
        let rows = plan_csv::read(file)?;
        let mut known = BTreeMap::new();
        let mut warnings: BTreeMap<&str, RegionWarning> = BTreeMap::new();
        let mut spans = Vec::new();
        for row in &rows {
            let region = row.region.as_ref();
            let kind = match *known.entry(region).or_insert_with(|| region_zone(region)) {
                RegionZone::One(zone) => {
                    spans.push((row.from, row.to, zone));
                    continue;
                }
                RegionZone::Unknown => WarningKind::Unknown,
                RegionZone::Several => WarningKind::Several,
            };
            if let Some(warning) = warnings.get_mut(region) {
                warning.rows += 1;
            } else if warnings.len() < WARNINGS_MAX {
                let region = region.to_owned();
                let warning = RegionWarning { region, line: row.line, rows: 1, kind };
                warnings.insert(row.region.as_ref(), warning);
            }
        }
        let mut warnings: Vec<_> = warnings.into_values().collect();
        warnings.sort_by_key(|warning| warning.line);
        Ok(Imported { plan: NumberingPlan::from_spans(spans), rows: rows.len(), warnings })
    }

    /// Adds another file's ranges; the plan is published in four files, by leading digit.
    ///
    /// Where the two overlap, the range that begins first keeps its numbers.
    #[must_use]
    pub fn merge(&self, other: &NumberingPlan) -> NumberingPlan {
        NumberingPlan::from_spans(self.spans().chain(other.spans()).collect())
    }

    /// The zone of the range that this number lies in.
    pub fn find(&self, phone: u64) -> Option<&NamedZone> {
        let after = self.ranges.partition_point(|range| range.from <= phone);
        let range = self.ranges.get(after.checked_sub(1)?)?;
        (phone <= range.to).then(|| &self.zones[usize::from(range.zone)])
    }

    /// How many ranges the plan holds, neighbours of one zone made one.
    pub fn ranges(&self) -> usize {
        self.ranges.len()
    }

    /// Whether nothing has been imported.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    fn spans(&self) -> impl Iterator<Item = (u64, u64, &str)> {
        self.ranges
            .iter()
            .map(|range| (range.from, range.to, self.zones[usize::from(range.zone)].name()))
    }

    fn from_spans(mut spans: Vec<(u64, u64, &str)>) -> NumberingPlan {
        spans.sort_by_key(|(from, _, _)| *from);
        let mut plan = NumberingPlan::default();
        for (from, to, name) in spans {
            let Some(zone) = plan.zone_index(name) else { continue };
            let from = match plan.ranges.last() {
                Some(last) if from <= last.to => last.to + 1,
                _ => from,
            };
            if from > to {
                continue;
            }
            match plan.ranges.last_mut() {
                Some(last) if last.to + 1 == from && last.zone == zone => last.to = to,
                _ => plan.ranges.push(Range { from, to, zone }),
            }
        }
        plan
    }

    fn zone_index(&mut self, name: &str) -> Option<u8> {
        if let Some(index) = self.zones.iter().position(|zone| zone.name() == name) {
            return u8::try_from(index).ok();
        }
        let index = u8::try_from(self.zones.len()).ok()?;
        self.zones.push(NamedZone::parse(name).ok()?);
        Some(index)
    }

    /// The plan as compact bytes for the store, about five for a range.
    ///
    /// Numbers are unsigned LEB128: the zones' names, then for each range its distance from the
    /// end of the one before, its length less one, and its zone.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        put(&mut bytes, self.zones.len() as u64);
        for zone in &self.zones {
            put(&mut bytes, zone.name().len() as u64);
            bytes.extend_from_slice(zone.name().as_bytes());
        }
        put(&mut bytes, self.ranges.len() as u64);
        let mut end = 0;
        for range in &self.ranges {
            put(&mut bytes, range.from - end);
            put(&mut bytes, range.to - range.from);
            bytes.push(range.zone);
            end = range.to + 1;
        }
        bytes
    }

    /// Reads what [`NumberingPlan::to_bytes`] wrote; anything else is an error, never a panic.
    pub fn from_bytes(bytes: &[u8]) -> Result<NumberingPlan, PlanBytesError> {
        let mut rest = bytes.strip_prefix(MAGIC).ok_or(PlanBytesError)?;
        let mut zones = Vec::new();
        for _ in 0..take_count(&mut rest, usize::from(u8::MAX) + 1)? {
            let length = take_count(&mut rest, 64)?;
            let (name, after) = rest.split_at_checked(length).ok_or(PlanBytesError)?;
            let name = str::from_utf8(name).map_err(|_| PlanBytesError)?;
            zones.push(NamedZone::parse(name).map_err(|_| PlanBytesError)?);
            rest = after;
        }
        let count = take_count(&mut rest, RANGES_MAX)?;
        // A range takes at least three bytes: a false count cannot make us reserve much.
        let mut ranges = Vec::with_capacity(count.min(rest.len() / 3));
        let mut end = 0_u64;
        for _ in 0..count {
            let from = end.checked_add(take(&mut rest)?).ok_or(PlanBytesError)?;
            let to = from.checked_add(take(&mut rest)?).ok_or(PlanBytesError)?;
            let (zone, after) = rest.split_first().ok_or(PlanBytesError)?;
            if usize::from(*zone) >= zones.len() {
                return Err(PlanBytesError);
            }
            ranges.push(Range { from, to, zone: *zone });
            end = to.checked_add(1).ok_or(PlanBytesError)?;
            rest = after;
        }
        if rest.is_empty() { Ok(NumberingPlan { zones, ranges }) } else { Err(PlanBytesError) }
    }
}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let low = number.to_le_bytes()[0] & 0x7f;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

fn take(rest: &mut &[u8]) -> Result<u64, PlanBytesError> {
    let mut number = 0;
    for shift in (0..63).step_by(7) {
        let (byte, after) = rest.split_first().ok_or(PlanBytesError)?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(PlanBytesError)
}

fn take_count(rest: &mut &[u8], max: usize) -> Result<usize, PlanBytesError> {
    match usize::try_from(take(rest)?) {
        Ok(count) if count <= max => Ok(count),
        Ok(_) | Err(_) => Err(PlanBytesError),
    }
}
