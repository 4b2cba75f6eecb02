//! Stage `smuggling`: does Postfix refuse a mail hidden in another one at its door?

use super::{Found, Postconf};
use crate::doctor::{Fault, Stage};

pub(super) fn examine(conf: &Postconf, found: &Found) -> Stage {
    let is_back = |name: &str| found.reinjection.as_ref().is_some_and(|back| back.name == name);
    let mut faults = Vec::new();
    for service in conf.listeners().filter(|service| !is_back(&service.name)) {
        let value = conf.of(service, "smtpd_forbid_bare_newline");
        if !matches!(value, Some("yes" | "normalize" | "reject")) {
            let value = value.unwrap_or("not known to this version");
            faults.push(Fault::new(
                format!("smtpd_forbid_bare_newline is {value} for {}: a mail can be smuggled in another one", service.title()),
                "set smtpd_forbid_bare_newline = normalize in main.cf (Postfix 3.5.23, 3.6.13, 3.7.9, 3.8.4 and newer)",
            ));
        }
    }
    Stage::of("smuggling", faults, "bare line feeds end no mail")
}
