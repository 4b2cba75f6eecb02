//! The gateway as a filter of a real Postfix, against the same Postfix with a filter that does nothing.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Result;
use sealpost_tests::postfix::{Filter, Setup};
use sealpost_tests::process::{Process, run};
use sealpost_tests::site::Site;

use crate::Extent;
use crate::load::{Ground, Load, OUTSIDE, PARTNER, median, start_sink};
use crate::null_milter::{Deed, NullMilter};

/// Enough mails that the start of Postfix's own processes counts for little.
const LOADS: [Load; 4] = [
    Load { bytes: 2_000, sessions: 1, mails: 600 },
    Load { bytes: 2_000, sessions: 10, mails: 3_000 },
    Load { bytes: 100_000, sessions: 10, mails: 1_000 },
    Load { bytes: 5_000_000, sessions: 10, mails: 150 },
];

/// The longest that a load may take to arrive.
const PATIENCE: Duration = Duration::from_mins(5);

/// How Postfix is set up, and what for.
struct Way {
    filter: Filter,
    /// The lines of `main.cf` that switch it on.
    main: String,
    recipient: &'static str,
}

/// Measures mails a second from the first connection to the last arrival at the sink, and gives the table.
pub(crate) fn measure(extent: Extent) -> Result<String> {
    let mut table = "\
| mail | sessions | Postfix alone /s | null filter /s | pass /s | seal /s | pass/null | seal/null | null milter /s | \
giving back /s | milter pass /s | milter seal /s | pass/null | seal/null | seal/giving back |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
"
    .to_owned();
    for load in LOADS {
        let load = Load { mails: extent.mails(load.mails, load.sessions), ..load };
        table += &row(load, extent.rounds)?;
    }
    Ok(table)
}

fn row(load: Load, rounds: usize) -> Result<String> {
    let ground = Ground::new()?;
    let null_milter = NullMilter::start(&ground.folder().join("null-milter"), Deed::Nothing)?;
    let giving_back = NullMilter::start(&ground.folder().join("giving-back"), Deed::GivesBack)?;
    let milter =
        |milter: &NullMilter| Way { filter: Filter::None, main: milter.setting(), recipient: OUTSIDE };
    let ours = |filter, recipient| Way { filter, main: String::new(), recipient };
    let ways = [
        Way { filter: Filter::None, main: String::new(), recipient: OUTSIDE },
        // The filter's transport leads straight back to where a filter hands mails back.
        Way {
            filter: Filter::Smtp,
            main: "content_filter = sealpost:[127.0.0.1]:12526\n".into(),
            recipient: OUTSIDE,
        },
        ours(Filter::Lmtp, PARTNER),
        ours(Filter::Lmtp, OUTSIDE),
        milter(&null_milter),
        milter(&giving_back),
        ours(Filter::MilterUnix, PARTNER),
        ours(Filter::MilterUnix, OUTSIDE),
    ];
    let mut rates: [Vec<f64>; 8] = Default::default();
    for _ in 0..rounds {
        for (place, way) in ways.iter().enumerate() {
            rates[place].push(once(&ground, load, way)?);
        }
    }
    let [alone, null, pass, seal, null_milter, giving_back, milter_pass, milter_seal] = rates.map(median);
    let mut row = String::new();
    writeln!(
        row,
        "| {} | {} | {alone:.0} | {null:.0} | {pass:.0} | {seal:.0} | {:.2} | {:.2} | {null_milter:.0} | \
         {giving_back:.0} | {milter_pass:.0} | {milter_seal:.0} | {:.2} | {:.2} | {:.2} |",
        load.size(),
        load.sessions,
        pass / null,
        seal / null,
        milter_pass / null_milter,
        milter_seal / null_milter,
        milter_seal / giving_back,
    )?;
    Ok(row)
}

/// Starts a Postfix, sends the load, and returns how many mails a second came out at its far end.
fn once(ground: &Ground, load: Load, way: &Way) -> Result<f64> {
    // This sink ends after the last mail, which tells when that came.
    let (far_end, mut sink) = start_sink(ground.folder(), &["-M", &load.mails.to_string()])?;
    let mut site = Ground::inside()?;
    let main = format!("in_flow_delay = 0\n{}", way.main);
    let setup = Setup { far_end: Some(far_end), main: &main, ..Setup::new(way.filter, &[]) };
    site.start_postfix_as(&setup)?;
    let rate = send(ground, load, &site, way.recipient, &mut sink);
    site.finish()?;
    rate
}

fn send(ground: &Ground, load: Load, site: &Site, recipient: &str, sink: &mut Process) -> Result<f64> {
    let to: SocketAddr = site.ports.submission;
    let begin = Instant::now();
    run(&mut ground.source(load, to, recipient)?)?;
    sink.wait_until_ended(PATIENCE)?;
    Ok(f64::from(u32::try_from(load.mails)?) / begin.elapsed().as_secs_f64())
}
