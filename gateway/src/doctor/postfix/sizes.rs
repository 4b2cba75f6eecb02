//! Stage `sizes`: does the gateway take every mail that Postfix takes?

use super::Postconf;
use crate::{config::Settings, doctor::Stage};

pub(super) fn examine(conf: &Postconf, settings: &Settings) -> Stage {
    let largest = settings.limits.max_message_size as u64;
    let limit: u64 = conf.main("message_size_limit").and_then(|limit| limit.parse().ok()).unwrap_or(0);
    if limit == 0 {
        return Stage::fail(
            "sizes",
            format!(
                "message_size_limit = 0: Postfix takes mails of any size, the gateway up to {largest} bytes"
            ),
            format!("set message_size_limit to at most {largest}"),
        );
    }
    if limit > largest {
        return Stage::fail(
            "sizes",
            format!(
                "message_size_limit = {limit} is above the gateway's max_message_size = {largest}: such mails bounce"
            ),
            "raise [server] max_message_size, or lower message_size_limit",
        );
    }
    Stage::pass("sizes", format!("Postfix takes {limit} bytes, the gateway {largest}"))
}
