//! Stage `next_hop`: is it there, and does it take what the gateway hands on? No mail is sent.

use super::{Fault, Stage};
use crate::{
    config::Settings,
    reinject::{NextHop, Offer, Reinjector},
};

pub(super) async fn examine(settings: &Settings, recipient: Option<&str>) -> Stage {
    let next_hop = &settings.next_hop;
    match Reinjector::new(next_hop.clone()).examine(recipient).await {
        Err(failure) => {
            let cause =
                std::error::Error::source(&failure).map(|cause| format!(": {cause}")).unwrap_or_default();
            Stage::fail(
                "next_hop",
                format!("{next_hop}: {failure}{cause}"),
                "add the re-injection listener of conf/postfix to master.cf, run `postfix reload`, and compare [next_hop] \
                 with it",
            )
        }
        Ok(offer) => {
            Stage::of("next_hop", judge(next_hop, &offer), format!("{next_hop} takes all it has to"))
        }
    }
}

fn judge(next_hop: &NextHop, offer: &Offer) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (keyword, is_offered, loss) in [
        ("8BITMIME", offer.eight_bit_mime, "mails with 8-bit characters are refused"),
        ("SMTPUTF8", offer.smtp_utf8, "mails of international addresses are refused"),
        ("DSN", offer.dsn, "delivery reports that senders ask for get lost"),
        ("XFORWARD", offer.xforward, "Postfix's log and its rules see the gateway as the client"),
    ] {
        if !is_offered {
            faults.push(Fault::new(
                format!("{next_hop} does not offer {keyword}: {loss}"),
                match keyword {
                    "XFORWARD" => "set smtpd_authorized_xforward_hosts=127.0.0.0/8 on that listener",
                    "SMTPUTF8" => "set smtputf8_enable = yes",
                    _ => "take it out of smtpd_discard_ehlo_keywords on that listener",
                },
            ));
        }
    }
    if let Some(reply) = &offer.refused {
        faults.push(Fault::new(
            format!("{next_hop} refuses mail from this host: {reply}"),
            "let this host in: mynetworks and smtpd_recipient_restrictions of that listener",
        ));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::Reply;

    #[test]
    fn each_thing_that_is_missing_is_told() {
        let offer = |missing: &str, refused| Offer {
            eight_bit_mime: missing != "8BITMIME",
            smtp_utf8: missing != "SMTPUTF8",
            dsn: missing != "DSN",
            xforward: missing != "XFORWARD",
            refused,
        };
        let next_hop = NextHop::new("127.0.0.1:12526", "gateway.example.org");
        for missing in ["8BITMIME", "SMTPUTF8", "DSN", "XFORWARD"] {
            let faults = judge(&next_hop, &offer(missing, None));
            assert!(matches!(faults.as_slice(), [one] if one.what.contains(missing)), "{faults:?}");
        }
        assert_eq!(judge(&next_hop, &offer("", None)), []);
        let refused = judge(&next_hop, &offer("", Some(Reply::new(554, [5, 7, 1], "Access denied"))));
        assert!(
            matches!(refused.as_slice(), [one] if one.what.ends_with("from this host: 554 5.7.1 Access denied"))
        );
    }
}
