//! Harmless HTML: its text must stay, all of it.

use std::fmt::Write;

use sealpost_portal::sanitise::{self, RemoteContent};

use crate::{corpus, walk};

#[test]
fn the_text_of_ordinary_mails_is_kept() {
    let Some(folder) = corpus::folder() else { return };
    let files = corpus::files(&folder.join("html-legit"), "html");
    let mut report = String::new();
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        let source = String::from_utf8_lossy(&bytes);
        match sanitise::html(&source, &|_| None, 0, RemoteContent::Blocked) {
            Err(cause) => writeln!(report, "{}: {cause}", file.display()).unwrap(),
            Ok(clean) => {
                let (before, after) = (walk::visible_text(&source), walk::visible_text(&clean.html));
                if before != after {
                    let same = before.chars().zip(after.chars()).take_while(|(a, b)| a == b).count();
                    let near = |text: &str| text.chars().skip(same).take(60).collect::<String>();
                    writeln!(report, "{}: {:?} became {:?}", file.display(), near(&before), near(&after))
                        .unwrap();
                }
            }
        }
    }
    println!("{} documents", files.len());
    assert!(report.is_empty(), "{report}");
}
