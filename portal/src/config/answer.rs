//! `[answer]`: whether and how readers answer.

use serde::{Deserialize, Deserializer, de::Error as _};

use super::{
    MailTls,
    values::{DomainList, HostPort, PlainSender},
};

/// The most that a count may be: recipients of a mail that every server takes are less (RFC 5321, 4.5.3.1.8), and the gateway
/// takes no more.
const MOST: usize = 1000;

/// `[answer]`; without it nobody answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Host and port of the gateway's SMTP listener.
    pub relay: HostPort,
    /// Whether the connection to it is encrypted.
    #[serde(default)]
    pub tls: MailTls,
    /// The name that the portal gives in EHLO; its public host name where absent.
    #[serde(default)]
    pub hello: Option<String>,
    /// Seconds that handing over one answer may take.
    #[serde(default = "Answer::default_timeout")]
    pub timeout: u64,
    /// The organisation's mailbox that answers come from.
    pub from: PlainSender,
    /// The envelope sender, which gets the bounces; the address of `from` where absent.
    #[serde(default)]
    pub envelope_sender: Option<PlainSender>,
    /// To whom readers may pass messages on.
    #[serde(default)]
    pub forward_to: ForwardTo,
    /// Most recipients of one answer.
    #[serde(default = "Answer::default_max_recipients", deserialize_with = "count")]
    pub max_recipients: usize,
    /// Most files of one answer.
    #[serde(default = "Answer::default_max_files", deserialize_with = "count")]
    pub max_files: usize,
    /// Most bytes of all files of one answer.
    #[serde(default = "Answer::default_max_file_bytes")]
    pub max_file_bytes: u64,
    /// Answers of one reader within `passcode.window_minutes`.
    #[serde(default = "Answer::default_per_reader")]
    pub per_reader: u32,
    /// Answers from one network within `passcode.window_minutes`.
    #[serde(default = "Answer::default_per_network")]
    pub per_network: u32,
}

impl Answer {
    fn default_timeout() -> u64 {
        120
    }

    fn default_max_recipients() -> usize {
        100
    }

    fn default_max_files() -> usize {
        20
    }

    fn default_max_file_bytes() -> u64 {
        20_000_000
    }

    fn default_per_reader() -> u32 {
        30
    }

    fn default_per_network() -> u32 {
        300
    }
}

/// To whom readers may pass messages on.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "forward_to must be \"participants\", \"anyone\" or a list of domains")]
pub enum ForwardTo {
    /// By a rule that has a name.
    Named(ForwardRule),
    /// To those whom the message names, and to addresses in these domains.
    Domains(DomainList),
}

/// A rule for passing on that has a name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ForwardRule {
    /// To those whom the message names.
    #[default]
    Participants,
    /// To anybody.
    Anyone,
}

impl Default for ForwardTo {
    fn default() -> Self {
        Self::Named(ForwardRule::default())
    }
}

fn count<'d, D: Deserializer<'d>>(from: D) -> Result<usize, D::Error> {
    let count = usize::deserialize(from)?;
    if (1..=MOST).contains(&count) { Ok(count) } else { Err(D::Error::custom("must be from 1 to 1000")) }
}
