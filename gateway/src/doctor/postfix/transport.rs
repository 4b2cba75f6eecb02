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
    let mut faults = Vec::new();
    for one in &found.uses {
        let Some(listener) = settings.listeners.get(one.listener) else { continue };
        let carry_timeout = listener.kind.limits().carry_timeout.as_secs();
        let check = Check { conf, settings, carry_timeout };
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
    settings: &'a Settings,
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
        let places = self.settings.limits.places.count() as u64;
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
        let waits = value("milter_content_timeout").and_then(seconds).unwrap_or(u64::MAX);
        if waits <= self.carry_timeout {
            faults.push(Fault::new(
                format!(
                    "milter_content_timeout is not above the gateway's carry_timeout of {} s",
                    self.carry_timeout
                ),
                "raise milter_content_timeout, or lower carry_timeout",
            ));
        }
        faults
    }
}
