//! Reads the PROXY protocol's header, by which a load balancer says who its client is (versions 1 and 2, as `HAProxy`
//! specifies them).
//!
//! Whether a peer has to send one is known by its address and never guessed. Where none is sent, or another than the
//! standard allows, the connection ends without a word.

use std::net::SocketAddr;

use bytes::Buf as _;
use proxy_header::{Error, ParseConfig, Protocol, ProxyHeader};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::wire::Wire;

/// Longest header that is taken. That of version 1 has at most 107 octets; those of version 2 carry some facts more.
const MAX_HEADER: usize = 2048;

/// Reads the header, and nothing behind it.
///
/// Gives the client's address, or nothing where the balancer speaks for itself or does not know. `None` outside means
/// that there is no good header.
pub(super) async fn read<S>(wire: &mut Wire<S>, deadline: Instant) -> Option<Option<SocketAddr>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        match parse(wire.buffer()) {
            Ok((client, length)) => {
                wire.buffer().advance(length);
                return Some(client);
            }
            Err(Error::BufferTooShort) if wire.buffer().len() < MAX_HEADER => {}
            Err(_) => return None,
        }
        wire.fill(deadline).await.ok()?;
    }
}

/// Understands the header at the start of these octets; gives its length too.
fn parse(octets: &[u8]) -> Result<(Option<SocketAddr>, usize), Error> {
    const FIRST: &[u8] = b"PROXY ";
    let config = ParseConfig { include_tlvs: false, allow_v1: true, allow_v2: true };
    if octets.is_empty() {
        return Err(Error::BufferTooShort);
    }
    let (header, length) = ProxyHeader::parse(octets, config)?;
    let line = octets.get(..length).unwrap_or_default();
    // The parser takes any octet for this space, and a sign before a port.
    if line.first() == Some(&b'P') && (!line.starts_with(FIRST) || line.contains(&b'+')) {
        return Err(Error::Invalid);
    }
    match header.proxied_address() {
        Some(address) if address.protocol == Protocol::Stream => Ok((Some(address.source), length)),
        Some(_) => Err(Error::Invalid),
        None => Ok((None, length)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

    fn v2(rest: &[u8]) -> Vec<u8> {
        [V2, rest].concat()
    }

    #[test]
    fn headers_are_read_and_nothing_behind_them() {
        let v4 = b"\x21\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x01\x30\x39\0\x19";
        let with_more = b"\x21\x11\0\x0f\xc0\0\x02\x01\xc6\x33\x64\x01\x30\x39\0\x19\x04\0\0";
        let v6 =
            [b"\x21\x21\0\x24\x20\x01\x0d\xb8", &[0; 11][..], b"\x07", &[0; 16], b"\x30\x39\0\x19"].concat();
        for (header, client) in [
            (b"PROXY TCP4 192.0.2.1 198.51.100.1 12345 25\r\n".to_vec(), Some("192.0.2.1:12345")),
            (b"PROXY TCP6 2001:db8::7 ::1 12345 25\r\n".to_vec(), Some("[2001:db8::7]:12345")),
            (b"PROXY UNKNOWN\r\n".to_vec(), None),
            (b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n".to_vec(), None),
            (v2(v4), Some("192.0.2.1:12345")),
            (v2(with_more), Some("192.0.2.1:12345")),
            (v2(&v6), Some("[2001:db8::7]:12345")),
            (v2(b"\x20\0\0\0"), None),
            (v2(b"\x21\0\0\0"), None),
        ] {
            let client = client.map(|client| client.parse().unwrap());
            let octets = [&header[..], b"EHLO c.example\r\n"].concat();
            assert_eq!(parse(&octets), Ok((client, header.len())), "{}", header.escape_ascii());
            for cut in 0..header.len() {
                assert_eq!(
                    parse(&header[..cut]),
                    Err(Error::BufferTooShort),
                    "{cut} of {}",
                    header.escape_ascii()
                );
            }
        }
    }

    #[test]
    fn what_is_no_header_is_refused() {
        for octets in [
            &b"EHLO c.example\r\nMAIL"[..],
            b"\x16\x03\x01",
            b"PROXYxTCP4 192.0.2.1 198.51.100.1 12345 25\r\n",
            b"PROXY TCP4 192.0.2.1 198.51.100.1 +2345 25\r\n",
            b"PROXY TCP4 192.0.2.1 198.51.100.1 12345 25\rx",
            b"PROXY TCP4 192.0.2.1 198.51.100.1 99999 25\r\n",
            b"PROXY TCP4 2001:db8::7 ::1 12345 25\r\n",
            b"PROXY TCP4 192.0.2.1  198.51.100.1 12345 25\r\n",
            b"PROXY UDP4 192.0.2.1 198.51.100.1 12345 25\r\n",
            b"proxy TCP4 192.0.2.1 198.51.100.1 12345 25\r\n",
            &v2(b"\x11\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x01\x30\x39\0\x19"),
            &v2(b"\x22\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x01\x30\x39\0\x19"),
            &v2(b"\x21\x12\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x01\x30\x39\0\x19"),
            &v2(b"\x21\x11\0\x04\xc0\0\x02\x01EHLO c.example\r\n"),
            &v2(b"\x21\x41\0\0"),
        ] {
            assert!(
                !matches!(parse(octets), Ok(_) | Err(Error::BufferTooShort)),
                "{}",
                octets.escape_ascii()
            );
        }
        let endless = [b"PROXY UNKNOWN ", &[b'x'; 200][..]].concat();
        assert_eq!(parse(&endless), Err(Error::Invalid));
    }
}
