//! Reads the path of MAIL and RCPT from the line itself, and keeps it verbatim.
//!
//! Ours and not smtp-proto's, because a parsed address cannot be sent on: quotes and escapes are lost, and with them
//! the line between address and parameters. What counts here is that the next hop reads the same path as we do;
//! whether an address makes sense is for policy and next hop to say.

use crate::reply::Reply;

/// Longest path that is taken: a local part of 64 octets, `@`, a domain of 255 octets (RFC 5321 section 4.5.3.1).
/// Longer local parts are taken where the domain is shorter.
const MAX_PATH: usize = 320;

/// Longest domain, and longest label in it.
const MAX_DOMAIN: usize = 255;
const MAX_LABEL: usize = 63;

/// Says whose path it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// MAIL: may be null.
    Sender,
    /// RCPT: may be `postmaster` without a domain.
    Recipient,
}

impl Side {
    /// The reply to a path that is no mailbox.
    fn invalid(self, why: &str) -> Reply {
        match self {
            Self::Sender => Reply::new(501, [5, 1, 7], format!("Bad sender address syntax: {why}")),
            Self::Recipient => Reply::new(501, [5, 1, 3], format!("Bad recipient address syntax: {why}")),
        }
    }
}

/// Parts what stands behind `FROM:` or `TO:` into the path, without its brackets, and the parameters.
///
/// A path without brackets is taken as Postfix takes it: up to the first space.
pub(crate) fn split(text: &str, side: Side) -> Result<(&str, &str), Reply> {
    let text = text.trim_start_matches(' ');
    let Some(inner) = text.strip_prefix('<') else {
        let (path, params) = text.split_once(' ').unwrap_or((text, ""));
        check(path, side)?;
        return if path.is_empty() { Err(side.invalid("no path")) } else { Ok((path, params)) };
    };
    let end = closing_bracket(inner).ok_or_else(|| side.invalid("no closing bracket"))?;
    let (path, rest) = inner.split_at_checked(end).unwrap_or((inner, ">"));
    let params = rest.strip_prefix('>').unwrap_or(rest);
    if !params.is_empty() && !params.starts_with(' ') {
        return Err(side.invalid("text right behind the closing bracket"));
    }
    check(path, side)?;
    Ok((path, params))
}

/// Finds the bracket that ends the path: the first one that is not quoted.
fn closing_bracket(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '>' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// Checks that a path is a mailbox as RFC 5321 and RFC 6531 write it, or null, or `postmaster`.
fn check(path: &str, side: Side) -> Result<(), Reply> {
    if path.is_empty() {
        return if side == Side::Sender { Ok(()) } else { Err(side.invalid("empty")) };
    }
    if path.len() > MAX_PATH {
        return Err(side.invalid("too long"));
    }
    if path.starts_with('@') {
        return Err(Reply::new(550, [5, 1, 3], "Source routes are not supported"));
    }
    if side == Side::Recipient && path.eq_ignore_ascii_case("postmaster") {
        return Ok(());
    }
    // Postfix adds the domain unless `append_at_myorigin` is off, which its manual says must not be. Without one nobody could
    // say whose address it is, and what policy wants with it.
    let Some((local_end, domain)) = split_mailbox(path) else {
        return Err(side.invalid("no domain"));
    };
    let local = path.get(..local_end).unwrap_or_default();
    if !is_local_part(local) {
        return Err(side.invalid("local part"));
    }
    if domain.len() > MAX_DOMAIN || !(is_literal(domain) || domain.split('.').all(is_label)) {
        return Err(side.invalid("domain"));
    }
    Ok(())
}

/// Finds the `@` behind the local part; gives where the local part ends, and the domain.
fn split_mailbox(path: &str) -> Option<(usize, &str)> {
    let from = if path.starts_with('"') { closing_quote(path)? + 1 } else { path.find('@')? };
    Some((from, path.get(from..)?.strip_prefix('@')?))
}

/// Finds the quote that ends a quoted string.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at),
            _ => {}
        }
    }
    None
}

/// Whether a local part is a quoted string, or atoms and dots. Dots may stand anywhere: some providers gave such
/// addresses out.
fn is_local_part(local: &str) -> bool {
    if local.starts_with('"') {
        return true;
    }
    let is_atext = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(c) || !c.is_ascii();
    !local.is_empty() && local.chars().all(is_atext)
}

/// Whether this is an address literal: `[127.0.0.1]`, `[IPv6:::1]`, `[tag:text]`.
fn is_literal(domain: &str) -> bool {
    let Some(inner) = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else { return false };
    let is_dtext = |c: char| c.is_ascii_graphic() && !"[]\\<>\"".contains(c);
    !inner.is_empty() && inner.chars().all(is_dtext)
}

/// Whether this is a label of a domain, ASCII or not. Underscores occur.
fn is_label(label: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || !c.is_ascii();
    let is_edge_hyphen = label.starts_with('-') || label.ends_with('-');
    !label.is_empty() && label.len() <= MAX_LABEL && !is_edge_hyphen && label.chars().all(is_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_verbatim() {
        for (text, path, params) in [
            ("<a@b.example>", "a@b.example", ""),
            ("  <a@b.example> SIZE=1 BODY=8BITMIME", "a@b.example", " SIZE=1 BODY=8BITMIME"),
            ("a@b.example NOTIFY=NEVER", "a@b.example", "NOTIFY=NEVER"),
            ("<postmaster>", "postmaster", ""),
            ("<PostMaster> NOTIFY=NEVER", "PostMaster", " NOTIFY=NEVER"),
            ("<u@[127.0.0.1]>", "u@[127.0.0.1]", ""),
            ("<u@[IPv6:::1]>", "u@[IPv6:::1]", ""),
            (r#"<"a> NOTIFY=NEVER"@d.example>"#, r#""a> NOTIFY=NEVER"@d.example"#, ""),
            (r#"<"a@b"@c.example> X"#, r#""a@b"@c.example"#, " X"),
            (r#"<"a\">b\\"@c.example>"#, r#""a\">b\\"@c.example"#, ""),
            ("<jürgen@exämple.example>", "jürgen@exämple.example", ""),
            ("<a..b.@c.example>", "a..b.@c.example", ""),
            ("<bounce+x=y=example.org@c_d.example>", "bounce+x=y=example.org@c_d.example", ""),
        ] {
            assert_eq!(split(text, Side::Recipient), Ok((path, params)), "{text}");
        }
        assert_eq!(split("<>", Side::Sender), Ok(("", "")));
        assert_eq!(split("<> RET=HDRS", Side::Sender), Ok(("", " RET=HDRS")));
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in [
            "",
            " ",
            "<",
            ">",
            "<>",
            "<<>>",
            "<a>",
            "<@>",
            "<a@>",
            "<@b>",
            "<a@b",
            "a@b>",
            "<a@b>SIZE=1",
            "<a@b>>",
            "<a@b@c>",
            "<a b@c>",
            "<a@b c>",
            "<a@-b>",
            "<a@b->",
            "<a@b..c>",
            "<a@b.>",
            "<a@.b>",
            "<a@[]>",
            "<a@[b>",
            r#"<"a@b>"#,
            r#"<"a"b@c>"#,
            r#"<a"b"@c>"#,
            r#"<"a"@b"c>"#,
            r#"<"a\"@b>"#,
            "<a@[b]c>",
            "<a<b@c>",
            "<@relay.example:b@c.example>",
            "<a@b> <c@d>x<",
        ] {
            let refused = split(text, Side::Recipient)
                .and_then(|(_, params)| super::super::params::parse(params).map(drop));
            let reply = refused.expect_err(text);
            assert!(reply.is_permanent(), "{text}: {reply}");
        }
        assert!(split(&format!("<a@{}>", "b".repeat(64)), Side::Recipient).is_err());
        assert!(split(&format!("<{}@b>", "a".repeat(400)), Side::Recipient).is_err());
    }
}
