//! A mail with all sorts of things, and a site with readers who may do everything or little.

use sealpost_tests::site::{POLICY, Plan, Site};

use crate::desk::GENEROUS;

/// May read and reply, and nothing else.
pub(super) const STRICT: &str = "carol@strict.example";

/// Mails with this header field want a sign-in with a provider.
pub(super) const BY_PROVIDER: &str = "X-By-Provider: yes\r\n";

/// The table of `portal.toml` with which readers answer.
pub(super) fn answer_settings(site: &Site) -> String {
    let relay = site.ports.gateway_smtp;
    format!("[answer]\nrelay = \"{relay}\"\ntls = \"none\"\nfrom = \"Example <answers@example.org>\"\n")
}

/// A site whose mails to [`STRICT`] can be read only.
pub(super) fn plan(name: &str) -> Plan {
    let policy = format!(
        "{POLICY}\n[[rule]]\nname = \"strict\"\naction = \"seal\"\ntemplate = \"strict\"\n\
         [rule.when]\nrecipient_domains = [\"strict.example\"]\n[template.strict]\nrights = [\"reply\"]\n\
         [[rule]]\nname = \"by-provider\"\naction = \"seal\"\ntemplate = \"by-provider\"\n\
         [rule.when]\nheader = [{{ name = \"X-By-Provider\" }}]\n[template.by-provider]\nsign_in = \"provider\"\n"
    );
    Plan { policy, passcode_settings: GENEROUS.into(), ..Plan::new(name) }
}

/// HTML with a picture from elsewhere, an invitation, attachments with all kinds of names, a message in the message.
pub(super) fn all_sorts(to: &str) -> Vec<u8> {
    let others: Vec<String> = (1..14).map(|at| format!("Guest {at} <guest{at}@example.net>")).collect();
    ALL_SORTS
        .replace("RECIPIENT", to)
        .replace("OTHERS", &others.join(",\n "))
        .replace('\n', "\r\n")
        .into_bytes()
}

/// A text that is written from right to left, with lines too long for any window.
pub(super) fn right_to_left(to: &str) -> Vec<u8> {
    let wide = "x".repeat(400);
    format!(
        "From: =?utf-8?b?16nXnNeV150=?= <shalom@example.org>\r\nTo: {to}\r\nSubject: =?utf-8?b?16nXnNeV150g16LXldec150=?=\r\n\
         Date: Sun, 22 Nov 2026 12:00:00 +0200\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\nשלום עולם, זה מבחן (1) של כיוון.\r\n> ציטוט\r\n{wide}\r\n"
    )
    .into_bytes()
}

const ALL_SORTS: &str = r#"From: =?utf-8?q?Alice_M=C3=BCller?= <alice@example.org>
To: RECIPIENT,
 OTHERS
Cc: Quality <quality@example.org>
Subject: All sorts of things, with a subject that is so long that it does not fit on one line of a telephone
Date: Sun, 22 Nov 2026 12:00:00 +0100
Message-ID: <all-sorts@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: text/html; charset=utf-8

<html><body><h2>Dear reader</h2><p>A picture from <a href="https://example.com/a/long/way/to/a/page?with=parameters">elsewhere</a>:
<img src="https://example.com/picture.png" alt="A picture"></p>
<table border="1" width="1200"><tr><th>A wide table</th><th>that sticks out</th></tr><tr><td>1</td><td>2</td></tr></table>
</body></html>
--outer
Content-Type: text/calendar; charset=utf-8; method=REQUEST

BEGIN:VCALENDAR
VERSION:2.0
METHOD:REQUEST
BEGIN:VEVENT
UID:1@example.org
DTSTART:20261201T090000Z
DTEND:20261201T100000Z
SUMMARY:Talk about the lighthouse
LOCATION:Room 4\, second floor
ORGANIZER;CN=Alice:mailto:alice@example.org
ATTENDEE;CN=Bob;PARTSTAT=ACCEPTED:mailto:bob@example.net
ATTENDEE;CN=Carol;PARTSTAT=TENTATIVE:mailto:carol@example.net
DESCRIPTION:Please bring the plans.
RRULE:FREQ=WEEKLY
END:VEVENT
END:VCALENDAR
--outer
Content-Type: text/plain; name="notes.txt"
Content-Disposition: attachment; filename="notes.txt"

Notes.
--outer
Content-Type: application/pdf
Content-Disposition: attachment; filename="A_file_name_without_any_blank_that_goes_on_and_on_and_on_until_no_telephone_can_show_it_on_one_line_2026-11-22.pdf"
Content-Transfer-Encoding: base64

JVBERi0xLjQK
--outer
Content-Type: message/rfc822

From: Dan <dan@example.org>
To: alice@example.org
Subject: The message within
Date: Sat, 21 Nov 2026 10:00:00 +0100
Content-Type: text/plain; charset=utf-8

> Quoted
> > twice

Read by Alice.
--outer
Content-Type: multipart/signed; boundary=signed; protocol="application/pkcs7-signature"

--signed
Content-Type: text/plain

Signed.
--signed
Content-Type: application/pkcs7-signature; name=smime.p7s
Content-Transfer-Encoding: base64

AAAA
--signed--
--outer--
"#;
