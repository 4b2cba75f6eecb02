//! Stage `clock`: is the time right? Expiry, DKIM and Date fields rest on it.

use jiff::Timestamp;

use super::{Stage, portal::Answer};

/// Seconds between two clocks that do no harm.
const TOLERANCE: i64 = 120;

/// The first of January 2026, before this program was written: no clock that is right tells an earlier time.
const WRITTEN: i64 = 1_767_225_600;

/// Compares the clock with the portal's, if that said what time it is.
pub(super) fn examine(portal: Option<&Answer>) -> Stage {
    judge(Timestamp::now().as_second(), portal.and_then(|answer| answer.time))
}

fn judge(now: i64, portal: Option<i64>) -> Stage {
    let todo = "have it set by NTP (systemd-timesyncd, chrony) here and on the portal's host";
    if now < WRITTEN {
        return Stage::fail("clock", "this host's clock is years behind", todo);
    }
    let Some(portal) = portal else {
        return Stage::skip(
            "clock",
            "the portal did not tell the time, and there is nothing else to compare with",
        );
    };
    let apart = now - portal;
    if apart.abs() > TOLERANCE {
        let side = if apart > 0 { "ahead of" } else { "behind" };
        let what = format!("this host's clock is {} s {side} the portal's", apart.abs());
        return Stage::fail("clock", what, todo);
    }
    Stage::pass("clock", "agrees with the portal's")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_compared() {
        let now = WRITTEN + 1000;
        assert!(!judge(now, Some(now - TOLERANCE)).has_failed());
        assert!(judge(now, Some(now - TOLERANCE - 1)).has_failed());
        assert!(judge(now, Some(now + 3600)).has_failed());
        assert!(judge(0, None).has_failed());
        assert_eq!(
            judge(now, None).verdict,
            Stage::skip(
                "clock",
                "the portal did not tell the time, and there is nothing else to compare with"
            )
            .verdict
        );
    }
}
