//! Undoes the line breaks of `format=flowed` (RFC 3676).

/// Joins the lines of a `format=flowed` text (RFC 3676).
///
/// A line that ends in a space goes on in the next one of the same quote depth, except the signature separator; with
/// `delsp` that space is not part of the text. The space that stuffs a line is removed.
#[must_use]
pub fn unflow(text: &str, delsp: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // The quote depth of the line that goes on.
    let mut flowing: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let body = line.strip_suffix('\n').map_or(line, |l| l.strip_suffix('\r').unwrap_or(l));
        let unquoted = body.trim_start_matches('>');
        let depth = body.len() - unquoted.len();
        let content = unquoted.strip_prefix(' ').unwrap_or(unquoted);
        let separator = content == "-- ";
        let goes_on = flowing == Some(depth) && !separator;
        if !goes_on {
            if flowing.is_some() {
                out.push('\n');
            }
            out.extend(std::iter::repeat_n('>', depth));
            if depth > 0 {
                out.push(' ');
            }
        }
        let flows = content.ends_with(' ') && !separator;
        out.push_str(if flows && delsp { content.strip_suffix(' ').unwrap_or(content) } else { content });
        flowing = flows.then_some(depth);
        if !flows && line.ends_with('\n') {
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flowed_lines() {
        for (text, delsp, expected) in [
            ("a \nb\nc\n", false, "a b\nc\n"),
            ("a \r\nb\r\n", true, "ab\n"),
            ("> a \n> b\nc\n", false, "> a b\nc\n"),
            ("> a \nb\n", false, "> a \nb\n"),
            (">> a \n> b\n", false, ">> a \n> b\n"),
            ("a \n-- \nsig\n", false, "a \n-- \nsig\n"),
            (" From x\n >y\n", false, "From x\n>y\n"),
            ("a ", false, "a "),
        ] {
            assert_eq!(unflow(text, delsp), expected, "{text:?}");
        }
    }
}
