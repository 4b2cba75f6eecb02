//! Uploads by those who have proved nothing.

use crate::{
    client::From,
    desk::form,
    gateway::Gateway,
    site::{Site, terms},
};

/// Files may stand in a form before its envelope, so anybody could fill the memory that all readers share.
#[test]
fn files_of_who_is_not_signed_in_take_no_memory() {
    let gateway = Gateway::start();
    let site = Site::start_with(&format!(
        "[server]\npublic_url = 'http://ADDRESS'\nmax_envelope_size = 100000\nmemory_limit = 4000000\n[answer]\nrelay = '{}'\ntls = 'none'\nfrom = 'answers@example.org'\n",
        gateway.address
    ));
    let envelope = site.sample(&terms(&["bob@example.net"]));
    let (mut reader, _) = site.sign_in(&envelope);
    let fields = [("way", "reply".into()), ("text", "kept".into()), ("envelope", envelope.clone())];
    let content = vec![7; 3_000_000];
    let (headers, body) = form(&fields, &[("a.bin", "", &content)]);
    let send =
        |who: &mut crate::client::Browser| who.request("POST", "/answer/send", From::Portal, &headers, &body);
    assert_eq!(send(&mut reader).status, 503, "there is no room for what a reader sends");
    let mut stranger = site.browser();
    assert!(send(&mut stranger).asks_to_prove(), "but a stranger's needs none");
    let forged = ("__Host-sealpost-session".to_owned(), "A".repeat(43));
    stranger.cookies().extend([forged]);
    assert!(send(&mut stranger).asks_to_prove());
}

/// The page of a message that a webmail shows in a frame of its own comes from nowhere: its reader is told so, however long
/// the form is that his browser sends.
#[test]
fn a_large_form_that_is_refused_is_read_to_its_end() {
    let site = Site::start();
    let envelope = "A".repeat(9_000_000);
    let (headers, body) = form(&[("envelope", envelope)], &[]);
    let refused = site.browser().request("POST", "/passcode", From::Disk, &headers, &body);
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("</html>"));
}
