//! Says how far something decoded is what was encoded.

/// How far a decoded value is what the sender wrote; the greater, the worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Fidelity {
    /// Nothing was lost.
    #[default]
    Exact,
    /// Characters beyond ASCII may be other ones or lost; those of ASCII are right.
    AsciiOnly,
    /// Some was lost or may be read wrongly.
    Lossy,
}

/// A decoded value, and how far it is right.
#[derive(Clone, Default)]
pub struct Decoded<T> {
    /// The value.
    pub value: T,
    /// How far it is right.
    pub fidelity: Fidelity,
}

impl<T> Decoded<T> {
    /// Gives a value of which nothing was lost.
    pub fn exact(value: T) -> Self {
        Self { value, fidelity: Fidelity::Exact }
    }

    /// Says that other readers may read it otherwise.
    #[must_use]
    pub fn in_doubt(self) -> Self {
        Self { fidelity: Fidelity::Lossy, ..self }
    }

    /// Says whether nothing was lost.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.fidelity == Fidelity::Exact
    }

    /// Makes another value of it, which is right as far as this one.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Decoded<U> {
        Decoded { value: f(self.value), fidelity: self.fidelity }
    }
}
