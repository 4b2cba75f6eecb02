//! `[server]`: the host name, what clients may do, and who may be one.

use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::source::{Cause, Source};
use crate::{
    decide::Policy,
    receive::{Limits, Memory, Network, Places},
};

/// The largest mail that an envelope can hold.
const LARGEST_MAIL: usize = 150 * 1024 * 1024;

/// What the program takes of `max_memory` before the first mail, and what the allocator keeps of a mail for the next.
const PROGRAM: usize = 80 << 20;

/// What a connection takes beside its mail: what was read of it and what waits to be written to the next hop.
const CONNECTION: usize = 128 << 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    hostname: Spanned<String>,
    #[serde(default = "defaults::max_message_size")]
    max_message_size: Spanned<usize>,
    #[serde(default = "defaults::max_memory")]
    pub(super) max_memory: Spanned<usize>,
    #[serde(default = "defaults::max_recipients")]
    max_recipients: Spanned<usize>,
    #[serde(default = "defaults::max_connections")]
    max_connections: Spanned<usize>,
    #[serde(default = "defaults::max_errors")]
    max_errors: u32,
    #[serde(default = "defaults::max_idle_commands")]
    max_idle_commands: u32,
    #[serde(default = "defaults::trusted_networks")]
    pub(super) trusted_networks: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    pub(super) allow_public_clients: bool,
    #[serde(default = "defaults::command_timeout")]
    command_timeout: Spanned<u64>,
    #[serde(default = "defaults::data_pause_timeout")]
    data_pause_timeout: Spanned<u64>,
    #[serde(default = "defaults::data_timeout")]
    data_timeout: Spanned<u64>,
    #[serde(default = "defaults::carry_timeout")]
    carry_timeout: Spanned<u64>,
    #[serde(default = "defaults::write_timeout")]
    write_timeout: Spanned<u64>,
    #[serde(default = "defaults::shutdown_grace")]
    shutdown_grace: u64,
}

mod defaults {
    use toml::Spanned;

    fn unplaced<T>(value: T) -> Spanned<T> {
        Spanned::new(0..0, value)
    }

    pub(super) fn max_message_size() -> Spanned<usize> {
        unplaced(super::LARGEST_MAIL)
    }

    pub(super) fn max_memory() -> Spanned<usize> {
        unplaced(1536 * 1024 * 1024)
    }

    pub(super) fn max_recipients() -> Spanned<usize> {
        unplaced(1000)
    }

    pub(super) fn max_connections() -> Spanned<usize> {
        unplaced(200)
    }

    pub(super) fn max_errors() -> u32 {
        20
    }

    pub(super) fn max_idle_commands() -> u32 {
        100
    }

    pub(super) fn trusted_networks() -> Spanned<Vec<Spanned<String>>> {
        unplaced(["127.0.0.0/8", "::1/128"].map(|network| unplaced(network.to_owned())).into())
    }

    pub(super) fn command_timeout() -> Spanned<u64> {
        unplaced(300)
    }

    pub(super) fn data_pause_timeout() -> Spanned<u64> {
        unplaced(180)
    }

    pub(super) fn data_timeout() -> Spanned<u64> {
        unplaced(1800)
    }

    pub(super) fn carry_timeout() -> Spanned<u64> {
        unplaced(540)
    }

    pub(super) fn write_timeout() -> Spanned<u64> {
        unplaced(60)
    }

    pub(super) fn shutdown_grace() -> u64 {
        30
    }
}

impl Section {
    pub(super) fn resolve(self, source: &mut Source) -> Option<Limits> {
        let hostname = source.check(&self.hostname, hostname(self.hostname.get_ref()));
        let max_message_size =
            source.check(&self.max_message_size, message_size(*self.max_message_size.get_ref()));
        let largest = *self.max_message_size.get_ref();
        let taken = PROGRAM.saturating_add(self.max_connections.get_ref().saturating_mul(CONNECTION));
        let memory = source.check(&self.max_memory, memory(*self.max_memory.get_ref(), taken, largest));
        let max_recipients =
            source.check(&self.max_recipients, count("max_recipients", &self.max_recipients));
        let max_connections =
            source.check(&self.max_connections, connections(*self.max_connections.get_ref()));
        let mut timeout = |key, value: &Spanned<u64>| source.check(value, seconds(key, *value.get_ref()));
        let command_timeout = timeout("command_timeout", &self.command_timeout);
        let data_pause_timeout = timeout("data_pause_timeout", &self.data_pause_timeout);
        let data_timeout = timeout("data_timeout", &self.data_timeout);
        let carry_timeout = timeout("carry_timeout", &self.carry_timeout);
        let write_timeout = timeout("write_timeout", &self.write_timeout);
        if self.trusted_networks.get_ref().is_empty() {
            source.note(&self.trusted_networks, Cause::Empty("trusted_networks"));
        }
        let trusted_networks = source.each(self.trusted_networks.get_ref(), network);
        Some(Limits {
            hostname: hostname?,
            max_message_size: max_message_size?,
            memory: memory?,
            max_recipients: max_recipients?,
            places: max_connections?,
            max_errors: self.max_errors,
            max_idle_commands: self.max_idle_commands,
            trusted_networks,
            command_timeout: command_timeout?,
            data_pause_timeout: data_pause_timeout?,
            data_timeout: data_timeout?,
            carry_timeout: carry_timeout?,
            write_timeout: write_timeout?,
            shutdown_grace: Duration::from_secs(self.shutdown_grace),
        })
    }
}

fn hostname(text: &str) -> Result<String, Cause> {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() < 64
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let good = text.len() < 254 && text.split('.').all(label);
    let error = Cause::OutOfBounds { key: "hostname", expected: "a host name such as gateway.example.org" };
    good.then(|| text.to_owned()).ok_or(error)
}

fn message_size(size: usize) -> Result<usize, Cause> {
    let expected = "from 1 to 157286400 (150 MiB)";
    (1..=LARGEST_MAIL)
        .contains(&size)
        .then_some(size)
        .ok_or(Cause::OutOfBounds { key: "max_message_size", expected })
}

/// Gives the memory for mails: what the process and the buffers of connections do not take.
fn memory(octets: usize, taken: usize, largest_mail: usize) -> Result<Memory, Cause> {
    let expected =
        "at least two and a half times max_message_size, 128 KiB for each of max_connections, and 80 MiB";
    let memory = Memory::new(octets.saturating_sub(taken));
    let error = Cause::OutOfBounds { key: "max_memory", expected };
    memory.suffices(largest_mail, 0, 1).then_some(memory).ok_or(error)
}

/// Checks that there is memory for what the policy makes of the largest mail: texts that it looks into, sealed forms.
pub(super) fn check_policy(
    max_memory: &Spanned<usize>,
    limits: &Limits,
    policy: &Policy,
    source: &mut Source,
) {
    let (largest, texts, forms) =
        (limits.max_message_size, policy.memory_for_texts(), policy.most_sealed_forms());
    if !limits.memory.suffices(largest, texts, 1) {
        let expected = "at least two and a half times max_message_size, 128 KiB for each of max_connections, and 304 MiB, \
                        as a rule looks into texts (text_words, body_words, attachment_words, data)";
        source.note(max_memory, Cause::OutOfBounds { key: "max_memory", expected });
    } else if !limits.memory.suffices(largest, texts, forms) {
        source.note(max_memory, Cause::MemoryForForms { forms });
    }
}

fn count(key: &'static str, value: &Spanned<usize>) -> Result<usize, Cause> {
    let value = *value.get_ref();
    (1..=1000).contains(&value).then_some(value).ok_or(Cause::OutOfBounds { key, expected: "from 1 to 1000" })
}

pub(super) fn connections(count: usize) -> Result<Places, Cause> {
    let expected = "from 1 to 100000";
    let good = (1..=100_000).contains(&count).then(|| Places::new(count));
    good.ok_or(Cause::OutOfBounds { key: "max_connections", expected })
}

/// Makes a time limit of seconds; none can be switched off.
pub(super) fn seconds(key: &'static str, value: u64) -> Result<Duration, Cause> {
    let good = (1..=86_400).contains(&value).then(|| Duration::from_secs(value));
    good.ok_or(Cause::OutOfBounds { key, expected: "from 1 to 86400 seconds" })
}

pub(super) fn network(text: &str) -> Result<Network, Cause> {
    text.parse().or(Err(Cause::Network(text.to_owned())))
}
