//! What the portal makes of requests that two programs in a row could cut apart differently, and of methods that it has not.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use crate::site::Site;

/// All that comes back until the portal hangs up, as text.
fn answers(site: &Site, request: &str) -> String {
    let mut connection = TcpStream::connect(site.address).unwrap();
    connection.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    connection.write_all(request.as_bytes()).unwrap();
    let mut all = Vec::new();
    // It may hang up with some of the request unread.
    drop(connection.read_to_end(&mut all));
    String::from_utf8_lossy(&all).into_owned()
}

/// The statuses of the answers.
fn statuses(answers: &str) -> Vec<&str> {
    answers.split("HTTP/1.").skip(1).filter_map(|answer| answer.get(2..5)).collect()
}

/// Whoever sends a request within a request through a proxy that ends it elsewhere must not get it in.
#[test]
fn a_request_ends_in_one_place_only() {
    let site = Site::start();
    let within = "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    for (name, head) in [
        ("two lengths", "Content-Length: 0\r\nContent-Length: 60\r\n"),
        ("two lengths in one", "Content-Length: 0, 60\r\n"),
        ("a length with a sign", "Content-Length: +0\r\n"),
        ("a length that is none", "Content-Length: 0x0\r\n"),
        ("a space before the colon", "Content-Length : 0\r\n"),
        ("a folded field", "X: y\r\n Content-Length: 60\r\n"),
        ("not chunked in the end", "Transfer-Encoding: chunked, identity\r\n"),
        ("another coding", "Transfer-Encoding: xchunked\r\n"),
    ] {
        let all = answers(&site, &format!("POST / HTTP/1.1\r\nHost: x\r\n{head}\r\n{within}"));
        assert_eq!(statuses(&all), ["400"], "{name}: {all}");
    }
    let old = "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let all = answers(&site, &format!("POST / HTTP/1.0\r\n{old}{within}"));
    assert_eq!(statuses(&all), ["400"], "chunks before there were any: {all}");
    // The chunks count, whatever length is stated besides, and what follows them is not looked at.
    let both = "Content-Length: 65\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let all = answers(&site, &format!("POST / HTTP/1.1\r\nHost: x\r\n{both}{within}"));
    assert_eq!(statuses(&all), ["405"], "{all}");
}

#[test]
fn no_method_gives_back_what_was_sent() {
    let site = Site::start();
    for method in ["TRACE", "TRACK", "OPTIONS", "PUT", "PATCH", "DELETE"] {
        for path in ["/", "/open", "/read", "/health", "/assets/portal.css"] {
            let request =
                format!("{method} {path} HTTP/1.1\r\nHost: x\r\nCookie: echo\r\nConnection: close\r\n\r\n");
            let all = answers(&site, &request);
            // A page of ours only is asked where it comes from first.
            let expected = if path == "/read" { ["403", "405"] } else { ["405"; 2] };
            assert!(expected.contains(&statuses(&all)[0]), "{method} {path}: {all}");
            assert!(!all.contains("echo"), "{method} {path}");
        }
    }
}

#[test]
fn connections_beyond_the_limit_wait_for_their_turn() {
    let site = Site::start_with("[server]\npublic_url = 'http://ADDRESS'\nmax_connections = 2\n");
    let idle = [(); 2].map(|()| TcpStream::connect(site.address).unwrap());
    let mut third = TcpStream::connect(site.address).unwrap();
    third.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    third.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let mut answer = [0; 12];
    assert!(third.read(&mut answer).is_err(), "{answer:?}");
    drop(idle);
    third.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    third.read_exact(&mut answer).unwrap();
    assert!(answer.ends_with(b" 200"), "{answer:?}");
}
