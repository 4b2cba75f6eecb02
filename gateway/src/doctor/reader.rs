//! The reader of the test mail at the portal: presses buttons as his browser does, hands the envelope in with each, and
//! keeps cookies. What the portal answers is looked at by the stages.

use std::collections::BTreeMap;

use super::portal::{self, Answer};

/// Stands between the fields of a form.
const BOUNDARY: &str = "sealpost-doctor-boundary-9b1c6f2a";

/// A reader with an envelope. It has no `Debug` output, because that would hold the cookies.
pub(super) struct Reader<'a> {
    portal: &'a str,
    envelope: &'a [u8],
    cookies: BTreeMap<String, String>,
}

impl<'a> Reader<'a> {
    /// A reader who has not been at this portal.
    pub(super) fn new(portal: &'a str, envelope: &'a [u8]) -> Self {
        Self { portal, envelope, cookies: BTreeMap::new() }
    }

    /// Presses the button that leads to this path, with these fields filled in.
    pub(super) async fn press(&mut self, path: &str, fields: &[(&str, &str)]) -> reqwest::Result<Answer> {
        let mut headers = vec![
            ("content-type", format!("multipart/form-data; boundary={BOUNDARY}")),
            // The portal gives nothing away to forms of other sites.
            ("sec-fetch-site", "same-origin".to_owned()),
        ];
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            headers.push(("cookie", cookies.join("; ")));
        }
        let answer = portal::post(&format!("{}{path}", self.portal), &headers, self.form(fields)).await?;
        for (name, value) in &answer.cookies {
            // An empty one is taken back.
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.clone(), value.clone());
            }
        }
        Ok(answer)
    }

    fn form(&self, fields: &[(&str, &str)]) -> Vec<u8> {
        let head =
            |name: &str| format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name={name}\r\n\r\n");
        let mut form = head("\"file\"; filename=\"envelope\"").into_bytes();
        form.extend_from_slice(self.envelope);
        for (name, value) in fields {
            form.extend_from_slice(format!("\r\n{}{value}", head(&format!("\"{name}\""))).as_bytes());
        }
        form.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        form
    }
}
