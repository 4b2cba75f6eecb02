//! `check`: what keeps the portal from running with these settings, and what will not come out as meant.

use std::{
    io::{self, Write as _},
    path::Path,
};

use anyhow::{Context as _, bail};
use tokio::runtime::Runtime;

use crate::{
    authenticate::provider::Providers,
    config::{self, Settings, Store},
    privacy::OwnText,
    state,
    usage::admin::AdminToken,
};

pub(super) fn run(config: &Path, json: bool) -> anyhow::Result<()> {
    let (problems, warnings) = match Settings::load(config) {
        Ok(settings) => (problems(&settings, config), warnings(&settings)),
        Err(error) => (vec![error.into()], Vec::new()),
    };
    let mut out = io::stdout().lock();
    if json {
        let errors: Vec<String> = problems.iter().map(|problem| format!("{problem:#}")).collect();
        let said = serde_json::json!({ "ok": errors.is_empty(), "errors": errors, "warnings": warnings });
        writeln!(out, "{said}")?;
    } else {
        let name = config.display();
        warnings.iter().try_for_each(|warning| writeln!(io::stderr(), "{name}: warning: {warning}"))?;
        problems.iter().try_for_each(|problem| writeln!(io::stderr(), "{problem:#}"))?;
        if problems.is_empty() {
            writeln!(out, "{name}: ok")?;
        }
    }
    if problems.is_empty() { Ok(()) } else { bail!("{}: not usable", config.display()) }
}

pub(super) fn require_gateway(settings: &Settings, config: &Path) -> anyhow::Result<()> {
    if settings.gateways.is_empty() {
        bail!("{}: there is no [[gateway]], so no envelope would be opened", config.display());
    }
    Ok(())
}

/// All that keeps the portal from running with these settings.
fn problems(settings: &Settings, config: &Path) -> Vec<anyhow::Error> {
    [
        require_gateway(settings, config),
        crate::keys::opening_keys(&settings.keys).map(drop).map_err(Into::into),
        crate::keys::state_key(&settings.keys.state_key).map(drop).map_err(Into::into),
        Providers::start(settings).map(drop).map_err(Into::into),
        reach_state(&settings.state),
        settings
            .usage
            .admin_token_file
            .as_deref()
            .map_or(Ok(()), |file| Ok(AdminToken::read(file).map(drop)?)),
        settings.privacy.own.as_ref().map_or(Ok(()), |own| Ok(OwnText::read(own).map(drop)?)),
    ]
    .into_iter()
    .filter_map(Result::err)
    .collect()
}

/// Whether the database can be there when the portal wants it.
fn reach_state(settings: &config::State) -> anyhow::Result<()> {
    match &settings.store {
        Store::Sqlite(file) => {
            let directory = file.parent().unwrap_or(Path::new("/"));
            directory.is_dir().then_some(()).with_context(|| {
                format!("{}: the directory for the database does not exist", directory.display())
            })
        }
        Store::Postgres { .. } => Runtime::new()?
            .block_on(state::reach(settings))
            .context("the database of [state] can't be reached"),
    }
}

/// What the portal runs with all the same.
fn warnings(settings: &Settings) -> Vec<&'static str> {
    let passcode = &settings.passcode;
    let all_from_one = passcode.per_envelope > passcode.per_address / 2;
    let spf = |answer: &config::Answer| {
        answer
            .envelope_sender
            .as_ref()
            .is_none_or(|sender| are_aligned(sender.domain(), answer.from.domain()))
    };
    let trusted = |answer: &config::Answer| {
        let patterns = settings.gateways.iter().flat_map(|gateway| gateway.domains.patterns());
        patterns.into_iter().any(|pattern| pattern.matches(answer.from.domain()))
    };
    let answer = settings.answer.as_ref();
    [
        (
            all_from_one,
            "[passcode] per_envelope is more than half of per_address: whoever has got hold of one message can use up \
             what its recipient needs for his others",
        ),
        (
            !answer.is_none_or(spf),
            "[answer] envelope_sender is in another domain than from, neither of which lies below the other: SPF does not \
             count towards DMARC, so that answers pass it by DKIM alone",
        ),
        (
            !answer.is_none_or(trusted),
            "[answer] from is in a domain that no [[gateway]] may seal for, so nobody outside can open answers",
        ),
    ]
    .into_iter()
    .filter_map(|(is_so, words)| is_so.then_some(words))
    .collect()
}

/// Whether SPF for the one domain counts for mail from the other (RFC 7489, 3.1.2), as far as that can be told without knowing where
/// organisations' domains begin: two that lie beside each other may be aligned, and are not taken to be.
fn are_aligned(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_ascii_lowercase(), other.to_ascii_lowercase());
    let lies_below = |inner: &str, outer: &str| {
        inner.strip_suffix(outer).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    lies_below(&one, &other) || lies_below(&other, &one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_aligned_with_those_below_them() {
        for (one, other, aligned) in [
            ("example.org", "Example.ORG", true),
            ("bounces.example.org", "example.org", true),
            ("example.org", "mail.example.org", true),
            ("badexample.org", "example.org", false),
            ("a.example.org", "b.example.org", false),
            ("example.net", "example.org", false),
        ] {
            assert_eq!(are_aligned(one, other), aligned, "{one} {other}");
        }
    }
}
