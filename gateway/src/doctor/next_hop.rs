//! Stage `next_hop`: is it there, and does it take what the gateway hands on? No mail is sent.
//!
//! A listener of our own Postfix has to offer all that keeps a mail whole. A relay host of others offers what it does: what
//! gets lost there is told, and no reason to fail.

use super::{Fault, Stage};
use crate::{
    config::Settings,
    reinject::{NextHop, Offer, Reinjector},
};

/// A keyword that the next hop may lack.
struct Need {
    keyword: &'static str,
    is_offered: bool,
    /// What gets lost without it.
    loss: &'static str,
    /// How a listener of our own comes to offer it.
    todo: &'static str,
    /// Whether a relay host of others has to offer it.
    everywhere: bool,
}

pub(super) async fn examine(settings: &Settings, recipient: Option<&str>, is_own: bool) -> Stage {
    let next_hop = &settings.next_hop;
    match Reinjector::new(next_hop.clone()).examine(recipient).await {
        Err(failure) => {
            let cause =
                std::error::Error::source(&failure).map(|cause| format!(": {cause}")).unwrap_or_default();
            Stage::fail(
                "next_hop",
                format!("{next_hop}: {failure}{cause}"),
                "add the re-injection listener of conf/postfix to master.cf, run `postfix reload`, and compare [next_hop] \
                 with it; of a relay host, see that it can be reached from this host",
            )
        }
        Ok(offer) => judge(next_hop, &offer, is_own),
    }
}

fn judge(next_hop: &NextHop, offer: &Offer, is_own: bool) -> Stage {
    let (mut faults, mut losses) = (Vec::new(), Vec::new());
    for Need { keyword, loss, todo, everywhere, .. } in
        needs(offer).into_iter().filter(|need| !need.is_offered)
    {
        if is_own {
            faults.push(Fault::new(format!("{next_hop} does not offer {keyword}: {loss}"), todo));
        } else if everywhere {
            let todo = "use a relay host that offers it: the gateway converts no mail";
            faults.push(Fault::new(format!("{next_hop} does not offer {keyword}: {loss}"), todo));
        } else {
            losses.push(format!("; without {keyword}, {loss}"));
        }
    }
    if let Some(reply) = &offer.refused {
        let todo = if is_own {
            "let this host in: mynetworks and smtpd_recipient_restrictions of that listener"
        } else {
            "have its operator let this host in, or see credentials_file in [next_hop]"
        };
        faults.push(Fault::new(format!("{next_hop} refuses mail from this host: {reply}"), todo));
    }
    let note = if is_own {
        format!("{next_hop} takes all it has to")
    } else {
        format!("{next_hop}, no listener of this Postfix, takes mail{}", losses.concat())
    };
    Stage::of("next_hop", faults, note)
}

fn needs(offer: &Offer) -> [Need; 4] {
    const DISCARDED: &str = "take it out of smtpd_discard_ehlo_keywords on that listener";
    [
        Need {
            keyword: "8BITMIME",
            is_offered: offer.eight_bit_mime,
            loss: "mails with 8-bit characters are refused",
            todo: DISCARDED,
            everywhere: true,
        },
        Need {
            keyword: "SMTPUTF8",
            is_offered: offer.smtp_utf8,
            loss: "mails of international addresses are refused",
            todo: "set smtputf8_enable = yes",
            everywhere: false,
        },
        Need {
            keyword: "DSN",
            is_offered: offer.dsn,
            loss: "whoever asks for a report of success is told \"relayed\" by Postfix, and no more",
            todo: DISCARDED,
            everywhere: false,
        },
        Need {
            keyword: "XFORWARD",
            is_offered: offer.xforward,
            loss: "its log and its rules see the gateway as the client",
            todo: "set smtpd_authorized_xforward_hosts=127.0.0.0/8 on that listener",
            everywhere: false,
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{doctor::report::Verdict, reply::Reply};

    fn judged(missing: &str, refused: Option<Reply>, is_own: bool) -> Verdict {
        let offer = Offer {
            eight_bit_mime: missing != "8BITMIME",
            smtp_utf8: missing != "SMTPUTF8",
            dsn: missing != "DSN",
            xforward: missing != "XFORWARD",
            refused,
        };
        judge(&NextHop::new("127.0.0.1:12526", "gateway.example.org"), &offer, is_own).verdict
    }

    #[test]
    fn each_thing_that_is_missing_is_told() {
        for missing in ["8BITMIME", "SMTPUTF8", "DSN", "XFORWARD"] {
            let Verdict::Fail(faults) = judged(missing, None, true) else { panic!("{missing}") };
            assert!(matches!(faults.as_slice(), [one] if one.what.contains(missing)), "{faults:?}");
            // Of others only that is asked which no mail server lacks.
            match judged(missing, None, false) {
                Verdict::Fail(faults) => assert!(missing == "8BITMIME" && faults[0].what.contains(missing)),
                Verdict::Pass(note) => assert!(note.contains(&format!("; without {missing}, ")), "{note}"),
                Verdict::Skip(reason) => panic!("{reason}"),
            }
        }
    }

    #[test]
    fn a_refusal_fails_whoever_refuses() {
        for is_own in [true, false] {
            let Verdict::Pass(note) = judged("", None, is_own) else { panic!() };
            assert!(!note.contains("without"), "{note}");
            let refusal = Reply::new(554, [5, 7, 1], "Access denied");
            let Verdict::Fail(faults) = judged("", Some(refusal), is_own) else { panic!() };
            let words = "from this host: 554 5.7.1 Access denied";
            assert!(matches!(faults.as_slice(), [one] if one.what.ends_with(words)), "{faults:?}");
            assert_eq!(faults[0].todo.contains("mynetworks"), is_own);
        }
    }
}
