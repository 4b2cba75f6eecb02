//! Reads the header section of a part: its fields and their raw values.

use crate::charset;

/// A header section as it stands.
#[derive(Clone, Copy)]
pub struct Section<'m> {
    raw: &'m [u8],
    eol: u8,
}

impl<'m> Section<'m> {
    /// Takes the octets of a header section, whose lines end in `eol`.
    #[must_use]
    pub fn new(raw: &'m [u8], eol: u8) -> Self {
        Section { raw, eol }
    }

    /// Gives all fields as they stand, their continuation lines and line ends with them.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &'m [u8]> + use<'m> {
        let (mut rest, eol) = (self.raw, self.eol);
        std::iter::from_fn(move || {
            let field = rest.get(..field_length(rest, eol)).filter(|field| !field.is_empty())?;
            rest = rest.get(field.len()..).unwrap_or_default();
            Some(field)
        })
    }

    /// Gives the raw values of all fields called `name`, unfolded, in order.
    pub fn all(&self, name: &str) -> impl Iterator<Item = Vec<u8>> {
        self.fields().filter_map(move |field| {
            let (found, value) = field_name(field)?;
            found.eq_ignore_ascii_case(name.as_bytes()).then(|| unfolded(value))
        })
    }

    /// Gives the raw value of the first field called `name`.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<Vec<u8>> {
        self.all(name).next()
    }

    /// Gives a Content-ID or the like, without its angle brackets.
    #[must_use]
    pub fn id(&self, name: &str) -> Option<String> {
        let value = charset::header(&self.first(name)?).value;
        let value = value.trim();
        let inner = value.strip_prefix('<').unwrap_or(value);
        let inner = inner.split('>').next().unwrap_or(inner).trim();
        (!inner.is_empty()).then(|| inner.to_owned())
    }
}

/// Length of the field at the start of `rest`, its continuation lines and their ends counted in.
fn field_length(rest: &[u8], eol: u8) -> usize {
    let ends = memchr::memchr_iter(eol, rest);
    for end in ends {
        if !matches!(rest.get(end + 1), Some(b' ' | b'\t')) {
            return end + 1;
        }
    }
    rest.len()
}

/// Cuts a field into name and value; `None` if it has no name.
///
/// White space before the colon is read over (RFC 5322, 4.5), within the name it makes it no field.
pub(crate) fn field_name(field: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr::memchr(b':', field)?;
    let (name, value) = field.split_at_checked(colon)?;
    let name = name.trim_ascii_end();
    (!name.is_empty() && name.iter().all(u8::is_ascii_graphic))
        .then_some((name, value.get(1..).unwrap_or_default()))
}

fn unfolded(value: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = value.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    let start = out.iter().take_while(|b| b.is_ascii_whitespace()).count();
    out.drain(..start);
    let end = out.trim_ascii_end().len();
    out.truncate(end);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_and_unfolded() {
        let raw = b"A: 1\r\nSubject : two\r\n  lines\r\nb b: no\r\nsubject: second\r\n";
        let section = Section::new(raw, b'\n');
        assert_eq!(section.all("subject").collect::<Vec<_>>(), [b"two  lines".to_vec(), b"second".to_vec()]);
        assert_eq!(section.first("b b"), None);
    }
}
