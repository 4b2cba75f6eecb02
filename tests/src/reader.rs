//! A recipient at the portal without a browser: keeps cookies, fills in forms and presses their buttons. It makes a
//! thousand readings cheap, and can do what a browser never would.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result};
use regex::Regex;

/// Marks the parts of a form in a request.
const BOUNDARY: &str = "sealpost-test-boundary-7d1f";

/// From where a request comes, as the browser tells the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// From a file on disk.
    File,
    /// From a page of the portal itself.
    Portal,
    /// From a page of somebody else.
    Elsewhere,
}

/// One reader with cookies of his own.
#[derive(Clone, Debug)]
pub struct Reader {
    portal: SocketAddr,
    cookies: BTreeMap<String, String>,
}

/// A request under way: part of it has been sent, or part of its answer has come.
#[derive(Debug)]
pub struct Begun {
    stream: TcpStream,
    /// Whether so far all could be sent.
    sent: io::Result<()>,
    /// What is still to be sent.
    rest: Vec<u8>,
    /// What has come.
    answer: Vec<u8>,
}

/// What the portal answered.
#[derive(Clone, Debug)]
pub struct Page {
    /// The status code.
    pub status: u16,
    /// The header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The content.
    pub body: Vec<u8>,
}

/// A form of a page: where it goes, what it carries, and its buttons.
#[derive(Clone, Debug)]
pub struct Form {
    /// The path that it's posted to.
    pub action: String,
    /// Its fields with their values.
    pub fields: Vec<(String, String)>,
}

impl Reader {
    /// Makes a reader without cookies.
    #[must_use]
    pub fn new(portal: SocketAddr) -> Self {
        Self { portal, cookies: BTreeMap::new() }
    }

    /// Returns the cookies that the portal has set.
    #[must_use]
    pub fn cookies(&self) -> &BTreeMap<String, String> {
        &self.cookies
    }

    /// Forgets a cookie.
    pub fn forget(&mut self, cookie: &str) {
        self.cookies.remove(cookie);
    }

    /// Asks for a page.
    pub fn get(&mut self, path: &str) -> Result<Page> {
        self.request("GET", path, From::Portal, &[], &[])
    }

    /// Posts a form whose fields are all text.
    pub fn post(&mut self, path: &str, from: From, fields: &[(String, String)]) -> Result<Page> {
        self.post_parts(path, from, parts(fields)?)
    }

    /// Begins to post a form from a page of the portal: sends one part of so many of it.
    pub fn begin_upload(&self, form: &Form, of: usize) -> Result<Begun> {
        let mut body = parts(&form.fields)?;
        write!(body, "--{BOUNDARY}--\r\n")?;
        let sent = body.len() / of;
        self.begin("POST", &form.action, From::Portal, &[content()], &body, sent)
    }

    /// Posts a form from a page of the portal and takes the start of the answer.
    pub fn begin_download(&self, form: &Form) -> Result<Begun> {
        let mut begun = self.begin_upload(form, 1)?;
        let mut start = [0; 1024];
        let read = begun.stream.read(&mut start)?;
        begun.answer.extend_from_slice(&start[..read]);
        Ok(begun)
    }

    /// Posts a form with one chosen file.
    pub fn post_file(
        &mut self,
        path: &str,
        from: From,
        field: &str,
        name: &str,
        bytes: &[u8],
    ) -> Result<Page> {
        let mut body = Vec::new();
        write!(
            body,
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             Content-Type: text/html\r\n\r\n"
        )?;
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
        self.post_parts(path, from, body)
    }

    fn post_parts(&mut self, path: &str, from: From, mut body: Vec<u8>) -> Result<Page> {
        write!(body, "--{BOUNDARY}--\r\n")?;
        self.request("POST", path, from, &[content()], &body)
    }

    /// Sends a request as it's told; with no cookies where a browser would send none.
    pub fn request(
        &mut self,
        method: &str,
        path: &str,
        from: From,
        headers: &[String],
        body: &[u8],
    ) -> Result<Page> {
        let page = self.begin(method, path, from, headers, body, body.len())?.finish()?;
        self.keep_cookies(&page);
        Ok(page)
    }

    /// Sends a request with so many bytes of its body.
    fn begin(
        &self,
        method: &str,
        path: &str,
        from: From,
        headers: &[String],
        body: &[u8],
        sent: usize,
    ) -> Result<Begun> {
        let portal = self.portal;
        let (origin, site) = match from {
            From::File => ("null".to_owned(), "cross-site"),
            From::Portal => (format!("http://{portal}"), "same-origin"),
            From::Elsewhere => ("https://elsewhere.example".to_owned(), "cross-site"),
        };
        // HTTP/1.0: the answer ends with the connection, and isn't chunked.
        let mut head = vec![
            format!("{method} {path} HTTP/1.0"),
            format!("Host: {portal}"),
            format!("Content-Length: {}", body.len()),
            format!("Sec-Fetch-Site: {site}"),
            "Sec-Fetch-Mode: navigate".into(),
            "Sec-Fetch-Dest: document".into(),
        ];
        if method == "POST" {
            head.push(format!("Origin: {origin}"));
        }
        if from == From::Portal && !self.cookies.is_empty() {
            let cookies: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            head.push(format!("Cookie: {}", cookies.join("; ")));
        }
        head.extend_from_slice(headers);
        let mut stream = TcpStream::connect(portal)?;
        stream.set_read_timeout(Some(Duration::from_mins(2)))?;
        stream.write_all(format!("{}\r\n\r\n", head.join("\r\n")).as_bytes())?;
        let (now, rest) = body.split_at(sent);
        let sent = stream.write_all(now);
        Ok(Begun { stream, sent, rest: rest.to_vec(), answer: Vec::new() })
    }

    fn keep_cookies(&mut self, page: &Page) {
        for (_, cookie) in page.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            let Some((name, value)) = pair.split_once('=') else { continue };
            if cookie.to_ascii_lowercase().contains("max-age=0") || value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Begun {
    /// Sends what is left and returns the answer, or what came of it.
    pub fn finish(mut self) -> Result<Page> {
        // A server that refuses early closes while the body still comes; its answer can be read all the same.
        let sent = self.sent.and_then(|()| self.stream.write_all(&self.rest));
        let read = self.stream.read_to_end(&mut self.answer);
        if self.answer.is_empty() {
            sent?;
            read?;
        }
        Page::parse(&self.answer)
    }
}

impl Page {
    fn parse(answer: &[u8]) -> Result<Self> {
        let end =
            answer.windows(4).position(|four| four == b"\r\n\r\n").context("an answer without header")?;
        let (head, body) = answer.split_at(end);
        let head = String::from_utf8_lossy(head);
        let mut lines = head.split("\r\n");
        let status =
            lines.next().and_then(|line| line.split(' ').nth(1)).context("no status line")?.parse()?;
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Ok(Self { status, headers, body: body[4..].to_vec() })
    }

    /// Returns the value of a header field.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Tells whether all of a file has come, whose length was told.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.header("content-length") == Some(self.body.len().to_string().as_str())
    }

    /// Returns the content as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns the form as it's sent by the button, or by the form of the page, that posts to the path `action`.
    pub fn form(&self, action: &str) -> Result<Form> {
        form_of(&self.text(), action).with_context(|| {
            let start: String = self.text().chars().take(3000).collect();
            format!("no form or button posts to {action}; status {}:\n{start}", self.status)
        })
    }
}

impl Form {
    /// Sets a field.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(own, _)| own != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// The header field of a form.
fn content() -> String {
    format!("Content-Type: multipart/form-data; boundary={BOUNDARY}")
}

/// Writes the fields of a form, without its end.
fn parts(fields: &[(String, String)]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    for (name, value) in fields {
        write!(body, "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")?;
    }
    Ok(body)
}

/// Finds the form of an HTML page of ours that a button or the form itself posts to the path `action`.
#[must_use]
pub fn form_of(html: &str, action: &str) -> Option<Form> {
    let form = Regex::new(r"(?s)<form\b([^>]*)>(.*?)</form>").expect("a good pattern");
    let button = Regex::new(r"<button\b([^>]*)>").expect("a good pattern");
    let buttons =
        |html: &str| button.captures_iter(html).map(|found| found[1].to_owned()).collect::<Vec<_>>();
    let goes_there = |tag: &str| attribute(tag, "formaction").as_deref() == Some(action);
    // Such a button anywhere names its form; inside a form it needs not.
    let named = buttons(html).into_iter().find(|tag| goes_there(tag) && attribute(tag, "form").is_some());
    form.captures_iter(html).find_map(|found| {
        let id = attribute(&found[1], "id");
        let own_action = attribute(&found[1], "action").unwrap_or_default();
        let inside =
            buttons(&found[2]).into_iter().find(|tag| goes_there(tag) && attribute(tag, "form").is_none());
        let outside = named.clone().filter(|tag| attribute(tag, "form") == id);
        let pressed = inside.or(outside);
        if pressed.is_none() && path_of(&own_action) != action {
            return None;
        }
        let rest = [&html[..found.get(0)?.start()], &html[found.get(0)?.end()..]].concat();
        let mut fields = fields(&found[2], None);
        fields.extend(fields_of(&rest, id.as_deref()));
        let own = |tag: &str| Some((attribute(tag, "name")?, attribute(tag, "value")?));
        fields.extend(pressed.as_deref().and_then(own));
        Some(Form { action: action.to_owned(), fields })
    })
}

fn fields_of(html: &str, id: Option<&str>) -> Vec<(String, String)> {
    id.map(|id| fields(html, Some(id))).unwrap_or_default()
}

/// Returns the path of an address; an address without a host is one already.
fn path_of(address: &str) -> &str {
    match address.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |slash| &rest[slash..]),
        None => address,
    }
}

/// Returns the fields in a piece of HTML; with `owner`, only those that name it as their form.
fn fields(html: &str, owner: Option<&str>) -> Vec<(String, String)> {
    let area = Regex::new(r"(?s)<textarea\b([^>]*)>(.*?)</textarea>").expect("a good pattern");
    let input = Regex::new(r"<input\b([^>]*)>").expect("a good pattern");
    let mut fields = Vec::new();
    let belongs = |tag: &str| owner.is_none() || attribute(tag, "form").as_deref() == owner;
    for found in area.captures_iter(html).filter(|found| belongs(&found[1])) {
        // A line end right after the tag isn't part of the value.
        let value =
            found[2].strip_prefix("\r\n").or_else(|| found[2].strip_prefix('\n')).unwrap_or(&found[2]);
        fields.extend(attribute(&found[1], "name").map(|name| (name, unescape(value))));
    }
    for found in input.captures_iter(html).filter(|found| belongs(&found[1])) {
        let value = attribute(&found[1], "value").unwrap_or_default();
        fields.extend(attribute(&found[1], "name").map(|name| (name, value)));
    }
    fields
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let pattern = Regex::new(&format!(r#"(?:^|\s){name}="([^"]*)""#)).expect("a good pattern");
    pattern.captures(tag).map(|found| unescape(&found[1]))
}

/// Turns the character references that our templates write back into characters.
#[must_use]
pub fn unescape(html: &str) -> String {
    if !html.contains('&') {
        return html.to_owned();
    }
    let pairs = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ];
    pairs.iter().fold(html.to_owned(), |text, (reference, character)| text.replace(reference, character))
}

#[cfg(test)]
mod tests {
    use super::form_of;

    #[test]
    fn a_form_is_found_by_its_action_and_by_its_buttons() {
        let page = "<form id=\"carry\" action=\"http://host:1/read\"><textarea name=\"e\">\nx&amp;y</textarea></form>\
            <input form=\"carry\" name=\"p\" value=\"1\"><input name=\"q\" value=\"2\">\
            <button form=\"carry\" formaction=\"/other\" name=\"b\" value=\"3\">";
        let mut expected = vec![("e".to_owned(), "x&y".to_owned()), ("p".to_owned(), "1".to_owned())];
        assert_eq!(form_of(page, "/read").unwrap().fields, expected);
        expected.push(("b".to_owned(), "3".to_owned()));
        assert_eq!(form_of(page, "/other").unwrap().fields, expected);
        assert!(form_of(page, "/none").is_none());
    }
}
