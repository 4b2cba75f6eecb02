//! Every form in which an envelope may come.

use crate::site::{SAMPLE, Site, terms, text};

/// A carrier mail with this attachment.
fn carrier(encoding: &str, attachment: &str) -> String {
    format!(
        "Received: from gateway\r\nFrom: alice@example.org\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed;\r\n boundary=\"=_outer\"\r\n\r\n--=_outer\r\n\
         Content-Type: multipart/alternative; boundary=inner\r\n\r\n--inner\r\nContent-Type: text/plain\r\n\r\n\
         Open the attachment.\r\n--inner--\r\n\r\n--=_outer\r\n\
         Content-Type: text/html; name=\"message.html\"\r\nContent-Disposition: attachment;\r\n\
         \tfilename=\"message.html\"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{attachment}\r\n--=_outer--\r\n"
    )
}

fn quoted_printable(text: &str) -> String {
    let mut out = String::new();
    for line in text.split("\r\n") {
        let escaped = line.replace('=', "=3D");
        let pieces: Vec<String> =
            escaped.as_bytes().chunks(70).map(|piece| String::from_utf8(piece.to_vec()).unwrap()).collect();
        // A chunk may cut an escape in two; real encoders don't, but the escape's first half is then the line's end.
        out.push_str(&pieces.join("=\r\n").replace("==\r\n3D", "=\r\n=3D").replace("=3=\r\nD", "=\r\n=3D"));
        out.push_str("\r\n");
    }
    out
}

/// All forms of the sample: name, form field, content.
fn all_forms(site: &Site) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let sealed = site.seal(SAMPLE, &terms(&["bob@example.net"]));
    let armored = text(&sealed);
    let page = format!(
        "<!DOCTYPE html>\r\n<form><textarea name=envelope hidden>\r\n{armored}\r\n</textarea></form></html>\r\n"
    );
    let base64 = carrier("base64", encodify::base64::MIME.encode(&page).trim_end());
    let nested = format!("Subject: Fwd\r\nContent-Type: message/rfc822\r\n\r\n{base64}");
    let link = sealed.link_fragment();
    vec![
        ("text form", "envelope", armored.clone().into_bytes()),
        ("text form, LF", "envelope", armored.replace("\r\n", "\n").into_bytes()),
        ("message.html", "file", page.clone().into_bytes()),
        ("binary", "file", sealed.to_bytes()),
        ("carrier mail, 7bit", "file", carrier("7bit", &page).into_bytes()),
        ("carrier mail, base64", "file", base64.clone().into_bytes()),
        ("carrier mail, base64, LF", "file", base64.replace("\r\n", "\n").into_bytes()),
        (
            "carrier mail, quoted-printable",
            "file",
            carrier("quoted-printable", &quoted_printable(&page)).into_bytes(),
        ),
        ("carrier mail, forwarded", "file", nested.into_bytes()),
        ("link", "link", link.clone().into_bytes()),
        ("whole link", "link", format!("https://portal.example.org/#{link}\n").into_bytes()),
    ]
}

#[test]
fn all_forms_end_in_the_same_page() {
    let site = Site::start();
    let forms = all_forms(&site);
    let expected = site.browser().post("/open", &[(forms[0].1, &forms[0].2)]).without_date();
    assert!(expected.asks_to_prove());
    assert_eq!(expected.carried().into_bytes(), forms[0].2);
    for (name, field, content) in &forms {
        assert!(site.browser().post("/open", &[(field, content)]).without_date() == expected, "{name}");
    }
}

#[test]
fn the_command_line_opens_all_forms() {
    let site = Site::start();
    for (name, _, content) in all_forms(&site) {
        if name == "link" {
            // A bare fragment can't be told from other text; the whole link is.
            continue;
        }
        let file = site.directory.path().join("form");
        std::fs::write(&file, content).unwrap();
        let opened = std::process::Command::new(env!("CARGO_BIN_EXE_sealpost-portal"))
            .args(["open", "--config"])
            .args([&site.directory.path().join("portal.toml"), &file])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&opened.stderr), "", "{name}");
        assert!(opened.status.success() && opened.stdout == SAMPLE.as_bytes(), "{name}");
    }
}
