//! What is counted, who may see it, and what readers are told of it.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use crate::{
    client::{Answer, From},
    relay::Relay,
    site::{Site, terms},
};

/// The admin token.
pub(crate) const TOKEN: &str = "a-token-that-nobody-guesses";
const SERVER: &str = "[server]\npublic_url = 'http://ADDRESS'\n";

/// Writes a file that only its owner can read.
pub(crate) fn write_secret(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// A site with these lines of `[usage]`, and the token.
fn site(lines: &str) -> (Site, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("admin.token");
    write_secret(&file, &format!("{TOKEN}\n"));
    let usage = format!("{SERVER}[usage]\nadmin_token_file = '{}'\n{lines}\n", file.display());
    (Site::start_with(&usage), directory)
}

fn metrics(site: &Site, token: &str) -> Answer {
    site.browser().request("GET", "/metrics", From::Link, &format!("Authorization: Bearer {token}\r\n"), b"")
}

fn page(site: &Site, token: &str) -> Answer {
    site.browser().post_small("/admin/usage", &format!("token={token}&days=3"))
}

fn open(site: &Site, envelope: &[u8], agent: &str) {
    let body = [
        b"--b\r\nContent-Disposition: form-data; name=\"envelope\"\r\n\r\n".as_slice(),
        envelope,
        b"\r\n--b--\r\n",
    ];
    let headers = format!("User-Agent: {agent}\r\nContent-Type: multipart/form-data; boundary=b\r\n");
    site.browser().request("POST", "/open", From::Disk, &headers, &body.concat());
}

#[test]
fn figures_are_counted_kept_and_shown_to_the_admin() {
    let (site, _directory) = site("smallest_shown = 3");
    let envelope = site.sample(&terms(&["bob@example.net"]));
    for _ in 0..3 {
        let (mut browser, message) = site.sign_in(&envelope);
        assert_eq!(message.status, 200);
        assert_eq!(
            browser.post("/attachment", &[("part", b"2"), ("envelope", envelope.as_bytes())]).status,
            200
        );
        open(
            &site,
            envelope.as_bytes(),
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        );
        open(&site, b"damaged", "Mozilla/5.0 Firefox/140.0");
    }
    open(&site, envelope.as_bytes(), "Mozilla/5.0 Chrome/140.0 Safari/537.36");
    site.clock.forward(24 * 3600);
    let (_, message) = site.sign_in(&envelope);
    assert_eq!(message.status, 200);

    let text = metrics(&site, TOKEN).text();
    for line in [
        "sealpost_portal_messages_total 3\n",
        "sealpost_portal_sign_ins_total{way=\"passcode\"} 3\n",
        "sealpost_portal_opens_total{browser=\"firefox\"} 3\n",
        "sealpost_portal_opens_total{browser=\"chrome\"} 0\n",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let shown = page(&site, TOKEN);
    assert_eq!(shown.status, 200);
    let text = shown.text();
    for words in ["Messages viewed", "at least 3", "passcode", "firefox", "<td>3</td>", "fewer than 3"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("chrome") && !text.contains("at least 4"), "too few to be shown: {text}");
    assert!(
        shown.header("content-security-policy").unwrap().starts_with("default-src 'none'; style-src 'self';")
    );
    // Kept are all of them.
    let kept = crate::database::contents(site.directory.path());
    let is_kept =
        |kind: &str| kept.iter().any(|(_, bytes)| bytes.windows(kind.len()).any(|at| at == kind.as_bytes()));
    assert!(is_kept("browser/chrome"));
}

#[test]
fn the_token_is_needed_and_guessing_it_ends() {
    let (site, _directory) = site("");
    assert_eq!(site.browser().get("/admin/usage").status, 200, "the form for it");
    for wrong in ["", "x", "A-token-that-nobody-guesses", "a-token-that-nobody-guesses%20"] {
        assert_eq!(page(&site, wrong).status, 403, "{wrong}");
        let refused = metrics(&site, wrong);
        assert_eq!((refused.status, refused.header("www-authenticate")), (401, Some("Bearer")), "{wrong}");
        assert!(!refused.text().contains("sealpost_portal"));
    }
    let foreign = site.browser().post_small_from(From::Disk, "/admin/usage", &format!("token={TOKEN}"));
    assert_eq!(foreign.status, 403);
    assert_eq!(page(&site, TOKEN).status, 200);
    for _ in 0..2 {
        metrics(&site, "wrong");
    }
    for token in ["wrong", TOKEN] {
        assert_eq!((page(&site, token).status, metrics(&site, token).status), (429, 429), "{token}");
    }
    site.clock.forward(3600);
    assert_eq!((page(&site, TOKEN).status, metrics(&site, TOKEN).status), (200, 200));
}

#[test]
fn without_a_token_there_are_no_figures_over_http() {
    let site = Site::start();
    for path in ["/metrics", "/admin/usage"] {
        assert_eq!(site.browser().get(path).status, 404);
    }
    assert_eq!(site.browser().post_small("/admin/usage", "token=").status, 404);
}

#[test]
fn nothing_is_counted_where_that_is_not_wanted() {
    let (site, _directory) = site("keep_days = 0\nsmallest_shown = 1");
    site.sign_in(&site.sample(&terms(&["bob@example.net"])));
    assert!(page(&site, TOKEN).text().contains("nothing to be shown"));
    assert!(!metrics(&site, TOKEN).text().contains("_total"));
}

#[test]
fn every_page_leads_to_the_privacy_statement() {
    for (name, answer) in crate::pages::all_answers("http://ADDRESS") {
        let is_page = answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        if is_page && !name.starts_with("print") && name != "preview" {
            assert!(answer.text().contains("href=\"/privacy\""), "{name}");
        }
    }
}

#[test]
fn the_privacy_statement_says_what_the_settings_say() {
    let extra = "[privacy]\ncontroller = 'Example Org <privacy@example.org>'\n[passcode]\nminutes = 17\n\
                 [usage]\nkeep_days = 41\n";
    let site = Site::start_with(&format!("{SERVER}{extra}"));
    let shown = site.browser().get("/privacy").text();
    for words in [
        "Example Org &#60;privacy@example.org&#62;",
        "at most 17 min",
        "for 41 days",
        "below 5",
        "__Host-sealpost-session",
        "2026-",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains("with an account"), "no provider, no word of it: {shown}");
    let german = site.browser().request("GET", "/privacy", From::Link, "Accept-Language: de\r\n", b"").text();
    assert!(german.contains("<h1>Datenschutz</h1>") && german.contains("17 min"), "{german}");
}

#[test]
fn the_organisations_own_statement_takes_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let own = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
    own("privacy.html", "<h2>Ours</h2><script>alert(1)</script><p onclick=x()>English <b>text</b>");
    own("privacy.de.html", "<p>Deutscher Text");
    own("privacy.txt", "One & <b>two</b>\n\nThree");
    let start = |file: &str| {
        let path = directory.path().join(file);
        let lines = format!("[privacy]\nfile = '{}'\nupdated = '2026-02-03'\n", path.display());
        Site::start_at(Relay::start(), &format!("{SERVER}{lines}"))
    };
    let site = start("privacy.html");
    let shown = site.browser().get("/privacy").text();
    assert!(
        shown.contains("Ours</h2>") && shown.contains("<b>text</b>") && shown.contains("2026-02-03"),
        "{shown}"
    );
    assert!(!shown.contains("alert(1)") && !shown.contains("onclick") && !shown.contains("keyed"), "{shown}");
    let german =
        site.browser().request("GET", "/privacy", From::Link, "Accept-Language: de-AT\r\n", b"").text();
    assert!(german.contains("Deutscher Text") && !german.contains("Ours"), "{german}");
    let plain = start("privacy.txt").browser().get("/privacy").text();
    assert!(plain.contains("<p>One&#32;&amp;&#32;&lt;b&gt;two&lt;&#47;b&gt;</p>\n<p>Three</p>"), "{plain}");
}
