//! Reads Postfix's settings by its own `postconf`, so that what is seen here is what Postfix sees.

use std::{
    collections::BTreeMap,
    io,
    path::Path,
    process::{Command, Stdio},
};

use thiserror::Error;

/// Where Debian and others have it, besides the path.
const PROGRAMS: [&str; 2] = ["postconf", "/usr/sbin/postconf"];

/// Why Postfix's settings are not known.
#[derive(Debug, Error)]
pub(in crate::doctor) enum PostconfError {
    /// There is no such program.
    #[error("there is no postconf on this host")]
    Missing,
    /// It cannot be run.
    #[error("postconf cannot be run: {0}")]
    Run(#[source] io::Error),
    /// It failed.
    #[error("postconf failed: {0}")]
    Failed(String),
}

/// Settings of `main.cf`, defaults included, and the services of `master.cf`.
#[derive(Debug, Default)]
pub(in crate::doctor) struct Postconf {
    main: BTreeMap<String, String>,
    pub(in crate::doctor) services: Vec<Service>,
}

/// One service of `master.cf`.
#[derive(Debug, Clone, Default)]
pub(in crate::doctor) struct Service {
    /// The first column: a name, a port, or an address and a port.
    pub(in crate::doctor) name: String,
    /// The second: `inet`, `unix` ...
    pub(in crate::doctor) kind: String,
    /// The seventh: processes at a time, "-" for the default.
    pub(in crate::doctor) maxproc: String,
    /// The program.
    pub(in crate::doctor) command: String,
    /// Its own settings (`-o`).
    pub(in crate::doctor) options: BTreeMap<String, String>,
}

impl Postconf {
    /// Reads the settings in this folder, or those of the machine.
    pub(in crate::doctor) fn read(folder: Option<&Path>) -> Result<Self, PostconfError> {
        let run = |arguments: &[&str]| run(folder, arguments);
        Ok(Self::parse(&run(&["-x"])?, &run(&["-M"])?, &run(&["-x", "-P"])?))
    }

    /// Takes what `postconf -x`, `postconf -M` and `postconf -x -P` print.
    pub(in crate::doctor) fn parse(main: &str, services: &str, options: &str) -> Self {
        let main =
            main.lines().filter_map(assignment).map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut services: Vec<Service> = services.lines().filter_map(Service::parse).collect();
        for (place, value) in options.lines().filter_map(assignment) {
            // From its end: a service's name may hold a slash, the two others never do.
            let mut parts = place.rsplitn(3, '/');
            let (Some(option), Some(kind), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
                continue;
            };
            for service in services.iter_mut().filter(|service| service.name == name && service.kind == kind)
            {
                service.options.insert(option.to_owned(), value.to_owned());
            }
        }
        Self { main: main.collect(), services }
    }

    /// The value in `main.cf`, or its default.
    pub(in crate::doctor) fn main(&self, name: &str) -> Option<&str> {
        self.main.get(name).map(String::as_str)
    }

    /// The value that a service goes by: its own, or that of `main.cf`.
    pub(in crate::doctor) fn of<'a>(&'a self, service: &'a Service, name: &str) -> Option<&'a str> {
        service.options.get(name).map(String::as_str).or_else(|| self.main(name))
    }

    /// The services that take mail by SMTP.
    pub(in crate::doctor) fn listeners(&self) -> impl Iterator<Item = &Service> {
        self.services.iter().filter(|service| service.command == "smtpd" && service.kind != "unix")
    }

    /// The transport of this name.
    pub(in crate::doctor) fn transport(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.name == name && service.kind == "unix")
    }

    /// Processes that a service may have at a time; `None` is any number.
    pub(in crate::doctor) fn processes(&self, service: &Service) -> Option<u64> {
        let default = self.main("default_process_limit").and_then(|limit| limit.parse().ok()).unwrap_or(100);
        match service.maxproc.parse() {
            Ok(0) => None,
            Ok(processes) => Some(processes),
            Err(_) => Some(default),
        }
    }
}

impl Service {
    fn parse(line: &str) -> Option<Self> {
        let mut columns = line.split_whitespace();
        let (name, kind) = (columns.next()?.to_owned(), columns.next()?.to_owned());
        let (maxproc, command) = (columns.nth(4)?.to_owned(), columns.next()?.to_owned());
        Some(Self { name, kind, maxproc, command, options: BTreeMap::new() })
    }

    /// How `master.cf` and people call it.
    pub(in crate::doctor) fn title(&self) -> String {
        format!("{} {}", self.name, self.kind)
    }
}

fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    Some((name.trim(), value.trim()))
}

/// Reads a time such as `1200s`, `10m` or `1h`; bare numbers are seconds here.
pub(super) fn seconds(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let factor = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

fn run(folder: Option<&Path>, arguments: &[&str]) -> Result<String, PostconfError> {
    for program in PROGRAMS {
        let mut command = Command::new(program);
        if let Some(folder) = folder {
            command.arg("-c").arg(folder);
        }
        match command.args(arguments).stdin(Stdio::null()).output() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(PostconfError::Run(error)),
            Ok(output) if output.status.success() => {
                return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
            }
            Ok(output) => {
                let errors = String::from_utf8_lossy(&output.stderr);
                return Err(PostconfError::Failed(errors.trim().chars().take(300).collect()));
            }
        }
    }
    Err(PostconfError::Missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_of_postconf_is_read() {
        let conf = Postconf::parse(
            "content_filter = sealpost:inet:127.0.0.1:12600\nmynetworks =\ndefault_process_limit = 50\n",
            "smtp       inet  n       -       n       -       -       smtpd\n\
             sealpost   unix  -       -       n       -       20      lmtp -o a=b\n\
             127.0.0.1:12526 inet n - n - 0 smtpd -o content_filter=\n",
            "127.0.0.1:12526/inet/content_filter = \nsealpost/unix/lmtp_data_done_timeout = 1200s\n",
        );
        assert_eq!(conf.main("mynetworks"), Some(""));
        assert_eq!(conf.main("absent"), None);
        let (public, back) = (&conf.services[0], &conf.services[2]);
        assert_eq!(conf.of(public, "content_filter"), Some("sealpost:inet:127.0.0.1:12600"));
        assert_eq!(conf.of(back, "content_filter"), Some(""));
        assert_eq!(conf.listeners().count(), 2);
        let transport = conf.transport("sealpost").unwrap();
        assert_eq!((transport.command.as_str(), conf.processes(transport)), ("lmtp", Some(20)));
        assert_eq!(transport.options["lmtp_data_done_timeout"], "1200s");
        assert_eq!((conf.processes(public), conf.processes(back)), (Some(50), None));
    }

    #[test]
    fn times_are_read() {
        for (text, expected) in [
            ("1200s", Some(1200)),
            ("10m", Some(600)),
            ("1h", Some(3600)),
            ("5", Some(5)),
            ("x", None),
            ("1y", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
