//! Random mails and random HTML: no panic, nothing harmful.

use proptest::prelude::*;
use sealpost_portal::render;

use crate::{sanitise, walk};

/// Pieces that mean something to a parser, to be thrown together.
const HTML: &[&str] = &[
    "<table>",
    "<tr>",
    "<td>",
    "</table>",
    "<svg>",
    "</svg>",
    "<math>",
    "<mtext>",
    "<mglyph>",
    "<style>",
    "p{color:red}",
    "@media print{",
    ".a:hover,",
    "b{background:url(//a.example)}",
    "}",
    "\\3c",
    "/*",
    "*/",
    "</style>",
    "<title>",
    "</title>",
    "<textarea>",
    "</textarea>",
    "<noscript>",
    "</noscript>",
    "<select>",
    "<option>",
    "</select>",
    "<template>",
    "</template>",
    "<a href='javascript:x'>",
    "<a href='https://a.example/'>",
    "</a>",
    "<b>",
    "</b>",
    "<p style='position:fixed;background:url(//a.example)'>",
    "</p>",
    "<img src=x onerror=alert(1)>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<form>",
    "</form>",
    "<iframe>",
    "</iframe>",
    "<xmp>",
    "</xmp>",
    "<plaintext>",
    "<br/>",
    "<foreignObject>",
    "<annotation-xml encoding='text/html'>",
    "<font face='a'>",
    "</font>",
    "<body onload=x>",
    "\"",
    "'",
    ">",
    "<",
    "&lt;",
    "&#0;",
    "\0",
    "text",
    " ",
    "=",
    "/",
];

const MAIL: &[&str] = &[
    "Content-Type: multipart/mixed; boundary=b\n",
    "Content-Type: multipart/alternative; boundary=\"c\"\n",
    "Content-Type: multipart/related; boundary=b\n",
    "Content-Type: text/html\n",
    "Content-Type: text/plain; format=flowed\n",
    "Content-Type: message/rfc822\n",
    "Content-Transfer-Encoding: base64\n",
    "Content-Transfer-Encoding: quoted-printable\n",
    "Content-Transfer-Encoding: x-uuencode\n",
    "Content-Disposition: attachment; filename*0*=utf-8''%C3; filename*1*=%BC\n",
    "Content-Type: text/plain; charset=utf-7\n",
    "Content-Type: text/plain; charset=iso-2022-jp\n",
    "Content-ID: <a@b>\n",
    "Subject: =?utf-8?B?w7w=?= =?x?Q?",
    "To: (((a <b@c>, \"d",
    "From: a;b:c<,>;\n",
    "Date: Mon, 99 Foo 99999 99:99 +9999\n",
    "\n",
    "\r\n",
    "\r",
    "--b\n",
    "--b--\n",
    "--c\n",
    "--c--\r\n",
    "begin 644 x\n",
    "end\n",
    "w7w=\n",
    "=C3=\n",
    "> a \n",
    "<img src='cid:a@b'>",
    "\u{1b}$B",
    "+AGE-",
    ":",
    ";",
    "=",
    "\"",
    "(",
    ")",
    "\\",
    "\0",
    "ü",
];

fn soup(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(pieces), 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn html_soup_comes_out_harmless(html in soup(HTML)) {
        let mut report = String::new();
        sanitise::check("soup", &sanitise::frame(&html), None, &mut report);
        prop_assert!(report.is_empty(), "{}\n{}", html, report);
    }

    #[test]
    fn mail_soup_is_shown(mail in soup(MAIL)) {
        let view = render::view(mail.as_bytes());
        if let render::Body::Html(document) = &view.body {
            prop_assert_eq!(walk::faults(&document.document()), Vec::<String>::new());
        }
        for attachment in view.attachments.iter().chain(view.nested.iter().flat_map(|nested| &nested.attachments)) {
            prop_assert!(render::attachment(mail.as_bytes(), &attachment.path).is_some());
            let shown = render::preview(mail.as_bytes(), &attachment.path);
            prop_assert_eq!(shown.is_some(), attachment.preview);
        }
        prop_assert_eq!(render::archive(mail.as_bytes()).is_some(), !view.attachments.is_empty());
    }

    #[test]
    fn random_bytes_are_shown(mail in proptest::collection::vec(any::<u8>(), 0..500)) {
        prop_assert!(render::view(&mail).attachments.len() <= 1000);
    }
}
