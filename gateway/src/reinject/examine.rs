//! Looks at the next hop without sending a mail, for `doctor`.

use super::{Reinjector, failure::Failure, open};
use crate::reply::Reply;

/// What the next hop offers, and whether it takes mail from us.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each keyword of EHLO is there or not, whatever the others are"
)]
pub(crate) struct Offer {
    /// 8BITMIME.
    pub(crate) eight_bit_mime: bool,
    /// SMTPUTF8.
    pub(crate) smtp_utf8: bool,
    /// DSN.
    pub(crate) dsn: bool,
    /// XFORWARD, with at least one attribute.
    pub(crate) xforward: bool,
    /// The refusal of MAIL or RCPT, if there was one.
    pub(crate) refused: Option<Reply>,
}

impl Reinjector {
    /// Begins a session and a transaction as a mail would, with the null sender and for this recipient if there is one, and
    /// undoes it.
    pub(crate) async fn examine(&self, recipient: Option<&str>) -> Result<Offer, Failure> {
        let mut connection = open::open(&self.next_hop, &self.pauses).await?;
        let patience = self.next_hop.command_timeout;
        let features = connection.features();
        let mut offer = Offer {
            eight_bit_mime: features.eight_bit_mime,
            smtp_utf8: features.smtp_utf8,
            dsn: features.dsn,
            xforward: !features.xforward.is_empty(),
            refused: None,
        };
        // A command line of its own is what an address must never become.
        let recipient = recipient.filter(|address| !address.contains(|c: char| c.is_control() || c == '>'));
        let rcpt = recipient.map(|address| format!("RCPT TO:<{address}>\r\n"));
        for line in ["MAIL FROM:<>\r\n".to_owned()].into_iter().chain(rcpt) {
            connection.send(line.as_bytes(), patience).await?;
            let reply = connection.reply(patience).await?;
            if !reply.is_success() {
                offer.refused = Some(reply);
                break;
            }
        }
        connection.send(b"RSET\r\n", patience).await?;
        connection.reply(patience).await?;
        connection.quit();
        Ok(offer)
    }
}
