//! A relay host of others: it takes mails, offers little besides, and puts all of them into one mailbox.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use sealpost_tests::sink::{At, Fault, Sink};

/// What it offers.
const HELLO: &str = "250-relay.example\r\n250-PIPELINING\r\n250-SIZE 200000000\r\n250 8BITMIME";

/// How often it delivers.
const PAUSE: Duration = Duration::from_millis(50);

/// Starts it.
pub(crate) fn start() -> Sink {
    let sink = Sink::start().unwrap();
    sink.set_fault(Some((At::Hello, Fault::Reply(HELLO))));
    sink
}

/// Delivers to this Maildir whatever comes; the thread ends with the test program.
pub(crate) fn deliver(sink: Sink, maildir: PathBuf) {
    for folder in ["tmp", "new", "cur"] {
        fs::create_dir_all(maildir.join(folder)).unwrap();
    }
    thread::spawn(move || {
        let mut number = 0;
        loop {
            for kept in sink.take() {
                number += 1;
                let (unfinished, mail) = (maildir.join("tmp/mail"), maildir.join(format!("new/{number}")));
                // The folder goes when the test ends.
                if fs::write(&unfinished, kept.mail).and_then(|()| fs::rename(&unfinished, mail)).is_err() {
                    return;
                }
            }
            thread::sleep(PAUSE);
        }
    });
}
