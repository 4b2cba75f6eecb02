//! Scores the headers of every page by the rules of the Mozilla Observatory: all must come to an A+.
//!
//! The rules say what each finding is worth (`checklists/observatory-scoring.json` of the corpus); which finding a header
//! is, is decided here, by their descriptions. Findings that a test of one program can't have (certificates, redirects of the
//! reverse proxy) count nothing there.

use std::{collections::HashMap, path::Path};

use serde_json::Value;

use crate::{client::Answer, pages::all_answers};

/// What each finding is worth; `None`, with a line that says so, without the corpus.
fn modifiers() -> Option<HashMap<String, i64>> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let folder = std::env::var_os("SEALPOST_CORPUS").map_or(beside, Into::into);
    let Ok(rules) = std::fs::read(folder.join("checklists/observatory-scoring.json")) else {
        eprintln!("foreign corpus not found: not run");
        return None;
    };
    let rules: Value = serde_json::from_slice(&rules).unwrap();
    let rules = rules["modifiers"].as_array().unwrap();
    let pair = |rule: &Value| (rule["test"].as_str().unwrap().to_owned(), rule["modifier"].as_i64().unwrap());
    Some(rules.iter().map(pair).collect())
}

/// The directives of a policy; one that comes twice is as bad as one that can't be read.
fn directives(policy: &str) -> Option<HashMap<&str, Vec<&str>>> {
    let mut found = HashMap::new();
    for directive in policy.split(';').map(str::trim).filter(|directive| !directive.is_empty()) {
        let mut words = directive.split(' ').filter(|word| !word.is_empty());
        if found.insert(words.next()?, words.collect()).is_some() {
            return None;
        }
    }
    Some(found)
}

fn policy_finding(policy: Option<&str>) -> &'static str {
    let Some(policy) = policy else { return "CspNotImplemented" };
    let Some(found) = directives(policy) else { return "CspHeaderInvalid" };
    let of = |name: &str| found.get(name).or_else(|| found.get("default-src")).cloned().unwrap_or_default();
    let is_wide = |source: &&str| matches!(*source, "'unsafe-inline'" | "data:" | "https:" | "http:" | "*");
    if ["script-src", "object-src"]
        .into_iter()
        .any(|name| of(name).is_empty() || of(name).iter().any(is_wide))
    {
        return "CspImplementedWithUnsafeInline";
    }
    if policy.contains("'unsafe-eval'") {
        return "CspImplementedWithUnsafeEval";
    }
    if policy.contains("http:") {
        return "CspImplementedWithInsecureScheme";
    }
    if of("style-src").iter().any(is_wide) {
        return "CspImplementedWithUnsafeInlineInStyleSrcOnly";
    }
    let is_tight =
        |name: &str| found.get(name).is_some_and(|sources| matches!(sources[..], ["'none'" | "'self'"]));
    if found.get("default-src").is_some_and(|sources| sources[..] == ["'none'"]) && is_tight("form-action") {
        return "CspImplementedWithNoUnsafeDefaultSrcNone";
    }
    "CspImplementedWithNoUnsafe"
}

fn findings(answer: &Answer) -> Vec<&'static str> {
    let header = |name: &str| answer.header(name);
    let policy = header("content-security-policy");
    let cookies: Vec<&str> = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .map(|(_, value)| value.as_str())
        .collect();
    let all = |part: &str| cookies.iter().all(|cookie| cookie.contains(part));
    let cookies = match cookies.is_empty() {
        true => "CookiesNotFound",
        false if !all("; Secure") => "CookiesSessionWithoutSecureFlag",
        false if !all("; HttpOnly") => "CookiesSessionWithoutHttponlyFlag",
        false if all("; SameSite=Strict") || all("; SameSite=Lax") => {
            "CookiesSecureWithHttponlySessionsAndSamesite"
        }
        false => "CookiesSecureWithHttponlySessions",
    };
    let age = header("strict-transport-security")
        .and_then(|value| value.strip_prefix("max-age="))
        .and_then(|value| value.split(';').next()?.parse::<u64>().ok());
    let transport = match age {
        None => "HstsNotImplemented",
        Some(15_768_000..) => "HstsImplementedMaxAgeAtLeastSixMonths",
        Some(_) => "HstsImplementedMaxAgeLessThanSixMonths",
    };
    let referrer = match header("referrer-policy") {
        Some("no-referrer" | "same-origin" | "strict-origin" | "strict-origin-when-cross-origin") => {
            "ReferrerPolicyPrivate"
        }
        Some(_) => "ReferrerPolicyUnsafe",
        None => "ReferrerPolicyNotImplemented",
    };
    let frames = match header("x-frame-options") {
        _ if policy.is_some_and(|policy| policy.contains("frame-ancestors 'none'")) => {
            "XFrameOptionsImplementedViaCsp"
        }
        Some("DENY" | "SAMEORIGIN") => "XFrameOptionsSameoriginOrDeny",
        _ => "XFrameOptionsNotImplemented",
    };
    let sniffing = match header("x-content-type-options") {
        Some("nosniff") => "XContentTypeOptionsNosniff",
        _ => "XContentTypeOptionsNotImplemented",
    };
    let resources = match header("cross-origin-resource-policy") {
        Some("same-origin") => "CrossOriginResourcePolicyImplementedWithSameOrigin",
        Some("same-site") => "CrossOriginResourcePolicyImplementedWithSameSite",
        _ => "CrossOriginResourcePolicyNotImplemented",
    };
    let sharing = match header("access-control-allow-origin") {
        None => "CrossOriginResourceSharingNotImplemented",
        Some(_) => "CrossOriginResourceSharingImplementedWithUniversalAccess",
    };
    vec![policy_finding(policy), cookies, transport, referrer, frames, sniffing, resources, sharing]
}

/// The score as the Observatory adds it up: bonuses count only from 90 on.
fn score(findings: &[&str], modifiers: &HashMap<String, i64>) -> i64 {
    let worth: Vec<i64> = findings
        .iter()
        .map(|finding| *modifiers.get(*finding).unwrap_or_else(|| panic!("no rule is called {finding}")))
        .collect();
    let base = 100 + worth.iter().filter(|worth| **worth < 0).sum::<i64>();
    if base >= 90 { base + worth.iter().filter(|worth| **worth > 0).sum::<i64>() } else { base }
}

#[test]
fn every_page_scores_an_a_plus() {
    let Some(modifiers) = modifiers() else { return };
    // As behind the proxy that ends TLS; the answers name no host.
    for (name, answer) in all_answers("https://portal.example.org") {
        let findings = findings(&answer);
        let score = score(&findings, &modifiers);
        println!("{name}: {score}");
        assert!(score >= 100, "{name}: {score} by {findings:?}");
        assert!(
            name.starts_with("message") || name.starts_with("print") || name == "preview" || score >= 130,
            "{name}"
        );
    }
}

#[test]
fn the_scoring_knows_bad_from_good() {
    for (policy, expected) in [
        (None, "CspNotImplemented"),
        (Some("default-src 'none'; default-src 'self'"), "CspHeaderInvalid"),
        (Some("default-src *"), "CspImplementedWithUnsafeInline"),
        (Some("img-src 'self'"), "CspImplementedWithUnsafeInline"),
        (Some("default-src 'none'; script-src 'self' 'unsafe-eval'"), "CspImplementedWithUnsafeEval"),
        (
            Some("default-src 'none'; style-src 'unsafe-inline'"),
            "CspImplementedWithUnsafeInlineInStyleSrcOnly",
        ),
        (Some("default-src 'none'"), "CspImplementedWithNoUnsafe"),
        (Some("default-src 'none'; form-action 'self'"), "CspImplementedWithNoUnsafeDefaultSrcNone"),
    ] {
        assert_eq!(policy_finding(policy), expected, "{policy:?}");
    }
}
