//! Reads what Outlook packs into a `winmail.dat` (TNEF, [MS-OXTNEF]): attachments, and the body in HTML or RTF.
//!
//! Nothing is copied but names; every length is checked against what is there, and numbers of things are capped. What is
//! broken in the middle gives what was read before. An attached Outlook item gives the files in it.

use crate::charset;
use crate::rtf;

/// Most attachments that are read.
const MAX_ITEMS: usize = 200;
/// Most properties of one list that are read.
const MAX_PROPERTIES: u32 = 2000;
/// Longest name of a file that is read, in octets as it is packed.
const MAX_NAME: usize = 4096;
/// How deep Outlook items in Outlook items are gone into.
const MAX_DEPTH: usize = 3;

const SIGNATURE: u32 = 0x223E_9F78;
/// Attributes (their type in the upper, their ID in the lower half).
const ATTACHMENT_BEGINS: u32 = 0x0006_9002;
const ATTACHMENT_TITLE: u32 = 0x0001_8010;
const ATTACHMENT_DATA: u32 = 0x0006_800F;
const ATTACHMENT_PROPERTIES: u32 = 0x0006_9005;
const MESSAGE_PROPERTIES: u32 = 0x0006_9003;
const MESSAGE_BODY: u32 = 0x0002_800C;
const CODE_PAGE: u32 = 0x0006_9007;

/// What a `winmail.dat` holds.
#[derive(Default)]
pub struct Tnef<'t> {
    /// The attachments.
    pub items: Vec<Item<'t>>,
    /// Whether nothing was broken, over a limit, or in an Outlook item of which only the files are given.
    pub is_whole: bool,
    html: Option<&'t [u8]>,
    rtf: Option<&'t [u8]>,
    /// In the code page, or in UTF-16.
    text: Option<(&'t [u8], bool)>,
    /// Windows code page of text without a charset.
    code_page: u32,
    /// Windows code page of the HTML.
    html_code_page: Option<u32>,
}

/// One attachment.
#[derive(Default)]
pub struct Item<'t> {
    /// As Outlook has it; not safe to save under.
    pub name: String,
    /// The media type; may be empty.
    pub media_type: String,
    /// The Content-ID; may be empty.
    pub content_id: String,
    /// The bytes.
    pub bytes: &'t [u8],
}

/// A body as it is packed.
pub struct Body<'t> {
    /// The bytes.
    pub bytes: &'t [u8],
    /// The name of its charset.
    pub charset: Option<String>,
}

impl<'t> Tnef<'t> {
    /// Reads it; `None` if it is none.
    #[must_use]
    pub fn parse(bytes: &'t [u8]) -> Option<Self> {
        let mut tnef = Self { code_page: 1252, is_whole: true, ..Self::default() };
        tnef.read(bytes, 0)?;
        // An attachment without bytes was an Outlook item, of which the files were taken, or is of no use.
        tnef.items.retain(|item| !item.bytes.is_empty());
        Some(tnef)
    }

    /// The body in HTML, if it is packed as such.
    #[must_use]
    pub fn packed_html(&self) -> Option<Body<'t>> {
        let bytes = self.html?;
        let bytes = bytes.strip_suffix(b"\0").unwrap_or(bytes);
        let named = || charset::declared_in_html(bytes);
        Some(Body { bytes, charset: self.html_code_page.map(charset::of_code_page).or_else(named) })
    }

    /// The body in plain text, if it is packed as such.
    #[must_use]
    pub fn packed_text(&self) -> Option<Body<'t>> {
        let (bytes, is_utf_16) = self.text?;
        if is_utf_16 {
            let bytes = bytes.strip_suffix(b"\0\0").unwrap_or(bytes);
            return Some(Body { bytes, charset: Some("utf-16le".to_owned()) });
        }
        Some(Body { bytes: until_nul(bytes), charset: Some(charset::of_code_page(self.code_page)) })
    }

    /// The body in RTF, compressed.
    #[must_use]
    pub fn packed_rtf(&self) -> Option<&'t [u8]> {
        self.rtf
    }

    /// The body in HTML: at most `most` octets of it, and whether that is all.
    #[must_use]
    pub fn html(&self, most: usize) -> Option<(String, bool)> {
        let from_rtf = || match rtf::read(&rtf::decompress(self.rtf?)?) {
            rtf::Content::Html(html) => Some(charset::start(html, most)),
            rtf::Content::Text(_) => None,
        };
        self.packed_html().map(|html| html.start(most)).or_else(from_rtf)
    }

    /// The body in plain text: at most `most` octets of it, and whether that is all.
    #[must_use]
    pub fn text(&self, most: usize) -> Option<(String, bool)> {
        let from_rtf = || match rtf::read(&rtf::decompress(self.rtf?)?) {
            rtf::Content::Text(text) => Some(charset::start(text, most)),
            rtf::Content::Html(_) => None,
        };
        self.packed_text().map(|text| text.start(most)).or_else(from_rtf)
    }

    fn decoded(&self, bytes: &[u8]) -> String {
        charset::decode(start_of_name(until_nul(bytes)), Some(&charset::of_code_page(self.code_page))).value
    }

    fn read(&mut self, bytes: &'t [u8], depth: usize) -> Option<()> {
        let mut input = Input(bytes);
        if input.number()? != SIGNATURE {
            return None;
        }
        input.take(2)?;
        // The attachment that the next attributes are about.
        let mut open = false;
        while !input.0.is_empty() {
            let Some((id, data)) = input.attribute() else {
                self.is_whole = false;
                break;
            };
            match id {
                CODE_PAGE => self.code_page = Input(data).number().unwrap_or(self.code_page),
                MESSAGE_BODY if depth == 0 => {
                    self.is_whole &= self.text.is_none();
                    self.text = Some((data, false));
                }
                MESSAGE_PROPERTIES if depth == 0 => self.message_properties(data),
                ATTACHMENT_BEGINS => {
                    open = self.items.len() < MAX_ITEMS;
                    self.is_whole &= open;
                    if open {
                        self.items.push(Item::default());
                    }
                }
                ATTACHMENT_TITLE | ATTACHMENT_DATA | ATTACHMENT_PROPERTIES if open => {
                    open = self.attachment(id, data, depth);
                }
                _ => {}
            }
        }
        Some(())
    }

    /// Takes what an attribute says of the last item; says whether more of them may follow.
    fn attachment(&mut self, id: u32, data: &'t [u8], depth: usize) -> bool {
        let title = if id == ATTACHMENT_TITLE { self.decoded(data) } else { String::new() };
        let code_page = self.code_page;
        let (mut inner, mut is_whole) = (None, true);
        if let Some(item) = self.items.last_mut() {
            match id {
                ATTACHMENT_TITLE if item.name.is_empty() => item.name = title,
                ATTACHMENT_DATA => item.bytes = data,
                ATTACHMENT_PROPERTIES => (inner, is_whole) = item.properties(data, code_page),
                _ => {}
            }
        }
        let is_cut = id == ATTACHMENT_TITLE && until_nul(data).len() > MAX_NAME;
        self.is_whole &= is_whole && inner.is_none() && !is_cut;
        if let Some(inner) = inner.filter(|_| depth < MAX_DEPTH) {
            // What is read from it goes on the same list; whether it is whole is of no matter.
            self.read(inner, depth + 1).unwrap_or_default();
            // More attributes of the outer attachment must not land on an inner one.
            if self.items.len() >= MAX_ITEMS {
                return false;
            }
            self.items.push(Item::default());
        }
        true
    }

    fn message_properties(&mut self, data: &'t [u8]) {
        let (properties, is_whole) = properties(data);
        self.is_whole &= is_whole;
        for property in properties {
            // A body of a form that is there already takes the place of that.
            match (property.id, property.value) {
                (0x1000, Value::Bytes(text)) => {
                    self.is_whole &= self.text.is_none();
                    self.text = Some((text, property.is_utf_16()));
                }
                (0x1013, Value::Bytes(html)) => {
                    self.is_whole &= self.html.is_none();
                    self.html = Some(html);
                }
                (0x1009, Value::Bytes(rtf)) => {
                    self.is_whole &= self.rtf.is_none() && rtf::is_compressed(rtf);
                    self.rtf = Some(rtf);
                }
                (0x3FDE, Value::Number(page)) => self.html_code_page = Some(page),
                _ => {}
            }
        }
    }
}

impl<'t> Item<'t> {
    /// Takes what the properties say; returns an Outlook item that is attached, and whether the list is whole.
    fn properties(&mut self, data: &'t [u8], code_page: u32) -> (Option<&'t [u8]>, bool) {
        let mut inner = None;
        let (properties, mut is_whole) = properties(data);
        for property in properties {
            let Value::Bytes(bytes) = property.value else { continue };
            is_whole &= !matches!(property.id, 0x3704 | 0x3707 | 0x370E | 0x3712) || bytes.len() <= MAX_NAME;
            let text = || property.text(bytes, code_page);
            match property.id {
                // The long name goes before the short one.
                0x3707 => self.name = text(),
                0x3704 if self.name.is_empty() => self.name = text(),
                0x370E => self.media_type = text().to_ascii_lowercase(),
                0x3712 => text().trim_matches(['<', '>']).clone_into(&mut self.content_id),
                // An object begins with the ID of its kind, 16 bytes.
                0x3701 if property.kind == 0x000D => {
                    let object = bytes.get(16..).unwrap_or_default();
                    if object.starts_with(&SIGNATURE.to_le_bytes()) {
                        inner = Some(object);
                    } else {
                        self.bytes = object;
                    }
                }
                0x3701 => self.bytes = bytes,
                _ => {}
            }
        }
        (inner, is_whole)
    }
}

impl Body<'_> {
    /// Decodes at most `most` octets of it; says whether that is all.
    fn start(&self, most: usize) -> (String, bool) {
        let (text, is_whole) = charset::decode_start(self.bytes, self.charset.as_deref(), most);
        (text.trim_end_matches('\0').to_owned(), is_whole)
    }
}

fn start_of_name(bytes: &[u8]) -> &[u8] {
    bytes.get(..MAX_NAME).unwrap_or(bytes)
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// One property.
struct Property<'t> {
    kind: u16,
    id: u16,
    value: Value<'t>,
}

#[derive(Clone, Copy)]
enum Value<'t> {
    Number(u32),
    Bytes(&'t [u8]),
    Other,
}

impl Property<'_> {
    fn is_utf_16(&self) -> bool {
        self.kind == 0x001F
    }

    fn text(&self, bytes: &[u8], code_page: u32) -> String {
        let label = if self.is_utf_16() { "utf-16le".to_owned() } else { charset::of_code_page(code_page) };
        charset::decode(start_of_name(bytes), Some(&label)).value.trim_end_matches('\0').to_owned()
    }
}

/// The properties of a list, as far as it is whole, and whether it is.
fn properties(data: &[u8]) -> (Vec<Property<'_>>, bool) {
    let mut input = Input(data);
    let stated = input.number().unwrap_or(0);
    let properties: Vec<_> = (0..stated.min(MAX_PROPERTIES)).map_while(|_| input.property()).collect();
    let is_whole = u32::try_from(properties.len()) == Ok(stated);
    (properties, is_whole)
}

/// Bytes that are still to be read; numbers are little-endian.
struct Input<'t>(&'t [u8]);

impl<'t> Input<'t> {
    fn take(&mut self, length: usize) -> Option<&'t [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn short(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    /// Level, ID, length, data, checksum; the last one may be cut off.
    fn attribute(&mut self) -> Option<(u32, &'t [u8])> {
        self.take(1)?;
        let id = self.number()?;
        let length = usize::try_from(self.number()?).ok()?;
        let data = self.take(length)?;
        self.take(2).unwrap_or_default();
        Some((id, data))
    }

    /// A length, and so many bytes, filled up to four.
    fn padded(&mut self) -> Option<&'t [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let data = self.take(length)?;
        self.take(length.next_multiple_of(4) - length)?;
        Some(data)
    }

    fn property(&mut self) -> Option<Property<'t>> {
        let (kind, id) = (self.short()?, self.short()?);
        if id >= 0x8000 {
            self.take(16)?;
            if self.number()? == 0 {
                self.take(4)?
            } else {
                self.padded()?
            };
        }
        let single = kind & !0x1000;
        let is_variable = matches!(single, 0x000D | 0x001E | 0x001F | 0x0102);
        let count = if is_variable || single != kind {
            Some(self.number()?).filter(|count| *count <= MAX_PROPERTIES)?
        } else {
            1
        };
        let mut value = Value::Other;
        for place in 0..count {
            let next = match single {
                _ if is_variable => Value::Bytes(self.padded()?),
                0x0002 | 0x0003 | 0x0004 | 0x000A | 0x000B => Value::Number(self.number()?),
                0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => {
                    self.take(8)?;
                    Value::Other
                }
                0x0048 => {
                    self.take(16)?;
                    Value::Other
                }
                // Of an unknown kind the length is unknown too.
                _ => return None,
            };
            if place == 0 {
                value = next;
            }
        }
        Some(Property { kind, id, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(id: u32, data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap();
        [&[1][..], &id.to_le_bytes(), &length.to_le_bytes(), data, &[0, 0]].concat()
    }

    fn variable(kind: u16, id: u16, data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap();
        let padding = vec![0; data.len().next_multiple_of(4) - data.len()];
        [
            &kind.to_le_bytes()[..],
            &id.to_le_bytes(),
            &1_u32.to_le_bytes(),
            &length.to_le_bytes(),
            data,
            &padding,
        ]
        .concat()
    }

    fn list(properties: &[Vec<u8>]) -> Vec<u8> {
        let count = u32::try_from(properties.len()).unwrap();
        [count.to_le_bytes().to_vec(), properties.concat()].concat()
    }

    fn stream(attributes: &[Vec<u8>]) -> Vec<u8> {
        [SIGNATURE.to_le_bytes().to_vec(), vec![1, 0], attributes.concat()].concat()
    }

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn sample() -> Vec<u8> {
        let inner = stream(&[
            attribute(ATTACHMENT_BEGINS, &[]),
            attribute(ATTACHMENT_TITLE, b"inner.txt\0"),
            attribute(ATTACHMENT_DATA, b"in"),
        ]);
        let object = [&[7; 16][..], &inner].concat();
        stream(&[
            attribute(CODE_PAGE, &[0xE4, 4, 0, 0, 0, 0, 0, 0]),
            attribute(MESSAGE_BODY, b"Gr\xfc\xdfe\0"),
            attribute(
                MESSAGE_PROPERTIES,
                &list(&[
                    variable(0x0102, 0x1013, b"<p>Gr\xc3\xbc\xc3\x9fe</p>"),
                    [3, 0, 0xDE, 0x3F, 0xE9, 0xFD, 0, 0].to_vec(),
                ]),
            ),
            attribute(ATTACHMENT_BEGINS, &[]),
            attribute(ATTACHMENT_TITLE, b"SHORT~1.PNG\0"),
            attribute(ATTACHMENT_DATA, b"\x89PNG"),
            attribute(
                ATTACHMENT_PROPERTIES,
                &list(&[
                    variable(0x001F, 0x3707, &utf16("a long näme.png\0")),
                    variable(0x001E, 0x370E, b"Image/PNG\0"),
                    variable(0x001E, 0x3712, b"<i@x>\0"),
                ]),
            ),
            attribute(ATTACHMENT_BEGINS, &[]),
            attribute(ATTACHMENT_PROPERTIES, &list(&[variable(0x000D, 0x3701, &object)])),
        ])
    }

    #[test]
    fn a_whole_one() {
        let bytes = sample();
        let tnef = Tnef::parse(&bytes).unwrap();
        let items: Vec<_> = tnef
            .items
            .iter()
            .map(|i| (i.name.as_str(), i.media_type.as_str(), i.content_id.as_str(), i.bytes))
            .collect();
        assert_eq!(
            items,
            [("a long näme.png", "image/png", "i@x", &b"\x89PNG"[..]), ("inner.txt", "", "", b"in")]
        );
        assert_eq!(tnef.html(100).unwrap(), ("<p>Grüße</p>".to_owned(), true));
        assert_eq!(tnef.text(7).unwrap(), ("Grüße".to_owned(), true));
        assert_eq!(tnef.text(6).unwrap(), ("Grüß".to_owned(), false));
        assert!(!tnef.is_whole, "an Outlook item may have a text");
    }

    #[test]
    fn says_whether_it_is_whole() {
        let body = |text: &[u8]| attribute(MESSAGE_PROPERTIES, &list(&[variable(0x001F, 0x1000, text)]));
        let whole = stream(&[
            body(&utf16("Grüße\0")),
            attribute(ATTACHMENT_BEGINS, &[]),
            attribute(ATTACHMENT_DATA, b"x"),
        ]);
        let tnef = Tnef::parse(&whole).unwrap();
        assert_eq!((tnef.is_whole, tnef.text(100)), (true, Some(("Grüße".to_owned(), true))));
        for end in 6..whole.len() - 2 {
            let is_whole = Tnef::parse(whole.get(..end).unwrap()).unwrap().is_whole;
            // There it ends behind an attribute, with its checksum or without.
            assert_eq!(is_whole, [6, 43, 45, 54, 56].contains(&end), "{end}");
        }
        let many = stream(&vec![attribute(ATTACHMENT_BEGINS, &[]); MAX_ITEMS + 1]);
        let cut_list = stream(&[attribute(MESSAGE_PROPERTIES, &[2, 0, 0, 0])]);
        let packed = stream(&[attribute(MESSAGE_PROPERTIES, &list(&[variable(0x0102, 0x1009, b"no RTF")]))]);
        for broken in [many, cut_list, packed] {
            assert!(!Tnef::parse(&broken).unwrap().is_whole);
        }
    }

    #[test]
    fn cut_anywhere_it_gives_what_was_before() {
        let bytes = sample();
        for end in 0..bytes.len() {
            if let Some(tnef) = Tnef::parse(bytes.get(..end).unwrap()) {
                assert!(tnef.items.len() <= 2);
                assert!(tnef.html(100).is_none_or(|(html, _)| html == "<p>Grüße</p>"));
            } else {
                assert!(end < 6);
            }
        }
        assert!(Tnef::parse(b"PK\x03\x04 no such thing").is_none());
    }

    #[test]
    fn numbers_are_capped() {
        let many = stream(&vec![
            [attribute(ATTACHMENT_BEGINS, &[]), attribute(ATTACHMENT_DATA, b"x")]
                .concat();
            1000
        ]);
        assert_eq!(Tnef::parse(&many).unwrap().items.len(), MAX_ITEMS);
        // Outlook items within one attachment, each followed by bytes.
        let object = [&[7; 16][..], &stream(&[])].concat();
        let within = [
            attribute(ATTACHMENT_PROPERTIES, &list(&[variable(0x000D, 0x3701, &object)])),
            attribute(ATTACHMENT_DATA, b"x"),
        ];
        let many = [vec![attribute(ATTACHMENT_BEGINS, &[])], vec![within.concat(); 1000]].concat();
        assert_eq!(Tnef::parse(&stream(&many)).unwrap().items.len(), MAX_ITEMS - 1, "one is without bytes");
        let huge =
            attribute(MESSAGE_PROPERTIES, &[0xFF, 0xFF, 0xFF, 0xFF, 3, 0x10, 1, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
        assert!(Tnef::parse(&stream(&[huge])).is_some());
    }
}
