//! Turns an opened mail into what a page shows: header fields, a safe body, invitations, attachments, messages in it.
//!
//! Read in this order: `sealpost_mime` cuts the mail into parts, `body` chooses among them, `compose` makes the body of
//! those chosen (text escaped, HTML sanitised into a `frame`, or its `bare` text where it is too complex), `calendar` reads invitations, `attach` and `container` list
//! what is attached, `header` and `filename` make names fit to show. `view` is what comes of it.
//!
//! Every step is bounded in time and memory whatever the mail holds. A mail over a limit of structure is not taken
//! apart: it is offered whole, as one attachment. This is CPU work; callers keep it off the async threads.

mod attach;
mod bare;
mod body;
mod calendar;
mod compose;
mod container;
mod filename;
mod frame;
mod header;
mod height;
mod images;
mod moment;
mod path;
mod plain;
mod text;
mod view;
mod whole;

pub use attach::{archive, archive_file_name, attachment, mail_file_name, preview};
pub use calendar::{Answer, Event, Method, Moment, Repeats};
pub use filename::safe as safe_file_name;
pub use frame::{SANDBOX, STYLE};
pub use header::shown as fit_to_show;
pub use moment::When;
pub use path::{NoPath, PartPath};
pub use plain::{date, mailboxes, plain_text, subject};
pub use sealpost_mime::structure::OverLimit;
pub use view::{Attachment, AttachmentView, Body, Date, Html, MailView, Mailbox, Mailboxes, Notice, Preview};
pub use whole::whole_mail;

pub use crate::sanitise::RemoteContent;

use std::borrow::Cow;

use body::{Choice, Segment, Unpacked};
use compose::Allowance;
use container::Container;
use header::Shown as _;
use images::Images;
use sealpost_mime::section::Section;
use sealpost_mime::structure::{self, Part, Structure};
use sealpost_mime::tnef::Tnef;
use sealpost_mime::transfer;

use crate::sanitise;

/// So many mailboxes of a field are shown at once, the others on request.
const SHOWN_AT_ONCE: usize = 10;
/// So deep messages in messages are opened with the mail.
const MAX_NESTED: usize = 3;
/// Most calendars of one mail that are read.
const MAX_CALENDARS: usize = 5;

/// Makes the view of a mail, with nothing loaded from other computers.
#[must_use]
pub fn view(mail: &[u8]) -> MailView {
    view_with(mail, RemoteContent::Blocked)
}

/// Makes the view of a mail.
#[must_use]
pub fn view_with(mail: &[u8], remote: RemoteContent) -> MailView {
    let mut view = view_at(mail, &PartPath::default(), &mut Allowance::new(mail.len(), remote));
    if remote == RemoteContent::Loaded {
        view.notices.insert(0, Notice::RemoteImagesLoaded);
    }
    view
}

fn view_at(mail: &[u8], path: &PartPath, allowance: &mut Allowance) -> MailView {
    match Structure::of(mail) {
        Ok(structure) => view_parts(&structure, path, allowance),
        Err(limit) => MailView {
            path: path.clone(),
            notices: vec![Notice::Whole(limit)],
            attachments: vec![attach::whole(mail, path)],
            ..heading(&structure::head(mail))
        },
    }
}

fn view_parts(structure: &Structure<'_>, path: &PartPath, allowance: &mut Allowance) -> MailView {
    let mut choice = body::choose(structure);
    let mut images = Images::new(structure, allowance.images);
    choice.unpacked = unpack(structure, &choice, &mut images);
    let composed = compose::compose(structure, &choice, &images, allowance);
    let mut listed: Vec<usize> =
        choice.attachments.iter().copied().filter(|index| !composed.shown.contains(index)).collect();
    listed.extend(&composed.cut);
    listed.sort_unstable();
    listed.dedup();
    let parts = || listed.iter().filter_map(|index| Some((*index, structure.get(*index)?)));
    let mut attachments = Vec::new();
    for (index, part) in parts() {
        let cut = composed.cut.contains(&index);
        attachments.extend(attach::listed(part, path, index, cut, &mut allowance.packed));
    }
    let mut notices = composed.notices;
    notices.extend(protection(structure));
    let mut nested = Vec::new();
    for (index, part) in parts().filter(|(_, part)| container::is_message(part)) {
        if path.len() >= MAX_NESTED || allowance.messages == 0 {
            notices.push(Notice::NotOpened);
            break;
        }
        allowance.messages -= 1;
        match view_nested(part, &path.join(index), allowance) {
            Some(view) => nested.push(view),
            None => notices.push(Notice::NotOpened),
        }
    }
    MailView {
        path: path.clone(),
        notices,
        events: events(structure),
        body: composed.body,
        attachments,
        nested,
        ..structure.get(0).map(|part| heading(&part.header)).unwrap_or_default()
    }
}

/// The view of a message in a mail; `None` where it would be one too many of those that are decoded, one in another.
fn view_nested(part: &Part<'_>, path: &PartPath, allowance: &mut Allowance) -> Option<MailView> {
    let message = transfer::decode(part).value;
    let decoded = if matches!(message, Cow::Owned(_)) { message.len() } else { 0 };
    allowance.decoded = allowance.decoded.checked_sub(decoded)?;
    let view = view_at(&message, path, allowance);
    allowance.decoded += decoded;
    Some(view)
}

/// The view of a header alone.
fn heading(header: &Section<'_>) -> MailView {
    MailView {
        subject: header.text("subject").unwrap_or_default(),
        from: Mailboxes::of(header, "from"),
        to: Mailboxes::of(header, "to"),
        cc: Mailboxes::of(header, "cc"),
        date: header.date(),
        ..MailView::default()
    }
}

/// The body in a winmail.dat, where it says more than the mail's own: HTML if that has only text, text if it has
/// none. Its images become known by their Content-IDs.
fn unpack(structure: &Structure<'_>, choice: &Choice, images: &mut Images<'_, '_>) -> Option<Unpacked> {
    if choice.body.iter().any(|segment| matches!(segment, Segment::Html { .. })) {
        return None;
    }
    let attached = choice.attachments.iter().filter_map(|index| Some((*index, structure.get(*index)?)));
    let mut packed = attached.filter(|(_, part)| container::is_tnef(part));
    let (part, packed) = packed.find_map(|(index, part)| Some((index, container::of(part)?)))?;
    let Container::Tnef(bytes) = packed else { return None };
    let tnef = Tnef::parse(&bytes)?;
    if let Some((text, whole)) = tnef.html(sanitise::MAX_BYTES) {
        for item in &tnef.items {
            images.add(&item.content_id, item.bytes);
        }
        return Some(Unpacked { part, is_html: true, text, whole });
    }
    let (text, whole) = tnef.text(compose::MAX_TEXT).filter(|_| choice.body.is_empty())?;
    (!text.trim().is_empty()).then_some(Unpacked { part, is_html: false, text, whole })
}

/// The events of all calendars in a mail, each once: mails bring them as an alternative and as a file.
fn events(structure: &Structure<'_>) -> Vec<Event> {
    let is_calendar = |part: &&Part<'_>| {
        matches!(part.content_type.media_type(), "text/calendar" | "application/ics")
            && part.body.len() <= 2 * calendar::MAX_BYTES
    };
    let mut read: Vec<String> = Vec::new();
    for part in structure.parts.iter().filter(is_calendar).take(MAX_CALENDARS) {
        let (text, whole) = compose::part_text(part, calendar::MAX_BYTES);
        let lines = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        if whole && read.iter().all(|known| lines(known) != lines(&text)) {
            read.push(text);
        }
    }
    read.iter().flat_map(|text| calendar::events(text)).collect()
}

/// What the sender did besides to protect the mail, which only a mail program with the right key understands.
fn protection(structure: &Structure<'_>) -> Option<Notice> {
    structure.parts.iter().find_map(|part| {
        let parameter = |name: &str| {
            part.content_type
                .parameter(name)
                .map(|value| value.value.to_ascii_lowercase())
                .unwrap_or_default()
        };
        match part.content_type.media_type() {
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => match parameter("smime-type").as_str() {
                "signed-data" => Some(Notice::SmimeSigned),
                "certs-only" | "compressed-data" => None,
                _ => Some(Notice::SmimeEncrypted),
            },
            "multipart/encrypted" | "application/pgp-encrypted" => Some(Notice::PgpEncrypted),
            "text/plain" if part.body.len() < 1 << 20 && is_pgp_armor(part.body) => {
                Some(Notice::PgpEncrypted)
            }
            "multipart/signed" => Some(Notice::Signed),
            _ => None,
        }
    })
}

fn is_pgp_armor(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"-----BEGIN PGP MESSAGE-----")
}

impl Mailboxes {
    fn of(header: &Section<'_>, name: &str) -> Self {
        let (mut first, cut) = header.mailboxes(name);
        let more = first.split_off(first.len().min(SHOWN_AT_ONCE));
        Mailboxes { first, more, cut }
    }
}

#[cfg(test)]
mod tests;
