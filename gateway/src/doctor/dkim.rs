//! Stage `dkim`: does the DNS have the public halves of the keys that sign carrier mails?

use hickory_resolver::{
    TokioResolver,
    net::{NetError, runtime::TokioRuntimeProvider},
    proto::rr::{RData, RecordType},
};

use super::{Fault, Stage};
use crate::{config::Settings, reachability::Resolver};

/// Records that are asked for at most.
const MAX_RECORDS: usize = 20;

/// What the DNS says under a name.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    /// These texts.
    Records(Vec<String>),
    /// There is nothing.
    Nothing,
    /// It cannot be asked.
    Unknown,
}

pub(super) async fn examine(settings: &Settings) -> Stage {
    let wanted: Vec<(String, String)> = settings.signers.records().take(MAX_RECORDS).collect();
    if wanted.is_empty() {
        return Stage::skip("dkim", "no [[dkim]]: carrier mails are not signed");
    }
    let resolver = resolver(&settings.resolver).ok();
    let mut found = Vec::new();
    for (name, record) in wanted {
        let answer = match &resolver {
            Some(resolver) => ask(resolver, &name).await,
            None => Answer::Unknown,
        };
        found.push((name, record, answer));
    }
    judge(&found)
}

fn judge(found: &[(String, String, Answer)]) -> Stage {
    if found.iter().all(|(_, _, answer)| *answer == Answer::Unknown) {
        return Stage::skip("dkim", "the DNS cannot be asked from here");
    }
    let mut faults = Vec::new();
    for (name, record, answer) in found {
        let todo = format!("publish at {name} a TXT record \"{record}\"");
        match answer {
            Answer::Unknown => {}
            Answer::Nothing => {
                faults.push(Fault::new(
                    format!("there is no TXT record at {name}: no signature verifies"),
                    todo,
                ));
            }
            Answer::Records(records) => {
                let keys: Vec<_> = records.iter().map(|found| key_of(found)).collect();
                if keys.contains(&key_of(record)) {
                    continue;
                }
                let what = match keys.iter().flatten().next() {
                    None => "has no key",
                    // It was taken back (RFC 6376, 3.6.1).
                    Some(key) if key.is_empty() => "revokes the key",
                    Some(_) => "has another key",
                };
                faults.push(Fault::new(
                    format!("the TXT record at {name} {what}: no signature verifies"),
                    todo,
                ));
            }
        }
    }
    Stage::of("dkim", faults, format!("{} keys are published", found.len()))
}

/// The public key in a record (RFC 6376, 3.6.1), white space left out.
fn key_of(record: &str) -> Option<String> {
    let key =
        record.split(';').find_map(|tag| tag.trim().strip_prefix('p')?.trim_start().strip_prefix('='))?;
    Some(key.split_whitespace().collect())
}

fn resolver(resolver: &Resolver) -> Result<TokioResolver, NetError> {
    let (config, options) = resolver.configuration()?;
    TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).with_options(options).build()
}

async fn ask(resolver: &TokioResolver, name: &str) -> Answer {
    match resolver.lookup(format!("{name}."), RecordType::TXT).await {
        Ok(lookup) => {
            let texts = lookup.answers().iter().filter_map(|record| match &record.data {
                RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
                _ => None,
            });
            Answer::Records(texts.collect())
        }
        Err(error) if error.is_no_records_found() || error.is_nx_domain() => Answer::Nothing,
        Err(_) => Answer::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::report::Verdict;

    fn stage(answer: Answer) -> Stage {
        judge(&[("s._domainkey.example.org".to_owned(), "v=DKIM1; k=rsa; p=AAAB".to_owned(), answer)])
    }

    #[test]
    fn records_are_compared_by_their_keys() {
        let records = |text: &str| Answer::Records(vec!["unrelated".to_owned(), text.to_owned()]);
        for good in ["v=DKIM1; k=rsa; p=AAAB", "p=AAAB", "k=rsa ; p = AA AB; t=s"] {
            assert!(!stage(records(good)).has_failed(), "{good}");
        }
        for (bad, what) in [("v=DKIM1; p=AAAC", "another"), ("v=DKIM1; p=", "revokes"), ("v=DKIM1", "has no")]
        {
            let Verdict::Fail(faults) = stage(records(bad)).verdict else { panic!("{bad}") };
            assert!(matches!(faults.as_slice(), [one] if one.what.contains(what)), "{bad}: {faults:?}");
        }
        assert!(stage(Answer::Nothing).has_failed());
        assert_eq!(stage(Answer::Unknown), Stage::skip("dkim", "the DNS cannot be asked from here"));
    }
}
