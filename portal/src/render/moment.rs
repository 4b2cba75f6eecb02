//! Writes moments as people do, in the zone that they were meant in.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

const DAY: &str = "%A, %-d %B %Y";
const MINUTE: &str = "%A, %-d %B %Y, %H:%M";

/// A day and a time of day, in no zone.
pub(super) fn local(at: DateTime) -> String {
    at.strftime(MINUTE).to_string()
}

/// A day.
pub(super) fn day(at: DateTime) -> String {
    at.strftime(DAY).to_string()
}

/// A moment in the zone of this offset, which is named by it.
pub(super) fn at_offset(at: Timestamp, seconds: i32) -> String {
    let Ok(offset) = Offset::from_seconds(seconds) else { return in_utc(at) };
    if seconds == 0 {
        return in_utc(at);
    }
    let zoned: Zoned = at.to_zoned(TimeZone::fixed(offset));
    zoned.strftime("%A, %-d %B %Y, %H:%M (UTC%:z)").to_string()
}

/// A moment in UTC.
pub(super) fn in_utc(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%A, %-d %B %Y, %H:%M (UTC)").to_string()
}
