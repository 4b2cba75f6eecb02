//! Plain text as HTML: escaped, web addresses made links, quotations set off by their level.

/// Longest address made a link.
const MAX_LINK: usize = 2000;
/// Deepest quotation that is set off; what is quoted deeper shows its marks.
const MAX_LEVEL: usize = 6;
/// Most changes of level that are set off in one text.
const MAX_CHANGES: usize = 20_000;

/// Escapes text for HTML content and quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The HTML of a plain text; white space is kept, so it belongs into an element that keeps it too.
///
/// Quotation marks at the start of lines (`>`) become nested `<blockquote>`s.
pub(super) fn html(text: &str) -> String {
    let text = shown(text);
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut level = 0;
    let mut changes = 0;
    for line in text.split_inclusive('\n') {
        let (new, words) = if changes < MAX_CHANGES { quoted(line) } else { (0, line) };
        changes += usize::from(new != level);
        for _ in new..level {
            out.push_str("</blockquote>");
        }
        for _ in level..new {
            out.push_str("<blockquote class=\"quote\">");
        }
        level = new;
        with_links(words, &mut out);
    }
    for _ in 0..level {
        out.push_str("</blockquote>");
    }
    out
}

/// The level of a quoted line, and what it says. A blank may stand after each mark.
fn quoted(line: &str) -> (usize, &str) {
    let mut level = 0;
    let mut rest = line;
    // A mark before "From " was put there by a mailbox file.
    while level < MAX_LEVEL && !rest.starts_with(">From ") {
        let Some(after) = rest.strip_prefix('>').or_else(|| rest.strip_prefix(" >").filter(|_| level > 0))
        else {
            break;
        };
        level += 1;
        rest = after;
    }
    if level > 0 { (level, rest.strip_prefix(' ').unwrap_or(rest)) } else { (0, line) }
}

fn with_links(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some((before, url, after)) = next_link(rest) {
        out.push_str(&escape(before));
        let url = escape(url);
        out.push_str("<a href=\"");
        out.push_str(&url);
        out.push_str("\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">");
        out.push_str(&url);
        out.push_str("</a>");
        rest = after;
    }
    out.push_str(&escape(rest));
}

/// Line ends made LF, control characters and those that force a direction removed.
pub(super) fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                if chars.peek() != Some(&'\n') {
                    out.push('\n');
                }
            }
            '\n' | '\t' => out.push(c),
            '\u{202D}' | '\u{202E}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// The first web address in `text`, with what stands before and after it.
fn next_link(text: &str) -> Option<(&str, &str, &str)> {
    let mut searched = 0;
    loop {
        let colon = searched + text.get(searched..)?.find("://")?;
        searched = colon + 3;
        let Some((before, scheme)) = scheme_before(text, colon) else { continue };
        let tail = text.get(colon + 3..)?;
        let length = link_length(tail);
        if length == 0 || length > MAX_LINK {
            // On behind it: a long word is not searched again from each of its places.
            searched = colon + 3 + length;
            continue;
        }
        let end = colon + 3 + length;
        let start = colon - scheme.len();
        return Some((before, text.get(start..end)?, text.get(end..)?));
    }
}

/// The scheme that ends at `colon`, if it is http or https and begins a word.
fn scheme_before(text: &str, colon: usize) -> Option<(&str, &str)> {
    let head = text.get(..colon)?;
    ["https", "http"].into_iter().find_map(|scheme| {
        let start = colon.checked_sub(scheme.len())?;
        let (before, found) = head.split_at_checked(start)?;
        let begins_word = before.chars().next_back().is_none_or(|c| !c.is_alphanumeric());
        (found.eq_ignore_ascii_case(scheme) && begins_word).then_some((before, found))
    })
}

/// How many bytes of `tail` belong to the address: up to white space or a bracket, less the punctuation of the sentence
/// around it.
fn link_length(tail: &str) -> usize {
    let end = tail.find(|c: char| c.is_whitespace() || c.is_control() || "<>\"`{}|\\^«»“”".contains(c));
    let mut url = tail.split_at_checked(end.unwrap_or(tail.len())).map_or(tail, |(url, _)| url);
    let count = |bracket: char| url.matches(bracket).count();
    // Closing brackets of which the address holds no opening one.
    let mut round = count(')').saturating_sub(count('('));
    let mut square = count(']').saturating_sub(count('['));
    while let Some(last) = url.chars().next_back() {
        match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '…' | '、' | '。' => {}
            ')' if round > 0 => round -= 1,
            ']' if square > 0 => square -= 1,
            _ => break,
        }
        url = url.strip_suffix(last).unwrap_or_default();
    }
    url.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_links() {
        let link = |url: &str| {
            format!("<a href=\"{url}\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">{url}</a>")
        };
        for (text, expected) in [
            ("see https://a.example/x.", format!("see {}.", link("https://a.example/x"))),
            ("(http://a.example/x_(y))", format!("({})", link("http://a.example/x_(y)"))),
            ("<https://a.example/?a=1&b>", format!("&lt;{}&gt;", link("https://a.example/?a=1&amp;b"))),
            ("HTTPS://A.example!", format!("{}!", link("HTTPS://A.example"))),
            ("xhttp://a", "xhttp://a".to_owned()),
            ("ftp://a javascript://a ://", "ftp://a javascript://a ://".to_owned()),
            ("http://", "http://".to_owned()),
            ("http://\"onclick=x", "http://&quot;onclick=x".to_owned()),
            ("<script>&'\"", "&lt;script&gt;&amp;&#39;&quot;".to_owned()),
            ("a\r\nb\rc\u{0}\u{202E}d\te", "a\nb\ncd\te".to_owned()),
        ] {
            assert_eq!(html(text), expected, "{text}");
        }
    }

    #[test]
    fn quotations_are_set_off() {
        let open = "<blockquote class=\"quote\">";
        for (text, expected) in [
            ("> a\n>> b\n> > c\nd", format!("{open}a\n{open}b\nc\n</blockquote></blockquote>d")),
            (">a", format!("{open}a</blockquote>")),
            (">From here\n > x", "&gt;From here\n &gt; x".to_owned()),
            (">>>>>>>> a", format!("{}&gt;&gt; a{}", open.repeat(6), "</blockquote>".repeat(6))),
        ] {
            assert_eq!(html(text), expected, "{text}");
        }
        let restless = ">>>>>>\n\n".repeat(200_000);
        assert!(html(&restless).len() < restless.len() * 10);
    }

    /// A word that is no address, or a too long one, is not searched again from each of its places.
    #[test]
    fn many_broken_addresses_are_skipped() {
        for text in
            [format!("{}x", "http://".repeat(100_000)), format!("http://{} ", ")".repeat(1900)).repeat(1000)]
        {
            assert!(next_link(&text).is_none());
            assert_eq!(html(&text).len(), text.len());
        }
    }
}
