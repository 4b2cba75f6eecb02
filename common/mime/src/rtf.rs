//! Reads RTF as far as mails need it: unpacks its compressed form ([MS-OXRTFCP]), gives back HTML that was wrapped in it
//! ([MS-OXRTFEX]), or its bare text.
//!
//! Why not the crate `compressed-rtf`: it takes the stated length for granted (four bytes reserve 4 GiB), and panics on short
//! input. What is broken here gives what was read before.

use crate::charset;
use crate::fidelity::{Decoded, Fidelity};

/// Largest RTF that is unpacked.
pub const MAX_RTF: usize = 4 << 20;
/// Deepest nesting of groups; deeper ones end the reading.
const MAX_GROUPS: usize = 200;

/// The dictionary of the compressed form begins with this text ([MS-OXRTFCP], 2.1.2.1).
const PRELOAD: &[u8] =
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \
\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \
\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
const DICTIONARY: usize = 4096;

/// What an RTF document says.
pub enum Content {
    /// The HTML that it was made from.
    Html(String),
    /// Its text.
    Text(String),
}

/// Unpacks compressed RTF; `None` if it is none.
#[must_use]
pub fn decompress(packed: &[u8]) -> Option<Vec<u8>> {
    let (head, body) = packed.split_at_checked(16)?;
    let body = body.get(..body.len().min(MAX_RTF)).unwrap_or_default();
    match head.get(8..12)? {
        b"MELA" => Some(body.to_vec()),
        b"LZFu" => Some(unpack(body)),
        _ => None,
    }
}

fn unpack(body: &[u8]) -> Vec<u8> {
    let mut dictionary = [0_u8; DICTIONARY];
    for (to, from) in dictionary.iter_mut().zip(PRELOAD) {
        *to = *from;
    }
    let mut write = PRELOAD.len();
    let mut out = Vec::new();
    let mut put = |byte: u8, dictionary: &mut [u8; DICTIONARY], write: &mut usize| {
        if let Some(place) = dictionary.get_mut(*write % DICTIONARY) {
            *place = byte;
        }
        *write = (*write + 1) % DICTIONARY;
        out.push(byte);
        out.len() < MAX_RTF
    };
    let mut input = body.iter().copied();
    while let Some(control) = input.next() {
        for bit in 0..8 {
            let Some(first) = input.next() else { return out };
            if control >> bit & 1 == 0 {
                if !put(first, &mut dictionary, &mut write) {
                    return out;
                }
                continue;
            }
            let Some(second) = input.next() else { return out };
            let reference = usize::from(first) << 8 | usize::from(second);
            let (from, length) = (reference >> 4, (reference & 0xF) + 2);
            // A reference to where the next byte is written ends the document.
            if from == write {
                return out;
            }
            for step in 0..length {
                let byte = dictionary.get((from + step) % DICTIONARY).copied().unwrap_or_default();
                if !put(byte, &mut dictionary, &mut write) {
                    return out;
                }
            }
        }
    }
    out
}

/// Says whether this is compressed RTF, of a form that is known.
pub(crate) fn is_compressed(packed: &[u8]) -> bool {
    matches!(packed.get(8..12), Some(b"MELA" | b"LZFu")) && packed.len() >= 16
}

/// Reads an RTF document.
#[must_use]
pub fn read(rtf: &[u8]) -> Content {
    let mut reader = Reader::default();
    reader.read(rtf);
    if reader.is_html { Content::Html(reader.out) } else { Content::Text(reader.out) }
}

/// Gives all text of an RTF document, for who looks for something in it: behind what is read at once also headers, notes,
/// text boxes and properties. It is never longer than the text that a charset in which ASCII is ASCII makes of so many
/// bytes ([`charset::most_octets`]).
///
/// Of a document that was made from HTML it is the text for readers that know RTF alone.
#[must_use]
pub fn all_text(rtf: &[u8]) -> Decoded<String> {
    let mut reader = Reader { aside: Some(String::new()), ..Reader::default() };
    let is_whole = reader.read(rtf);
    let mut value = reader.out;
    value.push_str(&reader.aside.unwrap_or_default());
    let fidelity = if !is_whole {
        Fidelity::Lossy
    } else if value.contains(char::REPLACEMENT_CHARACTER) {
        Fidelity::AsciiOnly
    } else {
        reader.fidelity
    };
    Decoded { value, fidelity }
}

/// A piece of RTF.
enum Token<'r> {
    Open,
    Close,
    /// A control word, and its number.
    Word(&'r [u8], Option<i32>),
    /// A control symbol.
    Symbol(u8),
    /// `\'hh`
    Hex(u8),
    Byte(u8),
}

fn token(rtf: &[u8]) -> Option<(Token<'_>, &[u8])> {
    let (first, rest) = rtf.split_first()?;
    Some(match first {
        b'{' => (Token::Open, rest),
        b'}' => (Token::Close, rest),
        b'\\' => return control(rest),
        byte => (Token::Byte(*byte), rest),
    })
}

fn control(rest: &[u8]) -> Option<(Token<'_>, &[u8])> {
    let letters = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count().min(32);
    if letters == 0 {
        let (symbol, after) = rest.split_first()?;
        if *symbol != b'\'' {
            return Some((Token::Symbol(*symbol), after));
        }
        let (digits, after) = after.split_at_checked(2)?;
        let value = std::str::from_utf8(digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
        return Some((Token::Hex(value.unwrap_or(b'?')), after));
    }
    let (word, after) = rest.split_at_checked(letters)?;
    let sign = usize::from(after.first() == Some(&b'-'));
    let digits = after.iter().skip(sign).take_while(|byte| byte.is_ascii_digit()).count().min(10);
    let (number, after) = if digits == 0 {
        (None, after)
    } else {
        let (number, after) = after.split_at_checked(sign + digits)?;
        (std::str::from_utf8(number).ok().and_then(|number| number.parse().ok()), after)
    };
    Some((Token::Word(word, number), after.strip_prefix(b" ").unwrap_or(after)))
}

/// Where the text of a group goes.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    /// It is read at once.
    #[default]
    Main,
    /// It stands elsewhere, or may be none.
    Aside,
    /// It surely is none, but bytes or names.
    Nowhere,
}

/// What holds within a group.
#[derive(Clone, Copy, Default)]
struct Group {
    place: Place,
    /// Its text is what a reader of RTF sees in place of the HTML.
    for_rtf: bool,
}

struct Reader {
    out: String,
    /// Text that stands elsewhere, where it is wanted; then there is no HTML.
    aside: Option<String>,
    /// Whether fonts have other code pages than the document, which are not followed.
    has_code_pages: bool,
    /// How far the text is right for all that.
    fidelity: Fidelity,
    /// Bytes in the code page that are not decoded yet.
    bytes: Vec<u8>,
    code_page: u32,
    is_html: bool,
    group: Group,
    outer: Vec<Group>,
    /// Whether `\*` has just been read: an unknown word after it makes the group skipped.
    optional: bool,
    /// How many characters follow `\u` for who does not know it, and how many of them are to come.
    replaced: usize,
    to_skip: usize,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            out: String::new(),
            aside: None,
            has_code_pages: false,
            fidelity: Fidelity::Exact,
            bytes: Vec::new(),
            code_page: 1252,
            is_html: false,
            group: Group::default(),
            outer: Vec::new(),
            optional: false,
            replaced: 1,
            to_skip: 0,
        }
    }
}

impl Reader {
    /// Reads a document; says whether it did so to its end.
    fn read(&mut self, rtf: &[u8]) -> bool {
        let mut rest = rtf;
        let mut goes_on = true;
        while let Some((token, after)) = token(rest).filter(|_| goes_on) {
            rest = after;
            goes_on = self.take(&token);
            // Bytes that follow are none of the markup.
            if let Token::Word(b"bin", Some(length)) = token {
                let bytes = usize::try_from(length).ok().and_then(|length| after.get(length..));
                (rest, goes_on) = bytes.map_or((rest, false), |rest| (rest, goes_on));
            }
        }
        self.flush();
        goes_on && rest.is_empty() && self.outer.is_empty()
    }

    /// Takes the next piece; says whether to go on.
    fn take(&mut self, token: &Token<'_>) -> bool {
        match *token {
            Token::Open => {
                if self.outer.len() >= MAX_GROUPS {
                    return false;
                }
                self.outer.push(self.group);
            }
            Token::Close => {
                let Some(outer) = self.outer.pop() else { return false };
                self.go_to(outer.place);
                self.group = outer;
            }
            Token::Word(word, number) => self.word(word, number),
            Token::Symbol(b'*') => {
                self.optional = true;
                return true;
            }
            Token::Symbol(b'~') => self.text(" "),
            Token::Symbol(b'_') => self.text("-"),
            Token::Symbol(symbol @ (b'\\' | b'{' | b'}')) => self.byte(symbol),
            Token::Symbol(b'\r' | b'\n') => self.text("\n"),
            Token::Symbol(_) | Token::Byte(b'\r' | b'\n' | 0) => {}
            Token::Hex(byte) | Token::Byte(byte) => self.byte(byte),
        }
        self.optional = false;
        self.aside.is_some() || self.out.len() < 2 * MAX_RTF
    }

    fn word(&mut self, word: &[u8], number: Option<i32>) {
        let optional = self.optional;
        match word {
            b"ansicpg" => self.code_page = number.and_then(|page| u32::try_from(page).ok()).unwrap_or(1252),
            b"fcharset" => self.has_code_pages |= !matches!(number, None | Some(0..=2)),
            b"fromhtml" => self.is_html = self.aside.is_none(),
            // Its text is HTML as it was.
            b"htmltag" if self.is_html => {}
            b"htmltag" | b"mhtmltag" => self.go_to(Place::Nowhere),
            b"htmlrtf" => self.group.for_rtf = number != Some(0),
            b"uc" => {
                self.replaced = number.and_then(|count| usize::try_from(count).ok()).unwrap_or(1).min(10);
            }
            b"u" => self.unicode(number.unwrap_or_default()),
            b"par" | b"line" | b"row" | b"sect" | b"page" | b"column" | b"nestrow" => self.text("\n"),
            b"tab" | b"cell" | b"nestcell" => self.text("\t"),
            b"emspace" | b"enspace" | b"qmspace" => self.text(" "),
            b"lquote" => self.text("‘"),
            b"rquote" => self.text("’"),
            b"ldblquote" => self.text("“"),
            b"rdblquote" => self.text("”"),
            b"bullet" => self.text("•"),
            b"endash" => self.text("–"),
            b"emdash" => self.text("—"),
            b"fonttbl"
            | b"colortbl"
            | b"stylesheet"
            | b"pict"
            | b"objdata"
            | b"themedata"
            | b"colorschememapping"
            | b"datastore"
            | b"blipuid"
            | b"bkmkstart"
            | b"bkmkend" => {
                self.go_to(Place::Nowhere);
            }
            b"info" | b"object" | b"header" | b"headerl" | b"headerr" | b"headerf" | b"footer"
            | b"footerl" | b"footerr" | b"footerf" => self.go_aside(),
            b"footnote" if self.aside.is_some() => self.go_aside(),
            _ if optional => self.go_aside(),
            _ => {}
        }
    }

    fn is_silent(&self) -> bool {
        match self.group.place {
            Place::Main => self.is_html && self.group.for_rtf,
            Place::Aside => self.aside.is_none(),
            Place::Nowhere => true,
        }
    }

    /// Says where text goes from here on, to the end of the group.
    fn go_to(&mut self, place: Place) {
        if self.group.place != place {
            self.flush();
            self.group.place = place;
        }
    }

    /// Puts text aside, where it begins a line, but none that goes nowhere.
    fn go_aside(&mut self) {
        if self.group.place != Place::Nowhere {
            self.go_to(Place::Aside);
            self.text("\n");
        }
    }

    /// Where text goes now.
    fn place(&mut self) -> &mut String {
        match &mut self.aside {
            Some(aside) if self.group.place == Place::Aside => aside,
            _ => &mut self.out,
        }
    }

    fn byte(&mut self, byte: u8) {
        if self.to_skip > 0 {
            self.to_skip -= 1;
        } else if !self.is_silent() {
            self.bytes.push(byte);
        }
    }

    fn text(&mut self, text: &str) {
        if !self.is_silent() {
            self.flush();
            self.place().push_str(text);
        }
    }

    fn unicode(&mut self, number: i32) {
        // Numbers over 32767 are written as negative ones; halves of a pair are replaced.
        let unit = u32::from(u16::try_from(number.rem_euclid(0x1_0000)).unwrap_or_default());
        if !self.is_silent() {
            self.flush();
            self.place().push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        self.to_skip = self.replaced;
    }

    fn flush(&mut self) {
        if !self.bytes.is_empty() {
            let bytes = std::mem::take(&mut self.bytes);
            let label = charset::of_code_page(self.code_page);
            if (self.has_code_pages || label.is_empty()) && !bytes.is_ascii() {
                self.fidelity = Fidelity::AsciiOnly;
            }
            // Where nothing is said it could be UTF-16, which is longer.
            let label = if self.aside.is_some() && label.is_empty() { "windows-1252" } else { &label };
            let text = charset::decode(&bytes, Some(label)).value;
            self.place().push_str(&text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(rtf: &str) -> String {
        match read(rtf.as_bytes()) {
            Content::Text(text) => text,
            Content::Html(html) => format!("HTML {html}"),
        }
    }

    #[test]
    fn texts() {
        for (rtf, expected) in [
            (
                r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\*\generator X;}Gr\'fc\'dfe\par b\tab c}",
                "Grüße\nb\tc",
            ),
            (r"{\rtf1\uc1 \u228?\u-10179?\{x\}}", "ä\u{fffd}{x}"),
            (r"{\rtf1\ansi a}}}} b", "a"),
            (r"{\rtf1 \'z", ""),
            (r"\", ""),
            ("", ""),
        ] {
            assert_eq!(text(rtf), expected, "{rtf}");
        }
        assert_eq!(text(&"{".repeat(100_000)), "");
    }

    /// What is not read at once stands behind, so that words within which a mark stands are whole.
    #[test]
    fn all_of_a_text_is_given() {
        use Fidelity::{AsciiOnly, Exact, Lossy};
        for (rtf, expected, fidelity) in [
            (
                r"{\rtf1\ansi{\fonttbl{\f0 Arial;}}Pass{\b po}{\*\bkmkstart x}rt{\*\bkmkend x}}",
                "Passport",
                Exact,
            ),
            (r"{\rtf1 a{\footnote 41{\i 11}}b{\header top}{\*\shptxt box}}", "ab\n4111\ntop\nbox", Exact),
            (
                r"{\rtf1{\info{\title secret}}{\object{\*\objdata 00ff}{\result x}}{\pict 00ff}y}",
                "y\nsecret\nx",
                Exact,
            ),
            (r"{\rtf1{\pict\bin4 }}{x 00}a\u8364?\'80}", "a€€", Exact),
            (r"{\rtf1{\*\htmltag64 <p>}\fromhtml1 a\htmlrtf {\b \htmlrtf0 b}{\*\htmltag </p>}}", "ab", Exact),
            (r"{\rtf1{\fonttbl{\f1\fcharset204 Arial;}}\f1 \'cf 12}", "\u{cf} 12", AsciiOnly),
            (r"{\rtf1\ansicpg1 \'ff\'feab}", "ÿþab", AsciiOnly),
            (r"{\rtf1 a", "a", Lossy),
            (r"{\rtf1 a}}b", "a", Lossy),
            (r"{\rtf1\bin9 a}", "", Lossy),
            (r"{\rtf1 a\", "a", Lossy),
        ] {
            let found = all_text(rtf.as_bytes());
            assert_eq!((found.value.as_str(), found.fidelity), (expected, fidelity), "{rtf}");
            assert!(found.value.len() <= charset::most_octets(rtf.as_bytes(), Some("windows-1252")));
        }
        assert_eq!(all_text("{".repeat(100_000).as_bytes()).fidelity, Lossy);
    }

    #[test]
    fn html_comes_back() {
        let rtf = r"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\b \htmlrtf0 Hi \'e4{\*\htmltag72 </p>}\htmlrtf }\htmlrtf0 }";
        assert_eq!(text(rtf), "HTML <p>Hi ä</p>");
    }

    /// The example of [MS-OXRTFCP], 3.1.1.
    #[test]
    fn the_compressed_form() {
        let packed = [
            0x2d, 0, 0, 0, 0x2b, 0, 0, 0, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 0x03, 0, 0x0a, 0,
            0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09,
            0, 0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f, 0xa0,
        ];
        assert_eq!(decompress(&packed).unwrap(), b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
        for end in 0..packed.len() {
            let cut = decompress(packed.get(..end).unwrap());
            assert!(cut.is_none_or(|rtf| rtf.len() < 50));
        }
    }

    #[test]
    fn what_is_unpacked_is_bounded() {
        // Each pair of bytes stands for 17, from far behind where the next one is written.
        let mut write = PRELOAD.len();
        let mut body = Vec::new();
        for place in 0..400_000 {
            if place % 8 == 0 {
                body.push(0xFF);
            }
            let reference = (((write + 2000) % DICTIONARY) << 4) | 0xF;
            body.extend(u16::try_from(reference).unwrap().to_be_bytes());
            write = (write + 17) % DICTIONARY;
        }
        let packed = [&[0; 8][..], b"LZFu", &[0; 4], &body].concat();
        assert_eq!(decompress(&packed).unwrap().len(), MAX_RTF);
        let tail = read(&[b"{\\rtf1 ".as_slice(), &b"\\par ".repeat(100_000)].concat());
        assert!(matches!(tail, Content::Text(text) if text.len() == 100_000));
    }
}
