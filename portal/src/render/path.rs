//! Names a part of a mail, or of a mail within it, by the way that leads there.

use std::fmt;
use std::str::FromStr;

use sealpost_mime::structure::MAX_PARTS;

/// Longest way: a message in a message in a message, and so on.
const MAX_STEPS: usize = 8;

/// The way to a part: its number in the mail, then its number in the message (or the container) that this part is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartPath(Vec<usize>);

impl PartPath {
    /// The first number, and the way from there on; `None` where the way ends.
    pub(super) fn split(&self) -> Option<(usize, Self)> {
        let (first, rest) = self.0.split_first()?;
        Some((*first, Self(rest.to_vec())))
    }

    /// The way to a part of what this way leads to.
    #[must_use]
    pub fn join(&self, index: usize) -> Self {
        Self(self.0.iter().copied().chain([index]).collect())
    }

    /// Whether this is the mail itself.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many steps the way has.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl From<usize> for PartPath {
    fn from(index: usize) -> Self {
        Self(vec![index])
    }
}

/// The way as a form field has it: numbers with dots between them.
impl fmt::Display for PartPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, index) in self.0.iter().enumerate() {
            write!(f, "{}{index}", if place == 0 { "" } else { "." })?;
        }
        Ok(())
    }
}

/// The text is no such way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no way to a part")]
pub struct NoPath;

impl FromStr for PartPath {
    type Err = NoPath;

    fn from_str(text: &str) -> Result<Self, NoPath> {
        let steps = text.split('.').take(MAX_STEPS + 1).map(|step| step.parse().ok());
        let steps: Vec<usize> = steps.collect::<Option<_>>().ok_or(NoPath)?;
        let fine = steps.len() <= MAX_STEPS && steps.iter().all(|step| *step < MAX_PARTS);
        fine.then_some(Self(steps)).ok_or(NoPath)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_as_text() {
        for text in ["0", "3", "3.0.12", "1.2.3.4.5.6.7.8"] {
            assert_eq!(text.parse::<PartPath>().unwrap().to_string(), text);
        }
        for text in ["", ".", "1.", ".1", "-1", "1000", "1..2", "1.2.3.4.5.6.7.8.9", "x", "1 2"] {
            assert_eq!(text.parse::<PartPath>(), Err(NoPath), "{text}");
        }
    }
}
