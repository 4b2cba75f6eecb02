//! Names the reserved recipient of envelopes that prove a chain (ENVELOPE.md, "Probes").

use crate::grant::Terms;

/// The recipient of a probe. `invalid` is a domain that never exists (RFC 2606), so nobody can ever prove that this is
/// his address.
pub const PROBE_RECIPIENT: &str = "probe@sealpost.invalid";

/// Says whether an address is the reserved one, whatever the case of its letters.
#[must_use]
pub fn is_probe_recipient(address: &str) -> bool {
    address.eq_ignore_ascii_case(PROBE_RECIPIENT)
}

impl Terms {
    /// Says whether these are the terms of a probe: the reserved recipient, exactly as it is written, and no other.
    #[must_use]
    pub fn is_probe(&self) -> bool {
        matches!(self.recipients.as_slice(), [only] if only == PROBE_RECIPIENT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::terms::tests::sample;

    #[test]
    fn only_the_reserved_recipient_alone_makes_a_probe() {
        for (recipients, expected) in [
            (&[PROBE_RECIPIENT][..], true),
            (&["Probe@sealpost.invalid"], false),
            (&["probe@sealpost.invalid "], false),
            (&["bob@example.net"], false),
            (&[PROBE_RECIPIENT, "bob@example.net"], false),
            (&["bob@example.net", PROBE_RECIPIENT], false),
            (&[PROBE_RECIPIENT, PROBE_RECIPIENT], false),
        ] {
            let recipients = recipients.iter().map(|&recipient| recipient.to_owned()).collect();
            let terms = Terms { recipients, ..sample() };
            assert_eq!(terms.is_probe(), expected, "{:?}", terms.recipients);
        }
        assert!(is_probe_recipient("PROBE@Sealpost.Invalid"));
    }
}
