//! The documents name nothing that isn't there: files, links, commands with their flags, settings.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use regex::Regex;
use sealpost_tests::place::{program, project_root};
use sealpost_tests::process::run;

/// One document: where it stands and its text.
struct Document {
    path: String,
    text: String,
}

fn tracked() -> Vec<String> {
    let listing = run(Command::new("git").args(["ls-files", "-z"]).current_dir(project_root())).unwrap();
    let names = String::from_utf8(listing).unwrap();
    names
        .split_terminator('\0')
        .map(str::to_owned)
        .filter(|name| project_root().join(name).exists())
        .collect()
}

fn documents() -> Vec<Document> {
    let names = tracked()
        .into_iter()
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "md"));
    names
        .map(|path| Document { text: std::fs::read_to_string(project_root().join(&path)).unwrap(), path })
        .collect()
}

impl Document {
    /// Returns what stands in back quotes, and the lines of indented or fenced blocks.
    fn code(&self) -> Vec<String> {
        let span = Regex::new(r"`([^`\n]+)`").unwrap();
        let mut found = Vec::new();
        let mut fenced = false;
        for line in self.text.lines() {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
            } else if fenced {
                found.push(line.trim().to_owned());
            } else {
                found.extend(span.captures_iter(line).map(|span| span[1].to_owned()));
            }
        }
        found
    }
}

#[test]
fn links_lead_to_files() {
    let link = Regex::new(r"\]\(([^)\s#:]+)(?:#[^)\s]*)?\)").unwrap();
    for document in documents() {
        let folder = project_root().join(&document.path);
        for found in link.captures_iter(&document.text) {
            let target = folder.parent().unwrap().join(&found[1]);
            assert!(target.exists(), "{} links to {}, which isn't there", document.path, &found[1]);
        }
    }
}

#[test]
fn named_files_exist() {
    let path = Regex::new(r"^[\w.-]+(/[\w.-]+)+$").unwrap();
    let file = Regex::new(r"^[\w./-]+\.(rs|toml|md|py|cf|html|sql|css|js|yml)$").unwrap();
    let tracked = tracked();
    // Other words with a slash are no paths: media types, labels, routes.
    let folders: BTreeSet<_> = tracked.iter().flat_map(|name| name.split('/').rev().skip(1)).collect();
    let mut missing = Vec::new();
    for document in documents() {
        for code in document.code() {
            let word = code.split_whitespace().next().unwrap_or_default().trim_end_matches('/');
            let first = word.split('/').next().unwrap_or_default();
            let is_path = file.is_match(word) || (path.is_match(word) && folders.contains(first));
            let known = tracked.iter().any(|name| {
                name == word
                    || name.ends_with(&format!("/{word}"))
                    || format!("/{name}").contains(&format!("/{word}/"))
            });
            // Postfix has files of its own.
            let foreign = word.starts_with("target/") || ["main.cf", "master.cf"].contains(&word);
            if is_path && !known && !foreign {
                missing.push(format!("{} names {word}", document.path));
            }
        }
    }
    assert!(missing.is_empty(), "not there: {missing:#?}");
}

#[test]
fn named_commands_and_flags_exist() {
    let command = Regex::new(r"^(?:\S+/)?(sealpost-gateway|sealpost-portal)((?: [a-z|]+)*)(.*)$").unwrap();
    let flag = Regex::new(r"--[a-z-]+").unwrap();
    let mut seen = 0;
    for document in documents() {
        for code in document.code() {
            let Some(found) = command.captures(&code) else { continue };
            // "keys generate|show" stands for two commands.
            let words: Vec<_> = found[2].split_whitespace().collect();
            let (last, first) = words.split_last().map_or(("", &[][..]), |(last, first)| (*last, first));
            for last in last.split('|') {
                let mut program = Command::new(program(&found[1]).unwrap());
                program.args(first).args(Some(last).filter(|word| !word.is_empty())).arg("--help");
                let help =
                    run(&mut program).unwrap_or_else(|error| panic!("{}: {code}: {error:#}", document.path));
                let help = String::from_utf8_lossy(&help).into_owned();
                for flag in flag.find_iter(&found[3]) {
                    assert!(
                        help.contains(flag.as_str()),
                        "{}: {code}: there is no {}",
                        document.path,
                        flag.as_str()
                    );
                }
                seen += 1;
            }
        }
    }
    println!("{seen} commands looked at");
}

#[test]
fn named_settings_exist() {
    // `[section]`, `[section] key` and `[[section]]`, as the settings files write them.
    let setting = Regex::new(r"^(\[\[?[a-z_.]+\]\]?)(?: ([a-z_]+))?$").unwrap();
    let files = ["conf/gateway.toml", "conf/policy.toml", "conf/portal.toml"];
    let settings = files.map(|file| std::fs::read_to_string(project_root().join(file)).unwrap());
    for document in documents() {
        for code in document.code() {
            let Some(found) = setting.captures(&code) else { continue };
            let known = settings.iter().any(|text| {
                // The second part of a name with a dot is the admin's.
                let table = found[1].split_inclusive('.').next().unwrap_or_default();
                let is_table = |at: &usize| text[..*at].ends_with(['\n', '#']);
                let Some(at) = text.match_indices(table).map(|(at, _)| at).find(is_table) else {
                    return false;
                };
                let section = text[at + 1..].split("\n[").next().unwrap_or_default();
                let key = found.get(2).map_or("", |key| key.as_str());
                key.is_empty()
                    || section
                        .lines()
                        .any(|line| line.trim_start_matches(['#', ' ']).starts_with(&format!("{key} =")))
            });
            assert!(known, "{} names the setting {code}, which isn't there", document.path);
        }
    }
}

#[test]
fn shipped_settings_of_gateway_and_postfix_name_the_same_ports() {
    let gateway = std::fs::read_to_string(project_root().join("conf/gateway.toml")).unwrap();
    for port in ["12600", "12601", "12526"] {
        assert!(
            gateway.contains(&format!("127.0.0.1:{port}")),
            "conf/postfix uses port {port}, conf/gateway.toml doesn't"
        );
    }
}

/// The sockets outlive a restart of the service only where systemd does not stop the one with the other.
#[test]
fn shipped_units_keep_the_sockets_of_the_gateway_open() {
    let conf = project_root().join("conf");
    let socket = std::fs::read_to_string(conf.join("systemd/sealpost-gateway.socket")).unwrap();
    let settings: toml::Table = std::fs::read_to_string(conf.join("gateway.toml")).unwrap().parse().unwrap();
    let values = |key: &str| -> Vec<String> {
        let lines = socket.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        lines.map(str::to_owned).collect()
    };
    for key in ["PartOf", "BindsTo", "StopPropagatedFrom"] {
        assert_eq!(values(key), [""; 0], "{key}");
    }
    let listeners = settings["listener"].as_array().unwrap();
    let addresses: Vec<&str> =
        listeners.iter().map(|listener| listener["address"].as_str().unwrap()).collect();
    assert_eq!(values("ListenStream"), addresses);
    assert_eq!(values("WantedBy"), ["sockets.target"]);
}
