//! The zones that a number's leading digits may stand for, by the longest known prefix.

use super::{
    NamedZone,
    prefix_table::{LIST_STARTS, LIST_ZONES, LISTS, PREFIXES, ZONES},
};

/// The digits of the longest prefix in the table.
const DIGITS_MAX: u32 = 9;

/// The zone of this number, if all that its longest known prefix may stand for agree now.
pub(super) fn single_offset_zone(phone: u64, now_ms: i64) -> Option<NamedZone> {
    let mut zones = zone_names(phone).map(|name| NamedZone::parse(name).ok());
    let first = zones.next()??;
    let offset = first.offset_at(now_ms);
    zones.all(|zone| zone.is_some_and(|zone| zone.offset_at(now_ms) == offset)).then_some(first)
}

/// The names of the zones of the longest known prefix; none if no prefix is known.
pub(super) fn zone_names(phone: u64) -> impl Iterator<Item = &'static str> {
    let list = longest_prefix(phone).map_or(0..0, |row| {
        let list = usize::from(LISTS[row]);
        usize::from(LIST_STARTS[list])..usize::from(LIST_STARTS[list + 1])
    });
    LIST_ZONES[list].iter().map(|zone| ZONES[usize::from(*zone)])
}

/// The row of the longest prefix in the table that the number begins with.
fn longest_prefix(phone: u64) -> Option<usize> {
    let digits = phone.checked_ilog10()? + 1;
    (1..=digits.min(DIGITS_MAX)).rev().find_map(|length| {
        let prefix = u32::try_from(phone / 10_u64.pow(digits - length)).ok()?;
        PREFIXES.binary_search(&prefix).ok()
    })
}
