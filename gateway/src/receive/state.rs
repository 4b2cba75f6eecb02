//! What a session knows beside its mail: the greeting, TLS, and the facts about the client that it was told.

use sealpost_common::answer::SEAL_KEYWORD;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::attributes::{Attributes, XCLIENT, XFORWARD};
use super::command::Command;
use super::session::{End, Hello, Session, say_hello_first};
use super::{MailHandler, Protocol};
use crate::reply::Reply;

impl Command {
    /// Whether this may come before TLS where TLS has to begin first (RFC 3207 section 4).
    pub(super) fn may_go_before_tls(&self) -> bool {
        matches!(self, Self::Hello { .. } | Self::StartTls | Self::Noop | Self::Quit)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin, H: MailHandler> Session<S, H> {
    /// What the server says first, and after XCLIENT again.
    pub(super) fn greeting(&self) -> Reply {
        let name = if self.service.protocol == Protocol::Smtp { "ESMTP" } else { "LMTP" };
        Reply::plain(220, format!("{} {name} Sealpost", self.service.limits.hostname))
    }

    /// HELO, EHLO, LHLO.
    pub(super) fn hello(&mut self, name: String, extended: bool) -> Reply {
        self.forget();
        self.hello = Some(Hello { name, extended });
        let limits = &self.service.limits;
        let mut text = limits.hostname.clone();
        if extended {
            let size = format!("SIZE {}", limits.max_message_size);
            let xforward = format!("XFORWARD {}", XFORWARD.join(" "));
            let xclient = format!("XCLIENT {}", XCLIENT.join(" "));
            for (is_offered, keyword) in [
                (true, "PIPELINING"),
                (true, &size),
                (self.service.tls.is_some() && !self.wire.is_tls(), "STARTTLS"),
                (true, "8BITMIME"),
                (true, "SMTPUTF8"),
                (self.handler.carries_dsn(), "DSN"),
                (true, "ENHANCEDSTATUSCODES"),
                (true, &xforward),
                (self.service.xclient, &xclient),
                // Mails with the portal's header field are sealed here, which whoever sends one has to be sure of.
                (true, SEAL_KEYWORD),
            ] {
                if is_offered {
                    text.push('\n');
                    text.push_str(keyword);
                }
            }
        }
        self.idle(Reply::plain(250, text))
    }

    /// Whether TLS has to begin before a mail.
    pub(super) fn lacks_tls(&self) -> bool {
        !self.wire.is_tls() && self.service.tls.as_ref().is_some_and(|tls| tls.is_required)
    }

    /// STARTTLS. What the client said before counts for nothing within TLS: anybody on the way could have said it.
    pub(super) async fn start_tls(&mut self) -> Result<Option<Reply>, End> {
        let Some(tls) = self.service.tls.clone() else {
            return Ok(Some(Reply::new(502, [5, 5, 1], "TLS is not offered here")));
        };
        if self.wire.is_tls() {
            return Ok(Some(Reply::new(503, [5, 5, 1], "TLS is on already")));
        }
        if self.wire.has_input() {
            // None of it is carried out, neither now nor within TLS.
            return Err(End::Reply(Reply::new(554, [5, 5, 0], "Something was sent together with STARTTLS")));
        }
        self.forget();
        self.hello = None;
        self.origin = self.balanced.map(Attributes::of).unwrap_or_default();
        self.login = None;
        self.wire.reply(&Reply::new(220, [2, 0, 0], "Begin TLS"), false);
        let deadline = Instant::now() + self.service.limits.command_timeout;
        self.wire.start_tls(tls.config, deadline).await?;
        Ok(None)
    }

    /// XCLIENT. The session begins again; what is known of the client stays.
    pub(super) fn xclient(&mut self, attributes: &Attributes) -> Reply {
        if !self.service.xclient {
            return Reply::new(550, [5, 7, 0], "XCLIENT is not offered here");
        }
        if self.transaction.is_some() {
            return Reply::new(503, [5, 5, 1], "XCLIENT inside a mail transaction");
        }
        self.origin.merge(attributes);
        let login = self.origin.get("LOGIN").filter(|login| !login.starts_with('['));
        self.login = login.map(str::to_owned);
        self.forget();
        self.hello = None;
        let greeting = self.greeting();
        self.idle(greeting)
    }

    /// XFORWARD. As with Postfix, what it says holds for one mail; an attribute given again replaces the former.
    pub(super) fn xforward(&mut self, attributes: &Attributes) -> Reply {
        if self.hello.is_none() {
            return say_hello_first();
        }
        if self.transaction.is_some() {
            return Reply::new(503, [5, 5, 1], "XFORWARD inside a mail transaction");
        }
        self.xforward.merge(attributes);
        self.idle(Reply::new(250, [2, 0, 0], "Ok"))
    }
}
