//! The command line: `serve`, `check`, `decide`, `seal`, `keys`, `doctor`. Exit status 0 when all went well, else 1.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::{Args, Parser, Subcommand};
use jiff::Timestamp;
use sealpost_common::keys::VerifyingKey;
use serde_json::json;
use thiserror::Error;
use tokio::time::Instant;

use crate::{
    config::{ConfigErrors, Settings, dkim_record, read_signing_key},
    decide::{Question, VerifiedTls},
    doctor::{self, Stage, Wishes},
    error::PlanError,
    hand_over::Inherited,
    keys::{self, GenerateError},
    logging,
    parse::HeaderSection,
    plan::{Planner, Surroundings},
    receive::Share,
    serve::{self, ServeError},
};

/// Seals outbound mails beside Postfix.
#[derive(Parser)]
#[command(name = "sealpost-gateway", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the listeners until SIGTERM or SIGINT.
    Serve {
        #[command(flatten)]
        config: Config,
    },
    /// Validates settings, policy and keys; tells mistakes with file and line.
    Check {
        #[command(flatten)]
        config: Config,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Prints the decision for each recipient, and the rule that made it. Sends nothing.
    Decide {
        #[command(flatten)]
        config: Config,
        #[command(flatten)]
        mail: Mail,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Checks the whole chain from Postfix to the portal: PASS, FAIL or SKIP for each stage, and what to do.
    Doctor {
        #[command(flatten)]
        config: Config,
        #[command(flatten)]
        examination: Examination,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Seals a mail whatever the policy says, and prints the carrier mail. Sends nothing.
    Seal {
        #[command(flatten)]
        config: Config,
        #[command(flatten)]
        mail: Mail,
    },
    /// Makes or shows the gateway's signing key.
    #[command(subcommand)]
    Keys(KeysCommand),
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Makes a signing key, in a new file that only its owner can read, and prints its public half for the portal.
    Generate {
        /// The file to make.
        #[arg(long, value_name = "FILE", default_value = "signing.key")]
        out: PathBuf,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Prints the DNS record of a DKIM key, as a line for a zone file.
    Dkim {
        /// The domain that signs (d=).
        #[arg(long, value_name = "DOMAIN")]
        domain: String,
        /// The selector (s=).
        #[arg(long, value_name = "NAME")]
        selector: String,
        /// The key file: PEM, RSA or Ed25519.
        #[arg(long, value_name = "FILE", default_value = "dkim.key")]
        key: PathBuf,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Prints the public half of the signing key, for the portal, and its ID.
    Show {
        /// The key file.
        #[arg(long, value_name = "FILE", default_value = "signing.key")]
        key: PathBuf,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
struct Config {
    /// The settings file.
    #[arg(long = "config", value_name = "FILE")]
    path: PathBuf,
}

#[derive(Args)]
struct Mail {
    /// The envelope sender; "" is the null sender.
    #[arg(long, value_name = "ADDRESS")]
    from: String,
    /// An envelope recipient; give it once for each.
    #[arg(long, value_name = "ADDRESS", required = true)]
    to: Vec<String>,
    /// The file with the mail; "-" is standard input.
    #[arg(value_name = "MAIL")]
    file: PathBuf,
}

#[derive(Args)]
struct Examination {
    /// Postfix's configuration folder, if it is not the usual one.
    #[arg(long, value_name = "FOLDER")]
    postfix: Option<PathBuf>,
    /// Sends a small test mail to this address.
    #[arg(long, value_name = "ADDRESS")]
    to: Option<String>,
    /// Its envelope sender; else postmaster in the first of the sender domains.
    #[arg(long, value_name = "ADDRESS", requires = "to")]
    from: Option<String>,
    /// Postfix's listener that takes it; else its sendmail command does.
    #[arg(long, value_name = "HOST:PORT", requires = "to")]
    submit: Option<String>,
    /// The Maildir or mbox where it arrives: waits for it, and opens it at the portal as its reader does.
    #[arg(long, value_name = "PATH", requires = "to")]
    mailbox: Option<PathBuf>,
    /// Seconds to wait for it, and for the passcode.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    wait: u64,
}

/// Why a command failed.
#[derive(Debug, Error)]
enum CommandError {
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error("{}: {source}", path.display())]
    Mail { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Generate(#[from] GenerateError),
    #[error("{0}")]
    Key(String),
    #[error("the sockets that were handed over cannot be used: {0}")]
    Sockets(#[source] io::Error),
    #[error("cannot start: {0}")]
    Start(#[source] io::Error),
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
    #[error("something in the chain is not as it should be")]
    Doctor,
}

/// Runs the program with the arguments of the process.
#[must_use]
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come here too; they are no failures.
            let printed = error.print().is_ok();
            return if error.use_stderr() || !printed { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        }
    };
    match execute(cli.command, &mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn execute(command: Command, out: &mut impl io::Write) -> Result<(), CommandError> {
    match command {
        Command::Serve { config } => {
            // First of all, while this is the only thread.
            let inherited = Inherited::take().map_err(CommandError::Sockets)?;
            let settings = Settings::load(&config.path)?;
            logging::start(settings.log);
            Ok(serve::until_signal(settings, &config.path, inherited)?)
        }
        Command::Check { config, json } => check(&config.path, json, out),
        Command::Decide { config, mail, json } => decide(&config.path, &mail, json, out),
        Command::Doctor { config, examination, json } => examine(config.path, examination, json, out),
        Command::Seal { config, mail } => seal(&config.path, &mail, out),
        Command::Keys(KeysCommand::Generate { out: path, json }) => {
            let key = keys::generate(&path)?;
            show(&key, json, out)
        }
        Command::Keys(KeysCommand::Dkim { domain, selector, key, json }) => {
            let record = dkim_record(&domain, &selector, &key);
            let (name, value) = record.map_err(|cause| CommandError::Key(cause.to_string()))?;
            show_record(&name, &value, json, out)
        }
        Command::Keys(KeysCommand::Show { key, json }) => {
            let key = read_signing_key(&key).map_err(|cause| CommandError::Key(cause.to_string()))?;
            show(&key.verifying_key(), json, out)
        }
    }
}

fn check(path: &Path, json: bool, out: &mut impl io::Write) -> Result<(), CommandError> {
    match Settings::load(path) {
        Ok(settings) if json => writeln!(
            out,
            "{}",
            json!({
                "ok": true,
                "signing_key": settings.keys.signing.id().to_string(),
                "sealing_key": settings.keys.sealing.id().to_string(),
                "recovery_key": settings.keys.recovery.as_ref().map(|key| key.id().to_string()),
                "rules": settings.policy.rules.len(),
            })
        )?,
        Ok(settings) => {
            writeln!(out, "ok: signing key {}", settings.keys.signing.id())?;
            writeln!(out, "ok: sealing key {}", settings.keys.sealing.id())?;
            if let Some(recovery) = &settings.keys.recovery {
                writeln!(out, "ok: recovery key {}", recovery.id())?;
            }
            writeln!(
                out,
                "ok: {} rules, then {}",
                settings.policy.rules.len(),
                settings.policy.default.action()
            )?;
        }
        Err(errors) => {
            if json {
                let messages: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
                writeln!(out, "{}", json!({ "ok": false, "errors": messages }))?;
            }
            return Err(errors.into());
        }
    }
    Ok(())
}

fn examine(
    config: PathBuf,
    examination: Examination,
    json: bool,
    out: &mut impl io::Write,
) -> Result<(), CommandError> {
    let Examination { postfix, to, from, submit, mailbox, wait } = examination;
    let wait = Duration::from_secs(wait);
    let wishes = Wishes { config, postfix, to, from, submit, mailbox, wait };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let stages = runtime.block_on(doctor::examine(&wishes));
    doctor::write(&stages, json, out)?;
    if stages.iter().any(Stage::has_failed) { Err(CommandError::Doctor) } else { Ok(()) }
}

fn decide(config: &Path, mail: &Mail, json: bool, out: &mut impl io::Write) -> Result<(), CommandError> {
    let planner = Planner::new(Settings::load(config)?);
    let bytes = mail.read()?;
    let recipients: Vec<&str> = mail.to.iter().map(String::as_str).collect();
    let (header, nothing) = (HeaderSection::parse(&bytes), VerifiedTls::default());
    let question = Question {
        mail: &bytes,
        header: &header,
        sender: mail.sender(),
        recipients: &recipients,
        now: Timestamp::now(),
        tls: &nothing,
        memory: &Share::default(),
    };
    let tls = look_up(&planner, &question)?;
    let question = Question { tls: &tls, ..question };
    for (recipient, explanation) in recipients.iter().zip(planner.explain(&question)) {
        let text = if json {
            explanation.to_json(recipient).to_string() + "\n"
        } else {
            explanation.to_text(recipient)
        };
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

/// Finds out what the decisions depend on, as the running gateway does.
fn look_up(planner: &Planner, question: &Question<'_>) -> Result<VerifiedTls, CommandError> {
    let domains = planner.domains_in(question)?;
    let Some(reachability) = planner.reachability().filter(|_| !domains.is_empty()) else {
        return Ok(VerifiedTls::default());
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let verified = runtime.map_err(CommandError::Start)?.block_on(async {
        // Each domain has a time limit of its own.
        reachability.among(domains, Instant::now() + Duration::from_hours(1)).await
    });
    Ok(verified.into_iter().collect())
}

fn seal(config: &Path, mail: &Mail, out: &mut impl io::Write) -> Result<(), CommandError> {
    let planner = Planner::new(Settings::load(config)?);
    let bytes = mail.read()?;
    let header = HeaderSection::parse(&bytes);
    let recipients: Vec<&str> = mail.to.iter().map(String::as_str).collect();
    let (mut rng, tls) = (rand::rng(), VerifiedTls::default());
    let mut surroundings = Surroundings { now: Timestamp::now(), rng: &mut rng, tls: &tls };
    let carrier = planner.seal(&bytes, &header, (mail.sender(), &recipients), &mut surroundings)?;
    carrier.write(out)?;
    Ok(out.flush()?)
}

/// Prints a TXT record. Its strings have at most 255 octets each (RFC 1035, 3.3).
fn show_record(name: &str, value: &str, json: bool, out: &mut impl io::Write) -> Result<(), CommandError> {
    if json {
        writeln!(out, "{}", json!({ "name": name, "type": "TXT", "value": value }))?;
        return Ok(());
    }
    let strings: Vec<_> = value.as_bytes().chunks(255).map(String::from_utf8_lossy).collect();
    writeln!(out, "{name}. IN TXT ( \"{}\" )", strings.join("\" \""))?;
    Ok(())
}

fn show(key: &VerifyingKey, json: bool, out: &mut impl io::Write) -> Result<(), CommandError> {
    let (id, text) = (key.id().to_string(), key.to_text());
    if json {
        writeln!(out, "{}", json!({ "id": id, "verifying_key": text }))?;
    } else {
        writeln!(out, "# Verifying key of a Sealpost gateway, ID {id}\n{text}")?;
    }
    Ok(())
}

impl Mail {
    fn read(&self) -> Result<Vec<u8>, CommandError> {
        let read = if self.file == Path::new("-") {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
        } else {
            fs::read(&self.file)
        };
        read.map_err(|source| CommandError::Mail { path: self.file.clone(), source })
    }

    fn sender(&self) -> &str {
        if self.from == "<>" { "" } else { &self.from }
    }
}
