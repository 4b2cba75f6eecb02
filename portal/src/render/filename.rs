//! Makes the name of an attachment safe to save under.

use super::header::is_disguise;

/// Longest name, in bytes; file systems take 255, and browsers add a number to a second copy.
const MAX_NAME: usize = 180;
/// Longest extension that is kept when a name is shortened.
const MAX_EXTENSION: usize = 20;

/// Names that Windows takes for devices, whatever their extension.
const RESERVED: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"];

/// The safe form of `name`; `None` if nothing of it is left.
///
/// No folder, no control or invisible character, nothing that a file system refuses, no run of blanks (it hides an
/// extension), no dot at either end, of bounded length with its extension kept.
#[must_use]
pub fn safe(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).find(|piece| !piece.trim_matches([' ', '.']).is_empty())?;
    let mut out = String::with_capacity(last.len().min(MAX_NAME));
    for c in last.chars() {
        let c = match c {
            c if is_disguise(c) => continue,
            c if c.is_whitespace() => ' ',
            c if c.is_control() => continue,
            '<' | '>' | ':' | '"' | '|' | '?' | '*' => '_',
            c => c,
        };
        if c != ' ' || !out.ends_with(' ') {
            out.push(c);
        }
    }
    let name = shortened(out.trim_matches([' ', '.']));
    if name.is_empty() {
        return None;
    }
    let stem = name.split('.').next().unwrap_or(&name).trim().to_ascii_lowercase();
    let device = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let numbered = device.is_some_and(|n| {
        matches!(n, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
    });
    Some(if numbered || RESERVED.contains(&stem.as_str()) { format!("_{name}") } else { name })
}

/// Shortens `name` in its stem.
fn shortened(name: &str) -> String {
    if name.len() <= MAX_NAME {
        return name.to_owned();
    }
    let extension =
        name.rsplit_once('.').map(|(_, extension)| extension).filter(|e| e.len() <= MAX_EXTENSION);
    let room = MAX_NAME - extension.map_or(0, |e| e.len() + 1);
    let end = (0..=room).rev().find(|at| name.is_char_boundary(*at)).unwrap_or(0);
    let stem = name.split_at_checked(end).map_or("", |(stem, _)| stem).trim_end_matches([' ', '.']);
    extension.map_or_else(|| stem.to_owned(), |extension| format!("{stem}.{extension}"))
}

/// A name for a part that has none.
pub(super) fn default(media_type: &str, index: usize) -> String {
    let extension = match media_type {
        "text/html" => "html",
        "text/calendar" => "ics",
        "text/csv" => "csv",
        "text/vcard" | "text/x-vcard" => "vcf",
        "text/rtf" | "application/rtf" => "rtf",
        "text/plain"
        | "text/rfc822-headers"
        | "message/delivery-status"
        | "message/disposition-notification" => "txt",
        "message/rfc822" | "message/global" => "eml",
        "application/ms-tnef" | "application/vnd.ms-tnef" => "dat",
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "application/pgp-signature" => "asc",
        "application/pkcs7-signature" | "application/x-pkcs7-signature" => "p7s",
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => "p7m",
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/bmp" => "bmp",
        "image/svg+xml" => "svg",
        _ => "bin",
    };
    format!("attachment-{index}.{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name, expected) in [
            ("report.pdf", Some("report.pdf")),
            ("übersicht 2025.pdf", Some("übersicht 2025.pdf")),
            ("../../etc/passwd", Some("passwd")),
            ("C:\\Users\\x\\a.doc", Some("a.doc")),
            ("a/b/", Some("b")),
            ("invoice\u{202E}fdp.exe", Some("invoicefdp.exe")),
            ("a\u{0}b\r\nc.txt", Some("ab c.txt")),
            ("a.pdf                    .exe", Some("a.pdf .exe")),
            ("a<b>:\"|?*.txt", Some("a_b______.txt")),
            (".htaccess", Some("htaccess")),
            ("a.txt. . ", Some("a.txt")),
            ("CON", Some("_CON")),
            ("con.txt", Some("_con.txt")),
            ("LPT1.log", Some("_LPT1.log")),
            ("company.txt", Some("company.txt")),
            ("", None),
            ("..", None),
            ("/", None),
            ("\u{200B}", None),
        ] {
            assert_eq!(safe(name).as_deref(), expected, "{name:?}");
        }
    }

    #[test]
    fn long_names_keep_their_extension() {
        for long in [format!("{}.pdf", "a".repeat(100_000)), format!("{}.pdf", "ü".repeat(500))] {
            let name = safe(&long).unwrap();
            assert!(name.len() <= MAX_NAME && name.rsplit_once('.').unwrap().1 == "pdf", "{name}");
        }
        assert!(safe(&format!("a.{}", "b".repeat(500))).unwrap().len() <= MAX_NAME);
    }
}
