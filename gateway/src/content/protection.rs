//! Tells whether a mail is protected already, by its structure and the first bytes of what is protected.
//!
//! Protected is only what is protected whole: a mail with an encrypted part beside a clear one is not. What a part is
//! called has to agree with what it holds, else it cannot be told. Signatures are not verified here.

use memchr::memmem;
use sealpost_common::{
    armor::decode_link,
    envelope::{Parsed, UnverifiedHeader},
};
use sealpost_mime::structure::{Part, Structure};

use super::{
    Answer,
    cms::{self, Cms},
    room::Room,
};
use crate::{parse::HeaderSection, skim::skim};

/// What our trace field has before the envelope's ID, and the length of that.
const TRACE: &[u8] = b"(Sealpost) id ";
const ID_LEN: usize = 32;
/// Shorter fragments of links hold no envelope: a header alone has over a thousand bytes.
const SHORTEST_LINK: usize = 1000;

/// A way in which a mail is protected before we see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protection {
    /// S/MIME, encrypted (RFC 8551: enveloped-data, authEnveloped-data).
    SmimeEncrypted,
    /// S/MIME, signed: multipart/signed or opaque.
    SmimeSigned,
    /// PGP/MIME, encrypted (RFC 3156).
    PgpMimeEncrypted,
    /// PGP/MIME, signed.
    PgpMimeSigned,
    /// An encrypted PGP message as armored text in a body.
    PgpInlineEncrypted,
    /// A PGP clear-signed text in a body.
    PgpInlineSigned,
    /// A carrier mail of Sealpost.
    Sealed,
}

impl Protection {
    /// All ways, with the names that settings give them.
    pub const NAMES: [(&'static str, Self); 7] = [
        ("smime-encrypted", Self::SmimeEncrypted),
        ("smime-signed", Self::SmimeSigned),
        ("pgp-mime-encrypted", Self::PgpMimeEncrypted),
        ("pgp-mime-signed", Self::PgpMimeSigned),
        ("pgp-inline-encrypted", Self::PgpInlineEncrypted),
        ("pgp-inline-signed", Self::PgpInlineSigned),
        ("sealed", Self::Sealed),
    ];
}

/// What is known of a mail's protection: at most one way is outermost.
#[derive(Clone, Copy)]
pub(super) enum Found {
    /// In this way, or in none.
    Told(Option<Protection>),
    /// It looks as if it were in this way, but is not sound.
    Doubtful(Protection),
    /// The structure cannot be told.
    Unknown,
}

impl Found {
    /// Answers for one way.
    pub(super) fn answer(self, by: Protection) -> Answer {
        match self {
            Self::Told(way) => Answer::of(way == Some(by)),
            Self::Doubtful(way) if way == by => Answer::CannotBeTold,
            Self::Doubtful(_) => Answer::No,
            Self::Unknown => Answer::CannotBeTold,
        }
    }

    fn checked(way: Protection, sound: bool) -> Self {
        if sound { Self::Told(Some(way)) } else { Self::Doubtful(way) }
    }
}

/// Looks at the outermost part of a mail.
pub(super) fn find(mail: &[u8], header: &HeaderSection<'_>, room: &Room) -> Found {
    let Ok(structure) = Structure::of(mail) else { return Found::Unknown };
    let Some(outermost) = structure.get(0) else { return Found::Unknown };
    if header.is_defective() || outermost.ambiguous {
        return Found::Unknown;
    }
    let children: Vec<&Part<'_>> =
        outermost.children.iter().filter_map(|child| structure.get(*child)).collect();
    let found = match outermost.content_type.media_type() {
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => smime(outermost, room),
        "multipart/signed" => Some(signed(outermost, &children)),
        "multipart/encrypted" => encrypted(outermost, &children, room),
        _ => within(&structure, header, room),
    };
    found.unwrap_or(Found::Unknown)
}

/// Looks for what has no type of its own. `None` where there is no room, here and in what follows.
fn within(structure: &Structure<'_>, header: &HeaderSection<'_>, room: &Room) -> Option<Found> {
    if is_carrier(structure, header, room)? {
        return Some(Found::Told(Some(Protection::Sealed)));
    }
    inline(structure, room)
}

/// Looks at what an S/MIME object is, and at what it says that it is.
fn smime(part: &Part<'_>, room: &Room) -> Option<Found> {
    let (body, _taken) = room.decode(part)?;
    let stated = part.content_type.parameter("smime-type").map(|kind| kind.value.to_ascii_lowercase());
    let stated_way = match stated.as_deref() {
        Some("signed-data") => Some(Protection::SmimeSigned),
        Some("enveloped-data" | "authenveloped-data") => Some(Protection::SmimeEncrypted),
        _ => None,
    };
    let held = cms::kind(&body.value).map(|kind| match kind {
        Cms::Signed => Protection::SmimeSigned,
        Cms::Encrypted => Protection::SmimeEncrypted,
    });
    Some(match (held, stated_way) {
        (Some(held), Some(stated)) if held != stated => Found::Unknown,
        (Some(held), _) => Found::Told(Some(held)),
        (None, Some(stated)) => Found::Doubtful(stated),
        // Compressed data, certificates alone, or nothing known.
        (None, None) => Found::Told(None),
    })
}

/// RFC 1847: the signed part and the signature, of the type that the protocol names.
fn signed(outermost: &Part<'_>, children: &[&Part<'_>]) -> Found {
    let protocol = outermost.content_type.parameter("protocol").map(|kind| kind.value.to_ascii_lowercase());
    let signature = children.get(1).map(|part| part.content_type.media_type()).unwrap_or_default();
    let way = match protocol.as_deref().unwrap_or(signature) {
        "application/pkcs7-signature" | "application/x-pkcs7-signature" => Protection::SmimeSigned,
        "application/pgp-signature" => Protection::PgpMimeSigned,
        _ => return Found::Told(None),
    };
    Found::checked(way, children.len() == 2 && signature.ends_with("-signature"))
}

/// RFC 3156, section 4: a part that states the version, and the armored message; nothing else.
fn encrypted(outermost: &Part<'_>, children: &[&Part<'_>], room: &Room) -> Option<Found> {
    let protocol = outermost.content_type.parameter("protocol").map(|kind| kind.value.to_ascii_lowercase());
    if protocol.is_some_and(|protocol| protocol != "application/pgp-encrypted") {
        return Some(Found::Told(None));
    }
    let sound = match children {
        [version, message]
            if version.content_type.is("application", "pgp-encrypted")
                && message.content_type.is("application", "octet-stream") =>
        {
            is_message(message, room)?
        }
        _ => false,
    };
    Some(Found::checked(Protection::PgpMimeEncrypted, sound))
}

/// Says whether the whole of a part is an encrypted message.
fn is_message(part: &Part<'_>, room: &Room) -> Option<bool> {
    let (body, _taken) = room.decode(part)?;
    Some(is_armored(&body.value, "MESSAGE"))
}

/// Says whether the whole of a text is one armored object (RFC 9580, 6.2).
fn is_armored(text: &[u8], what: &str) -> bool {
    let text = text.trim_ascii();
    let (begin, end) = (format!("-----BEGIN PGP {what}-----"), format!("-----END PGP {what}-----"));
    text.starts_with(begin.as_bytes())
        && text.ends_with(end.as_bytes())
        && memmem::find_iter(text, end.as_bytes()).count() == 1
}

/// Finds a mail whose text is PGP armor and nothing else, with no other attachments than encrypted ones.
fn inline(structure: &Structure<'_>, room: &Room) -> Option<Found> {
    let leaves: Vec<_> = structure.parts.iter().filter(|part| part.children.is_empty()).collect();
    let (texts, files): (Vec<_>, Vec<_>) = leaves.into_iter().partition(|part| part.content_type.is_text());
    let [text] = texts.as_slice() else { return Some(Found::Told(None)) };
    let (body, _taken) = room.decode(text)?;
    if is_armored(&body.value, "MESSAGE") {
        let mut is_all = true;
        for file in &files {
            is_all = is_all && is_message(file, room)?;
        }
        return Some(Found::Told(is_all.then_some(Protection::PgpInlineEncrypted)));
    }
    let body = body.value.trim_ascii();
    let clear_signed = body.starts_with(b"-----BEGIN PGP SIGNED MESSAGE-----")
        && body.ends_with(b"-----END PGP SIGNATURE-----")
        && files.is_empty();
    Some(Found::Told(clear_signed.then_some(Protection::PgpInlineSigned)))
}

/// Recognises our carrier mail: our own trace field, an envelope with the ID that stands there, and nothing in the mail that
/// a carrier mail does not have.
///
/// The trace field is what tells it from a mail to which somebody attached an old `message.html`: a client that forwards or
/// replies writes no such field. Whoever forges one could as well send an archive with a password; this is no proof of who
/// sealed it, only the portal asks for that.
fn is_carrier(structure: &Structure<'_>, header: &HeaderSection<'_>, room: &Room) -> Option<bool> {
    let ids: Vec<&[u8]> = header.named("Received").filter_map(|field| traced_id(field.value())).collect();
    let leaves = || structure.parts.iter().filter(|part| part.children.is_empty());
    let is_ours = |part: &Part<'_>| {
        let kind = part.content_type.media_type();
        matches!(kind, "text/plain" | "text/html") || kind.starts_with("image/")
    };
    if ids.is_empty() || !leaves().all(is_ours) {
        return Some(false);
    }
    for part in leaves().filter(|part| part.content_type.is("text", "html")) {
        let (text, _taken) = room.decode(part)?;
        let text = text.value;
        // An envelope in a link is decoded in one piece, and shorter than the link; of one in text form only the header is kept.
        let _envelope = room.take(text.len())?;
        let forms = [in_text_form, in_link_form];
        if forms.iter().filter_map(|claimed_in| claimed_in(&text)).any(|id| ids.contains(&id.as_bytes())) {
            return Some(true);
        }
    }
    Some(false)
}

/// Reads the envelope's ID out of our trace field.
fn traced_id(received: &[u8]) -> Option<&[u8]> {
    let id = memmem::find(received, TRACE).and_then(|at| received.get(at + TRACE.len()..))?;
    id.get(..ID_LEN).filter(|id| id.iter().all(u8::is_ascii_hexdigit))
}

/// Reads the ID of the one envelope in a text.
fn in_text_form(text: &[u8]) -> Option<String> {
    Some(id_of(&skim(text)?.header))
}

/// Reads the ID of the envelope in the first link that can hold one.
fn in_link_form(html: &[u8]) -> Option<String> {
    let is_fragment = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let links = memmem::find_iter(html, b"#").filter_map(|at| {
        let rest = html.get(at + 1..)?;
        rest.get(..rest.iter().take_while(is_fragment).count())
    });
    let envelope = links
        .filter(|link| link.len() > SHORTEST_LINK)
        .find_map(|link| decode_link(str::from_utf8(link).ok()?).ok())?;
    claimed_id(&envelope)
}

fn claimed_id(envelope: &[u8]) -> Option<String> {
    match UnverifiedHeader::parse(envelope).ok()? {
        Parsed::Complete(header) => Some(id_of(&header)),
        Parsed::NeedMore => None,
    }
}

fn id_of(header: &UnverifiedHeader) -> String {
    format!("{:032x}", u128::from_be_bytes(*header.claimed_envelope_id().as_bytes()))
}
