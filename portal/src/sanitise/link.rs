//! Decides about addresses: where a link may lead, and what would be loaded from outside.

/// Longest address a link may have.
const MAX_LINK: usize = 8 << 10;

/// The address of a link, tidied, if it is one that a reader may follow.
///
/// White space and control characters are removed first, as browsers do: `java\nscript:` is a script.
pub(super) fn followable(source: &str) -> Option<String> {
    let url = tidy(source);
    if url.len() > MAX_LINK {
        return None;
    }
    let (scheme, rest) = url.split_once(':')?;
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => {
            let rest = rest.strip_prefix("//").filter(|rest| !rest.starts_with(['/', '\\']))?;
            Some(format!("{scheme}://{}", without_user(rest)))
        }
        "mailto" | "tel" => (!rest.is_empty()).then_some(url),
        _ => None,
    }
}

/// Takes off what stands for a user before the host: `https://bank.example@a.example/` leads to `a.example`.
fn without_user(rest: &str) -> &str {
    let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    let user = authority.rfind('@').map_or(0, |at| at + 1);
    rest.get(user..).unwrap_or_default()
}

/// Whether an image at this address would be fetched from another computer.
pub(super) fn is_remote(source: &str) -> bool {
    let url = tidy(source).to_ascii_lowercase();
    ["http:", "https:", "ftp:", "//", "\\\\", "/\\", "\\/"].iter().any(|start| url.starts_with(start))
}

/// The address of an image to be loaded from another computer, over https whatever the mail says.
pub(super) fn loadable(source: &str) -> Option<String> {
    let url = tidy(source);
    let rest = url.split_once("//").and_then(|(scheme, rest)| {
        let scheme = scheme.to_ascii_lowercase();
        matches!(scheme.as_str(), "" | "http:" | "https:").then_some(rest)
    })?;
    let has_host = rest.starts_with(|c: char| c.is_alphanumeric() || c == '[');
    let fine = has_host && url.len() <= MAX_LINK && !rest.contains(char::is_whitespace);
    fine.then(|| format!("https://{rest}"))
}

fn tidy(source: &str) -> String {
    let inner = source.trim_matches(|c: char| c.is_control() || c.is_whitespace());
    inner.chars().filter(|c| !c.is_control() && !is_bidi_control(*c)).collect()
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_mail_and_telephone() {
        for source in
            ["https://a.example/?a=1&b=2#c", "HTTP://a.example", "mailto:a@b?subject=x", "tel:+4930"]
        {
            assert_eq!(followable(source).as_deref(), Some(source));
        }
        for (source, expected) in [
            ("https://bank.example@a.example/", "https://a.example/"),
            ("https://u:p@bank.example:443@a.example\\@x", "https://a.example\\@x"),
            ("http://a.example/@x?@y#@z", "http://a.example/@x?@y#@z"),
            ("https://a.example?@x", "https://a.example?@x"),
        ] {
            assert_eq!(followable(source).as_deref(), Some(expected));
        }
        assert_eq!(followable(" ht\ntps://a.example/\u{202E}x ").as_deref(), Some("https://a.example/x"));
        for source in [
            "",
            "x",
            "#x",
            "/logout",
            "//a.example/",
            "http:/a.example",
            "https:a.example",
            "http:///a",
            "https://\\bank.example@a.example/",
            "mailto:",
            "javascript:alert(1)",
            "java\nscript:alert(1)",
            "\u{1}javascript:x",
            "vbscript:x",
            "data:text/html,x",
            "file:///etc/passwd",
            "cid:a@b",
            "mid:a@b",
            "blob:x",
            "about:blank",
            "view-source:http://a",
        ] {
            assert_eq!(followable(source), None, "{source}");
        }
    }

    #[test]
    fn images_from_other_computers() {
        for (source, expected) in [
            ("http://a.example/1", Some("https://a.example/1")),
            (" HTTPS://a.example/1", Some("https://a.example/1")),
            ("//a.example", Some("https://a.example")),
            ("http:///a", None),
            ("https:a", None),
            ("https://a b", None),
            ("javascript://a", None),
            ("data:image/png;base64,//a", None),
            ("x//a", None),
            ("/a", None),
        ] {
            assert_eq!(loadable(source).as_deref(), expected, "{source}");
        }
    }

    #[test]
    fn remote_addresses() {
        for source in ["http://a", " HTTPS:/a", "//a", "\\\\a", "/\\a", "hTTps:\n//a"] {
            assert!(is_remote(source), "{source}");
        }
        for source in ["cid:a", "data:image/png;base64,", "a.png", "/a.png", ""] {
            assert!(!is_remote(source), "{source}");
        }
    }
}
