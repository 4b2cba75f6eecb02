//! Reads what MTA-STS (RFC 8461) publishes: the record in DNS, and the policy.
//!
//! Parsers of foreign bytes, without I/O. What the RFC lets a sender overlook is overlooked; all else is malformed.

use std::time::Duration;

use super::doubt::Doubt;

/// Octets of a policy that are read; RFC 8461 section 3.3 proposes as many.
pub(super) const MAX_POLICY: usize = 64 * 1024;

/// The longest time for which a policy can be meant to hold: a year (section 3.2).
const MAX_AGE: u64 = 31_557_600;

/// A policy in mode `enforce`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Policy {
    /// Patterns of MX hosts, lower-case.
    mx: Vec<String>,
    /// How long it holds.
    pub(super) max_age: Duration,
}

/// Says whether the TXT records under `_mta-sts` announce a policy: of those that are of MTA-STS there must be just one, and
/// that one well-formed (section 3.1).
pub(super) fn check_records(records: &[Vec<u8>]) -> Result<(), Doubt> {
    let mut ours = records.iter().filter(|record| record.starts_with(b"v=STSv1"));
    match (ours.next(), ours.next()) {
        (Some(record), None) if is_record(record) => Ok(()),
        _ => Err(Doubt::PolicyRecord),
    }
}

/// Whether this is `v=STSv1; id=...`, with other fields or without.
fn is_record(record: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(record) else { return false };
    let mut fields = text.split(';').map(str::trim);
    if fields.next() != Some("v=STSv1") {
        return false;
    }
    let mut ids = fields.filter_map(|field| field.strip_prefix("id="));
    let is_id =
        |id: &str| (1..=32).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    ids.next().is_some_and(is_id) && ids.next().is_none()
}

impl Policy {
    /// Reads a policy. Of a field that stands there twice the first one counts, but for `mx` (section 3.2).
    pub(super) fn parse(octets: &[u8]) -> Result<Self, Doubt> {
        let text = std::str::from_utf8(octets).or(Err(Doubt::PolicySyntax("it is not UTF-8")))?;
        let (mut version, mut mode, mut max_age, mut mx) = (None, None, None, Vec::new());
        for line in text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)) {
            if line.trim().is_empty() {
                continue;
            }
            let (key, value) = line.split_once(':').ok_or(Doubt::PolicySyntax("a line has no colon"))?;
            let value = value.trim_matches([' ', '\t']);
            match key.trim_matches([' ', '\t']) {
                "version" => version = version.or(Some(value)),
                "mode" => mode = mode.or(Some(value)),
                "max_age" => max_age = max_age.or(Some(value)),
                "mx" => mx.push(pattern(value).ok_or(Doubt::PolicySyntax("an mx is no pattern"))?),
                _ => {}
            }
        }
        if version != Some("STSv1") {
            return Err(Doubt::PolicySyntax("its version is not STSv1"));
        }
        let max_age = max_age.and_then(age).ok_or(Doubt::PolicySyntax("its max_age is none"))?;
        match mode {
            Some("enforce") if mx.is_empty() => Err(Doubt::PolicySyntax("it has no mx")),
            Some("enforce") => Ok(Self { mx, max_age }),
            Some("testing" | "none") => Err(Doubt::NotEnforced),
            _ => Err(Doubt::PolicySyntax("its mode is none")),
        }
    }

    /// Says whether an MX host may have the mail.
    pub(super) fn check(&self, host: &str) -> Result<(), Doubt> {
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        // A star stands for just one label, the first one (section 4.1).
        let domain = host.split_once('.').map(|(_, domain)| domain);
        let covers = |pattern: &String| match pattern.strip_prefix("*.") {
            Some(of) => domain == Some(of),
            None => *pattern == host,
        };
        if self.mx.iter().any(covers) { Ok(()) } else { Err(Doubt::NotCovered(host)) }
    }
}

fn age(text: &str) -> Option<Duration> {
    let is_figure = (1..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds: u64 = text.parse().ok().filter(|_| is_figure)?;
    (seconds <= MAX_AGE).then(|| Duration::from_secs(seconds))
}

/// Reads a host name, perhaps with a star for its first label.
fn pattern(text: &str) -> Option<String> {
    let name = text.strip_prefix("*.").unwrap_or(text);
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    (name.len() < 254 && name.split('.').all(is_label)).then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records() {
        for (records, expected) in [
            (&["v=STSv1; id=20160831085700Z;"][..], true),
            (&["v=STSv1;id=1"], true),
            (&["v=STSv1; id=1; ext=x"], true),
            (&["v=spf1 -all", "v=STSv1; id=1"], true),
            (&[], false),
            (&["v=spf1 -all"], false),
            (&["v=STSv1; id=1", "v=STSv1; id=2"], false),
            (&["v=STSv1; id=1", "v=STSv1; id=1"], false),
            (&["v=STSv1"], false),
            (&["v=STSv1; id="], false),
            (&["v=STSv1; id=a-b"], false),
            (&["v=STSv1; id=1; id=2"], false),
            (&["v=STSv1; id=123456789012345678901234567890123"], false),
            (&["v=STSv10; id=1"], false),
            (&["id=1; v=STSv1"], false),
            (&["V=STSV1; ID=1"], false),
        ] {
            let octets: Vec<Vec<u8>> = records.iter().map(|record| record.as_bytes().to_vec()).collect();
            assert_eq!(check_records(&octets).is_ok(), expected, "{records:?}");
        }
        assert!(check_records(&[b"v=STSv1; id=1; \xff".to_vec()]).is_err());
    }

    #[test]
    fn policies() {
        let enforce = "version: STSv1\nmode: enforce\nmx: mx.example\nmax_age: 86400\n";
        for (text, expected) in [
            (enforce.to_owned(), Ok(())),
            (enforce.replace('\n', "\r\n"), Ok(())),
            (enforce.trim_end().to_owned(), Ok(())),
            (enforce.replace(": ", ":\t "), Ok(())),
            (format!("{enforce}\n\nx-own: y\n"), Ok(())),
            (format!("{enforce}mode: none\nmax_age: x\n"), Ok(())),
            (enforce.replace("enforce", "testing"), Err(true)),
            (enforce.replace("enforce", "none"), Err(true)),
            (enforce.replace("enforce", "Enforce"), Err(false)),
            (format!("mode: testing\n{enforce}"), Err(true)),
            (enforce.replace("STSv1", "STSv2"), Err(false)),
            (enforce.replace("version", "Version"), Err(false)),
            (enforce.replace("mx: mx.example\n", ""), Err(false)),
            (enforce.replace("mx.example", "mx example"), Err(false)),
            (enforce.replace("mx.example", "*.*.example"), Err(false)),
            (enforce.replace("mx.example", "mx.*.example"), Err(false)),
            (enforce.replace("mx.example", "*"), Err(false)),
            (enforce.replace("mx.example", "mx..example"), Err(false)),
            (enforce.replace("86400", "-1"), Err(false)),
            (enforce.replace("86400", "+1"), Err(false)),
            (enforce.replace("86400", "31557601"), Err(false)),
            (enforce.replace("86400", "99999999999999999999"), Err(false)),
            (enforce.replace("max_age: 86400\n", ""), Err(false)),
            (format!("{enforce}no colon\n"), Err(false)),
            ("<!DOCTYPE html>".to_owned(), Err(false)),
            (String::new(), Err(false)),
        ] {
            let policy =
                Policy::parse(text.as_bytes()).map(|policy| assert!(policy.check("mx.example").is_ok()));
            assert_eq!(policy.map_err(|doubt| doubt == Doubt::NotEnforced), expected, "{text:?}");
        }
        assert!(Policy::parse(b"version: STSv1\xff\n").is_err());
    }

    #[test]
    fn hosts_that_are_covered() {
        let policy = "version: STSv1\nmode: enforce\nmx: MX.example\nmx: *.mail.example\nmax_age: 1\n";
        let policy = Policy::parse(policy.as_bytes()).unwrap();
        for (host, expected) in [
            ("mx.example", true),
            ("Mx.Example.", true),
            ("a.mail.example", true),
            ("A.MAIL.example.", true),
            ("mail.example", false),
            ("a.b.mail.example", false),
            ("amail.example", false),
            ("a.mx.example", false),
            ("mx.example.evil.example", false),
            ("example", false),
            ("", false),
        ] {
            assert_eq!(policy.check(host).is_ok(), expected, "{host}");
        }
    }
}
