//! Licences, sources and crates of what we depend on, by the lists in `deny.toml`: what `cargo deny` checks, for where
//! it isn't installed. (Advisories it can't check; their database is on the network.)

use std::collections::BTreeSet;
use std::process::Command;

use sealpost_tests::place::project_root;
use sealpost_tests::process::run;
use serde_json::Value;

fn deny() -> toml::Table {
    std::fs::read_to_string(project_root().join("deny.toml")).unwrap().parse().unwrap()
}

/// Returns Cargo's description of every crate that's built on Linux; `cargo metadata` alone names more than those.
fn packages() -> Vec<Value> {
    let cargo = |arguments: &[&str]| {
        run(Command::new(env!("CARGO")).args(arguments).args(["--locked"]).current_dir(project_root()))
            .unwrap()
    };
    let tree = cargo(&["tree", "--workspace", "--edges=all", "--prefix=none", "--format={p}"]);
    let used: BTreeSet<_> = String::from_utf8(tree)
        .unwrap()
        .lines()
        .filter_map(|line| line.split_once(" v"))
        .map(|(name, rest)| (name.to_owned(), rest.split(' ').next().unwrap_or_default().to_owned()))
        .collect();
    let metadata: Value = serde_json::from_slice(&cargo(&["metadata", "--format-version=1"])).unwrap();
    let text = |package: &Value, key: &str| package[key].as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .filter(|package| used.contains(&(text(package, "name"), text(package, "version"))))
        .cloned()
        .collect()
}

/// Tells whether an SPDX expression can be met by allowed licences; `AND` binds closer than `OR`.
fn allowed(expression: &str, list: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<_> = spaced.split_whitespace().collect();
    let (met, rest) = any_of(&words, list);
    assert!(rest.is_empty(), "not understood: {expression}");
    met
}

fn any_of<'a>(words: &'a [&'a str], list: &[String]) -> (bool, &'a [&'a str]) {
    let (mut met, mut rest) = all_of(words, list);
    while let ["OR", tail @ ..] = rest {
        let (other, after) = all_of(tail, list);
        (met, rest) = (met || other, after);
    }
    (met, rest)
}

fn all_of<'a>(words: &'a [&'a str], list: &[String]) -> (bool, &'a [&'a str]) {
    let (mut met, mut rest) = one(words, list);
    while let ["AND", tail @ ..] = rest {
        let (other, after) = one(tail, list);
        (met, rest) = (met && other, after);
    }
    (met, rest)
}

fn one<'a>(words: &'a [&'a str], list: &[String]) -> (bool, &'a [&'a str]) {
    match words {
        ["(", inner @ ..] => {
            let (met, rest) = any_of(inner, list);
            assert_eq!(rest.first(), Some(&")"));
            (met, &rest[1..])
        }
        // An exception only adds permissions, so the licence itself decides.
        [licence, "WITH", _, rest @ ..] | [licence, rest @ ..] => {
            (list.iter().any(|name| name == licence), rest)
        }
        [] => panic!("an expression ends early"),
    }
}

#[test]
fn licences_are_compatible() {
    let deny = deny();
    let list: Vec<_> = deny["licenses"]["allow"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap().to_owned())
        .collect();
    for (expression, met) in [
        ("MIT", true),
        ("MIT OR Foo", true),
        ("MIT AND Foo", false),
        ("Foo AND (MIT OR Bar)", false),
        ("MIT/Foo", true),
        ("Foo", false),
    ] {
        assert_eq!(allowed(expression, &list), met, "{expression}");
    }
    for package in packages() {
        let licence =
            package["license"].as_str().unwrap_or_else(|| panic!("{} states no licence", package["name"]));
        assert!(allowed(licence, &list), "{}: {licence} is not on the list in deny.toml", package["name"]);
    }
}

#[test]
fn no_banned_crate_and_no_foreign_source() {
    let deny = deny();
    let banned: Vec<_> = deny["bans"]["deny"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["crate"].as_str().unwrap().to_owned())
        .collect();
    let registries: Vec<_> = deny["sources"]["allow-registry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|url| format!("registry+{}", url.as_str().unwrap()))
        .collect();
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        assert!(!banned.iter().any(|ban| ban == name), "{name} is banned in deny.toml");
        if let Some(source) = package["source"].as_str() {
            assert!(registries.iter().any(|registry| registry == source), "{name} comes from {source}");
        }
    }
}
