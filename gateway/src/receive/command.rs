//! Understands one command line.
//!
//! XFORWARD, MAIL and RCPT are read here (`path`, `params`); the other verbs are smtp-proto's. What a command
//! does, and whether it may come now, is the session's.

use smtp_proto::Request;

use super::attributes::{Attributes, XCLIENT, XFORWARD};
use super::params::{self, MailParams};
use super::path::{self, Side};
use super::{Path, Protocol};
use crate::reply::Reply;

/// Longest name in HELO, EHLO, LHLO: that of a domain.
const MAX_HELO: usize = 255;

/// A command that is understood.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// EHLO, LHLO or, not `extended`, HELO.
    Hello {
        /// The client's name for itself.
        name: String,
        /// Whether extensions are to be announced.
        extended: bool,
    },
    /// STARTTLS.
    StartTls,
    /// XCLIENT.
    Xclient(Attributes),
    /// XFORWARD.
    Xforward(Attributes),
    /// MAIL.
    Mail(Path, MailParams),
    /// RCPT.
    Rcpt(Path),
    /// DATA.
    Data,
    /// RSET.
    Rset,
    /// NOOP.
    Noop,
    /// VRFY.
    Vrfy,
    /// HELP.
    Help,
    /// QUIT.
    Quit,
}

/// A line that is no command to carry out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is answered, and the session goes on.
    Refused(Reply),
    /// It is answered, and the session ends: what follows may not be commands.
    Fatal(Reply),
}

impl From<Reply> for Fault {
    fn from(reply: Reply) -> Self {
        Self::Refused(reply)
    }
}

/// Understands a command line (without CRLF).
pub(crate) fn parse(line: &str, protocol: Protocol) -> Result<Command, Fault> {
    let line = line.trim_end_matches(' ');
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    match verb.to_ascii_uppercase().as_str() {
        "XFORWARD" => Ok(Command::Xforward(Attributes::parse(rest, "XFORWARD", &XFORWARD)?)),
        "XCLIENT" => Ok(Command::Xclient(Attributes::parse(rest, "XCLIENT", &XCLIENT)?)),
        "MAIL" => mail(rest),
        "RCPT" => rcpt(rest),
        "STARTTLS" if rest.is_empty() => Ok(Command::StartTls),
        "DATA" | "RSET" | "QUIT" | "STARTTLS" if !rest.is_empty() => Err(no_argument().into()),
        "GET" | "POST" | "PUT" | "HEAD" | "OPTIONS" | "CONNECT" | "PRI" => {
            Err(Fault::Fatal(Reply::new(500, [5, 5, 2], "This is no web server")))
        }
        // A chunk would follow whatever the reply says.
        "BDAT" => Err(Fault::Fatal(Reply::new(503, [5, 5, 1], "CHUNKING was not offered"))),
        _ => other(line, rest, protocol),
    }
}

/// Understands a verb that smtp-proto reads. The client's name is taken from the line: smtp-proto ends it at a space.
fn other(line: &str, rest: &str, protocol: Protocol) -> Result<Command, Fault> {
    let line = format!("{line}\r\n");
    match (Request::parse(&mut line.as_bytes().iter()), protocol) {
        (Ok(Request::Helo { .. }), Protocol::Smtp) => hello(rest, false),
        (Ok(Request::Ehlo { .. }), Protocol::Smtp) | (Ok(Request::Lhlo { .. }), Protocol::Lmtp) => {
            hello(rest, true)
        }
        (Ok(Request::Helo { .. } | Request::Ehlo { .. }), Protocol::Lmtp) => {
            Err(Reply::new(500, [5, 5, 1], "This is LMTP: say LHLO").into())
        }
        (Ok(Request::Lhlo { .. }), Protocol::Smtp) => {
            Err(Reply::new(500, [5, 5, 1], "This is SMTP: say EHLO").into())
        }
        (Ok(Request::Data), _) => Ok(Command::Data),
        (Ok(Request::Rset), _) => Ok(Command::Rset),
        (Ok(Request::Noop { .. }), _) => Ok(Command::Noop),
        (Ok(Request::Vrfy { .. }), _) => Ok(Command::Vrfy),
        (Ok(Request::Help { .. }), _) => Ok(Command::Help),
        (Ok(Request::Quit), _) => Ok(Command::Quit),
        (Ok(_), _) => Err(Reply::new(502, [5, 5, 1], "Command not implemented").into()),
        (Err(smtp_proto::Error::SyntaxError { syntax }), _) => {
            Err(Reply::new(501, [5, 5, 4], format!("Syntax: {syntax}")).into())
        }
        (Err(_), _) => Err(unknown(&line).into()),
    }
}

/// The reply to what smtp-proto does not take. AUTH with an unknown mechanism, say, is a known verb.
fn unknown(line: &str) -> Reply {
    match line.get(..4).map(str::to_ascii_uppercase).as_deref() {
        Some("AUTH" | "EXPN" | "ETRN" | "BURL") => Reply::new(502, [5, 5, 1], "Command not implemented"),
        _ => Reply::new(500, [5, 5, 2], "Command not recognised"),
    }
}

fn no_argument() -> Reply {
    Reply::new(501, [5, 5, 4], "This command takes no argument")
}

/// Checks the client's name: what stands in a `Received` field later must be a domain or an address literal.
fn hello(name: &str, extended: bool) -> Result<Command, Fault> {
    let is_name_char = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
    if name.is_empty() || name.len() > MAX_HELO || !name.chars().all(is_name_char) {
        return Err(Reply::new(501, [5, 5, 4], "Not a host name or address literal").into());
    }
    Ok(Command::Hello { name: name.to_owned(), extended })
}

fn mail(rest: &str) -> Result<Command, Fault> {
    let Some(rest) = strip_keyword(rest, "FROM:") else {
        return Err(Reply::new(501, [5, 5, 4], "Syntax: MAIL FROM:<address> [parameters]").into());
    };
    let (raw, params) = path::split(rest, Side::Sender)?;
    let params = params::parse(params)?;
    let said = params::check_mail(&params)?;
    let params = params.into_iter().filter(|param| !params::has_keyword(param, "AUTH")).collect();
    Ok(Command::Mail(Path { raw: raw.to_owned(), params }, said))
}

fn rcpt(rest: &str) -> Result<Command, Fault> {
    let Some(rest) = strip_keyword(rest, "TO:") else {
        return Err(Reply::new(501, [5, 5, 4], "Syntax: RCPT TO:<address> [parameters]").into());
    };
    let (raw, params) = path::split(rest, Side::Recipient)?;
    let params = params::parse(params)?;
    params::check_rcpt(&params)?;
    Ok(Command::Rcpt(Path { raw: raw.to_owned(), params }))
}

/// Takes a keyword off the start, whatever its case.
fn strip_keyword<'a>(text: &'a str, keyword: &str) -> Option<&'a str> {
    let (start, rest) = text.trim_start_matches(' ').split_at_checked(keyword.len())?;
    start.eq_ignore_ascii_case(keyword).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(line: &str, protocol: Protocol) -> String {
        match parse(line, protocol) {
            Ok(command) => format!("{command:?}").split(['(', ' ', '{']).next().unwrap().to_owned(),
            Err(Fault::Refused(reply)) => reply.code().to_string(),
            Err(Fault::Fatal(reply)) => format!("{} and close", reply.code()),
        }
    }

    #[test]
    fn lines_and_what_they_are() {
        for (line, expected) in [
            ("EHLO client.example", "Hello"),
            ("ehlo [192.0.2.1]", "Hello"),
            ("HELO client.example", "Hello"),
            ("EHLO", "501"),
            ("EHLO a b", "501"),
            ("EHLO <script>alert(1)</script>", "501"),
            ("LHLO client.example", "500"),
            ("MAIL FROM:<a@b.example>", "Mail"),
            ("mail from: <>  SIZE=1 ", "Mail"),
            ("MAIL TO:<a@b.example>", "501"),
            ("MAIL", "501"),
            ("MAIL FROM:", "501"),
            ("MAILFROM:<a@b.example>", "500"),
            ("RCPT TO:<a@b.example> NOTIFY=NEVER", "Rcpt"),
            ("RCPT TO:<a@b.example> SIZE=1", "555"),
            ("DATA", "Data"),
            ("DATA ", "Data"),
            ("DATA foo", "501"),
            ("RSET x", "501"),
            ("QUIT now", "501"),
            ("NOOP", "Noop"),
            ("NOOP x y", "Noop"),
            ("VRFY root", "Vrfy"),
            ("EXPN staff", "502"),
            ("HELP", "Help"),
            ("STARTTLS", "StartTls"),
            ("starttls ", "StartTls"),
            ("STARTTLS now", "501"),
            ("AUTH PLAIN AGEAYg==", "502"),
            ("AUTH NOSUCH", "502"),
            ("AUTH", "501"),
            ("ETRN x", "502"),
            ("BDAT 10", "503 and close"),
            ("BDAT 99999999999999999999999 LAST", "503 and close"),
            ("XCLIENT ADDR=127.0.0.1 LOGIN=admin", "Xclient"),
            ("XCLIENT", "501"),
            ("XCLIENT FOO=x", "501"),
            ("XFORWARD NAME=[UNAVAILABLE] ADDR=IPV6:::1 proto=ESMTP", "Xforward"),
            ("XFORWARD", "501"),
            ("XFORWARD LOGIN=admin", "501"),
            ("XFORWARD IDENT=a+0D+0Ab", "501"),
            ("XFORWARD IDENT=", "501"),
            ("PROXY TCP4 127.0.0.1 127.0.0.1 1 25", "500"),
            ("GET / HTTP/1.1", "500 and close"),
            ("post /evil HTTP/1.1", "500 and close"),
            ("", "500"),
            (".", "500"),
            ("Subject: t", "500"),
        ] {
            assert_eq!(code(line, Protocol::Smtp), expected, "{line}");
        }
        for (line, expected) in
            [("LHLO c.example", "Hello"), ("EHLO c.example", "500"), ("HELO c.example", "500")]
        {
            assert_eq!(code(line, Protocol::Lmtp), expected, "{line}");
        }
    }
}
