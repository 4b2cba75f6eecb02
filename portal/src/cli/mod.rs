//! The command line: a contract, as scripts of others rely on it. 0 is success, 1 is anything else; results go to
//! standard output, everything else to standard error.

mod check;
mod keys;
mod recover;
mod stats;

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};
use sealpost_common::grant::hash_message_id;
use tokio::{
    net::TcpListener,
    runtime::Runtime,
    signal::unix::{SignalKind, signal},
};

use crate::{config::Settings, observe, state::State, surroundings::Surroundings};

/// Shows sealed mails to their recipients.
#[derive(Parser)]
#[command(name = "sealpost-portal", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the portal.
    Serve {
        /// The settings file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Check settings and keys; errors name file and line.
    Check {
        /// The settings file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make, list and export opening keys.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Open an envelope offline: message.html, a carrier mail, a bare envelope or a link in, the mail out.
    Open(recover::OpenArguments),
    /// Show how the portal has been used.
    Stats(stats::StatsArguments),
    /// Make a mail unreadable, by its Message-ID.
    Revoke(RevocationArguments),
    /// Make a revoked mail readable again.
    Restore(RevocationArguments),
}

#[derive(clap::Args)]
struct RevocationArguments {
    /// The settings file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The Message-ID of the mail, with or without angle brackets.
    message_id: String,
}

/// Runs the command that the arguments of the process name.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(usage) => {
            let is_help = !usage.use_stderr();
            return if usage.print().is_ok() && is_help { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
    };
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when standard error is closed.
            drop(writeln!(io::stderr(), "sealpost-portal: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve { config } => serve(&config),
        Command::Check { config, json } => check::run(&config, json),
        Command::Keys(command) => keys::run(command, &Surroundings::real()),
        Command::Open(arguments) => recover::run(&arguments),
        Command::Stats(arguments) => stats::run(&arguments),
        Command::Revoke(arguments) => revocation(&arguments, true),
        Command::Restore(arguments) => revocation(&arguments, false),
    }
}

fn serve(config: &Path) -> anyhow::Result<()> {
    let settings = Settings::load(config)?;
    check::require_gateway(&settings, config)?;
    observe::start_logging(&settings.log);
    Runtime::new()?.block_on(async {
        let address = settings.server.listen;
        let listener =
            TcpListener::bind(address).await.with_context(|| format!("can't listen on {address}"))?;
        let (mut terminate, mut interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let shutdown = async move {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        };
        tracing::info!(address = %listener.local_addr()?, "listening");
        crate::run(settings, Surroundings::real(), listener, shutdown).await?;
        Ok(())
    })
}

fn revocation(arguments: &RevocationArguments, revoke: bool) -> anyhow::Result<()> {
    let settings = Settings::load(&arguments.config)?;
    let id = arguments.message_id.trim();
    let id = id.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(id);
    if id.is_empty() {
        bail!("the Message-ID is empty");
    }
    let hash = hash_message_id(id);
    let changed = Runtime::new()?.block_on(async {
        let state = State::open(&settings.state).await?;
        let changed = if revoke {
            state.revoke(&hash, Surroundings::real().clock.now()).await
        } else {
            state.restore(&hash).await
        };
        state.close().await;
        changed
    })?;
    let words = match (revoke, changed) {
        (true, true) => "revoked: the mail can no longer be read here",
        (true, false) => "it was revoked already",
        (false, true) => "restored: the mail can be read again",
        (false, false) => "it was not revoked",
    };
    writeln!(io::stdout(), "{words}")?;
    Ok(())
}
