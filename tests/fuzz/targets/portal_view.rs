//! Makes the view of any mail, and gets every attachment that it lists: never panics, the sizes are those listed, and
//! file names can do no harm.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sealpost_portal::render::{Body, MailView, RemoteContent, archive, attachment, preview, view_with};

fuzz_target!(|mail: &[u8]| {
    for remote in [RemoteContent::Blocked, RemoteContent::Loaded] {
        check(mail, &view_with(mail, remote));
    }
    archive(mail);
});

fn check(mail: &[u8], shown: &MailView) {
    for listed in &shown.attachments {
        let got = attachment(mail, &listed.path).expect("what is listed can be had");
        assert_eq!(preview(mail, &listed.path).is_some(), listed.preview);
        assert_eq!(
            (&got.name, &got.media_type, got.bytes.len()),
            (&listed.name, &listed.media_type, listed.size)
        );
        assert!(!got.name.is_empty() && got.name.len() <= 255);
        assert!(!got.name.contains(['/', '\\', '\0', '"']) && !got.name.contains(char::is_control));
        assert!(!got.media_type.contains(char::is_control));
    }
    match &shown.body {
        Body::Text(html) => assert!(!html.contains("<script") && !html.contains("<img")),
        Body::Html(html) => assert!(!html.document().to_ascii_lowercase().contains("<script")),
        Body::Empty => (),
    }
    shown.nested.iter().for_each(|nested| check(mail, nested));
}
