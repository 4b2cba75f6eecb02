//! Runs a transaction on one connection up to the 354 of DATA.

use super::connection::Connection;
use super::failure::Failure;
use super::features::Features;
use super::next_hop::NextHop;
use super::{Refusal, Transaction};
use crate::receive::Path;
use crate::reply::Reply;

/// Commands that are sent before their replies are read. More could block both ends: we write, nobody reads.
const MAX_PIPELINED: usize = 64;

/// Octets of one XFORWARD line, its verb not counted: RFC 5321's line length, which Postfix keeps to as well.
const MAX_XFORWARD: usize = 490;

/// How a transaction came out.
pub(crate) enum Outcome {
    /// The next hop waits for the content; these are its replies to RCPT.
    Ready(Vec<Reply>),
    /// Nothing will be delivered.
    Refused {
        /// Why.
        refusal: Refusal,
        /// The connection can be used for another mail: every reply came, and the next hop waits for no content.
        is_reusable: bool,
    },
}

/// One command and what its reply is to.
struct Step {
    line: String,
    subject: Subject,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    Reset,
    Xforward,
    Mail,
    Rcpt,
    Data,
}

/// Sends XFORWARD, MAIL, RCPT, DATA and reads the replies.
pub(crate) async fn begin(
    connection: &mut Connection,
    next_hop: &NextHop,
    transaction: &Transaction<'_>,
) -> Result<Outcome, Failure> {
    let mut steps = match steps(connection.features(), transaction) {
        Ok(steps) => steps,
        Err(reply) => return Ok(Outcome::Refused { refusal: Refusal::Mail(reply), is_reusable: true }),
    };
    if connection.takes_reset() {
        steps.insert(0, Step { line: "RSET\r\n".to_owned(), subject: Subject::Reset });
    }
    let at_once = if connection.features().pipelining { MAX_PIPELINED } else { 1 };
    let mut progress = Progress::default();
    for group in steps.chunks(at_once) {
        let is_data = group.first().is_some_and(|step| step.subject == Subject::Data);
        if progress.refusal.is_some() || (is_data && progress.is_hopeless()) {
            break;
        }
        let lines: String = group.iter().map(|step| step.line.as_str()).collect();
        connection.send(lines.as_bytes(), next_hop.command_timeout).await?;
        for step in group {
            match connection.reply(next_hop.command_timeout).await {
                Ok(reply) => progress.take(step.subject, reply)?,
                // The answer to the mail is there already; only the connection is of no more use.
                Err(_) if progress.refusal.is_some() => return Ok(progress.refused(false)),
                Err(failure) => return Err(failure),
            }
        }
    }
    Ok(progress.finish())
}

/// What the next hop has said so far.
#[derive(Default)]
struct Progress {
    /// Why the mail is refused as a whole.
    refusal: Option<Refusal>,
    recipients: Vec<Reply>,
    /// The next hop waits for the content.
    is_waiting: bool,
}

impl Progress {
    /// Takes one reply.
    fn take(&mut self, subject: Subject, reply: Reply) -> Result<(), Failure> {
        if reply.code() == 421 {
            return if self.refusal.is_some() { Ok(()) } else { Err(Failure::Session(reply)) };
        }
        match subject {
            Subject::Xforward => note_refused_xforward(&reply),
            Subject::Reset | Subject::Mail if reply.is_success() => {}
            Subject::Reset => return Err(Failure::Session(reply)),
            Subject::Rcpt if self.refusal.is_some() => {}
            Subject::Rcpt if reply.is_intermediate() => return Err(Failure::Garbage),
            Subject::Rcpt => self.recipients.push(reply),
            Subject::Data if reply.is_intermediate() => self.is_waiting = true,
            Subject::Data if self.refusal.is_some() || self.is_hopeless() => {}
            // Whatever it says to the commands behind these says nothing of the mail any more.
            Subject::Mail | Subject::Data => self.refusal = Some(mail_refusal(reply)?),
        }
        Ok(())
    }

    /// Whether no recipient was accepted.
    fn is_hopeless(&self) -> bool {
        !self.recipients.iter().any(Reply::is_success)
    }

    fn finish(self) -> Outcome {
        if self.refusal.is_none() && !self.is_hopeless() && self.is_waiting {
            return Outcome::Ready(self.recipients);
        }
        // Behind 354 the next hop takes all that comes for content: there is no way back.
        let is_reusable = !self.is_waiting;
        self.refused(is_reusable)
    }

    fn refused(self, is_reusable: bool) -> Outcome {
        let refusal = self.refusal.unwrap_or(Refusal::Recipients(self.recipients));
        Outcome::Refused { refusal, is_reusable }
    }
}

/// Takes a reply that refuses the mail; one that is neither 4xx nor 5xx is no answer.
fn mail_refusal(reply: Reply) -> Result<Refusal, Failure> {
    if reply.is_transient() || reply.is_permanent() {
        Ok(Refusal::Mail(reply))
    } else {
        Err(Failure::Garbage)
    }
}

/// What XFORWARD says is for logs and access checks; without it the mail can go on.
fn note_refused_xforward(reply: &Reply) {
    if !reply.is_success() {
        tracing::debug!(%reply, "the next hop refused XFORWARD");
    }
}

/// Makes the commands, as far as the next hop can take them.
fn steps(features: &Features, transaction: &Transaction<'_>) -> Result<Vec<Step>, Reply> {
    check(features, transaction)?;
    let mut steps: Vec<Step> = xforward_lines(features, &transaction.client.xforward)
        .into_iter()
        .map(|line| Step { line, subject: Subject::Xforward })
        .collect();
    let mut mail =
        format!("MAIL FROM:<{}>{}", transaction.sender.raw, kept_params(features, transaction.sender));
    if let Some(size) = transaction.size.filter(|_| features.size) {
        mail.push_str(" SIZE=");
        mail.push_str(&size.to_string());
    }
    steps.push(Step { line: mail + "\r\n", subject: Subject::Mail });
    for recipient in &transaction.recipients {
        let line = format!("RCPT TO:<{}>{}\r\n", recipient.raw, kept_params(features, recipient));
        steps.push(Step { line, subject: Subject::Rcpt });
    }
    steps.push(Step { line: "DATA\r\n".to_owned(), subject: Subject::Data });
    Ok(steps)
}

/// Refuses what the next hop cannot take without a change of the mail, and what would break out of its line.
fn check(features: &Features, transaction: &Transaction<'_>) -> Result<(), Reply> {
    let paths = || transaction.recipients.iter().copied().chain([transaction.sender]);
    let words = || paths().flat_map(|path| path.params.iter().chain([&path.raw]));
    let mut all_words = words().chain(&transaction.client.xforward);
    if all_words.any(|word| word.contains(char::is_control)) {
        return Err(Reply::new(550, [5, 1, 0], "A control character in an envelope address"));
    }
    if transaction.eight_bit && !features.eight_bit_mime {
        return Err(Reply::new(
            554,
            [5, 6, 3],
            "The mail has 8-bit octets, and the next hop offers no 8BITMIME",
        ));
    }
    if transaction.sender.param("SMTPUTF8").is_some() && !features.smtp_utf8 {
        if words().any(|word| !word.is_ascii()) {
            let text = "An address needs SMTPUTF8, and the next hop does not offer it";
            return Err(Reply::new(553, [5, 6, 7], text));
        }
        if transaction.utf8_header {
            let text = "The header section needs SMTPUTF8, and the next hop does not offer it";
            return Err(Reply::new(550, [5, 6, 9], text));
        }
    }
    check_size(features, transaction)
}

/// Refuses what is larger than the next hop said that it takes: why send what it will not have?
fn check_size(features: &Features, transaction: &Transaction<'_>) -> Result<(), Reply> {
    let size = transaction.size.and_then(|size| u64::try_from(size).ok());
    match (size, features.max_size) {
        (Some(size), Some(largest)) if size > largest => {
            let text = format!("The mail has {size} bytes going out, and the next hop takes {largest}");
            Err(Reply::new(552, [5, 3, 4], text))
        }
        _ => Ok(()),
    }
}

/// Gives the parameters that the next hop understands, verbatim, each with a space before it.
fn kept_params(features: &Features, path: &Path) -> String {
    let is_kept = |param: &&String| {
        let keyword = param.split('=').next().unwrap_or_default().to_ascii_uppercase();
        match keyword.as_str() {
            "BODY" => features.eight_bit_mime,
            "SMTPUTF8" => features.smtp_utf8,
            "RET" | "ENVID" | "NOTIFY" | "ORCPT" => features.dsn,
            // The client's figure is for the mail as it came in.
            "SIZE" => false,
            _ => true,
        }
    };
    path.params.iter().filter(is_kept).flat_map(|param| [" ", param]).collect()
}

/// Makes XFORWARD lines of the attributes that the next hop takes.
fn xforward_lines(features: &Features, attributes: &[String]) -> Vec<String> {
    let is_taken = |attribute: &&String| {
        let name = attribute.split('=').next().unwrap_or_default();
        features.xforward.iter().any(|taken| taken.eq_ignore_ascii_case(name))
    };
    let mut groups: Vec<String> = Vec::new();
    for attribute in attributes.iter().filter(is_taken) {
        match groups.last_mut() {
            Some(group) if group.len() + 1 + attribute.len() <= MAX_XFORWARD => {
                group.push(' ');
                group.push_str(attribute);
            }
            _ => groups.push(attribute.clone()),
        }
    }
    groups.iter().map(|group| format!("XFORWARD {group}\r\n")).collect()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::time::Instant;

    use super::*;
    use crate::receive::Client;

    fn path(raw: &str, params: &[&str]) -> Path {
        Path { raw: raw.to_owned(), params: params.iter().map(|&param| param.to_owned()).collect() }
    }

    fn client(xforward: &[&str]) -> Client {
        let xforward = xforward.iter().map(|&attribute| attribute.to_owned()).collect();
        Client {
            ip: Ipv4Addr::LOCALHOST.into(),
            helo: "c.example".to_owned(),
            protocol: "ESMTP",
            xforward,
            login: None,
        }
    }

    fn everything() -> Features {
        let xforward = ["NAME", "IDENT"].map(str::to_owned).to_vec();
        Features {
            pipelining: true,
            size: true,
            eight_bit_mime: true,
            smtp_utf8: true,
            dsn: true,
            xforward,
            ..Features::default()
        }
    }

    fn lines(features: &Features, transaction: &Transaction<'_>) -> Result<String, u16> {
        let steps = steps(features, transaction).map_err(|reply| reply.code())?;
        Ok(steps.iter().map(|step| step.line.as_str()).collect())
    }

    #[test]
    fn parameters_go_on_verbatim_where_they_are_understood() {
        let client = client(&["NAME=x+2By", "PROTO=ESMTP", "IDENT=2F57A99E198"]);
        let sender = path("s@x.example", &["SIZE=9", "BODY=8BITMIME", "RET=HDRS", "ENVID=a+2B1", "SMTPUTF8"]);
        let recipient = path(r#""a> NOTIFY=NEVER"@d.example"#, &["NOTIFY=SUCCESS", "ORCPT=rfc822;b+2Bc"]);
        let mut transaction = Transaction {
            client: &client,
            sender: &sender,
            recipients: vec![&recipient],
            size: None,
            eight_bit: true,
            utf8_header: false,
            deadline: Instant::now(),
        };
        assert_eq!(
            lines(&everything(), &transaction).unwrap(),
            "XFORWARD NAME=x+2By IDENT=2F57A99E198\r\n\
             MAIL FROM:<s@x.example> BODY=8BITMIME RET=HDRS ENVID=a+2B1 SMTPUTF8\r\n\
             RCPT TO:<\"a> NOTIFY=NEVER\"@d.example> NOTIFY=SUCCESS ORCPT=rfc822;b+2Bc\r\nDATA\r\n"
        );
        transaction.size = Some(77);
        assert!(lines(&everything(), &transaction).unwrap().contains(" SIZE=77\r\n"));
        transaction.eight_bit = false;
        assert_eq!(
            lines(&Features::default(), &transaction).unwrap(),
            "MAIL FROM:<s@x.example>\r\nRCPT TO:<\"a> NOTIFY=NEVER\"@d.example>\r\nDATA\r\n"
        );
    }

    #[test]
    fn what_the_next_hop_cannot_take_is_refused() {
        let (client, null, ascii) = (client(&[]), path("", &[]), path("b@d.example", &[]));
        let (utf8_sender, utf8) = (path("", &["SMTPUTF8"]), path("jürgen@d.example", &[]));
        let of = |sender: &Path, recipient: &Path, eight_bit, utf8_header| {
            let transaction = Transaction {
                client: &client,
                sender,
                recipients: vec![recipient],
                size: None,
                eight_bit,
                utf8_header,
                deadline: Instant::now(),
            };
            lines(&Features::default(), &transaction).err()
        };
        assert_eq!(of(&null, &ascii, false, true), None, "raw 8-bit header fields are older than SMTPUTF8");
        assert_eq!(of(&utf8_sender, &ascii, false, false), None);
        assert_eq!(of(&null, &ascii, true, false), Some(554));
        assert_eq!(of(&utf8_sender, &ascii, false, true), Some(550));
        assert_eq!(of(&utf8_sender, &utf8, false, false), Some(553));
        assert_eq!(of(&null, &path("b\r\nDATA@d.example", &[]), false, false), Some(550));
        assert_eq!(of(&null, &path("b@d.example", &["NOTIFY=NEVER\r\nDATA"]), false, false), Some(550));
    }

    #[test]
    fn long_attributes_take_several_lines() {
        let client = client(&[&format!("NAME={}", "n".repeat(300)), &format!("IDENT={}", "i".repeat(300))]);
        let lines = xforward_lines(&everything(), &client.xforward);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.len() <= 512));
    }
}
