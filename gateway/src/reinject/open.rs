//! Opens a connection to the next hop: finds its addresses and tries them in turn.
//!
//! Trying elsewhere ends where the session has begun. No mail has been spoken of until then, so no other address can have it.

use std::io;
use std::time::Duration;

use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio::time::timeout;

use super::connection::{Connection, Handshake};
use super::failure::Failure;
use super::next_hop::{Address, NextHop};
use super::pauses::{Pauses, Target};
use super::stream::{Plain, Stream};
use super::tls::TlsLevel;
use crate::metrics;

/// IP addresses of one host that are tried.
const MAX_IPS: usize = 8;

/// Opens a connection to the first address where a session can be begun.
pub(crate) async fn open(next_hop: &NextHop, pauses: &Pauses) -> Result<Connection, Failure> {
    let mut failure = None;
    for address in &next_hop.addresses {
        let targets = match targets(address, next_hop, pauses).await {
            Ok(targets) => targets,
            Err(failed) => {
                keep(&mut failure, failed, address);
                continue;
            }
        };
        for target in targets {
            let attempt = match pauses.begin(target.clone()) {
                Ok(attempt) => attempt,
                Err(left_alone) => {
                    keep(&mut failure, left_alone, address);
                    continue;
                }
            };
            let opened = begin(&target, address, next_hop).await;
            attempt.end(&opened);
            match opened {
                Ok(connection) => return Ok(connection),
                Err(failed) => keep(&mut failure, failed, address),
            }
        }
    }
    Err(failure.unwrap_or_else(|| Failure::Connect(io::ErrorKind::AddrNotAvailable.into())))
}

/// Keeps the failure that tells most: the last one, but for addresses that were not tried.
fn keep(kept: &mut Option<Failure>, failure: Failure, address: &Address) {
    tracing::debug!(%address, "{failure}");
    if kept.is_none() || !matches!(failure, Failure::Paused) {
        *kept = Some(failure);
    }
}

/// Finds what stands behind an address.
async fn targets(address: &Address, next_hop: &NextHop, pauses: &Pauses) -> Result<Vec<Target>, Failure> {
    let host = match address {
        Address::Unix(path) => return Ok(vec![Target::Unix(path.clone())]),
        Address::Host(host) => host,
    };
    if let Ok(address) = host.parse() {
        return Ok(vec![Target::Ip(address)]);
    }
    let attempt = pauses.begin(Target::Name(host.clone()))?;
    let found = within(next_hop.connect_timeout, lookup_host(host.as_str())).await;
    attempt.end(&found);
    Ok(found?.map(Target::Ip).take(MAX_IPS).collect())
}

/// Begins a session. Where TLS need not be and does not come about, it is begun once more in clear.
async fn begin(target: &Target, address: &Address, next_hop: &NextHop) -> Result<Connection, Failure> {
    let handshake = next_hop.tls.connector(address).map_err(Failure::Tls)?;
    match begin_with(target, next_hop, handshake).await {
        Err(Failure::Tls(error)) if next_hop.tls.level() == TlsLevel::May => {
            tracing::warn!(%address, %error, "TLS with the next hop failed, going on in clear (tls = \"may\")");
            begin_with(target, next_hop, None).await
        }
        begun => begun,
    }
}

async fn begin_with(
    target: &Target,
    next_hop: &NextHop,
    handshake: Option<Handshake>,
) -> Result<Connection, Failure> {
    let begun = async {
        let plain = connect(target, next_hop.connect_timeout).await?;
        Connection::begin(Stream::Plain(plain), next_hop, handshake).await
    };
    let begun = begun.await;
    metrics::next_hop_tried(begun.is_ok());
    begun
}

async fn connect(target: &Target, longest: Duration) -> Result<Plain, Failure> {
    match target {
        Target::Unix(path) => within(longest, UnixStream::connect(path)).await.map(Plain::Unix),
        Target::Ip(address) => {
            let stream = within(longest, TcpStream::connect(address)).await?;
            // Commands and the end of a mail are written whole: waiting for more would only cost 40 ms each.
            stream.set_nodelay(true).map_err(Failure::Connect)?;
            Ok(Plain::Tcp(stream))
        }
        Target::Name(_) => Err(Failure::Connect(io::ErrorKind::AddrNotAvailable.into())),
    }
}

async fn within<T>(longest: Duration, work: impl Future<Output = io::Result<T>>) -> Result<T, Failure> {
    match timeout(longest, work).await {
        Ok(result) => result.map_err(Failure::Connect),
        Err(_elapsed) => Err(Failure::Connect(io::ErrorKind::TimedOut.into())),
    }
}
