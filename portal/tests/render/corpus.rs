//! Finds test material.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The foreign corpus; `None`, with a line that says so, where it is not there.
pub(crate) fn folder() -> Option<PathBuf> {
    let beside = || project().join("../shared/corpus");
    let folder = std::env::var_os("SEALPOST_CORPUS").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("foreign corpus not found: not run");
    None
}

/// All files under `folder` with this extension, sorted.
pub(crate) fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let Ok(entries) = fs::read_dir(next) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The project's own test mails.
pub(crate) fn own_mails() -> Vec<PathBuf> {
    files(&project().join("tests/mails"), "eml")
}

/// The foreign mails, then our own.
pub(crate) fn mails() -> Vec<PathBuf> {
    let foreign = folder().into_iter().flat_map(|folder| {
        ["mails", "mails-synthetic"].into_iter().flat_map(move |part| files(&folder.join(part), "eml"))
    });
    foreign.chain(own_mails()).collect()
}

/// The hostile HTML of the corpus: name, payload, and the address that must not be asked for.
pub(crate) fn payloads() -> Vec<(String, String, Option<String>)> {
    let Some(folder) = folder() else { return Vec::new() };
    let mut lists = files(&folder.join("html-attack"), "json");
    lists.push(folder.join("html-mail/mail-vectors.json"));
    let mut found = Vec::new();
    for list in lists {
        let parsed: Value = serde_json::from_slice(&fs::read(&list).unwrap()).unwrap();
        for case in parsed["cases"].as_array().unwrap() {
            let text = |key: &str| case[key].as_str().map(str::to_owned);
            let id = case["id"].as_str().map_or_else(|| case["id"].to_string(), str::to_owned);
            let name = format!("{}/{id}", list.file_stem().unwrap().display());
            found.push((name, text("payload").unwrap(), text("leak_url")));
        }
    }
    let leaks = folder.join("html-leak/httpleaks.html");
    found.push(("html-leak".into(), fs::read_to_string(leaks).unwrap(), Some("leaking.via".into())));
    found
}
