//! Chooses which parts of a mail are its body, and which are attachments.

use sealpost_mime::params::Disposition;
use sealpost_mime::structure::{Part, Structure};

/// What is shown of a mail, in order.
#[derive(Default)]
pub(super) struct Choice {
    pub(super) body: Vec<Segment>,
    /// Indexes of the parts that are attachments. Images that the HTML shows are among them.
    pub(super) attachments: Vec<usize>,
    /// What a winmail.dat says in HTML or text, where the mail itself says it in plain text or not at all.
    pub(super) unpacked: Option<Unpacked>,
}

/// A body that is no part of its own.
pub(super) struct Unpacked {
    /// The winmail.dat that it comes from.
    pub(super) part: usize,
    pub(super) is_html: bool,
    pub(super) text: String,
    /// Whether the text is all that there is.
    pub(super) whole: bool,
}

/// One part of the body.
pub(super) enum Segment {
    /// A part in HTML, and the text that says the same.
    Html { part: usize, alternative: Option<usize> },
    /// A part in plain text.
    Text { part: usize },
}

/// Chooses for a whole mail.
pub(super) fn choose(structure: &Structure<'_>) -> Choice {
    let mut choice = Choice::default();
    collect(structure, 0, &mut choice);
    if choice.body.is_empty() {
        // A mail of one part is shown as text where it is any, even if it would be an attachment elsewhere.
        let alone = structure.get(0).filter(|part| part.children.is_empty());
        if alone.is_some_and(|part| part.content_type.is_text() || part.content_type.is_multipart()) {
            choice = Choice { body: vec![Segment::Text { part: 0 }], ..Choice::default() };
        }
    }
    choice
}

fn collect(structure: &Structure<'_>, index: usize, choice: &mut Choice) {
    let Some(part) = structure.get(index) else { return };
    if part.children.is_empty() {
        leaf(part, index, choice);
    } else if part.content_type.is("multipart", "alternative") {
        alternative(structure, part, choice);
    } else if part.content_type.is("multipart", "related") {
        related(structure, part, choice);
    } else {
        for child in &part.children {
            collect(structure, *child, choice);
        }
    }
}

fn leaf(part: &Part<'_>, index: usize, choice: &mut Choice) {
    let disposition = Disposition::of(&part.header, &part.content_type);
    // A text with a file name is the body only if there is none yet.
    let named = disposition.file_name.is_some() && !choice.body.is_empty();
    if disposition.attachment || named {
        choice.attachments.push(index);
    } else if part.content_type.is("text", "html") {
        choice.body.push(Segment::Html { part: index, alternative: None });
    } else if part.content_type.is("text", "plain") {
        choice.body.push(Segment::Text { part: index });
    } else {
        choice.attachments.push(index);
    }
}

/// Of alternatives, the last that can be shown is the richest (RFC 2046, 5.1.4); HTML goes before text whatever the
/// order.
fn alternative(structure: &Structure<'_>, part: &Part<'_>, choice: &mut Choice) {
    let mut candidates: Vec<Choice> = part
        .children
        .iter()
        .map(|child| {
            let mut candidate = Choice::default();
            collect(structure, *child, &mut candidate);
            candidate
        })
        .collect();
    let is_html = |candidate: &Choice| candidate.body.iter().any(|s| matches!(s, Segment::Html { .. }));
    let best = candidates
        .iter()
        .rposition(is_html)
        .or_else(|| candidates.iter().rposition(|candidate| !candidate.body.is_empty()));
    let text = candidates.iter().flat_map(|candidate| &candidate.body).find_map(|segment| match segment {
        Segment::Text { part } => Some(*part),
        Segment::Html { .. } => None,
    });
    if let Some(best) = best.and_then(|best| candidates.get_mut(best)) {
        for segment in &mut best.body {
            if let Segment::Html { alternative, .. } = segment {
                *alternative = alternative.or(text);
            }
        }
        choice.body.append(&mut best.body);
    }
    // What no alternative shows (an invitation, an attachment put into the wrong one) must not be lost. Other texts are
    // the same words in another form.
    for candidate in candidates {
        let is_other_text = |index: &usize| {
            structure.get(*index).is_some_and(|part| {
                matches!(
                    part.content_type.media_type(),
                    "text/enriched" | "text/richtext" | "text/x-amp-html" | "text/watch-html"
                )
            })
        };
        choice.attachments.extend(candidate.attachments.into_iter().filter(|index| !is_other_text(index)));
    }
}

/// Of related parts one is the root, the others belong to it (RFC 2387).
fn related(structure: &Structure<'_>, part: &Part<'_>, choice: &mut Choice) {
    let start = part.content_type.parameter("start");
    let start = start.as_ref().map(|id| id.value.trim().trim_start_matches('<').trim_end_matches('>'));
    let named = part.children.iter().copied().find(|child| {
        let id = structure.get(*child).and_then(|part| part.header.id("content-id"));
        start.is_some() && id.as_deref() == start
    });
    let root = named.or_else(|| part.children.first().copied());
    let before = choice.body.len();
    if let Some(root) = root {
        collect(structure, root, choice);
    }
    let has_root = choice.body.len() > before;
    for child in part.children.iter().filter(|child| Some(**child) != root) {
        let is_leaf = structure.get(*child).is_some_and(|part| part.children.is_empty());
        if is_leaf && has_root { choice.attachments.push(*child) } else { collect(structure, *child, choice) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(mail: &str) -> String {
        let choice = choose(&Structure::of(mail.as_bytes()).unwrap());
        let body = choice.body.iter().map(|segment| match segment {
            Segment::Html { part, alternative: None } => format!("h{part}"),
            Segment::Html { part, alternative: Some(text) } => format!("h{part}/{text}"),
            Segment::Text { part } => format!("t{part}"),
        });
        let attachments = choice.attachments.iter().map(|part| format!("a{part}"));
        body.chain(attachments).collect::<Vec<_>>().join(" ")
    }

    /// Writes a multipart: `multi("mixed", &[part, …])`.
    fn multi(kind: &str, parts: &[&str]) -> String {
        let boundary = format!("{kind}{}", parts.concat().len());
        let parts: String =
            parts.iter().map(|part| format!("--{boundary}\n{part}\n")).collect::<Vec<_>>().concat();
        format!("Content-Type: multipart/{kind}; boundary={boundary}\n\n{parts}--{boundary}--\n")
    }

    const TEXT: &str = "Content-Type: text/plain\n\nt";
    const HTML: &str = "Content-Type: text/html\n\nh";
    const IMAGE: &str = "Content-Type: image/png\nContent-ID: <i@x>\n\ni";
    const FILE: &str = "Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nf";

    #[test]
    fn what_is_body_and_what_is_attached() {
        let calendar = "Content-Type: text/calendar\n\nc";
        let mail = "Content-Type: message/rfc822\n\nSubject: x\n\ny";
        let enriched = "Content-Type: text/enriched\n\ne";
        for (mail, expected) in [
            (TEXT.to_owned(), "t0"),
            (HTML.to_owned(), "h0"),
            ("no header at all".to_owned(), "t0"),
            ("Content-Type: text/csv\n\na".to_owned(), "t0"),
            (IMAGE.to_owned(), "a0"),
            (FILE.to_owned(), "t0"),
            (multi("mixed", &[TEXT, FILE, TEXT, IMAGE]), "t1 t3 a2 a4"),
            (multi("alternative", &[TEXT, HTML]), "h2/1"),
            (multi("alternative", &[HTML, TEXT]), "h1/2"),
            (multi("alternative", &[TEXT, HTML, calendar]), "h2/1 a3"),
            (multi("alternative", &[TEXT, enriched]), "t1"),
            (multi("alternative", &[TEXT, &multi("related", &[HTML, IMAGE])]), "h3/1 a4"),
            (multi("related", &[&multi("alternative", &[TEXT, HTML]), IMAGE]), "h3/2 a4"),
            (multi("related", &[IMAGE, HTML]), "h2 a1"),
            (multi("mixed", &[&multi("alternative", &[TEXT, HTML]), FILE]), "h3/2 a4"),
            (multi("mixed", &[TEXT, mail]), "t1 a2"),
            (multi("digest", &["\nSubject: x\n\ny", mail]), "a1 a2"),
            (multi("signed", &[TEXT, "Content-Type: application/pgp-signature\n\ns"]), "t1 a2"),
            (
                multi(
                    "encrypted",
                    &[
                        "Content-Type: application/pgp-encrypted\n\nv",
                        "Content-Type: application/octet-stream\n\no",
                    ],
                ),
                "a1 a2",
            ),
            (multi("mixed", &[]), "t0"),
        ] {
            assert_eq!(chosen(&mail), expected, "{mail}");
        }
    }
}
