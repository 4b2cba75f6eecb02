//! Stage `transport`: does what hands mails to the gateway hand them over as they are, with all that is known of them, and
//! wait long enough?

use super::{
    Found, Postconf, Service,
    insertion::{Entry, Use},
    postconf::seconds,
};
use crate::{
    config::{Kind, Settings},
    doctor::{Fault, Stage},
};

/// Failed connections in a row after which Postfix leaves a filter alone for minutes; fewer are reached by a restart.
const LEAST_COHORTS: u64 = 10;

pub(super) fn examine(conf: &Postconf, found: &Found, settings: &Settings) -> Stage {
    if found.uses.is_empty() {
        return Stage::skip("transport", "no way to the gateway was found");
    }
    let places = settings.limits.places.count() as u64;
    let mut faults = Vec::new();
    for one in &found.uses {
        let Some(listener) = settings.listeners.get(one.listener) else { continue };
        let carry_timeout = listener.kind.limits().carry_timeout.as_secs();
        let check = Check { conf, places, carry_timeout };
        match &one.entry {
            Entry::Transport(name) => {
                let Some(service) = conf.transport(name) else { continue };
                faults.extend(Check::speaks(service, &listener.kind));
                faults.extend(check.transport(service));
            }
            Entry::Proxy => faults.extend(one.service.as_ref().and_then(|service| check.proxy(service))),
            Entry::Milter => faults.extend(check.milter(one)),
        }
    }
    let mut once: Vec<Fault> = Vec::new();
    for fault in faults {
        if !once.contains(&fault) {
            once.push(fault);
        }
    }
    Stage::of("transport", once, "mails come over as they are, with XFORWARD, and Postfix waits long enough")
}

struct Check<'a> {
    conf: &'a Postconf,
    /// Connections that the gateway takes.
    places: u64,
    carry_timeout: u64,
}

impl Check<'_> {
    /// The transport's program and the listener must speak the same protocol.
    fn speaks(service: &Service, kind: &Kind) -> Option<Fault> {
        let listener = kind.name();
        (service.command != listener).then(|| {
            Fault::new(
                format!(
                    "the transport {} speaks {}, the gateway's listener {listener}",
                    service.name, service.command
                ),
                format!(
                    "let the service {} in master.cf run {listener}, or name another listener",
                    service.title()
                ),
            )
        })
    }

    fn transport(&self, service: &Service) -> Vec<Fault> {
        let prefix = service.command.as_str();
        let mut faults = Vec::new();
        for (name, wanted, loss) in [
            (format!("{prefix}_send_xforward_command"), "yes", "queue IDs and clients are not known"),
            (
                "disable_mime_output_conversion".to_owned(),
                "yes",
                "8-bit mails are re-encoded, which breaks signatures",
            ),
            (format!("{prefix}_line_length_limit"), "0", "long lines are broken"),
        ] {
            let value = self.conf.of(service, &name).unwrap_or_default();
            if value != wanted {
                faults.push(Fault::new(
                    format!("{name} = {value} for the transport {}: {loss}", service.name),
                    format!("add -o {name}={wanted} to the service {} in master.cf", service.title()),
                ));
            }
        }
        faults.extend(self.waits(service, &format!("{prefix}_data_done_timeout")));
        faults.extend(self.processes(service));
        faults.extend(self.cohorts(&service.name));
        faults
    }

    fn waits(&self, service: &Service, name: &str) -> Option<Fault> {
        let value = self.conf.of(service, name).unwrap_or_default();
        let waits = seconds(value)?;
        (waits <= self.carry_timeout).then(|| {
            Fault::new(
                format!("{name} = {value} is not above the gateway's carry_timeout of {} s: mails would come twice", self.carry_timeout),
                format!("raise {name} of {}, or lower carry_timeout", service.title()),
            )
        })
    }

    fn processes(&self, service: &Service) -> Option<Fault> {
        let places = self.places;
        let processes = self.conf.processes(service)?;
        (processes > places).then(|| {
            Fault::new(
                format!("{} may open {processes} connections, the gateway takes {places}", service.title()),
                format!(
                    "raise [server] max_connections, or set maxproc of {} to at most {places}",
                    service.title()
                ),
            )
        })
    }

    fn cohorts(&self, transport: &str) -> Option<Fault> {
        let name = format!("{transport}_destination_concurrency_failed_cohort_limit");
        let value = self.conf.main(&name).unwrap_or("1");
        let cohorts: u64 = value.parse().unwrap_or(1);
        (cohorts != 0 && cohorts < LEAST_COHORTS).then(|| {
            Fault::new(
                format!(
                    "{name} = {value}: after a short outage Postfix leaves the gateway alone for minutes"
                ),
                format!("set {name} = 100 in main.cf"),
            )
        })
    }

    fn proxy(&self, service: &Service) -> Option<Fault> {
        self.waits(service, "smtpd_proxy_timeout")
    }

    fn milter(&self, one: &Use) -> Vec<Fault> {
        let title = one.service.as_ref().map_or_else(|| "main.cf".to_owned(), Service::title);
        let value = |name: &str| match &one.service {
            Some(service) => self.conf.of(service, name),
            None => self.conf.main(name),
        };
        let mut faults = Vec::new();
        let action = value("milter_default_action").unwrap_or_default();
        if action != "tempfail" {
            faults.push(Fault::new(
                format!("milter_default_action = {action} ({title}): without the gateway mails are not kept back, or lost"),
                "set milter_default_action = tempfail",
            ));
        }
        if value("milter_protocol") != Some("6") {
            faults.push(Fault::new(format!("milter_protocol is not 6 ({title})"), "set milter_protocol = 6"));
        }
        // It counts from each word of the gateway, and there is one every ten seconds.
        if value("milter_content_timeout").and_then(seconds).is_some_and(|waits| waits < 30) {
            faults.push(Fault::new(
                format!("milter_content_timeout is below 30 s ({title})"),
                "raise milter_content_timeout",
            ));
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICES: &str = "smtp inet n - n - - smtpd\nsealpost unix - - n - 20 smtp\n";

    fn whats(faults: Vec<Fault>) -> Vec<String> {
        faults.into_iter().map(|fault| fault.what).collect()
    }

    #[test]
    fn each_way_is_checked_by_its_own_settings() {
        let conf = Postconf::parse(
            "milter_default_action = accept\nmilter_protocol = 2\nmilter_content_timeout = 20s\n\
             smtpd_proxy_timeout = 100s\nsmtp_send_xforward_command = no\ndisable_mime_output_conversion = no\n\
             smtp_line_length_limit = 998\nsmtp_data_done_timeout = 600s\n\
             sealpost_destination_concurrency_failed_cohort_limit = 1\n",
            SERVICES,
            "",
        );
        let check = Check { conf: &conf, places: 10, carry_timeout: 600 };
        let (public, transport) = (&conf.services[0], &conf.services[1]);
        let found = whats(check.transport(transport));
        for (said, words) in found.iter().zip([
            "smtp_send_xforward_command = no",
            "disable_mime_output_conversion = no",
            "smtp_line_length_limit = 998",
            "smtp_data_done_timeout = 600s is not above the gateway's carry_timeout of 600 s",
            "sealpost unix may open 20 connections, the gateway takes 10",
            "failed_cohort_limit = 1",
        ]) {
            assert!(said.contains(words), "{said}");
        }
        assert_eq!(found.len(), 6);
        assert!(check.proxy(public).is_some_and(|fault| fault.what.contains("smtpd_proxy_timeout = 100s")));
        let milter = Use { entry: Entry::Milter, service: Some(public.clone()), listener: 0 };
        let found = whats(check.milter(&milter));
        assert!(found[0].contains("milter_default_action = accept (smtp inet)"), "{found:?}");
        assert!(found[1].contains("milter_protocol is not 6") && found[2].contains("milter_content_timeout"));
    }

    #[test]
    fn good_settings_have_no_faults() {
        let conf = Postconf::parse(
            "milter_default_action = tempfail\nmilter_protocol = 6\nmilter_content_timeout = 700s\n\
             sealpost_destination_concurrency_failed_cohort_limit = 100\n",
            SERVICES,
            "sealpost/unix/smtp_send_xforward_command = yes\nsealpost/unix/disable_mime_output_conversion = yes\n\
             sealpost/unix/smtp_line_length_limit = 0\nsealpost/unix/smtp_data_done_timeout = 1200s\n\
             smtp/inet/smtpd_proxy_timeout = 700s\n",
        );
        let check = Check { conf: &conf, places: 20, carry_timeout: 600 };
        let milter = Use { entry: Entry::Milter, service: None, listener: 0 };
        assert_eq!(whats(check.transport(&conf.services[1])), Vec::<String>::new());
        assert_eq!(whats(check.milter(&milter)), Vec::<String>::new());
        assert!(check.proxy(&conf.services[0]).is_none());
    }
}
