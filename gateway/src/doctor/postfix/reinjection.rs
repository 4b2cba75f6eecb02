//! Stage `reinjection`: does Postfix's listener for what comes back leave the filter out? Else mails go round in circles.

use super::{Found, Postconf, Service};
use crate::doctor::{Fault, Stage};

pub(super) fn examine(conf: &Postconf, found: &Found) -> Stage {
    let Some(service) = &found.reinjection else {
        return Stage::skip("reinjection", "[next_hop] is no listener of this Postfix");
    };
    Stage::of(
        "reinjection",
        faults(conf, service),
        format!("{} takes what comes back, unfiltered", service.title()),
    )
}

fn faults(conf: &Postconf, service: &Service) -> Vec<Fault> {
    let value = |name: &str| conf.of(service, name).unwrap_or_default();
    let title = service.title();
    let mut faults = Vec::new();
    for name in ["content_filter", "smtpd_proxy_filter"] {
        if !value(name).is_empty() {
            faults.push(Fault::new(
                format!("{name} = {} for {title}: what comes back is filtered again", value(name)),
                format!("add -o {name}= to the service {title} in master.cf"),
            ));
        }
    }
    let has_no_milters = value("receive_override_options").split([',', ' ']).any(|word| word == "no_milters");
    let has_milters = !value("smtpd_milters").is_empty() || !value("non_smtpd_milters").is_empty();
    if has_milters && !has_no_milters {
        faults.push(Fault::new(
            format!("{title} asks milters again"),
            format!("add no_milters to receive_override_options of {title}"),
        ));
    }
    if value("smtpd_authorized_xforward_hosts").is_empty() {
        faults.push(Fault::new(
            format!("{title} takes no XFORWARD: Postfix's log shows the gateway as the client of all mails"),
            format!("add -o smtpd_authorized_xforward_hosts=127.0.0.0/8 to the service {title}"),
        ));
    }
    faults
}
