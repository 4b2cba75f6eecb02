//! A mail relay that takes everything and keeps it in memory.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

/// What the relay has taken: envelope recipient and mail.
#[derive(Default)]
struct Taken {
    mails: Mutex<Vec<(String, String)>>,
    more: Condvar,
}

/// The relay.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    taken: Arc<Taken>,
}

impl Relay {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let taken = Arc::new(Taken::default());
        let shared = Arc::clone(&taken);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let taken = Arc::clone(&shared);
                thread::spawn(move || serve(connection, &taken));
            }
        });
        Self { address, taken }
    }

    /// A relay that takes connections and says nothing.
    pub(crate) fn silent() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let held: Vec<_> = listener.incoming().flatten().collect();
            drop(held);
        });
        Self { address, taken: Arc::default() }
    }

    /// Waits until there are so many mails, and gives all.
    pub(crate) fn wait_for(&self, count: usize) -> Vec<(String, String)> {
        let mails = self.taken.mails.lock().unwrap();
        let waited =
            self.taken.more.wait_timeout_while(mails, Duration::from_secs(20), |mails| mails.len() < count);
        let (mails, _) = waited.unwrap();
        assert!(mails.len() >= count, "{} of {count} mails arrived", mails.len());
        mails.clone()
    }

    /// The passcode in the last of so many mails.
    pub(crate) fn passcode(&self, count: usize) -> String {
        passcode_in(&self.wait_for(count)[count - 1].1)
    }

    /// How many mails have come by now.
    pub(crate) fn count(&self) -> usize {
        self.taken.mails.lock().unwrap().len()
    }
}

/// The passcode: the only line of eight digits and nothing else.
pub(crate) fn passcode_in(mail: &str) -> String {
    let is_passcode = |line: &&str| line.len() == 8 && line.bytes().all(|byte| byte.is_ascii_digit());
    mail.lines().map(str::trim).find(is_passcode).unwrap().to_owned()
}

fn serve(mut connection: TcpStream, taken: &Taken) -> Option<()> {
    let mut lines = BufReader::new(connection.try_clone().ok()?).lines();
    let mut recipient = String::new();
    connection.write_all(b"220 relay\r\n").ok()?;
    while let Some(Ok(line)) = lines.next() {
        let verb = line.split([' ', ':']).next()?.to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => connection.write_all(b"250-relay\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n").ok()?,
            "RCPT" => {
                line.split(['<', '>']).nth(1)?.clone_into(&mut recipient);
                connection.write_all(b"250 ok\r\n").ok()?;
            }
            "DATA" => {
                connection.write_all(b"354 go on\r\n").ok()?;
                let mut mail = String::new();
                for line in lines.by_ref().map_while(Result::ok).take_while(|line| line != ".") {
                    mail.push_str(&line);
                    mail.push('\n');
                }
                taken.mails.lock().unwrap().push((recipient.clone(), mail));
                taken.more.notify_all();
                connection.write_all(b"250 taken\r\n").ok()?;
            }
            "QUIT" => return connection.write_all(b"221 bye\r\n").ok(),
            _ => connection.write_all(b"250 ok\r\n").ok()?,
        }
    }
    Some(())
}
