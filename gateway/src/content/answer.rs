//! Answers to questions about a mail, which may be that it cannot be told.

/// The answer to a question about a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// It cannot be told: the mail is malformed there, over a limit, or not to be read.
    CannotBeTold,
}

impl Answer {
    /// Answers yes or no.
    #[must_use]
    pub fn of(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }

    /// Answers yes if either is so, and no only if neither can be.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::CannotBeTold, _) | (_, Self::CannotBeTold) => Self::CannotBeTold,
            (Self::No, Self::No) => Self::No,
        }
    }
}

/// What was found of a kind, and whether that is all there is.
#[derive(Clone)]
pub struct Listing<T> {
    /// What was found.
    pub items: Vec<T>,
    /// Whether there surely is no other.
    pub complete: bool,
}

impl<T> Listing<T> {
    /// Gives a listing of which nothing is known.
    #[must_use]
    pub fn unknown() -> Self {
        Self { items: Vec::new(), complete: false }
    }

    /// Says whether the test holds for one of them; cannot be told if it holds for none that was found and there may be others.
    pub fn any(&self, mut test: impl FnMut(&T) -> Answer) -> Answer {
        let mut answer = if self.complete { Answer::No } else { Answer::CannotBeTold };
        for item in &self.items {
            answer = answer.or(test(item));
            if answer == Answer::Yes {
                break;
            }
        }
        answer
    }
}

/// How many values were found, and whether that is all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Distinct values found.
    pub found: usize,
    /// Whether there surely are no others.
    pub complete: bool,
}

impl Count {
    /// Says whether there are so many or more.
    #[must_use]
    pub fn at_least(self, wanted: usize) -> Answer {
        if self.found >= wanted {
            Answer::Yes
        } else if self.complete {
            Answer::No
        } else {
            Answer::CannotBeTold
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_that_is_not_complete_never_says_no() {
        let test = |item: &i32| Answer::of(*item == 2);
        for (items, complete, expected) in [
            (vec![1, 2], true, Answer::Yes),
            (vec![1, 2], false, Answer::Yes),
            (vec![1, 3], true, Answer::No),
            (vec![1, 3], false, Answer::CannotBeTold),
            (vec![], true, Answer::No),
            (vec![], false, Answer::CannotBeTold),
        ] {
            assert_eq!(Listing { items, complete }.any(test), expected);
        }
    }

    #[test]
    fn counts_answer_on_the_safe_side() {
        for (found, complete, wanted, expected) in [
            (2, true, 2, Answer::Yes),
            (2, false, 1, Answer::Yes),
            (1, true, 2, Answer::No),
            (1, false, 2, Answer::CannotBeTold),
        ] {
            assert_eq!(Count { found, complete }.at_least(wanted), expected);
        }
    }
}
