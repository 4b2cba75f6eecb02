//! Takes the text out of RTF, and out of what Outlook packs into a `winmail.dat` (TNEF).

use memchr::memmem;
use sealpost_mime::{
    Decoded, Fidelity, charset,
    rtf::{self, MAX_RTF},
    tnef::Tnef,
};

use super::{
    attachment,
    form::{Form, TIMES_DECODING},
    html,
    kind::File,
    text::{At, Collector},
};

impl Collector<'_> {
    /// Takes the text out of RTF: what readers of RTF see and, where it was made from HTML, what others see.
    pub(super) fn rtf(&mut self, rtf: &[u8], at: At) -> Option<()> {
        let is_from_html = memmem::find(rtf, b"\\fromhtml").is_some();
        let most = charset::most_octets(rtf, Some("windows-1252"));
        let times = if is_from_html { 2 * TIMES_DECODING } else { TIMES_DECODING };
        let decoding = self.room.take(most.saturating_mul(times))?;
        let text = rtf::all_text(rtf);
        let fidelity = text.fidelity;
        let html = is_from_html.then(|| rtf::read(rtf));
        drop(decoding);
        if memmem::find(rtf, b"\\objdata").is_some() {
            self.note_closed();
        }
        self.keep(text, at)?;
        if let Some(rtf::Content::Html(html)) = html {
            let fidelity = if html.len() < 2 * MAX_RTF { fidelity } else { Fidelity::Lossy };
            self.keep(Decoded { value: html::text(&html), fidelity }, at)?;
        }
        Some(())
    }

    /// Takes the texts out of what Outlook packs: those of the bodies, and of the files, each of which is an attachment of
    /// the mail where this is one.
    pub(super) fn tnef(&mut self, bytes: &[u8], at: At) -> Option<()> {
        let tnef = Tnef::parse(bytes)?;
        let is_whole = tnef.is_whole && at.is_exact();
        let mut bodies = self.bodies(&tnef, at.as_body());
        for item in &tnef.items {
            let extension = attachment::extension(&item.name);
            let file = File {
                bytes: item.bytes,
                media_type: &item.media_type,
                extension: extension.as_deref(),
                ..File::default()
            };
            let is_read = self.item(&file, at);
            bodies = bodies.and(is_read);
        }
        bodies.filter(|()| is_whole)
    }

    fn bodies(&mut self, tnef: &Tnef<'_>, at: At) -> Option<()> {
        for (body, form) in [(tnef.packed_html(), Form::Html), (tnef.packed_text(), Form::Plain)] {
            let Some(body) = body else { continue };
            let file = File { bytes: body.bytes, charset: body.charset.as_deref(), ..File::default() };
            self.text_of(&file, form, at)?;
        }
        let Some(packed) = tnef.packed_rtf() else { return Some(()) };
        let _taken = self.room.take(2 * MAX_RTF)?;
        let rtf = rtf::decompress(packed)?;
        self.rtf(&rtf, at)
    }
}
