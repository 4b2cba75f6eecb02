//! A mail server that keeps what it's given in memory, with a web page to read it: the other end of the demo.
//!
//! It receives with the gateway's own SMTP server. It's no webmail: it shows text, shows HTML in a sandboxed frame, and
//! hands attachments out.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use anyhow::Result;
use arc_swap::ArcSwap;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use mail_parser::{Addr, Address, MessageParser, MimeHeaders};
use sealpost_gateway::receive::{
    Limits, MailHandler, Network, Protocol, Received, Replies, ReplyMode, Service, serve,
};
use sealpost_gateway::reply::Reply;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// What the pages may do: nothing but their own style and the frame with a mail's HTML.
const PAGE_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; frame-ancestors 'self'";
/// What a mail's HTML and an attachment may do. Opened from here they stand apart from this page, as a file on disk does.
const MAIL_POLICY: &str = "sandbox allow-forms allow-popups allow-popups-to-escape-sandbox allow-top-navigation; \
     default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action *";

/// A running inbox; it ends when dropped.
pub struct Inbox {
    smtp: SocketAddr,
    web: SocketAddr,
    shelf: Arc<Shelf>,
    _shutdown: watch::Sender<bool>,
}

impl Inbox {
    /// Starts the mail server and the web page on free loopback ports, in the running runtime.
    pub async fn start() -> Result<Self> {
        let smtp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let web = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (shutdown, stopped) = watch::channel(false);
        let shelf = Arc::new(Shelf::default());
        let inbox = Self {
            smtp: smtp.local_addr()?,
            web: web.local_addr()?,
            shelf: shelf.clone(),
            _shutdown: shutdown,
        };
        let mut limits = Limits::new("inbox.example.net");
        limits.max_message_size = 200 << 20;
        limits.trusted_networks = vec!["127.0.0.0/8".parse::<Network>()?];
        let service = Arc::new(ArcSwap::from_pointee(Service::new(Protocol::Smtp, limits)));
        tokio::spawn(serve(smtp, service, shelf.clone(), stopped.clone()));
        tokio::spawn(web_page(web, shelf, stopped));
        Ok(inbox)
    }

    /// Returns where it takes mail.
    #[must_use]
    pub fn smtp(&self) -> SocketAddr {
        self.smtp
    }

    /// Returns the address of its web page.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.web)
    }

    /// Returns how many mails have come in.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shelf.mails().len()
    }
}

/// One mail as it came in.
struct Delivered {
    time: SystemTime,
    recipients: Vec<String>,
    mail: bytes::Bytes,
}

#[derive(Default)]
struct Shelf(Mutex<Vec<Arc<Delivered>>>);

impl Shelf {
    fn mails(&self) -> MutexGuard<'_, Vec<Arc<Delivered>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mail(&self, number: usize) -> Option<Arc<Delivered>> {
        self.mails().get(number).cloned()
    }
}

impl MailHandler for Shelf {
    async fn carry(&self, received: Received, _: ReplyMode) -> Replies {
        let recipients = received.recipients.into_iter().map(|path| path.raw).collect();
        self.mails().push(Arc::new(Delivered { time: SystemTime::now(), recipients, mail: received.mail }));
        Replies::One(Reply::new(250, [2, 0, 0], "Ok: in the inbox"))
    }
}

async fn web_page(listener: TcpListener, shelf: Arc<Shelf>, mut stopped: watch::Receiver<bool>) {
    let router = Router::new()
        .route("/", get(list))
        .route("/mail/{number}", get(show))
        .route("/mail/{number}/html", get(html))
        .route("/mail/{number}/raw", get(raw))
        .route("/mail/{number}/open/{part}", get(open))
        .route("/mail/{number}/save/{part}", get(save))
        .with_state(shelf);
    let stop = async move {
        stopped.wait_for(|stop| *stop).await.ok();
    };
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stop).await {
        eprintln!("the inbox page ended: {error}");
    }
}

/// What a mail is to someone who tries Sealpost.
enum Kind {
    Sealed,
    Passcode,
    Plain,
}

impl Kind {
    fn of(mail: &mail_parser::Message<'_>, text: &str) -> Self {
        let code = text.split(|c: char| !c.is_ascii_digit()).any(|word| word.len() == 8);
        match mail.attachments().any(|part| part.attachment_name() == Some("message.html")) {
            true => Self::Sealed,
            false if code => Self::Passcode,
            false => Self::Plain,
        }
    }

    fn css(&self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::Passcode => "passcode",
            Self::Plain => "plain",
        }
    }

    fn label(&self) -> &'static str {
        match self {
            Self::Sealed => "sealed",
            Self::Passcode => "passcode",
            Self::Plain => "as it was sent",
        }
    }
}

/// A mail in the list and at the head of its page.
struct Heading {
    number: usize,
    subject: String,
    from: String,
    recipients: String,
    time: String,
    kind: Kind,
}

impl Heading {
    fn new(number: usize, delivered: &Delivered) -> Self {
        let message = MessageParser::new().parse(&delivered.mail[..]).unwrap_or_default();
        let text = message.body_text(0).unwrap_or_default();
        Self {
            number,
            subject: message
                .subject()
                .filter(|subject| !subject.is_empty())
                .unwrap_or("(no subject)")
                .to_owned(),
            from: message.from().map(addresses).unwrap_or_default(),
            recipients: delivered.recipients.join(", "),
            time: clock(delivered.time),
            kind: Kind::of(&message, &text),
        }
    }
}

fn addresses(field: &Address<'_>) -> String {
    let one = |addr: &Addr<'_>| match (addr.name(), addr.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (name, address) => name.or(address).unwrap_or_default().to_owned(),
    };
    field.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Returns the time of day in UTC, to the second.
fn clock(time: SystemTime) -> String {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs() % 86_400;
    format!("{:02}:{:02}:{:02} UTC", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[derive(Template)]
#[template(path = "inbox.html")]
struct ListPage {
    mails: Vec<Heading>,
}

struct Attachment {
    index: usize,
    name: String,
    size: String,
    opens: bool,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct MailPage {
    mail: Heading,
    attachments: Vec<Attachment>,
    has_html: bool,
    text: String,
}

async fn list(State(shelf): State<Arc<Shelf>>) -> Response {
    let mails =
        shelf.mails().iter().enumerate().map(|(number, mail)| Heading::new(number, mail)).rev().collect();
    page(&ListPage { mails })
}

async fn show(State(shelf): State<Arc<Shelf>>, Path(number): Path<usize>) -> Response {
    let Some(delivered) = shelf.mail(number) else { return StatusCode::NOT_FOUND.into_response() };
    let message = MessageParser::new().parse(&delivered.mail[..]).unwrap_or_default();
    let attachments = message.attachments().enumerate().map(|(index, part)| {
        let name = part.attachment_name().unwrap_or("unnamed").to_owned();
        let opens = is_html(part);
        Attachment { index, name, size: format!("{} bytes", part.contents().len()), opens }
    });
    page(&MailPage {
        mail: Heading::new(number, &delivered),
        attachments: attachments.collect(),
        has_html: message.html_body_count() > 0
            && message.html_part(0).is_some_and(mail_parser::MessagePart::is_text_html),
        text: message.body_text(0).unwrap_or_default().into_owned(),
    })
}

fn is_html(part: &mail_parser::MessagePart<'_>) -> bool {
    part.is_content_type("text", "html")
}

fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => ([(header::CONTENT_SECURITY_POLICY, PAGE_POLICY)], Html(text)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn html(State(shelf): State<Arc<Shelf>>, Path(number): Path<usize>) -> Response {
    let delivered = shelf.mail(number);
    let message = delivered.as_ref().and_then(|mail| MessageParser::new().parse(&mail.mail[..]));
    let text = message.as_ref().and_then(|message| message.body_html(0));
    let Some(text) = text else { return StatusCode::NOT_FOUND.into_response() };
    // A link of the mail opens beside the inbox, as in a mail program.
    let page = format!("<base target=\"_blank\">{text}");
    ([(header::CONTENT_SECURITY_POLICY, MAIL_POLICY)], Html(page)).into_response()
}

async fn raw(State(shelf): State<Arc<Shelf>>, Path(number): Path<usize>) -> Response {
    let Some(delivered) = shelf.mail(number) else { return StatusCode::NOT_FOUND.into_response() };
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], delivered.mail.clone()).into_response()
}

async fn open(State(shelf): State<Arc<Shelf>>, Path((number, part)): Path<(usize, usize)>) -> Response {
    match attachment(&shelf, number, part) {
        Some((_, bytes, true)) => {
            ([(header::CONTENT_SECURITY_POLICY, MAIL_POLICY)], Html(bytes)).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn save(State(shelf): State<Arc<Shelf>>, Path((number, part)): Path<(usize, usize)>) -> Response {
    let Some((name, bytes, _)) = attachment(&shelf, number, part) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let disposition = format!("attachment; filename*=UTF-8''{}", percent_encoded(&name));
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".into()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, bytes).into_response()
}

/// Returns an attachment's name and bytes, and whether it's HTML.
fn attachment(shelf: &Shelf, number: usize, index: usize) -> Option<(String, Vec<u8>, bool)> {
    let delivered = shelf.mail(number)?;
    let message = MessageParser::new().parse(&delivered.mail[..])?;
    let part = message.attachment(u32::try_from(index).ok()?)?;
    Some((part.attachment_name().unwrap_or("unnamed").to_owned(), part.contents().to_vec(), is_html(part)))
}

fn percent_encoded(name: &str) -> String {
    name.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("writing to a string can't fail");
        }
        out
    })
}
