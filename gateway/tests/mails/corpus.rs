//! Mails to test with: the project's own, and the foreign corpus where there is one.

use std::{fs, path::PathBuf};

/// The project's own test mails, in their order.
pub(crate) fn own_mails() -> Vec<(String, Vec<u8>)> {
    mails_in(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/mails"))
}

/// The foreign corpus, where there is one.
pub(crate) fn foreign_mails() -> Vec<(String, Vec<u8>)> {
    let usual = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let corpus = std::env::var_os("SEALPOST_CORPUS").map_or(usual, PathBuf::from);
    if !corpus.is_dir() {
        println!("foreign corpus not found: not run");
        return Vec::new();
    }
    ["mails", "mails-synthetic"].iter().flat_map(|folder| mails_in(&corpus.join(folder))).collect()
}

fn mails_in(folder: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let mut mails = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            mails.extend(mails_in(&path));
        } else if path.extension().is_none_or(|extension| extension != "md")
            && !path.ends_with(".gitattributes")
        {
            mails.push((path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()));
        }
    }
    mails.sort();
    mails
}

/// The mail with every line ended by CRLF, as it comes through an MTA.
pub(crate) fn with_crlf(mail: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(mail.len());
    for (at, byte) in mail.iter().enumerate() {
        if *byte == b'\n' && at.checked_sub(1).is_none_or(|before| mail[before] != b'\r') {
            out.push(b'\r');
        }
        out.push(*byte);
    }
    out
}
