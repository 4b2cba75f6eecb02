//! The mails that go through every way.

use sealpost_tests::mails::{large, text};

/// One mail and its envelope.
#[derive(Clone)]
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) sender: String,
    /// What stands behind the address in MAIL.
    pub(super) mail_parameters: &'static str,
    /// Address and parameters of each RCPT.
    pub(super) recipients: Vec<(String, &'static str)>,
    /// What DATA carries, dots not stuffed.
    pub(super) mail: Vec<u8>,
}

impl Case {
    /// Says whether the policy rejects one of its recipients.
    pub(super) fn has_rejected(&self) -> bool {
        self.recipients.iter().any(|(recipient, _)| is_rejected_for(recipient))
    }
}

/// Stands in every mail, so that what is in clear can be told.
pub(super) const MARK: &str = "only-for-your-eyes-4711";
/// Gets the mail without being named in it, or in its Bcc field only.
pub(super) const HIDDEN: &str = "hidden@example.net";
/// Names the mail with a line of 100,000 bytes.
pub(super) const LONG_LINES: &str = "long-lines";
/// Names the mail without Date and Message-ID.
pub(super) const NO_DATE: &str = "no-date";
/// Names the mail with more recipients than Postfix puts into one transaction.
pub(super) const MANY: &str = "many";
/// A rule besides those of the usual policy: mail to one domain is rejected.
pub(super) const REJECT_RULE: &str = "\
[[rule]]
name = \"nothing there\"
action = \"reject\"
reject_text = \"Nothing may be sent there, ask 4711\"
reject_code = \"5.7.13\"
[rule.when]
recipient_domains = [\"rejected.example\"]
";
/// What whoever writes there is told.
pub(super) const REJECTION: [&str; 2] = ["5.7.13", "Nothing may be sent there, ask 4711"];
const SENDER: &str = "alice@example.org";

/// Says what becomes of mail to an address, by the policy of the tests.
pub(super) fn is_sealed_for(recipient: &str) -> bool {
    recipient.ends_with("@example.net")
}

/// Says whether the policy of the tests rejects mail to an address.
pub(super) fn is_rejected_for(recipient: &str) -> bool {
    recipient.ends_with("@rejected.example")
}

/// Makes the address of a recipient who belongs to one case only.
pub(super) fn address(case: &str, recipient: &str) -> String {
    format!("{case}.{recipient}")
}

fn case(name: &'static str, recipients: &[&str], mail: Vec<u8>) -> Case {
    Case {
        name,
        sender: SENDER.into(),
        mail_parameters: "",
        recipients: recipients.iter().map(|recipient| (address(name, recipient), "")).collect(),
        mail,
    }
}

/// Returns a mail with these header fields and this body.
fn mail(name: &str, more_fields: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "From: Alice <{SENDER}>\r\nTo: list@example.net\r\nSubject: {name} {MARK}\r\n{more_fields}\
         Date: Sun, 22 Nov 2026 12:00:00 +0000\r\nMessage-ID: <{name}@example.org>\r\n\r\n{MARK}\r\n"
    );
    [head.as_bytes(), body, b"\r\n"].concat()
}

/// Returns the cases, each with recipients of its own.
pub(super) fn cases() -> Vec<Case> {
    let (outside, other, partner, inside) =
        ("bob@example.net", "dora@example.net", "carol@partner.example", "erik@example.org");
    let simple = |name| mail(name, "", b"Hello");
    let mut cases = vec![
        case("one", &[outside], simple("one")),
        case("several", &[outside, other, "fred.o'hara@example.net"], simple("several")),
        case("bcc", &[outside, HIDDEN], simple("bcc")),
        case(
            "bcc-field",
            &[outside, HIDDEN, partner],
            mail("bcc-field", &format!("Bcc: {HIDDEN}\r\nCc: {inside}\r\n"), b"Hello"),
        ),
        case("mixed", &[outside, partner, inside, other], simple("mixed")),
        case("passed", &[partner, inside], simple("passed")),
        Case { sender: String::new(), ..case("null-sender", &[outside, partner], simple("null-sender")) },
        case(
            "dots",
            &[outside, partner],
            mail("dots", "", b".\r\n..\r\n...x\r\n. \r\n\r\n.y\r\n\r\n\t \r\n"),
        ),
        case(LONG_LINES, &[outside, partner], mail(LONG_LINES, "", "x".repeat(100_000).as_bytes())),
        case("empty-body", &[outside, partner], {
            let text = String::from_utf8(simple("empty-body")).expect("the mail is text");
            text.split_inclusive("\r\n\r\n").next().unwrap_or_default().as_bytes().to_vec()
        }),
        case(
            NO_DATE,
            &[outside, partner],
            format!("From: {SENDER}\r\nSubject: x\r\n\r\n{MARK}\r\n").into_bytes(),
        ),
        case("bare-lf", &[outside, partner], mail("bare-lf", "", b"one\ntwo\r\nthree\n")),
        case("bare-cr", &[outside, other], mail("bare-cr", "", b"one\rtwo\r\nthree\r")),
        case("bare-cr-passed", &[partner], mail("bare-cr-passed", "", b"one\rtwo")),
        case("nul", &[outside], mail("nul", "", b"one\0two")),
        case("large", &[outside, partner], large(SENDER, outside, &format!("large {MARK}"), 2_000_000)),
    ];
    cases.extend(rejected());
    cases.extend(with_parameters());
    cases
}

/// The cases that the policy rejects for one of their recipients or for all, each with a sender of its own to be told.
fn rejected() -> Vec<Case> {
    let rejected = |name, recipients: &[&str]| Case {
        sender: address(name, SENDER),
        ..case(name, recipients, mail(name, "", b"Hello"))
    };
    vec![
        rejected("rejected", &["greta@rejected.example"]),
        rejected(
            "mixed-rejected",
            &["bob@example.net", "carol@partner.example", "greta@rejected.example", "erik@example.org"],
        ),
    ]
}

/// The cases that use extensions of SMTP.
fn with_parameters() -> Vec<Case> {
    let mut dsn = case(
        "dsn",
        &["bob@example.net", "dora@example.net", "carol@partner.example", "erik@example.org"],
        mail("dsn", "", b"Hello"),
    );
    dsn.mail_parameters = " RET=HDRS ENVID=abc+2B1";
    for ((_, parameters), wanted) in dsn.recipients.iter_mut().zip([
        " NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;bob-orig@example.net",
        " NOTIFY=NEVER",
        " NOTIFY=FAILURE ORCPT=rfc822;carol+2Borig@partner.example",
        "",
    ]) {
        *parameters = wanted;
    }
    let utf8_fields = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nX-Place: Zürich\r\n";
    let signed = "MIME-Version: 1.0\r\nContent-Type: multipart/signed; micalg=sha-256; boundary=b;\r\n\
                  \tprotocol=\"application/pkcs7-signature\"\r\n";
    let signed_body = "--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
                       Grüße \t \r\n--b\r\nContent-Type: application/pkcs7-signature\r\n\r\nAAAA\r\n--b--\r\n";
    let many: Vec<_> = (0..120).map(|number| format!("r{number:03}@example.net")).collect();
    let mut many: Vec<_> = many.iter().map(String::as_str).collect();
    many.extend(["p1@partner.example", "p2@partner.example"]);
    vec![
        dsn,
        Case {
            mail_parameters: " SMTPUTF8 BODY=8BITMIME",
            sender: "jörg@example.org".into(),
            ..case(
                "smtputf8",
                &["jürgen@example.net", "žofie@partner.example", "用户@example.net"],
                mail("smtputf8", utf8_fields, "Grüße".as_bytes()),
            )
        },
        Case {
            mail_parameters: " BODY=8BITMIME",
            ..case(
                "eight-bit",
                &["bob@example.net", "carol@partner.example"],
                mail(
                    "eight-bit",
                    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n",
                    b"Gr\xfc\xdfe \xff",
                ),
            )
        },
        Case {
            mail_parameters: " BODY=8BITMIME",
            ..case(
                "signed",
                &["bob@example.net", "carol@partner.example"],
                mail("signed", signed, signed_body.as_bytes()),
            )
        },
        case(MANY, &many, text(SENDER, "undisclosed-recipients:;", &format!("many {MARK}"), MARK)),
    ]
}
