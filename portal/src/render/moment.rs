//! Moments, in the zone that they were meant in. How they are written is for each language to say.

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

/// A moment as it is shown.
#[derive(Clone, PartialEq, Eq)]
pub enum When {
    /// A day.
    Day(Date),
    /// A day and a time of day, and the zone where it is named here; empty for none.
    Minute(DateTime, String),
    /// What can't be read, as it is.
    Unread(String),
}

impl Default for When {
    fn default() -> Self {
        Self::Unread(String::new())
    }
}

/// A moment in the zone of this offset, which is named by it.
pub(super) fn at_offset(at: Timestamp, seconds: i32) -> When {
    let Ok(offset) = Offset::from_seconds(seconds) else { return in_utc(at) };
    if seconds == 0 {
        return in_utc(at);
    }
    let zoned: Zoned = at.to_zoned(TimeZone::fixed(offset));
    When::Minute(zoned.datetime(), zoned.strftime("UTC%:z").to_string())
}

/// A moment in UTC.
pub(super) fn in_utc(at: Timestamp) -> When {
    When::Minute(at.to_zoned(TimeZone::UTC).datetime(), "UTC".to_owned())
}
