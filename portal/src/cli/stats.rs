//! `stats`: how the portal has been used.

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use tokio::runtime::Runtime;

use crate::{
    config::Settings,
    state::State,
    surroundings::Surroundings,
    usage::{report::Report, today},
};

/// What `stats` takes.
#[derive(clap::Args)]
pub(super) struct StatsArguments {
    /// The settings file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// How many days up to today, in UTC.
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    days: u64,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

/// Prints the figures that may be shown.
pub(super) fn run(arguments: &StatsArguments) -> anyhow::Result<()> {
    let settings = Settings::load(&arguments.config)?;
    let last = today(Surroundings::real().clock.now());
    let first = (last + 1).saturating_sub(arguments.days);
    let counts = Runtime::new()?.block_on(async {
        let state = State::open(&settings.state).await?;
        let counts = state.figures(first).await;
        state.close().await;
        counts
    })?;
    let report = Report::new(&counts, first, last, settings.usage.smallest_shown);
    let mut out = io::stdout().lock();
    if arguments.json {
        writeln!(out, "{}", report.to_json())?;
    } else {
        write!(out, "{}", report.to_text())?;
    }
    Ok(())
}
