//! Checks the ESMTP parameters of MAIL and RCPT, and keeps them verbatim.
//!
//! Syntax, doubles, sizes and xtext are checked here, as smtp-proto decodes or overlooks them; what the values mean
//! is then smtp-proto's. Parameters of extensions that are not announced are refused with 555.

use smtp_proto::{MAIL_BODY_BINARYMIME, MAIL_SMTPUTF8, MailFrom, RCPT_NOTIFY_NEVER, RcptTo, Request};

use crate::reply::Reply;

/// Longest values, by RFC 3461 sections 4.2 and 4.4.
const MAX_ENVID: usize = 100;
const MAX_ORCPT: usize = 500;

/// What the parameters of MAIL say to us. The next hop gets them verbatim.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MailParams {
    /// The size that the client says the mail has; more digits than a size can have count as the largest.
    pub(crate) size: Option<usize>,
    /// The transaction uses SMTPUTF8.
    pub(crate) utf8: bool,
}

/// Parts parameters and checks their syntax (RFC 5321 section 4.1.2; RFC 6531 section 3.3).
pub(crate) fn parse(text: &str) -> Result<Vec<String>, Reply> {
    let mut params: Vec<String> = Vec::new();
    for param in text.split(' ').filter(|param| !param.is_empty()) {
        let (keyword, value) = keyword_and_value(param);
        if !is_keyword(keyword)
            || value.is_some_and(|value| value.is_empty() || !value.chars().all(is_value_char))
        {
            return Err(Reply::new(501, [5, 5, 4], "Bad parameter syntax"));
        }
        if params.iter().any(|other| keyword_and_value(other).0.eq_ignore_ascii_case(keyword)) {
            return Err(Reply::new(501, [5, 5, 4], format!("Parameter {keyword} given twice")));
        }
        params.push(param.to_owned());
    }
    Ok(params)
}

/// Checks the parameters of MAIL.
pub(crate) fn check_mail(params: &[String]) -> Result<MailParams, Reply> {
    let mut size = None;
    for (keyword, value) in params.iter().map(|param| keyword_and_value(param)) {
        match (keyword.to_ascii_uppercase().as_str(), value) {
            ("SIZE", Some(value)) => size = Some(parse_size(value)?),
            // Who authenticated himself to our client; the next hop knows nobody's name and does not get it (RFC 4954).
            ("AUTH", Some(value)) if is_xtext(value) => {}
            ("ENVID", Some(value)) if value.len() <= MAX_ENVID && is_xtext(value) => {}
            ("BODY" | "RET", Some(_)) | ("SMTPUTF8", None) => {}
            ("SIZE" | "ENVID" | "BODY" | "RET" | "SMTPUTF8" | "AUTH", _) => return Err(bad_value(keyword)),
            _ => return Err(unsupported(keyword)),
        }
    }
    let line = command(
        "MAIL FROM:<>",
        params.iter().filter(|param| !["SIZE", "AUTH"].iter().any(|own| has_keyword(param, own))),
    );
    match Request::parse(&mut line.as_bytes().iter()) {
        Ok(Request::Mail { from: MailFrom { flags, .. } }) if flags & MAIL_BODY_BINARYMIME == 0 => {
            Ok(MailParams { size, utf8: flags & MAIL_SMTPUTF8 != 0 })
        }
        Ok(_) => Err(Reply::new(501, [5, 5, 4], "BODY=BINARYMIME is not supported")),
        Err(error) => Err(from_parser(&error)),
    }
}

/// Checks the parameters of RCPT.
pub(crate) fn check_rcpt(params: &[String]) -> Result<(), Reply> {
    for (keyword, value) in params.iter().map(|param| keyword_and_value(param)) {
        match (keyword.to_ascii_uppercase().as_str(), value) {
            ("NOTIFY", Some(value)) if !has_double(value) => {}
            ("ORCPT", Some(value)) if value.len() <= MAX_ORCPT && is_original_recipient(value) => {}
            ("NOTIFY" | "ORCPT", _) => return Err(bad_value(keyword)),
            _ => return Err(unsupported(keyword)),
        }
    }
    let line = command("RCPT TO:<a@b>", params.iter().filter(|param| !has_keyword(param, "ORCPT")));
    match Request::parse(&mut line.as_bytes().iter()) {
        Ok(Request::Rcpt { to: RcptTo { flags, .. } })
            if flags & RCPT_NOTIFY_NEVER == 0 || flags == RCPT_NOTIFY_NEVER =>
        {
            Ok(())
        }
        Ok(_) => Err(bad_value("NOTIFY")),
        Err(error) => Err(from_parser(&error)),
    }
}

/// Makes the command whose parameters smtp-proto is to read; the path in it is not the client's.
fn command<'a>(start: &str, params: impl Iterator<Item = &'a String>) -> String {
    let mut line = start.to_owned();
    for param in params {
        line.push(' ');
        line.push_str(param);
    }
    line + "\r\n"
}

/// Gives the reply to what smtp-proto does not take.
fn from_parser(error: &smtp_proto::Error) -> Reply {
    match error {
        smtp_proto::Error::UnsupportedParameter { .. } => Reply::new(555, [5, 5, 4], "Unsupported parameter"),
        smtp_proto::Error::InvalidParameter { param } => bad_value(param),
        _ => Reply::new(501, [5, 5, 4], "Bad parameter syntax"),
    }
}

fn bad_value(keyword: &str) -> Reply {
    Reply::new(501, [5, 5, 4], format!("Bad value of parameter {keyword}"))
}

fn unsupported(keyword: &str) -> Reply {
    Reply::new(555, [5, 5, 4], format!("Unsupported parameter {keyword}"))
}

/// Parts one parameter.
fn keyword_and_value(param: &str) -> (&str, Option<&str>) {
    param.split_once('=').map_or((param, None), |(keyword, value)| (keyword, Some(value)))
}

pub(crate) fn has_keyword(param: &str, keyword: &str) -> bool {
    keyword_and_value(param).0.eq_ignore_ascii_case(keyword)
}

fn is_keyword(keyword: &str) -> bool {
    keyword.starts_with(|c: char| c.is_ascii_alphanumeric())
        && keyword.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn is_value_char(c: char) -> bool {
    !c.is_ascii() || (c.is_ascii_graphic() && c != '=')
}

/// Reads a size of at most 20 digits (RFC 1870 section 3).
fn parse_size(value: &str) -> Result<usize, Reply> {
    if value.len() > 20 || !value.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad_value("SIZE"));
    }
    Ok(value.parse().unwrap_or(usize::MAX))
}

/// Whether a list names something twice.
fn has_double(list: &str) -> bool {
    let items: Vec<_> = list.split(',').collect();
    items
        .iter()
        .enumerate()
        .any(|(at, item)| items.iter().skip(at + 1).any(|other| other.eq_ignore_ascii_case(item)))
}

/// Whether a value is xtext (RFC 3461 section 4) of printable characters: no line break hides in it.
pub(crate) fn is_xtext(value: &str) -> bool {
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        let decoded = match byte {
            b'+' => match (bytes.next().and_then(hex_digit), bytes.next().and_then(hex_digit)) {
                (Some(high), Some(low)) => high * 16 + low,
                _ => return false,
            },
            33..=126 => byte,
            _ => return false,
        };
        if decoded.is_ascii_control() {
            return false;
        }
    }
    true
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Whether a value is an original recipient: `type;address`, the address in xtext, or for `utf-8` (RFC 6533
/// section 3) also in UTF-8 or with `\x{…}`.
fn is_original_recipient(value: &str) -> bool {
    let Some((kind, address)) = value.split_once(';') else { return false };
    let is_utf8 = kind.eq_ignore_ascii_case("utf-8");
    is_keyword(kind) && !address.is_empty() && (is_utf8 || is_xtext(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(text: &str) -> Result<MailParams, u16> {
        parse(text).and_then(|params| check_mail(&params)).map_err(|reply| reply.code())
    }

    fn rcpt(text: &str) -> Result<(), u16> {
        parse(text).and_then(|params| check_rcpt(&params)).map_err(|reply| reply.code())
    }

    #[test]
    fn parameters_of_mail() {
        let ok = |size, utf8| Ok(MailParams { size, utf8 });
        for (text, expected) in [
            ("", ok(None, false)),
            (" SIZE=2447 BODY=8BITMIME ENVID=abc+2B1 RET=HDRS SMTPUTF8", ok(Some(2447), true)),
            (" size=0 body=7bit ret=full smtputf8", ok(Some(0), true)),
            (" SIZE=99999999999999999999", ok(Some(usize::MAX), false)),
            (" SIZE=999999999999999999999", Err(501)),
            (" SIZE=-1", Err(501)),
            (" SIZE=+1", Err(501)),
            (" SIZE=1 SIZE=2", Err(501)),
            (" SIZE=1 size=2", Err(501)),
            (" SIZE=", Err(501)),
            (" SIZE", Err(501)),
            (" BODY=BINARYMIME", Err(501)),
            (" BODY=9BIT", Err(501)),
            (" RET=NONE", Err(501)),
            (" RET", Err(501)),
            (" SMTPUTF8=1", Err(501)),
            (" ENVID=a+0D+0Ab", Err(501)),
            (" ENVID=a+2", Err(501)),
            (" ENVID=ü", Err(501)),
            (" AUTH=<>", ok(None, false)),
            (" AUTH=alice+40example.org SIZE=1", ok(Some(1), false)),
            (" AUTH=a+0Ab", Err(501)),
            (" AUTH", Err(501)),
            (" XVERP", Err(555)),
            (" SIZE=1 X=y", Err(555)),
            (" FOO==", Err(501)),
            (" =x", Err(501)),
            (" -x=y", Err(501)),
        ] {
            assert_eq!(mail(text), expected, "{text}");
        }
        assert_eq!(mail(&format!(" ENVID={}", "a".repeat(101))), Err(501));
    }

    #[test]
    fn parameters_of_rcpt() {
        for (text, expected) in [
            ("", Ok(())),
            (" ORCPT=rfc822;bob-orig@lab.test NOTIFY=SUCCESS,FAILURE,DELAY", Ok(())),
            (" NOTIFY=NEVER", Ok(())),
            (" notify=never orcpt=RFC822;a", Ok(())),
            (" ORCPT=rfc822;j+C3+BCrgen@lab.test", Ok(())),
            (" ORCPT=utf-8;jürgen@lab.test", Ok(())),
            (r" ORCPT=utf-8;j\x{FC}rgen@lab.test", Ok(())),
            (" ORCPT=x400;/c+3Dde", Ok(())),
            (" NOTIFY=NEVER,SUCCESS", Err(501)),
            (" NOTIFY=SUCCESS,success", Err(501)),
            (" NOTIFY=NEVER NOTIFY=NEVER", Err(501)),
            (" NOTIFY=SOMETIMES", Err(501)),
            (" NOTIFY", Err(501)),
            (" ORCPT=rfc822;b+0D+0ARCPT", Err(501)),
            (" ORCPT=rfc822;b+0", Err(501)),
            (" ORCPT=rfc822;", Err(501)),
            (" ORCPT=bob@lab.test", Err(501)),
            (" SIZE=1", Err(555)),
            (" RRVS=2014-04-03T23:01:00Z", Err(555)),
        ] {
            assert_eq!(rcpt(text), expected, "{text}");
        }
    }
}
