//! Times the steps of one mail inside the process, without any network: where the processor time of sealing goes.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sealpost_common::grant::{Rights, SignIn, Terms};
use sealpost_common::keys::{OpeningKey, SigningKey};
use sealpost_common::seal::Sealer;
use sealpost_gateway::parse::HeaderSection;
use sealpost_tests::mails::large;

use crate::Extent;
use crate::load::{Load, OUTSIDE, SENDER};

const LOADS: [Load; 2] =
    [Load { bytes: 2_000, sessions: 1, mails: 5_000 }, Load { bytes: 5_000_000, sessions: 1, mails: 50 }];

/// Gives the table of medians, in microseconds.
pub(crate) fn measure(extent: Extent) -> String {
    let mut table =
        "| mail | header section us | envelope us | its text us |\n|---|---|---|---|\n".to_owned();
    for load in LOADS {
        let [parse, seal, text] = time(&load, extent.mails(load.mails, 10));
        writeln!(table, "| {} | {parse:.1} | {seal:.1} | {text:.1} |", load.size())
            .expect("a String takes everything");
    }
    table
}

fn time(load: &Load, mails: usize) -> [f64; 3] {
    let mail = large(SENDER, OUTSIDE, "Steps", load.bytes);
    let mut rng = StdRng::seed_from_u64(1);
    let sealing_key = OpeningKey::generate(&mut rng).sealing_key();
    let sealer = Sealer::new(SigningKey::generate(&mut rng), sealing_key, None);
    let terms = terms();
    let mut times: [Vec<f64>; 3] = Default::default();
    let mut text = Vec::new();
    for _ in 0..mails {
        let mut step = |place: usize, begin: Instant| times[place].push(begin.elapsed().as_secs_f64() * 1e6);
        let begin = Instant::now();
        black_box(HeaderSection::parse(&mail));
        step(0, begin);
        let begin = Instant::now();
        let envelope = sealer.seal(&mail, &terms, &mut rng).expect("a mail is sealed");
        step(1, begin);
        text.clear();
        let begin = Instant::now();
        envelope.write_text(&mut text).expect("a Vec takes everything");
        step(2, begin);
    }
    times.map(crate::load::median)
}

fn terms() -> Terms {
    Terms {
        envelope_sender: Some(SENDER.to_owned()),
        author: Some(SENDER.to_owned()),
        recipients: vec![OUTSIDE.to_owned()],
        message_id_hash: Some([7; 32]),
        created: 1_800_000_000,
        expires: None,
        rights: Rights::all(),
        sign_in: SignIn::Any,
        brand: String::new(),
        language: String::new(),
    }
}
