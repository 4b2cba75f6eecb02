//! Holds one milter connection: who the client is, the mail that is coming in, and what becomes of it.
//!
//! All but MAIL's end is taken without a reply where the MTA agrees, which saves it waiting for us line by line. What is wrong
//! with a mail before its end is remembered and told there.

use std::{
    ffi::{CStr, CString},
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use indymilter::{Actions, ContextActions, Macros, ProtoOpts, SocketInfo};
use tokio::{
    sync::watch,
    time::{self, Instant, MissedTickBehavior},
};

use super::{
    Change, MailEditor, PROTOCOL, Service, Verdict,
    edits::{EditError, edit_header, header_edits, section_of},
    mail::{Fields, Incoming, Refused, Whole},
};
use crate::{
    mail_log,
    plan::Outgoing,
    receive::{
        Client, Path, Received,
        params::{self, MailParams},
        path::{self, Side},
    },
    reply::Reply,
};

/// What we may do to a mail. An MTA that does not allow it all is none that we can work for.
const ACTIONS: Actions = Actions::ADD_HEADER
    .union(Actions::CHANGE_HEADER)
    .union(Actions::REPLACE_BODY)
    .union(Actions::DELETE_RCPT);

/// Without it the first space of a header field's value is lost, and with it the mail as it was.
const NEEDED: ProtoOpts = ProtoOpts::LEADING_SPACE;

/// Replies that are not waited for, where the MTA can do without.
const UNASKED: ProtoOpts = ProtoOpts::NOREPLY_CONNECT
    .union(ProtoOpts::NOREPLY_HELO)
    .union(ProtoOpts::NOREPLY_MAIL)
    .union(ProtoOpts::NOREPLY_HEADER)
    .union(ProtoOpts::NOREPLY_EOH)
    .union(ProtoOpts::NOREPLY_BODY);

/// How often the MTA is told that we are at work. It waits so long for each word of ours at the end of a mail:
/// `milter_content_timeout`, 300 seconds.
const PROGRESS: Duration = Duration::from_secs(10);

/// What all mails of a connection have in common.
pub(super) struct Shared<E> {
    pub(super) peer: IpAddr,
    pub(super) service: Arc<Service>,
    pub(super) editor: Arc<E>,
    /// Whether a mail is in progress.
    pub(super) busy: watch::Sender<bool>,
}

/// One connection.
pub(super) struct Session<E> {
    shared: Arc<Shared<E>>,
    facts: Facts,
    mail: Option<Incoming>,
}

/// What the MTA knows of a mail beside the mail.
pub(super) struct MailMacros {
    /// Its queue ID.
    queue_id: Option<String>,
    /// The name by which the client authenticated itself.
    login: Option<String>,
}

/// Who the MTA's client is.
#[derive(Default)]
struct Facts {
    name: Option<String>,
    address: Option<SocketAddr>,
    helo: Option<String>,
}

impl<E: MailEditor> Session<E> {
    /// Begins a connection.
    pub(super) fn new(shared: Arc<Shared<E>>) -> Self {
        Self { shared, facts: Facts::default(), mail: None }
    }

    /// Takes of what the MTA offers what we need and can use; `None` if it does not offer what we need.
    pub(super) fn negotiate(offered: Actions, options: ProtoOpts) -> Option<(Actions, ProtoOpts)> {
        let is_enough = offered.contains(ACTIONS) && options.contains(NEEDED);
        is_enough.then(|| (ACTIONS, NEEDED | (options & (UNASKED | ProtoOpts::NO_UNKNOWN))))
    }

    pub(super) fn connect(&mut self, name: &CStr, address: &SocketInfo) {
        let address = if let SocketInfo::Inet(address) = address { Some(*address) } else { None };
        self.facts = Facts { name: text(name), address, helo: None };
    }

    pub(super) fn helo(&mut self, name: &CStr) {
        self.facts.helo = text(name);
    }

    pub(super) fn mail(&mut self, arguments: &[CString]) {
        let Shared { service, busy, .. } = &*self.shared;
        let limits = &service.limits;
        let sender = read_path(arguments, Side::Sender);
        let (sender, refusal) = match sender {
            Ok(sender) => (sender, None),
            Err(reply) => (Path { raw: String::new(), params: Vec::new() }, Some(reply)),
        };
        let size = params::check_mail(&sender.params).ok().and_then(|MailParams { size, .. }| size);
        let mut mail = Incoming::new(sender, limits.max_message_size, &limits.memory);
        if let Some(reply) = refusal {
            mail.refuse(reply);
        } else if size.is_some_and(|size| size > limits.max_message_size) {
            mail.refuse(Reply::too_large(limits.max_message_size));
        }
        self.mail = Some(mail);
        busy.send_replace(true);
    }

    /// Takes a recipient.
    ///
    /// # Errors
    /// The reply for him; the others are not concerned.
    pub(super) fn recipient(&mut self, arguments: &[CString]) -> Result<(), Reply> {
        let mail = self.mail.as_mut().ok_or_else(Reply::local_error)?;
        mail.recipient(read_path(arguments, Side::Recipient)?, self.shared.service.limits.max_recipients)
    }

    pub(super) fn header(&mut self, name: &CStr, value: &CStr) {
        if let Some(mail) = &mut self.mail {
            mail.header(name.to_bytes(), value.to_bytes());
        }
    }

    pub(super) fn end_of_header(&mut self) {
        if let Some(mail) = &mut self.mail {
            mail.end_of_header();
        }
    }

    pub(super) fn body(&mut self, octets: &[u8]) {
        if let Some(mail) = &mut self.mail {
            mail.body(octets);
        }
    }

    /// Ends the mail: has it looked at, and tells the MTA what to change in it.
    ///
    /// # Errors
    /// The reply with which the MTA is to refuse it, whatever it was told to change before.
    pub(super) async fn end_of_mail(
        &mut self,
        macros: &MailMacros,
        actions: &(impl ContextActions + Sync),
    ) -> Result<(), Reply> {
        let mail = self.mail.take().ok_or_else(Reply::local_error)?.finish().map_err(|refused| {
            let Refused { sender, recipients, reply } = refused;
            let client = self.facts.client(self.shared.peer, macros);
            let why = mail_log::Refused { line: "end of the mail", reply: &reply, more: 0 };
            mail_log::refused(&client, &sender, &recipients, &why);
            reply
        })?;
        let recipients: Vec<String> = mail.recipients.iter().map(|path| format!("<{}>", path.raw)).collect();
        // What it takes of the memory is held until nothing of it is left.
        let _memory = Arc::clone(&mail.memory);
        let (Change { outgoing, served }, fields) = self.look_at(mail, macros, actions).await?;
        let told = async {
            // First what a recipient taken off must not get, then the body: from then on nothing in it is clear.
            for place in served {
                let recipient = recipients.get(place).ok_or(EditError::Number)?;
                actions.delete_recipient(recipient.as_str()).await?;
            }
            if let Some(outgoing) = outgoing {
                replace(actions, &fields, &outgoing).await?;
            }
            Ok(())
        };
        told.await.map_err(|error: EditError| {
            let queue_id = macros.queue_id.as_deref();
            tracing::error!(queue_id, %error, "the MTA could not be told what to change in a mail");
            Reply::local_error()
        })
    }

    /// Has the mail looked at in a task of its own: a panic there is a 451 here. The MTA is told now and then that we are at
    /// it; if it goes away, what has begun is brought to its end.
    async fn look_at(
        &self,
        mail: Whole,
        macros: &MailMacros,
        actions: &(impl ContextActions + Sync),
    ) -> Result<(Change, Fields), Reply> {
        let Whole { sender, recipients, octets, fields, receiving, memory } = mail;
        let Shared { peer, service, editor, .. } = &*self.shared;
        let client = self.facts.client(*peer, macros);
        let deadline = Instant::now() + service.limits.carry_timeout;
        let received = Received { client, sender, recipients, mail: octets, memory, receiving, deadline };
        let (editor, mixed) = (Arc::clone(editor), service.mixed);
        let mut work = tokio::spawn(async move { editor.edit(received, mixed).await });
        let mut progress = time::interval_at(Instant::now() + PROGRESS, PROGRESS);
        progress.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let verdict = loop {
            tokio::select! {
                verdict = &mut work => break verdict,
                _ = progress.tick() => actions.progress().await.map_err(|_gone| Reply::local_error())?,
            }
        };
        match verdict {
            Ok(Verdict::Accept(change)) => Ok((change, fields)),
            Ok(Verdict::Refuse(reply)) => Err(reply),
            Err(error) => {
                tracing::error!(%peer, panicked = error.is_panic(), "looking at a mail failed within");
                Err(Reply::local_error())
            }
        }
    }

    /// Forgets the mail in progress.
    pub(super) fn forget_mail(&mut self) {
        self.mail = None;
        self.shared.busy.send_replace(false);
    }
}

impl Facts {
    /// Says who the client is, in the words of XFORWARD, which the next hop may get.
    fn client(&self, peer: IpAddr, macros: &MailMacros) -> Client {
        let address = self.address.map(|address| match address.ip().to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("IPV6:{address}"),
        });
        let port = self.address.map(|address| address.port().to_string());
        let attributes = [
            ("NAME", self.name.clone()),
            ("ADDR", address),
            ("PORT", port),
            ("HELO", self.helo.clone()),
            ("IDENT", macros.queue_id.clone()),
        ];
        let known = attributes.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let xforward = known.map(|(name, value)| format!("{name}={}", xtext(&value))).collect();
        Client {
            ip: peer,
            helo: self.helo.clone().unwrap_or_default(),
            protocol: PROTOCOL,
            xforward,
            login: macros.login.as_deref().map(xtext),
        }
    }
}

impl MailMacros {
    /// Takes those that we use.
    pub(super) fn of(macros: &Macros) -> Self {
        let get = |name| macros.get(name).and_then(text);
        Self { queue_id: get(c"i"), login: get(c"{auth_authen}") }
    }
}

/// Writes a text as xtext (RFC 3461, 4).
fn xtext(value: &str) -> String {
    let encode = |byte: u8| match byte {
        b'+' | b'=' => format!("+{byte:02X}"),
        _ if byte.is_ascii_graphic() => char::from(byte).to_string(),
        _ => format!("+{byte:02X}"),
    };
    value.bytes().map(encode).collect()
}

/// Gives a text that is not empty.
fn text(octets: &CStr) -> Option<String> {
    octets.to_str().ok().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Reads the arguments of MAIL or RCPT: the path, and ESMTP parameters, of which those are kept that a next hop may take.
fn read_path(arguments: &[CString], side: Side) -> Result<Path, Reply> {
    let mut arguments = arguments.iter().map(|argument| argument.to_str());
    let Some(Ok(path)) = arguments.next() else {
        return Err(Reply::new(553, [5, 6, 7], "The address is not in UTF-8"));
    };
    // Postfix names the addresses of mails by sendmail(1) without brackets, and so the null sender by nothing.
    let path = if path.is_empty() && side == Side::Sender { "<>" } else { path };
    let (raw, rest) = path::split(path, side)?;
    if !rest.is_empty() {
        return Err(Reply::new(501, [5, 5, 4], "Text behind the address"));
    }
    let is_good = |param: &&str| {
        let params = params::parse(param);
        params.and_then(|params| match side {
            Side::Sender => params::check_mail(&params).map(drop),
            Side::Recipient => params::check_rcpt(&params),
        })
    };
    // Who signed in is nobody else's business, as when the mail comes by SMTP.
    let is_kept = |param: &&str| !params::has_keyword(param, "AUTH") && is_good(param).is_ok();
    let params = arguments.filter_map(Result::ok).filter(is_kept);
    Ok(Path { raw: raw.to_owned(), params: params.map(str::to_owned).collect() })
}

/// Tells the MTA to put `outgoing` in the place of its mail.
async fn replace(
    actions: &(impl ContextActions + Sync),
    fields: &Fields,
    outgoing: &Outgoing,
) -> Result<(), EditError> {
    match outgoing {
        Outgoing::Mail(_) => {}
        Outgoing::Edited(edited) => {
            let section = section_of(edited);
            edit_header(actions, header_edits(fields.iter(), &section)?).await?;
        }
        Outgoing::Carrier(carrier) => {
            let edits = header_edits(fields.iter(), carrier.header_section())?;
            for chunk in carrier.body_chunks() {
                actions.replace_body(&chunk).await?;
            }
            edit_header(actions, edits).await?;
        }
    }
    Ok(())
}
