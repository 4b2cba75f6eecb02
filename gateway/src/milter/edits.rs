//! Turns a new header section into edits of the old one, and tells them to the MTA.
//!
//! Fields that the new section has in common with the old one, in the same order, stay where they are. All others are
//! deleted, from the last to the first, as an MTA may or may not count deleted fields; then the new ones are inserted from
//! the first to the last, each at its final place.

use std::{collections::HashMap, ffi::CString};

use indymilter::{ActionError, ContextActions};

use crate::decide::EditedMail;

/// Fields in front of the first that we see: the MTA's own Received field, which it counts when it inserts.
const OWN_FIELDS: usize = 1;

/// One edit of the header section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HeaderEdit {
    /// Delete the field of this name with this number among those of the name, from 1.
    Delete { name: CString, number: usize },
    /// Insert a field so that it has this place among all, from 0.
    Insert { place: usize, name: CString, value: CString },
}

/// Why edits cannot be told to the MTA.
#[derive(Debug, thiserror::Error)]
pub(super) enum EditError {
    /// The header section to be made has something that no field can have.
    #[error("a header field to be made is none")]
    Field,
    /// There are more fields than can be numbered.
    #[error("a header field to be made has too high a number")]
    Number,
    /// The MTA cannot be told.
    #[error("the MTA could not be told")]
    Action(#[from] ActionError),
}

/// Says how the header section of fields `old` becomes `new`. A field is a name, a colon and a value with its CRLF.
pub(super) fn header_edits<'m>(
    old: impl Iterator<Item = &'m [u8]>,
    new: &'m [u8],
) -> Result<Vec<HeaderEdit>, EditError> {
    let old: Vec<&[u8]> = old.collect();
    let new: Vec<&[u8]> = fields(new).collect();
    let (kept, added) = compare(&old, &new);
    let mut edits = Vec::new();
    let mut numbers: HashMap<Vec<u8>, usize> = HashMap::new();
    for (field, kept) in old.iter().zip(kept) {
        let (name, _) = parts(field)?;
        // The MTA ignores case when it counts.
        let number = numbers.entry(name.to_ascii_lowercase()).or_default();
        *number += 1;
        if !kept {
            edits.push(HeaderEdit::Delete { name: c_string(name)?, number: *number });
        }
    }
    edits.reverse();
    for (place, field) in added {
        let (name, value) = parts(field)?;
        let value = value.strip_suffix(b"\r\n").ok_or(EditError::Field)?;
        let value = value.iter().copied().filter(|byte| *byte != b'\r').collect::<Vec<_>>();
        edits.push(HeaderEdit::Insert { place, name: c_string(name)?, value: c_string(&value)? });
    }
    Ok(edits)
}

/// Gives the header section of an edited mail, without the empty line behind it. There is one: the mail is ours.
pub(super) fn section_of(EditedMail { head, rest }: &EditedMail) -> Vec<u8> {
    let mut section = head.clone();
    if section.ends_with(b"\r\n\r\n") {
        // A mail that had no field at all got its own end of a header section.
        section.truncate(section.len() - 2);
    } else if !rest.starts_with(b"\r\n") {
        let end = memchr::memmem::find(rest, b"\r\n\r\n").map_or(rest.len(), |at| at + 2);
        section.extend_from_slice(rest.get(..end).unwrap_or_default());
    }
    section
}

/// Says which old fields stay, and which new ones are added at which places.
fn compare<'m>(old: &[&'m [u8]], new: &[&'m [u8]]) -> (Vec<bool>, Vec<(usize, &'m [u8])>) {
    let mut places: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (place, field) in old.iter().enumerate().rev() {
        places.entry(field).or_default().push(place);
    }
    let mut kept = vec![false; old.len()];
    let (mut added, mut behind) = (Vec::new(), 0);
    for (place, field) in new.iter().enumerate() {
        let candidates = places.get_mut(field);
        let found = candidates.and_then(|candidates| {
            while candidates.pop_if(|candidate| *candidate < behind).is_some() {}
            candidates.pop()
        });
        match found {
            Some(at) => {
                if let Some(kept) = kept.get_mut(at) {
                    *kept = true;
                }
                behind = at + 1;
            }
            None => added.push((place, *field)),
        }
    }
    (kept, added)
}

/// Parts a header section into its fields, each with its CRLF.
fn fields(section: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = section;
    std::iter::from_fn(move || {
        let is_end = |at: &usize| !matches!(rest.get(at + 2), Some(b' ' | b'\t'));
        let end = memchr::memmem::find_iter(rest, b"\r\n").find(is_end).map_or(rest.len(), |at| at + 2);
        let (field, behind) = rest.split_at_checked(end).filter(|(field, _)| !field.is_empty())?;
        rest = behind;
        Some(field)
    })
}

/// Gives name and value. White space before the colon is in neither: to the MTA it is no part of the name.
fn parts(field: &[u8]) -> Result<(&[u8], &[u8]), EditError> {
    let colon = memchr::memchr(b':', field).ok_or(EditError::Field)?;
    let (name, value) = field.split_at_checked(colon).ok_or(EditError::Field)?;
    Ok((name.trim_ascii_end(), value.get(1..).unwrap_or_default()))
}

fn c_string(octets: &[u8]) -> Result<CString, EditError> {
    CString::new(octets).or(Err(EditError::Field))
}

/// Tells the MTA.
pub(super) async fn edit_header(
    actions: &(impl ContextActions + Sync),
    edits: Vec<HeaderEdit>,
) -> Result<(), EditError> {
    for edit in edits {
        match edit {
            HeaderEdit::Delete { name, number } => {
                let number = i32::try_from(number).or(Err(EditError::Number))?;
                actions.change_header(name, number, None::<CString>).await?;
            }
            HeaderEdit::Insert { place, name, value } => {
                let place = i32::try_from(place + OWN_FIELDS).or(Err(EditError::Number))?;
                actions.insert_header(place, name, value).await?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An MTA looks for the name as it is told; to it, white space before the colon is no part of one.
    #[test]
    fn names_are_told_without_white_space() {
        let old: [&[u8]; 3] = [b"X-A : 1\r\n", b"x-a\t: 2\r\n", b"X-B: 3\r\n"];
        let edits = header_edits(old.into_iter(), b"X-A : 1\r\nX-C : 4\r\nX-B: 3\r\n").unwrap();
        let insert = HeaderEdit::Insert { place: 1, name: c"X-C".into(), value: c" 4".into() };
        assert_eq!(edits, [HeaderEdit::Delete { name: c"x-a".into(), number: 2 }, insert]);
    }
}
