//! Takes apart what recipients get: the carrier mail with its `message.html` and link, and the mail with a passcode.

use anyhow::{Context, Result, bail};
use mail_parser::{Message, MessageParser, MimeHeaders};
use regex::Regex;

use crate::reader::unescape;
use crate::secrets::contains;

/// Where the text form of an envelope begins.
pub const BEGIN: &[u8] = b"-----BEGIN SEALPOST ENVELOPE-----";

/// Tells whether a mail is a carrier mail.
#[must_use]
pub fn is_sealed(mail: &[u8]) -> bool {
    contains(mail, BEGIN)
}

/// Returns the `message.html` of a carrier mail, as a mail program saves it.
pub fn message_html(mail: &[u8]) -> Result<Vec<u8>> {
    let message = parse(mail)?;
    let part = message.attachments().find(|part| part.attachment_name() == Some("message.html"));
    Ok(part.context("no attachment named message.html")?.contents().to_vec())
}

/// Returns the link of a carrier mail that holds the whole envelope, if it has one.
pub fn link(mail: &[u8]) -> Result<Option<String>> {
    let html = parse(mail)?.body_html(0).context("no HTML in the carrier mail")?.into_owned();
    let link = Regex::new(r#"href="([^"]*#[^"]*)""#)?;
    Ok(link.captures(&html).map(|found| unescape(&found[1])))
}

/// Returns the passcode in a mail of the portal.
pub fn passcode(mail: &[u8]) -> Result<String> {
    let text = parse(mail)?.body_text(0).context("no text in the mail")?.into_owned();
    match Regex::new(r"(?m)^\s*(\d{8})\s*$")?
        .captures_iter(&text)
        .map(|found| found[1].to_owned())
        .collect::<Vec<_>>()
        .as_slice()
    {
        [code] => Ok(code.clone()),
        found => bail!("{} passcodes in the mail", found.len()),
    }
}

/// Returns the decoded subject of a mail.
pub fn subject(mail: &[u8]) -> Result<String> {
    Ok(parse(mail)?.subject().unwrap_or_default().to_owned())
}

fn parse(mail: &[u8]) -> Result<Message<'_>> {
    MessageParser::new().parse(mail).context("not a mail")
}
