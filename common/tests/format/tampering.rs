//! Changes envelopes in every way that one can count, and sees each refused.

use std::io::{self, Read};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sealpost_common::armor::{BEGIN, END, TextDecoder, decode_link};
use sealpost_common::envelope::{Parsed, UnverifiedHeader, open_bytes, open_bytes_for_recovery};
use sealpost_common::error::{OpenError, PayloadFault};
use sealpost_common::grant::Terms;
use sealpost_common::keys::{OpeningKey, OpeningKeys, SigningKey};
use sealpost_common::seal::Sealer;

use crate::support::{World, terms, trust};

const SEALED_SEGMENT_LEN: usize = 65_552;

#[test]
fn every_flipped_bit_is_refused() {
    let mut world = World::new(1);
    let envelope = world.seal(b"From: alice@example.org\r\n\r\nHello Bob\r\n").to_bytes();
    for bit in 0..envelope.len() * 8 {
        let mut flipped = envelope.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(world.open(&flipped).is_err(), "bit {bit}");
    }
}

/// Without the signature the other layers must hold by themselves: the fixed part and the opening-key ID are bound into
/// the grant, the grant and the payload are authenticated by their own keys.
#[test]
fn every_changed_byte_before_the_signature_is_refused_in_recovery_too() {
    let mut world = World::new(2);
    let sealed = world.seal(b"mail");
    let envelope = sealed.to_bytes();
    let signature = sealed.header().len() - 64..sealed.header().len();
    for byte in (0..envelope.len()).filter(|byte| !signature.contains(byte)) {
        let mut flipped = envelope.clone();
        flipped[byte] ^= 1 << (byte % 8);
        assert!(open_bytes_for_recovery(&flipped, &world.keys).is_err(), "byte {byte}");
    }
}

#[test]
fn flipped_bits_of_a_large_payload_are_refused() {
    let mut world = World::new(3);
    let mail = world.noise(300_000);
    let sealed = world.seal(&mail);
    let envelope = sealed.to_bytes();
    for _ in 0..200 {
        let bit = world.rng.random_range(sealed.header().len() * 8..envelope.len() * 8);
        let mut flipped = envelope.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(world.open(&flipped).unwrap_err().outcome(), "payload", "bit {bit}");
    }
}

#[test]
fn truncation_at_every_length_is_refused() {
    let mut world = World::new(4);
    let envelope = world.seal(b"mail").to_bytes();
    for len in 0..envelope.len() {
        assert_eq!(world.open(&envelope[..len]).unwrap_err().outcome(), "truncated", "{len} bytes");
    }
}

#[test]
fn truncation_of_a_large_payload_is_refused() {
    let mut world = World::new(5);
    let mail = world.noise(4 * SEALED_SEGMENT_LEN);
    let sealed = world.seal(&mail);
    let envelope = sealed.to_bytes();
    let payload_start = sealed.header().len();
    let edges = (0..4).map(|segment| payload_start + segment * SEALED_SEGMENT_LEN);
    let around = edges.flat_map(|edge| edge - 20..edge + 20).chain(envelope.len() - 100..envelope.len());
    for len in around {
        assert_eq!(world.open(&envelope[..len]).unwrap_err().outcome(), "truncated", "{len} bytes");
    }
}

#[test]
fn whatever_follows_is_refused() {
    let mut world = World::new(6);
    let mail = world.noise(SEALED_SEGMENT_LEN);
    for mail in [b"mail".as_slice(), &mail] {
        let envelope = world.seal(mail).to_bytes();
        for more in [b"\0".as_slice(), b"\r\n", &envelope] {
            let outcome = world.open(&[&envelope, more].concat()).unwrap_err().outcome();
            assert_eq!(outcome, "payload");
        }
    }
}

#[test]
fn swapped_repeated_and_dropped_segments_are_refused() {
    let mut world = World::new(7);
    let mail = world.noise(5 * SEALED_SEGMENT_LEN);
    let sealed = world.seal(&mail);
    let segments: Vec<&[u8]> = sealed.payload().chunks(SEALED_SEGMENT_LEN).collect();
    let whole = segments.len();
    let open = |order: &[usize]| {
        let payload: Vec<&[u8]> = order.iter().map(|&segment| segments[segment]).collect();
        world.open(&[sealed.header(), &payload.concat()].concat())
    };
    let order: Vec<usize> = (0..whole).collect();
    assert!(open(&order).unwrap() == mail);
    for a in 0..whole {
        for b in a + 1..whole {
            let mut swapped = order.clone();
            swapped.swap(a, b);
            assert_eq!(open(&swapped).unwrap_err().outcome(), "payload", "{a} and {b} swapped");
        }
        let dropped: Vec<usize> = order.iter().copied().filter(|&segment| segment != a).collect();
        assert!(open(&dropped).is_err(), "{a} dropped");
        let repeated: Vec<usize> = order[..=a].iter().chain(&order[a..]).copied().collect();
        assert_eq!(open(&repeated).unwrap_err().outcome(), "payload", "{a} repeated");
    }
}

#[test]
fn parts_of_two_envelopes_do_not_go_together() {
    let mut world = World::new(8);
    let (one, two) = (world.seal(b"mail"), world.seal(b"mail"));
    assert_eq!(one.len(), two.len());
    let mixed = [one.header(), two.payload()].concat();
    assert_eq!(world.open(&mixed).unwrap_err().outcome(), "payload");
    // The whole grant of the other one, in a header that is otherwise untouched.
    let mut header = one.header().to_vec();
    let grants = 75..header.len() - 64;
    header[grants.clone()].copy_from_slice(&two.header()[grants]);
    let mixed = [header.as_slice(), one.payload()].concat();
    assert_eq!(world.open(&mixed).unwrap_err().outcome(), "signature");
    let recovered = open_bytes_for_recovery(&mixed, &world.keys);
    assert_eq!(recovered.unwrap_err().outcome(), "grant");
}

/// A reader that keeps what it was given before a refusal must not be able to go on, or take it for the whole.
#[test]
fn after_a_refusal_nothing_more_comes() {
    let mut world = World::new(9);
    let mail = world.noise(3 * SEALED_SEGMENT_LEN);
    let sealed = world.seal(&mail);
    let mut payload = sealed.payload().to_vec();
    payload[SEALED_SEGMENT_LEN + 100] ^= 1;
    let Parsed::Complete(header) = UnverifiedHeader::parse(sealed.header()).unwrap() else {
        panic!("cut short")
    };
    let unwrapped = header.verify(&world.gateways).unwrap().unwrap(&world.keys).unwrap();
    let mut reader = unwrapped.open(payload.as_slice()).unwrap();
    let mut given = Vec::new();
    let error = OpenError::from(reader.read_to_end(&mut given).unwrap_err());
    assert!(matches!(error, OpenError::Payload(PayloadFault::Segment)));
    assert!(given.len() <= SEALED_SEGMENT_LEN && mail.starts_with(&given));
    for _ in 0..3 {
        let error = OpenError::from(reader.read(&mut [0; 10]).unwrap_err());
        assert!(matches!(error, OpenError::Payload(PayloadFault::AlreadyRefused)));
    }
}

/// Whoever reads just as many bytes as the mail has, and never the end, must not get the last one unchecked.
#[test]
fn the_last_byte_comes_only_after_all_checks() {
    let mut world = World::new(10);
    let mail = world.noise(1000);
    let sealed = world.seal(&mail);
    let trailing = [sealed.payload(), b"\0"].concat();
    let Parsed::Complete(header) = UnverifiedHeader::parse(sealed.header()).unwrap() else {
        panic!("cut short")
    };
    let unwrapped = header.verify(&world.gateways).unwrap().unwrap(&world.keys).unwrap();
    let error = unwrapped.open(trailing.as_slice()).unwrap().read_exact(&mut [0; 1000]).unwrap_err();
    assert!(matches!(OpenError::from(error), OpenError::Payload(PayloadFault::TrailingData)));
    let mut out = [0; 1000];
    unwrapped.open(sealed.payload()).unwrap().read_exact(&mut out).unwrap();
    assert!(out.as_slice() == mail);
}

/// Fails as a connection does.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

#[test]
fn a_failing_source_is_no_refusal_of_the_envelope() {
    let mut world = World::new(11);
    let sealed = world.seal(b"mail");
    let Parsed::Complete(header) = UnverifiedHeader::parse(sealed.header()).unwrap() else {
        panic!("cut short")
    };
    let unwrapped = header.verify(&world.gateways).unwrap().unwrap(&world.keys).unwrap();
    let error = unwrapped.open(sealed.payload()[..20].chain(Broken)).unwrap().read(&mut [0; 10]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(OpenError::from(error).outcome(), "read-failed");
}

#[test]
fn only_a_gateway_that_is_trusted_for_the_sender_is_believed() {
    let mut rng = StdRng::seed_from_u64(12);
    let [signing, other] = [(); 2].map(|()| SigningKey::generate(&mut rng));
    let opening = OpeningKey::generate(&mut rng);
    let trusted = |domains: &[&str]| trust(&signing, domains);
    let gateways = [
        trusted(&["example.org"]),
        trusted(&["other.example", "*.example.org"]),
        trusted(&["*"]),
        trusted(&[]),
        trust(&other, &["*"]),
    ];
    let senders = [
        (Some("alice@example.org"), None),
        (None, Some("alice@EXAMPLE.org")),
        (Some("bounce@list.example"), Some("alice@example.org")),
        (Some("alice@example.org"), Some("ceo@bank.example")),
        (Some("alice@sub.example.org"), None),
        (Some("alice@badexample.org"), None),
        (Some("alice@example.org.evil.example"), None),
        (Some("postmaster"), None),
        (None, None),
    ];
    let [yes, sender, key] = ["opens", "untrusted-sender", "unknown-signing-key"];
    let wanted = [
        [yes, sender, yes, sender, key],
        [yes, sender, yes, sender, key],
        [yes, sender, yes, sender, key],
        [sender, sender, yes, sender, key],
        [sender, yes, yes, sender, key],
        [sender, sender, yes, sender, key],
        [sender, sender, yes, sender, key],
        [sender, sender, yes, sender, key],
        [sender, sender, yes, sender, key],
    ];
    let keys_text = opening.to_text_secret();
    let sealing = opening.sealing_key();
    let signing_text = signing.to_text_secret();
    let sealer = Sealer::new(SigningKey::from_text(&signing_text).unwrap(), sealing, None);
    for ((envelope_sender, author), wanted) in senders.into_iter().zip(wanted) {
        let text = |address: &str| address.to_owned();
        let terms = Terms { envelope_sender: envelope_sender.map(text), author: author.map(text), ..terms() };
        let envelope = sealer.seal(b"mail", &terms, &mut rng).unwrap().to_bytes();
        let keys = OpeningKeys::from_text(&keys_text).unwrap();
        let outcome = |gateways| match open_bytes(&envelope, gateways, &keys) {
            Ok(_) => yes,
            Err(error) => error.outcome(),
        };
        assert_eq!(gateways.each_ref().map(outcome), wanted, "{envelope_sender:?} {author:?}");
    }
}

/// Reads a text in pieces of one size.
fn decode_text(text: &[u8], piece: usize) -> Result<Vec<u8>, OpenError> {
    let mut decoder = TextDecoder::new();
    let mut envelope = Vec::new();
    text.chunks(piece).try_for_each(|piece| decoder.push(piece, &mut envelope))?;
    decoder.finish()?;
    Ok(envelope)
}

#[test]
fn text_is_read_the_same_in_pieces_of_every_size() {
    for body in ["", "QUJD\r\n", "QUJDRA==\r\n", "QUJ DRE\r\n\t U=", "Q\nU\nJ\nD", "QUJDQUJDQUJD\r\nQUJD\r\n"]
    {
        let text = format!("<html>\n---{BEGIN}{body}{END}</html>");
        let whole = decode_text(text.as_bytes(), text.len()).unwrap();
        assert_eq!(whole, encodify::base64::LENIENT.decode(body).unwrap());
        for piece in 1..text.len() {
            assert_eq!(decode_text(text.as_bytes(), piece).unwrap(), whole, "{text:?} by {piece}");
        }
    }
}

#[test]
fn broken_text_is_refused_in_pieces_of_every_size() {
    let cases = [
        String::new(),
        "QUJD".to_owned(),
        BEGIN.to_owned(),
        format!("{BEGIN}QUJD"),
        format!("{BEGIN}QUJD{}", &END[..END.len() - 1]),
        format!("{BEGIN}QUJD-----END PGP MESSAGE-----"),
        format!("{BEGIN}QUJD{BEGIN}QUJD{END}"),
        format!("{BEGIN}QUJD{END}{BEGIN}"),
        format!("{BEGIN}QUJD{END}\r\n{BEGIN}QUJD{END}"),
        format!("{BEGIN}QUJ{END}"),
        format!("{BEGIN}QUJDRA{END}"),
        format!("{BEGIN}QUJDRA={END}"),
        format!("{BEGIN}QUJDRA==={END}"),
        format!("{BEGIN}QUJDRA==QUJD{END}"),
        format!("{BEGIN}QUJDRB=={END}"),
        format!("{BEGIN}=QUJ{END}"),
        format!("{BEGIN}QUJ_{END}"),
        format!("{BEGIN}QUJD&#10;{END}"),
        format!("{BEGIN}QUJD\u{a0}{END}"),
        format!("{BEGIN}QUJD\0{END}"),
    ];
    for text in cases {
        for piece in 1..=text.len().max(1) {
            let outcome = decode_text(text.as_bytes(), piece).unwrap_err().outcome();
            assert_eq!(outcome, "armor", "{text:?} by {piece}");
        }
    }
}

/// The dashes of BEGIN repeat, which is where a search that arrives in pieces goes wrong.
#[test]
fn begin_is_found_after_any_false_start() {
    for start in 1..BEGIN.len() {
        for gap in ["", "-", "--", "-----", "------", "x", "-----BEGIN SEALPOST ENVELOPE--", "\r\n"] {
            let text = format!("{}{gap}{BEGIN}QUJD{END}", &BEGIN[..start]);
            // Some false starts and gaps make a BEGIN of their own.
            if text.find(BEGIN) != text.rfind(BEGIN) {
                continue;
            }
            for piece in [1, 2, 3, 5, 7, text.len()] {
                assert_eq!(decode_text(text.as_bytes(), piece).unwrap(), b"ABC", "{text:?} by {piece}");
            }
        }
    }
}

#[test]
fn broken_links_are_refused() {
    assert_eq!(decode_link("QUJDRA").unwrap(), b"ABCD");
    assert_eq!(decode_link("").unwrap(), b"");
    for broken in
        ["QUJDRA==", "QUJDRB", "QUJDR", "QUJ+", "QUJ/", "QUJ D", "#QUJD", "QUJD\n", "QUJD%3D", "QÜJD"]
    {
        assert_eq!(decode_link(broken).unwrap_err().outcome(), "armor", "{broken:?}");
    }
}
