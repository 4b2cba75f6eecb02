//! A reader's browser, as far as the portal can tell: cookies, forms, and where a request comes from.

use std::{
    collections::BTreeMap,
    io::{ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// From where a request comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// From a page of the portal.
    Portal,
    /// From `message.html` on a disk.
    Disk,
    /// From an older browser, on a page of the portal.
    PortalByOrigin,
    /// From an older browser, on another site's page.
    ForeignByOrigin,
    /// From a link or redirect of another site.
    Link,
}

/// A browser with cookies of its own.
#[derive(Clone)]
pub(crate) struct Browser {
    address: SocketAddr,
    cookies: BTreeMap<String, String>,
    /// What each cookie's `SameSite` says.
    sites: BTreeMap<String, String>,
}

/// What the portal answered.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

const BOUNDARY: &str = "----sealpost-boundary-a8Xk2";

impl Browser {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, cookies: BTreeMap::new(), sites: BTreeMap::new() }
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.request("GET", path, From::Portal, "", b"")
    }

    /// Posts a form from a page of the portal.
    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &[u8])]) -> Answer {
        self.post_from(From::Portal, path, fields)
    }

    pub(crate) fn post_from(&mut self, from: From, path: &str, fields: &[(&str, &[u8])]) -> Answer {
        self.post_with(from, path, "", fields)
    }

    /// Posts a small form from a page of the portal.
    pub(crate) fn post_small(&mut self, path: &str, fields: &str) -> Answer {
        self.post_small_from(From::Portal, path, fields)
    }

    pub(crate) fn post_small_from(&mut self, from: From, path: &str, fields: &str) -> Answer {
        let content = "Content-Type: application/x-www-form-urlencoded\r\n";
        self.request("POST", path, from, content, fields.as_bytes())
    }

    /// Comes by a link or redirect of another site.
    pub(crate) fn follow(&mut self, path: &str) -> Answer {
        self.request("GET", path, From::Link, "", b"")
    }

    /// Posts a form by way of a reverse proxy on this host.
    pub(crate) fn post_forwarded(&mut self, path: &str, client: &str, fields: &[(&str, &[u8])]) -> Answer {
        self.post_with(From::Portal, path, &format!("X-Forwarded-For: {client}\r\n"), fields)
    }

    /// Posts a form from a page of the portal, and leaves the answer for the caller to read, or not to read.
    pub(crate) fn post_unread(&self, path: &str, fields: &[(&str, &[u8])]) -> TcpStream {
        let (content, body) = multipart(fields);
        self.send("POST", path, From::Portal, &content, &body)
    }

    /// Posts a form from a page of the portal, all but its last bytes.
    pub(crate) fn post_begun(&self, path: &str, fields: &[(&str, &[u8])]) -> TcpStream {
        let (content, body) = multipart(fields);
        let mut connection = self.begin("POST", path, From::Portal, &content, body.len());
        connection.write_all(&body[..body.len() - 4]).unwrap();
        connection
    }

    /// Posts a form for as long as the portal takes it; gives how many bytes were sent before the portal ended the connection,
    /// nothing if it took them all.
    pub(crate) fn post_until_cut_off(&self, path: &str, headers: &str, body: &[u8]) -> Option<usize> {
        let mut connection = self.begin("POST", path, From::Portal, headers, body.len());
        let mut sent = 0;
        for piece in body.chunks(64 * 1024) {
            if let Err(cause) = connection.write_all(piece) {
                let ended = matches!(cause.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset);
                assert!(ended, "not cut off: {cause}");
                return Some(sent);
            }
            sent += piece.len();
        }
        None
    }

    fn post_with(&mut self, from: From, path: &str, headers: &str, fields: &[(&str, &[u8])]) -> Answer {
        let (content, body) = multipart(fields);
        self.request("POST", path, from, &format!("{headers}{content}"), &body)
    }

    pub(crate) fn request(
        &mut self,
        method: &str,
        path: &str,
        from: From,
        headers: &str,
        body: &[u8],
    ) -> Answer {
        let mut connection = self.send(method, path, from, headers, body);
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).unwrap();
        let answer = Answer::parse(&answer);
        self.take_cookies(&answer);
        answer
    }

    fn send(&self, method: &str, path: &str, from: From, headers: &str, body: &[u8]) -> TcpStream {
        let mut connection = self.begin(method, path, from, headers, body.len());
        connection.write_all(body).unwrap();
        connection
    }

    /// Connects, and sends the header of a request whose body has so many bytes.
    fn begin(&self, method: &str, path: &str, from: From, headers: &str, length: usize) -> TcpStream {
        let address = self.address;
        let site = match from {
            From::Portal => format!("Sec-Fetch-Site: same-origin\r\nOrigin: http://{address}\r\n"),
            From::Disk => "Sec-Fetch-Site: cross-site\r\nOrigin: null\r\n".to_owned(),
            From::PortalByOrigin => format!("Origin: http://{address}\r\n"),
            From::ForeignByOrigin => "Origin: https://foreign.example\r\n".to_owned(),
            From::Link => "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n".to_owned(),
        };
        let goes_along = |name: &str| match (from, self.sites.get(name).map(String::as_str)) {
            (From::Portal | From::PortalByOrigin, _) | (_, Some("None")) => true,
            (From::Link, Some("Lax")) => method == "GET",
            _ => false,
        };
        let sent = self.cookies.iter().filter(|(name, _)| goes_along(name));
        let pairs: Vec<String> = sent.map(|(name, value)| format!("{name}={value}")).collect();
        let cookies =
            if pairs.is_empty() { String::new() } else { format!("Cookie: {}\r\n", pairs.join("; ")) };
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: {address}\r\nContent-Length: {length}\r\n{site}{cookies}{headers}\r\n"
        );
        let mut connection = TcpStream::connect(address).unwrap();
        connection.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        connection.set_write_timeout(Some(Duration::from_mins(1))).unwrap();
        connection.write_all(head.as_bytes()).unwrap();
        connection
    }

    fn take_cookies(&mut self, answer: &Answer) {
        for cookie in answer.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| value) {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            let site = cookie.split("; ").find_map(|part| part.strip_prefix("SameSite="));
            self.sites.insert(name.to_owned(), site.unwrap_or("Lax").to_owned());
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    pub(crate) fn cookies(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.cookies
    }
}

/// A form, and the header field that says so.
fn multipart(fields: &[(&str, &[u8])]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (name, value) in fields {
        let file =
            if *name == "file" { "; filename=\"message.html\"\r\nContent-Type: text/html" } else { "" };
        write!(body, "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n")
            .unwrap();
        body.extend_from_slice(value);
        body.extend_from_slice(b"\r\n");
    }
    write!(body, "--{BOUNDARY}--\r\n").unwrap();
    (format!("Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"), body)
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Self { status, headers, body: bytes[end + 4..].to_vec() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The page without the envelope that it carries, whose base64 may spell any short word.
    pub(crate) fn visible(&self) -> String {
        self.text().replace(&self.carried(), "")
    }

    /// Whether this is the page that asks to prove the address.
    pub(crate) fn asks_to_prove(&self) -> bool {
        self.status == 200 && self.text().contains("Is this message for you?")
    }

    /// Whether this is the page that asks for a passcode.
    pub(crate) fn asks_for_passcode(&self) -> bool {
        self.status == 200 && self.text().contains("Type your passcode")
    }

    /// Whether it says that the passcode was wrong.
    pub(crate) fn says_wrong(&self) -> bool {
        self.asks_for_passcode() && self.text().contains("That passcode is wrong")
    }

    /// The value of a hidden field; empty where the page has none.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let text = self.text();
        let start = format!("type=\"hidden\" name=\"{name}\" value=\"");
        text.split_once(&start)
            .map_or_else(String::new, |(_, rest)| rest.split('"').next().unwrap().to_owned())
    }

    /// The envelope that the page carries along.
    pub(crate) fn carried(&self) -> String {
        let text = self.text();
        let (_, rest) = text.rsplit_once("<textarea name=\"envelope\"").unwrap();
        let (_, rest) = rest.split_once('>').unwrap();
        rest.split_once("</textarea>").unwrap().0.to_owned()
    }

    /// Everything of it but the moment.
    pub(crate) fn without_date(mut self) -> Self {
        self.headers.retain(|(name, _)| name != "date");
        self
    }
}
