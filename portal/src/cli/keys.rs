//! `sealpost-portal keys`: opening keys are made and rotated here; what is printed of them is public.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::Subcommand;
use sealpost_common::keys::OpeningKey;
use serde_json::{Value, json};

use crate::{
    config::Settings,
    keys::{self, KeyFile},
    surroundings::Surroundings,
};

#[derive(Subcommand)]
pub(super) enum KeysCommand {
    /// Make the portal's first opening key and its state key; or, with --out, a recovery key to keep offline.
    Generate {
        /// The settings file, which says where the keys go.
        #[arg(long, value_name = "FILE", required_unless_present = "out")]
        config: Option<PathBuf>,
        /// Make a single opening key in this file instead.
        #[arg(long, value_name = "FILE", conflicts_with = "config")]
        out: Option<PathBuf>,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// List the opening keys; the last one is current.
    List {
        /// The settings file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make a new opening key and so the current one; the old ones go on opening old envelopes.
    Rotate {
        /// The settings file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print the public sealing key of the current opening key, for the gateways.
    Export {
        /// The settings file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// The ID of another opening key.
        #[arg(long, value_name = "ID")]
        id: Option<String>,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(command: KeysCommand, surroundings: &Surroundings) -> anyhow::Result<()> {
    match command {
        KeysCommand::Generate { out: Some(path), json, .. } => {
            let key = keys::new_opening_key(surroundings)?;
            keys::write_opening_key(&path, &key)?;
            print_new(&path, &key, json)
        }
        KeysCommand::Generate { config, json, .. } => {
            let config = config.context("--config or --out is needed")?;
            generate(&Settings::load(&config)?, surroundings, json)
        }
        KeysCommand::List { config, json } => list(&Settings::load(&config)?, json),
        KeysCommand::Rotate { config, json } => {
            let settings = Settings::load(&config)?;
            let file = keys::add_opening_key(&settings.keys.opening_keys, surroundings)?;
            print_new(&file.path, &file.key, json)
        }
        KeysCommand::Export { config, id, json } => export(&Settings::load(&config)?, id.as_deref(), json),
    }
}

fn generate(settings: &Settings, surroundings: &Surroundings, json: bool) -> anyhow::Result<()> {
    let directory = &settings.keys.opening_keys;
    if directory.is_dir() && !keys::read_key_directory(directory)?.is_empty() {
        bail!("{}: there is an opening key already; `keys rotate` adds one", directory.display());
    }
    if !settings.keys.state_key.exists() {
        keys::write_state_key(&settings.keys.state_key, surroundings)?;
    }
    let file = keys::add_opening_key(directory, surroundings)?;
    print_new(&file.path, &file.key, json)
}

fn list(settings: &Settings, json: bool) -> anyhow::Result<()> {
    let files = keys::read_key_directory(&settings.keys.opening_keys)?;
    let current = files.len().saturating_sub(1);
    let mut out = io::stdout().lock();
    if json {
        let all: Vec<Value> = files
            .iter()
            .enumerate()
            .map(|(index, file)| {
                json!({ "id": file.key.id().to_string(), "file": file.path, "current": index == current })
            })
            .collect();
        writeln!(out, "{}", Value::from(all))?;
        return Ok(());
    }
    for (index, file) in files.iter().enumerate() {
        let mark = if index == current { "current" } else { "old" };
        writeln!(out, "{}  {mark:7}  {}", file.key.id(), file.path.display())?;
    }
    Ok(())
}

fn export(settings: &Settings, id: Option<&str>, json: bool) -> anyhow::Result<()> {
    let files = keys::read_key_directory(&settings.keys.opening_keys)?;
    let found = match id {
        Some(id) => files.iter().find(|file| file.key.id().to_string() == id),
        None => files.last(),
    };
    let Some(KeyFile { key, .. }) = found else { bail!("there is no such opening key") };
    let sealing_key = key.sealing_key().to_text();
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{}", json!({ "id": key.id().to_string(), "sealing_key": sealing_key }))?;
    } else {
        writeln!(out, "{sealing_key}")?;
    }
    Ok(())
}

/// Prints the public half of a new key, and says where the secret one lies.
fn print_new(path: &Path, key: &OpeningKey, json: bool) -> anyhow::Result<()> {
    let sealing_key = key.sealing_key().to_text();
    if json {
        let all = json!({ "id": key.id().to_string(), "file": path, "sealing_key": sealing_key });
        writeln!(io::stdout(), "{all}")?;
        return Ok(());
    }
    writeln!(
        io::stderr(),
        "opening key {} is in {}; keep a copy of that file offline: without it no mail sealed to it can ever be opened",
        key.id(),
        path.display()
    )?;
    writeln!(io::stdout(), "{sealing_key}")?;
    Ok(())
}
