//! Turns a file that is text into its text: out of its charset, and out of its form.

use sealpost_mime::{Decoded, charset, flowed};

use super::{html, room::Room};

/// While a text is decoded there are several forms of it at a time: what comes out of its charset, what is made of that by its
/// form, and either again while it grows.
pub(super) const TIMES_DECODING: usize = 4;

/// Then there are the text, its forms for comparing, and what making one of these takes, or the values found in it: none of
/// them larger than a text of ASCII, and a quarter larger at most than any other.
const TIMES_ASCII: usize = 4;
/// The same for a text with other characters. No text takes more.
pub(super) const MOST_TIMES: usize = 6;

/// What a text takes beside its octets, however short it is: forms for comparing may be so much longer.
const OVERHEAD: usize = 2048;

/// The form that a text has in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    Html,
    /// Office XML.
    Office,
    /// Calendars and cards, whose long lines go on behind a line end and a blank (RFC 5545, 3.1).
    Folded,
}

/// Takes the memory for a text and for all that is made of it later; says whether there was as much.
pub(super) fn keep(text: &str, room: &Room) -> bool {
    let times = if text.is_ascii() { TIMES_ASCII } else { MOST_TIMES };
    room.keep(text.len().saturating_mul(times).saturating_add(OVERHEAD))
}

/// Turns bytes into text, first as to their charset, then as to their form, if there is room for it and for all that is made
/// of it later. For lines that flow, says whether the spaces at their ends go.
pub(super) fn decode(
    bytes: &[u8],
    label: Option<&str>,
    (form, flowed): (Form, Option<bool>),
    room: &Room,
) -> Option<Decoded<String>> {
    let label = match form {
        Form::Html if label.is_none() && std::str::from_utf8(bytes).is_err() => {
            charset::declared_in_html(bytes)
        }
        _ => label.map(str::to_owned),
    };
    let most = charset::most_octets(bytes, label.as_deref());
    let decoding = room.take(most.saturating_mul(TIMES_DECODING))?;
    let decoded = charset::decode(bytes, label.as_deref());
    let decoded = match form {
        Form::Plain => decoded,
        Form::Html => decoded.map(|text| html::text(&text)),
        Form::Office => decoded.map(|text| html::office_text(&text)),
        Form::Folded => decoded.map(unfold),
    };
    let decoded = match flowed {
        Some(delsp) => decoded.map(|text| flowed::unflow(&text, delsp)),
        None => decoded,
    };
    drop(decoding);
    keep(&decoded.value, room).then_some(decoded)
}

/// Joins the lines of a calendar or card.
fn unfold(text: String) -> String {
    ["\r\n ", "\r\n\t", "\n ", "\n\t"]
        .iter()
        .fold(text, |text, fold| if text.contains(fold) { text.replace(fold, "") } else { text })
}
