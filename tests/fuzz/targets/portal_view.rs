//! Makes the view of any mail, and gets every attachment that it lists: never panics, the sizes are those listed, and
//! file names can do no harm.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sealpost_portal::render::{Body, attachment, view};

fuzz_target!(|mail: &[u8]| {
    let shown = view(mail);
    for listed in &shown.attachments {
        let got = attachment(mail, listed.index).expect("what is listed can be had");
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
        Body::Html(document) => assert!(!document.to_ascii_lowercase().contains("<script")),
        Body::Empty => (),
    }
});
