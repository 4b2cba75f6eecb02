//! What every answer of the portal has in common: headers, and who may ask.

use crate::{
    client::{Answer, From},
    scripted::Scripted,
    site::{Site, terms},
    usage::{TOKEN, write_secret},
};

/// Pages with a script of ours.
const WITH_SCRIPT: [&str; 7] =
    ["start", "prove", "message", "message with images", "answer", "answer not sent", "signed in"];

/// One answer of every kind of a site that has all of them: name, and what came.
pub(crate) fn all_answers(public_url: &str) -> Vec<(&'static str, Answer)> {
    let (provider, directory) = (Scripted::start(), tempfile::tempdir().unwrap());
    let token = directory.path().join("admin.token");
    write_secret(&token, TOKEN);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let site = Site::start_with(&format!(
        "[server]\npublic_url = '{public_url}'\n[answer]\nrelay = '{nobody}'\nfrom = 'answers@example.org'\n\
         [usage]\nadmin_token_file = '{}'\nsmallest_shown = 1\n{}",
        token.display(),
        provider.settings("one", "generic", "vouches_for = ['example.net']"),
    ));
    let envelope = site.sample(&terms(&["bob@example.net"]));
    let envelope = [("envelope", envelope.as_bytes())];
    let (mut browser, message) = site.sign_in(std::str::from_utf8(envelope[0].1).unwrap());
    let attachment = browser.post("/attachment", &[("part", b"2"), envelope[0]]);
    assert_eq!(attachment.status, 200);
    let loaded = browser.post("/read", &[("images", b"load"), envelope[0]]);
    let print = browser.post("/print", &envelope);
    let printed_loaded = browser.post("/print", &[("images", b"load"), envelope[0]]);
    let archive = browser.post("/attachments", &envelope);
    let mail = browser.post("/mail", &envelope);
    let preview = browser.post("/preview", &[("part", b"1"), envelope[0]]);
    for answer in [&loaded, &print, &printed_loaded, &archive, &mail, &preview] {
        assert_eq!(answer.status, 200);
    }
    let answer = browser.post("/answer", &[("way", b"reply"), envelope[0]]);
    let id = answer.hidden("submission");
    let written: [(&str, &[u8]); 4] =
        [("way", b"reply"), ("submission", id.as_bytes()), ("text", b"Thanks."), envelope[0]];
    let not_sent = browser.post("/answer/send", &written);
    let departure = browser.post_small("/sign-in", "provider=one");
    let usage = browser.post_small("/admin/usage", &format!("token={TOKEN}&days=3"));
    assert_eq!(
        [&answer, &not_sent, &departure, &usage].map(|answer| answer.status),
        [200, 503, 200, 200],
        "{}",
        departure.text()
    );
    let bearer = format!("Authorization: Bearer {TOKEN}\r\n");
    vec![
        ("answer", answer),
        ("answer not sent", not_sent),
        ("departure", departure),
        ("signed in", browser.get("/signed-in")),
        ("sign-in refused", browser.get("/sign-in/one/return?error=access_denied&state=x")),
        ("privacy", browser.get("/privacy")),
        ("usage asked for", browser.get("/admin/usage")),
        ("usage", usage),
        ("usage refused", browser.post_small("/admin/usage", "token=wrong")),
        ("metrics", browser.request("GET", "/metrics", From::Portal, &bearer, b"")),
        ("start", browser.get("/")),
        ("health", browser.get("/health")),
        ("style", browser.get("/assets/portal.css")),
        ("script", browser.get("/assets/start.js")),
        ("script of the message", browser.get("/assets/read.js")),
        ("icon", browser.get("/assets/icon.svg")),
        ("no asset", browser.get("/assets/nothing.css")),
        ("no page", browser.get("/nothing")),
        ("no method", browser.get("/open")),
        ("prove", site.browser().post("/open", &envelope)),
        ("passcode", site.browser().post("/passcode", &envelope)),
        ("wrong", site.browser().post("/read", &[("passcode", b"12345678"), envelope[0]])),
        ("message", message),
        ("message with images", loaded),
        ("print", print),
        ("print with images", printed_loaded),
        ("attachment", attachment),
        ("attachments", archive),
        ("mail", mail),
        ("preview", preview),
        ("fault", browser.post("/open", &[("envelope", b"x")])),
        ("foreign", browser.post_from(From::Disk, "/read", &envelope)),
        ("sign-out", browser.post("/sign-out", &[])),
    ]
}

#[test]
fn every_answer_has_the_security_headers() {
    for (name, answer) in all_answers("http://ADDRESS") {
        let header = |field: &str| answer.header(field).unwrap_or_else(|| panic!("{name} lacks {field}"));
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{name}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{name}: {policy}");
        let (is_message, is_print) = (name.starts_with("message"), name.starts_with("print"));
        assert_eq!(policy.contains("script-src 'self'"), WITH_SCRIPT.contains(&name), "{name}: {policy}");
        assert!(!policy.replace("script-src 'self';", "").contains("script-src"), "{name}: {policy}");
        assert_eq!(
            policy.contains("unsafe-inline"),
            is_message || is_print || name == "preview",
            "{name}: {policy}"
        );
        assert_eq!(policy.contains("data:"), is_message || is_print, "{name}: {policy}");
        assert_eq!(policy.contains("https:"), name.ends_with("with images"), "{name}: {policy}");
        // What holds the mail's own bytes stands in no page of ours: it is sandboxed as a whole, without scripts.
        let is_foreign = is_print || matches!(name, "attachment" | "attachments" | "mail" | "preview");
        assert_eq!(policy.contains("sandbox"), is_foreign, "{name}: {policy}");
        assert!(
            !policy.contains("allow-scripts") && !policy.contains("allow-same-origin"),
            "{name}: {policy}"
        );
        assert!(
            policy.contains(if is_foreign { "form-action 'none'" } else { "form-action 'self'" }),
            "{name}: {policy}"
        );
        assert!(policy.contains("base-uri 'none'"), "{name}: {policy}");
        if WITH_SCRIPT.contains(&name) {
            let text = answer.text();
            let first = text.split_once("<script src=\"").map(|(_, rest)| rest.split('"').next().unwrap());
            assert_eq!(first, Some("/assets/kept.js"), "{name}: removes what waits for nobody");
        }
        assert_eq!(header("x-content-type-options"), "nosniff", "{name}");
        assert_eq!(header("referrer-policy"), "same-origin", "{name}");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin", "{name}");
        assert!(header("permissions-policy").contains("camera=()"), "{name}");
        let is_asset = matches!(name, "style" | "script" | "script of the message" | "icon");
        assert_eq!(header("cache-control") == "no-store", !is_asset, "{name}");
        assert_eq!(answer.header("cross-origin-opener-policy").is_some(), name != "foreign", "{name}");
        assert_eq!(answer.header("strict-transport-security"), None, "{name}: plain http");
        assert_eq!(answer.header("server"), None, "{name}");
        let media_type = header("content-type");
        let is_text = media_type.starts_with("text/") || media_type.contains("xml");
        assert!(!is_text || media_type.ends_with("; charset=utf-8"), "{name}: {media_type}");
        let cleared = (name == "sign-out").then_some("\"storage\"");
        assert_eq!(answer.header("clear-site-data"), cleared, "{name}");
    }
}

#[test]
fn https_is_kept_to() {
    let site = Site::start_with("[server]\npublic_url = 'https://portal.example.org'\n");
    let answer = site.browser().get("/");
    assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000; includeSubDomains"));
}

#[test]
fn cookies_are_bound_to_this_host_and_hidden_from_scripts() {
    let answers = all_answers("http://ADDRESS");
    let cookies: Vec<&str> = answers
        .iter()
        .flat_map(|(_, answer)| &answer.headers)
        .filter(|(name, _)| name == "set-cookie")
        .map(|(_, value)| value.as_str())
        .collect();
    assert!(cookies.len() >= 3);
    for cookie in cookies {
        assert!(cookie.starts_with("__Host-sealpost-"), "{cookie}");
        for part in ["; Secure", "; HttpOnly", "; Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
        let is_taken_back = cookie.contains("=; ");
        assert!(is_taken_back || cookie.contains("; SameSite="), "{cookie}");
    }
}

#[test]
fn only_opening_may_come_from_another_site() {
    let site = Site::start();
    let envelope = site.sample(&terms(&["bob@example.net"]));
    let fields: [(&str, &[u8]); 1] = [("envelope", envelope.as_bytes())];
    let (mut browser, _) = site.sign_in(&envelope);
    let mails = site.relay.count();
    let paths = [
        "/passcode",
        "/again",
        "/language",
        "/read",
        "/print",
        "/attachment",
        "/preview",
        "/attachments",
        "/mail",
        "/sign-out",
    ];
    for path in paths {
        for from in [From::Disk, From::ForeignByOrigin] {
            let answer = browser.post_from(from, path, &fields);
            assert_eq!(answer.status, 403, "{path} {from:?}");
            assert!(answer.text().contains("Save the attachment message.html"), "{path} {from:?}");
        }
    }
    assert_eq!(site.relay.count(), mails);
    for from in [From::Disk, From::ForeignByOrigin] {
        assert!(browser.post_from(from, "/open", &fields).text().contains("dear Bob"), "{from:?}");
        assert!(site.browser().post_from(from, "/open", &fields).asks_to_prove(), "{from:?}");
    }
    let still_in = browser.post_from(From::PortalByOrigin, "/read", &fields);
    assert!(still_in.text().contains("dear Bob"), "older browsers are known by Origin");
}

/// Error pages that a phisher could fill with words of his own, or send readers on with, would be his stage.
#[test]
fn nothing_of_an_address_comes_back_and_nothing_leads_elsewhere() {
    let site = Site::start();
    let plain = site.browser().get("/nothing");
    for path in [
        "/Your-account-is-locked-call-0800-phish",
        "/open?message=phish",
        "/?next=https://phish.example/",
        "//phish.example/",
        "/https://phish.example/",
        "/assets/phish.css?phish",
        "/sign-out?return=//phish.example",
    ] {
        let answer = site.browser().get(path);
        assert!(!String::from_utf8_lossy(&answer.body).contains("phish"), "{path}");
        for (name, value) in &answer.headers {
            assert!(
                name != "location" && name != "refresh" && !value.contains("phish"),
                "{path}: {name}: {value}"
            );
        }
        if answer.status == 404 {
            assert!(answer.without_date() == plain.clone().without_date(), "{path}: one page for all");
        }
    }
}

#[test]
fn nothing_typed_comes_back_as_markup() {
    let site = Site::start();
    let envelope = site.sample(&terms(&["bob@example.net", "carol@example.net"]));
    let address = b"\"<script>x</script>\"@example.net".as_slice();
    let page = site.browser().post("/passcode", &[("address", address), ("envelope", envelope.as_bytes())]);
    assert!(!page.text().contains("<script>x"));
    let fields: [(&str, &[u8]); 3] =
        [("reference", b"<b>x</b>"), ("passcode", b"12345678"), ("envelope", envelope.as_bytes())];
    assert!(!site.browser().post("/read", &fields).text().contains("<b>x"));
}
