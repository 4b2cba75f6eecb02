//! Seals and opens mails of every interesting size and kind, and sees that the terms come back.

use std::io::{self, Read};

use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sealpost_common::armor::{TextDecoder, decode_link};
use sealpost_common::envelope::{Parsed, UnverifiedHeader, open_bytes_for_recovery};
use sealpost_common::error::{SealError, TermsFault};
use sealpost_common::grant::{Rights, SignIn, Terms};
use sealpost_common::keys::{OpeningKey, OpeningKeys, SigningKey};
use sealpost_common::limits::MAX_MAIL_LEN;
use sealpost_common::seal::Sealer;

use crate::support::{World, terms, trust};

/// Around the segment, zstd's block (128 KiB) and its window (512 KiB at level 1).
const SIZES: [usize; 14] =
    [0, 1, 2, 17, 1000, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 524_288, 600_000, 5_000_000];

#[test]
fn mails_of_every_size_come_back() {
    let mut world = World::new(1);
    for size in SIZES {
        let compressible: Vec<u8> =
            b"To: bob@example.net\r\n\r\nHello.\r\n".iter().copied().cycle().take(size).collect();
        for mail in [world.noise(size), compressible, vec![0; size]] {
            let sealed = world.seal(&mail);
            let envelope = sealed.to_bytes();
            assert_eq!(envelope.len(), sealed.len());
            assert!(world.open(&envelope).unwrap() == mail, "{size} bytes");
        }
    }
}

/// The payload's length, not the mail's, decides where the last segment ends: try all around the edge.
#[test]
fn payloads_that_just_fill_a_segment_come_back() {
    let mut world = World::new(2);
    let mut last_segments = Vec::new();
    for size in 65_515..65_545 {
        let mail = world.noise(size);
        let sealed = world.seal(&mail);
        last_segments.push(sealed.payload().len() % 65_552);
        assert!(world.open(&sealed.to_bytes()).unwrap() == mail, "{size} bytes");
    }
    assert!(last_segments.contains(&0), "a payload of exactly one full segment was among them");
    assert!(last_segments.contains(&17), "a payload with a last segment of one byte was among them");
}

#[test]
fn compression_keeps_base64_small() {
    let mut world = World::new(3);
    let noise = world.noise(3_000_000);
    let mail = encodify::base64::MIME.encode(&noise);
    let sealed = world.seal(mail.as_bytes());
    assert!(sealed.text_len() * 100 < mail.len() * 102, "{} of {}", sealed.text_len(), mail.len());
}

#[test]
fn terms_come_back() {
    let mut world = World::new(4);
    for terms in [
        terms(),
        Terms { envelope_sender: None, expires: Some(u64::MAX), created: 0, ..terms() },
        Terms {
            author: None,
            message_id_hash: None,
            rights: Rights::none(),
            sign_in: SignIn::Provider,
            ..terms()
        },
        Terms {
            recipients: vec!["jürgen@bücher.example".to_owned(); 1000],
            brand: "Bank & Söhne".to_owned(),
            ..terms()
        },
        Terms { recipients: vec![format!("{}@x.example", "a".repeat(310)); 1000], ..terms() },
    ] {
        let sealed = world.sealer.seal(b"mail", &terms, &mut world.rng).unwrap();
        let Parsed::Complete(header) = UnverifiedHeader::parse(sealed.header()).unwrap() else {
            panic!("cut short")
        };
        assert_eq!(header.header_len(), sealed.header().len());
        let verified = header.verify(&world.gateways).unwrap();
        assert_eq!(verified.payload_len(), sealed.payload().len() as u64);
        let unwrapped = verified.unwrap(&world.keys).unwrap();
        assert!(*unwrapped.terms() == terms);
        assert_eq!((unwrapped.mail_len(), unwrapped.envelope_id()), (4, sealed.envelope_id()));
    }
}

#[test]
fn a_recovery_key_opens_too_and_needs_no_signature() {
    let mut rng = StdRng::seed_from_u64(5);
    let signing = SigningKey::generate(&mut rng);
    let [portal, recovery, other] = [(); 3].map(|()| OpeningKey::generate(&mut rng));
    let gateways = trust(&signing, &["example.org"]);
    let sealer = Sealer::new(signing, portal.sealing_key(), Some(recovery.sealing_key()));
    let envelope = sealer.seal(b"mail", &terms(), &mut rng).unwrap().to_bytes();
    for key in [portal, recovery] {
        let keys = OpeningKeys::new(vec![key]);
        assert_eq!(sealpost_common::envelope::open_bytes(&envelope, &gateways, &keys).unwrap(), b"mail");
        assert_eq!(open_bytes_for_recovery(&envelope, &keys).unwrap(), b"mail");
    }
    let outcome = open_bytes_for_recovery(&envelope, &OpeningKeys::new(vec![other])).unwrap_err().outcome();
    assert_eq!(outcome, "unknown-opening-key");
}

#[test]
fn a_recovery_key_that_is_the_sealing_key_gives_one_grant() {
    let mut rng = StdRng::seed_from_u64(6);
    let portal = OpeningKey::generate(&mut rng);
    let sealer =
        Sealer::new(SigningKey::generate(&mut rng), portal.sealing_key(), Some(portal.sealing_key()));
    let envelope = sealer.seal(b"mail", &terms(), &mut rng).unwrap();
    assert_eq!(envelope.header().get(74), Some(&1));
    assert_eq!(
        open_bytes_for_recovery(&envelope.to_bytes(), &OpeningKeys::new(vec![portal])).unwrap(),
        b"mail"
    );
}

#[test]
fn what_no_reader_would_accept_is_not_sealed() {
    let mut world = World::new(7);
    let too_large = vec![0; usize::try_from(MAX_MAIL_LEN).unwrap() + 1];
    let error = world.sealer.seal(&too_large, &terms(), &mut world.rng).err().unwrap();
    assert!(matches!(error, SealError::MailTooLarge(len) if len == too_large.len()));
    let no_recipients = Terms { recipients: Vec::new(), ..terms() };
    let error = world.sealer.seal(b"mail", &no_recipients, &mut world.rng).err().unwrap();
    assert!(matches!(error, SealError::Terms(TermsFault::RecipientCount)));
}

#[test]
fn text_and_link_form_come_back() {
    let mut world = World::new(8);
    for size in [0, 1, 2, 3, 100, 40_000] {
        let mail = world.noise(size);
        let sealed = world.seal(&mail);
        let mut text = Vec::new();
        sealed.write_text(&mut text).unwrap();
        assert_eq!(text.len(), sealed.text_len());
        assert!(text.split(|&byte| byte == b'\n').all(|line| line.len() <= 901));
        let mut envelope = Vec::new();
        let mut decoder = TextDecoder::new();
        decoder.push(&text, &mut envelope).unwrap();
        decoder.finish().unwrap();
        assert!(envelope == sealed.to_bytes());

        let fragment = sealed.link_fragment();
        assert_eq!(fragment.len(), sealed.link_fragment_len());
        assert!(decode_link(&fragment).unwrap() == envelope);
    }
}

/// Gives its bytes in pieces of changing size, and an interruption now and then.
struct Dribble<'b> {
    rest: &'b [u8],
    turn: usize,
}

impl Read for Dribble<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.turn += 1;
        if self.turn.is_multiple_of(5) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let len = out.len().min(self.turn % 4099 + 1);
        (&mut self.rest).take(len as u64).read(out)
    }
}

#[test]
fn reads_of_any_size_give_the_same_mail() {
    let mut world = World::new(9);
    let mail = [world.noise(100_000), vec![b'a'; 300_000], world.noise(50_000)].concat();
    let sealed = world.seal(&mail);
    for out_len in [1, 7, 4096, 65_536, 1_000_000] {
        let Parsed::Complete(header) = UnverifiedHeader::parse(sealed.header()).unwrap() else {
            panic!("cut short")
        };
        let unwrapped = header.verify(&world.gateways).unwrap().unwrap(&world.keys).unwrap();
        let mut reader = unwrapped.open(Dribble { rest: sealed.payload(), turn: 0 }).unwrap();
        let mut opened = Vec::new();
        let mut out = vec![0; out_len];
        loop {
            let read = reader.read(&mut out).unwrap();
            if read == 0 {
                break;
            }
            opened.extend_from_slice(&out[..read]);
        }
        assert!(opened == mail);
        assert_eq!(reader.read(&mut out).unwrap(), 0, "after the end stays the end");
    }
}

/// Only needs the header to be there: how many bytes of it does not matter.
#[test]
fn a_header_is_recognised_from_any_prefix() {
    let mut world = World::new(10);
    let sealed = world.seal(b"mail");
    let envelope = sealed.to_bytes();
    for len in 0..envelope.len() {
        match UnverifiedHeader::parse(&envelope[..len]).unwrap() {
            Parsed::NeedMore => assert!(len < sealed.header().len()),
            Parsed::Complete(header) => {
                assert!(len >= sealed.header().len());
                assert_eq!(header.header_len(), sealed.header().len());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_mail_and_any_terms_come_back(
        mail in proptest::collection::vec(any::<u8>(), 0..200_000),
        recipients in proptest::collection::vec("[a-z\u{e0}-\u{17f} \"<>]{1,40}@[a-z]{1,20}", 1..40),
        author in proptest::option::of("[a-zA-Z.]{1,20}@example\\.org"),
        expires in any::<Option<u64>>(),
        created in any::<u64>(),
        rights in 0u8..32,
    ) {
        let mut world = World::new(created);
        let rights = Rights::from_bits(rights).unwrap();
        let terms = Terms { recipients, author, expires, created, rights, ..terms() };
        let sealed = world.sealer.seal(&mail, &terms, &mut world.rng).unwrap();
        prop_assert!(world.open(&sealed.to_bytes()).unwrap() == mail);
        let Parsed::Complete(header) = UnverifiedHeader::parse(sealed.header()).unwrap() else { panic!("cut short") };
        let unwrapped = header.verify(&world.gateways).unwrap().unwrap(&world.keys).unwrap();
        prop_assert!(*unwrapped.terms() == terms);
    }
}
