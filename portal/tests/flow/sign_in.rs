//! Signing in with a provider that is scripted: all that a real provider does not do, and what the portal makes of it.

use std::collections::BTreeMap;

use sealpost_common::grant::SignIn;
use serde_json::{Value, json};

use crate::{
    client::{Answer, Browser, From},
    scripted::{Key, Scripted, client_secret_token, unsigned_token},
    site::{START, Site, terms},
};

const BOB: &str = "bob@example.net";
const UNBELIEVED: &str = "Your sign-in could not be confirmed";
const UNCONFIRMED: &str = "Your address could not be confirmed";
const STALE: &str = "This sign-in is no longer good";
const DOWN: &str = "Signing in does not work at the moment";

/// Makes a token that must not count.
type Forge = fn(&Key, &Value) -> String;

/// A portal with two providers, `one` and `other`.
struct Lab {
    site: Site,
    one: Scripted,
    other: Scripted,
}

/// A browser that is away at the provider.
struct Away {
    browser: Browser,
    query: BTreeMap<String, String>,
}

impl Lab {
    fn start() -> Self {
        Self::start_with("")
    }

    fn start_with(extra: &str) -> Self {
        let (one, other) = (Scripted::start(), Scripted::start());
        let vouches_for = "vouches_for = ['example.net', 'example.com']";
        let settings = format!(
            "[server]\npublic_url = 'http://ADDRESS'\n{}{}{extra}",
            one.settings("one", "generic", vouches_for),
            other.settings("other", "generic", vouches_for),
        );
        Self { site: Site::start_with(&settings), one, other }
    }

    fn begin(&self, provider: &str) -> Away {
        let mut browser = self.site.browser();
        let page = browser.post_small("/sign-in", &format!("provider={provider}"));
        assert_eq!(page.status, 200, "{}", page.text());
        let query = query_of(&page);
        Away { browser, query }
    }

    /// A token of `one` that holds, but for these changes.
    fn claims(&self, away: &Away, changes: &Value) -> Value {
        let mut all = json!({ "email": BOB, "email_verified": true });
        all.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        self.one.claims(away.nonce(), &all)
    }

    /// Goes the whole way with `one`, which says this.
    fn sign_in(&self, changes: &Value) -> (Browser, Answer) {
        let mut away = self.begin("one");
        self.one.gives(&self.one.key.token(&self.claims(&away, changes)));
        let answer = away.come_back("one", "");
        (away.browser, answer)
    }

    fn reads(&self, browser: &mut Browser) -> bool {
        let envelope = self.site.sample(&terms(&[BOB]));
        browser.post("/read", &[("envelope", envelope.as_bytes())]).text().contains("dear Bob")
    }
}

impl Away {
    fn state(&self) -> &str {
        &self.query["state"]
    }

    fn nonce(&self) -> &str {
        &self.query["nonce"]
    }

    fn come_back(&mut self, provider: &str, more: &str) -> Answer {
        let path = format!("/sign-in/{provider}/return?code=the-code&state={}{more}", self.state());
        self.browser.follow(&path)
    }
}

/// What the page sends to the provider.
fn query_of(page: &Answer) -> BTreeMap<String, String> {
    let text = page.text();
    let address = text.split_once("content=\"0; url=").unwrap().1.split('"').next().unwrap();
    let address = address.replace("&amp;", "&").replace("&#38;", "&");
    let url: url::Url = address.parse().unwrap();
    url.query_pairs().into_owned().collect()
}

fn assert_refused(answer: &Answer, page: &str, case: &str) {
    assert!(answer.status >= 400, "{case}: {}", answer.status);
    assert!(answer.text().contains(page), "{case}: {}", answer.text());
    assert!(!answer.headers.iter().any(|(_, value)| value.starts_with("__Host-sealpost-session=")), "{case}");
}

#[test]
fn a_good_answer_begins_a_session() {
    let lab = Lab::start();
    let mut away = lab.begin("one");
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "portal"),
        ("scope", "openid email"),
        ("code_challenge_method", "S256"),
        ("redirect_uri", &format!("http://{}/sign-in/one/return", lab.site.address)),
    ] {
        assert_eq!(away.query[name], value);
    }
    assert!(!away.query.contains_key("login_hint") && !away.query.contains_key("prompt"));
    lab.one.gives(&lab.one.key.token(&lab.claims(&away, &json!({}))));
    let answer = away.come_back("one", "");
    assert_eq!((answer.status, answer.header("location")), (303, Some("/signed-in")));
    let redeemed = lab.one.redeemed().pop().unwrap();
    assert!(redeemed.contains("code=the-code") && redeemed.contains("code_verifier="));
    assert!(away.browser.follow("/signed-in").text().contains("You are signed in"));
    assert!(lab.reads(&mut away.browser));
    assert!(lab.site.browser().follow("/signed-in").text().contains("You are not signed in"));

    away.browser.post("/sign-out", &[]);
    assert!(!lab.reads(&mut away.browser));
    assert!(away.browser.follow("/signed-in").text().contains("You are not signed in"));
}

#[test]
fn tokens_that_do_not_hold_are_refused() {
    let lab = Lab::start();
    let key = &lab.one.key;
    let cases: [(&str, Value); 15] = [
        ("another issuer", json!({ "iss": "https://evil.example" })),
        ("the issuer with a slash", json!({ "iss": format!("{}/", lab.one.issuer) })),
        ("the other provider's issuer", json!({ "iss": lab.other.issuer })),
        ("another audience", json!({ "aud": "somebody-else" })),
        ("one more audience", json!({ "aud": ["portal", "somebody-else"] })),
        ("no audience", json!({ "aud": [] })),
        ("another party", json!({ "azp": "somebody-else" })),
        ("another nonce", json!({ "nonce": "x" })),
        ("no nonce", json!({ "nonce": null })),
        ("expired", json!({ "exp": START })),
        ("from the future", json!({ "iat": START + 3600, "exp": START + 7200 })),
        ("not good yet", json!({ "nbf": START + 3600, "exp": START + 7200 })),
        ("good since a text", json!({ "nbf": "0" })),
        ("no expiry", json!({ "exp": null })),
        ("a text for a Boolean", json!({ "email_verified": "true" })),
    ];
    for (case, changes) in &cases {
        let (_, answer) = lab.sign_in(changes);
        assert_refused(&answer, UNBELIEVED, case);
    }
    let forgeries: [(&str, Forge); 5] = [
        ("no signature", |_, claims| unsigned_token(claims)),
        ("the public key as shared secret", Key::confused_token),
        ("the client secret", |_, claims| client_secret_token(claims)),
        ("another key of the same name", Key::forged_token),
        ("a key that is not listed", |_, claims| Key::new("2").token(claims)),
    ];
    for (case, forge) in forgeries {
        let mut away = lab.begin("one");
        lab.one.gives(&forge(key, &lab.claims(&away, &json!({}))));
        let answer = away.come_back("one", "");
        assert_refused(&answer, UNBELIEVED, case);
        assert!(!lab.reads(&mut away.browser), "{case}");
    }
    for content in ["", "{}", "[]", "{\"access_token\":\"x\",\"token_type\":\"Bearer\"}"] {
        let mut away = lab.begin("one");
        lab.one.answers_codes(200, content);
        assert_refused(&away.come_back("one", ""), UNBELIEVED, content);
    }
    let (mut browser, answer) = lab.sign_in(&json!({ "azp": "portal", "aud": ["portal"], "nbf": START }));
    assert_eq!(answer.status, 303);
    assert!(lab.reads(&mut browser));
}

#[test]
fn microsofts_issuer_is_that_of_the_tokens_own_tenant() {
    const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
    const WORK: &str = "4f9b5a2e-0000-4000-8000-1234567890ab";
    let microsoft = Scripted::start();
    let of = |tenant: &str| format!("{}/{tenant}/v2.0", microsoft.issuer);
    microsoft.says(json!({ "issuer": of("{tenantid}") }));
    let table = microsoft.settings("microsoft", "microsoft", "");
    let lab = Lab::start_with(&table);
    for (tenant, issuer, more, page) in [
        (CONSUMERS, of(CONSUMERS), json!({}), None),
        (WORK, of(WORK), json!({ "xms_edov": true }), None),
        (WORK, of(WORK), json!({ "email_verified": true }), Some(UNCONFIRMED)),
        (WORK, of(WORK), json!({ "xms_edov": false }), Some(UNCONFIRMED)),
        // Another tenant's token that says it were of the tenant whose addresses are believed.
        (CONSUMERS, of(WORK), json!({}), Some(UNBELIEVED)),
        (WORK, of(CONSUMERS), json!({ "xms_edov": true }), Some(UNBELIEVED)),
        ("{tenantid}", of("{tenantid}"), json!({ "xms_edov": true }), Some(UNBELIEVED)),
        (CONSUMERS, lab.one.issuer.clone(), json!({}), Some(UNBELIEVED)),
    ] {
        let mut away = lab.begin("microsoft");
        let mut claims = json!({ "iss": issuer, "tid": tenant, "email": BOB });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        microsoft.gives(&microsoft.key.token(&microsoft.claims(away.nonce(), &claims)));
        let answer = away.come_back("microsoft", "");
        match page {
            None => assert!(answer.status == 303 && lab.reads(&mut away.browser), "{tenant} {issuer}"),
            Some(page) => assert_refused(&answer, page, &format!("{tenant} {issuer} {more}")),
        }
    }
}

#[test]
fn a_key_of_microsofts_signs_for_no_issuer_but_its_own() {
    const WORK: &str = "4f9b5a2e-0000-4000-8000-1234567890ab";
    const OTHER: &str = "00000000-0000-4000-8000-1234567890ab";
    for (key_of, good) in [("{tenantid}", true), (WORK, true), (OTHER, false), ("", false)] {
        let microsoft = Scripted::start();
        let of = |tenant: &str| format!("{}/{tenant}/v2.0", microsoft.issuer);
        microsoft.says(json!({ "issuer": of("{tenantid}") }));
        microsoft.has_keys_of(&of(key_of));
        let lab = Lab::start_with(&microsoft.settings("microsoft", "microsoft", ""));
        let mut away = lab.begin("microsoft");
        let claims = json!({ "iss": of(WORK), "tid": WORK, "email": BOB, "xms_edov": true });
        microsoft.gives(&microsoft.key.token(&microsoft.claims(away.nonce(), &claims)));
        let answer = away.come_back("microsoft", "");
        if good {
            assert!(answer.status == 303 && lab.reads(&mut away.browser), "{key_of}");
        } else {
            assert_refused(&answer, UNBELIEVED, key_of);
        }
    }
}

#[test]
fn the_pages_of_a_sign_in_have_the_security_headers() {
    let lab = Lab::start();
    let envelope = lab.site.sample(&terms(&[BOB]));
    let mut away = lab.begin("one");
    lab.one.gives(&lab.one.key.token(&lab.claims(&away, &json!({}))));
    let back = away.come_back("one", "");
    for (name, answer, has_script) in [
        ("prove", lab.site.browser().post("/open", &[("envelope", envelope.as_bytes())]), true),
        ("departure", lab.site.browser().post_small("/sign-in", "provider=one"), false),
        ("return", back, false),
        ("signed in", away.browser.follow("/signed-in"), true),
        ("refused", lab.site.browser().follow("/sign-in/one/return?code=x&state=x"), false),
    ] {
        let header = |field: &str| answer.header(field).unwrap_or_else(|| panic!("{name} lacks {field}"));
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && policy.contains("form-action 'self'"), "{name}");
        assert_eq!(policy.contains("script-src 'self'"), has_script, "{name}");
        assert!(!policy.contains("unsafe"), "{name}");
        assert_eq!(header("cache-control"), "no-store", "{name}");
        assert_eq!(header("referrer-policy"), "same-origin", "{name}");
        assert_eq!(header("x-frame-options"), "DENY", "{name}");
    }
}

#[test]
fn answers_of_no_sign_in_of_this_browser_are_refused() {
    let lab = Lab::start();
    let good = |away: &Away| lab.one.gives(&lab.one.key.token(&lab.claims(away, &json!({}))));
    let mut away = lab.begin("one");
    good(&away);
    let asked = lab.one.asked();

    // Somebody has another one's browser end the sign-in that he has begun himself (login CSRF).
    let path = format!("/sign-in/one/return?code=the-code&state={}", away.state());
    assert_refused(&lab.site.browser().follow(&path), STALE, "no cookie");
    let mut another = lab.begin("one");
    assert_refused(&another.browser.follow(&path), STALE, "another browser's cookie");
    for state in ["", "x", &another.query["state"].clone()] {
        let path = format!("/sign-in/one/return?code=the-code&state={state}");
        assert_refused(&away.browser.follow(&path), STALE, "another state");
    }
    assert_refused(&away.browser.follow("/sign-in/one/return?code=x"), STALE, "no state");
    assert_refused(&away.browser.follow(&format!("{path}&state=x")), STALE, "two states");
    // The other provider's answer to a sign-in with this one, and the other way round.
    assert_refused(&away.come_back("other", ""), STALE, "mixed up");
    assert_eq!(lab.one.asked(), asked, "nothing was asked of the provider");

    // None of that has ended the sign-in; it can be ended once.
    let held = away.browser.cookies().clone();
    assert_eq!(away.come_back("one", "").status, 303);
    *away.browser.cookies() = held;
    assert_refused(&away.come_back("one", ""), STALE, "a second time");

    let mut late = lab.begin("one");
    good(&late);
    lab.site.clock.forward(15 * 60);
    assert_refused(&late.come_back("one", ""), STALE, "too late");
    assert_eq!(lab.site.browser().follow("/sign-in/none/return?code=x&state=x").status, 404);
}

#[test]
fn a_code_that_was_used_and_other_noes_of_the_provider() {
    let lab = Lab::start();
    for (status, content, page) in [
        (400, "{\"error\":\"invalid_grant\"}", UNBELIEVED),
        (401, "{\"error\":\"invalid_client\"}", DOWN),
        (400, "{\"error\":\"temporarily_unavailable\"}", DOWN),
        (500, "no", UNBELIEVED),
    ] {
        let mut away = lab.begin("one");
        lab.one.answers_codes(status, content);
        assert_refused(&away.come_back("one", ""), page, content);
    }
    for (error, page) in [
        ("access_denied", "You did not sign in"),
        ("login_required", "You did not sign in"),
        ("server_error", DOWN),
        ("%3Cscript%3Ealert(1)%3C/script%3E", DOWN),
    ] {
        let mut away = lab.begin("one");
        let path =
            format!("/sign-in/one/return?error={error}&error_description=Call+0900&state={}", away.state());
        let answer = away.browser.follow(&path);
        assert_refused(&answer, page, error);
        assert!(!answer.text().contains("0900") && !answer.text().contains("alert"));
    }
}

#[test]
fn providers_that_name_themselves_must_name_the_right_one() {
    let lab = Lab::start();
    let named = |issuer: &str| format!("&iss={issuer}");
    let mut good = lab.begin("one");
    lab.one.gives(&lab.one.key.token(&lab.claims(&good, &json!({}))));
    assert_eq!(good.come_back("one", &named(&lab.one.issuer)).status, 303);
    let mut mixed = lab.begin("one");
    lab.one.gives(&lab.one.key.token(&lab.claims(&mixed, &json!({}))));
    let before = lab.one.redeemed().len();
    assert_refused(&mixed.come_back("one", &named(&lab.other.issuer)), UNBELIEVED, "another's name");
    assert_eq!(lab.one.redeemed().len(), before, "the code goes nowhere");

    let lab = Lab::start();
    lab.one.says(json!({ "authorization_response_iss_parameter_supported": true }));
    let mut silent = lab.begin("one");
    lab.one.gives(&lab.one.key.token(&lab.claims(&silent, &json!({}))));
    assert_refused(&silent.come_back("one", ""), UNBELIEVED, "it always names itself");
}

#[test]
fn addresses_count_as_the_passcode_counts_them() {
    let lab = Lab::start();
    let envelope = lab.site.sample(&terms(&[BOB]));
    for (email, reads) in [
        ("BOB@Example.NET", true),
        ("\"bob\"@example.net", true),
        ("bob+x@example.net", false),
        ("b0b@example.net", false),
        ("bob@example.com", false),
        ("dora@example.net", false),
    ] {
        let (mut browser, answer) = lab.sign_in(&json!({ "email": email }));
        assert_eq!(answer.status, 303, "{email}");
        let page = browser.post("/read", &[("envelope", envelope.as_bytes())]);
        assert_eq!(page.text().contains("dear Bob"), reads, "{email}");
        assert_eq!(page.text().contains("an address that this message was not sent to"), !reads, "{email}");
        assert_eq!(page.text().contains("name=\"choose\" value=\"yes\""), !reads, "{email}");
    }
    for changes in [
        json!({ "email": "bob@еxample.net" }),
        json!({ "email": "bob@example.org" }),
        json!({ "email": "bob@example.net.evil.example" }),
        json!({ "email": "bob@example.net\u{0}" }),
        json!({ "email": "<bob@example.net>" }),
        json!({ "email": "" }),
        json!({ "email_verified": false }),
    ] {
        assert_refused(&lab.sign_in(&changes).1, UNCONFIRMED, &changes.to_string());
    }
}

#[test]
fn the_address_may_come_from_userinfo_of_the_same_reader() {
    let lab = Lab::start();
    let silent = json!({ "email": null, "email_verified": null });
    for (userinfo, page) in [
        (json!({ "sub": "1", "email": BOB, "email_verified": true }), None),
        (json!({ "sub": "2", "email": BOB, "email_verified": true }), Some(UNBELIEVED)),
        (json!({ "email": BOB, "email_verified": true }), Some(UNBELIEVED)),
        (json!({ "sub": "1", "email": BOB, "email_verified": "true" }), Some(UNBELIEVED)),
        (json!({ "sub": "1", "email": BOB }), Some(UNCONFIRMED)),
        (json!({ "sub": "1" }), Some(UNCONFIRMED)),
    ] {
        lab.one.answers_userinfo(&userinfo);
        let (_, answer) = lab.sign_in(&silent);
        match page {
            None => assert_eq!(answer.status, 303, "{userinfo}"),
            Some(page) => assert_refused(&answer, page, &userinfo.to_string()),
        }
    }
}

#[test]
fn a_changed_key_is_fetched_but_not_at_everybodys_bidding() {
    let lab = Lab::start();
    let (_, answer) = lab.sign_in(&json!({}));
    assert_eq!(answer.status, 303);
    let new = Key::new("2");
    lab.one.has_keys(&[&new]);
    let try_new = || {
        let mut away = lab.begin("one");
        let asked = lab.one.asked();
        let claims = lab.claims(&away, &json!({ "iat": START, "exp": START + 100_000 }));
        lab.one.gives(&new.token(&claims));
        (away.come_back("one", "").status, lab.one.asked() - asked)
    };
    assert_eq!(try_new(), (403, 1), "within a minute only the code is redeemed");
    lab.site.clock.forward(61);
    assert_eq!(try_new(), (303, 3), "the document and the keys are fetched, too");
    assert_eq!(try_new(), (303, 1));
}

#[test]
fn a_provider_that_can_not_be_asked_is_down_and_comes_back() {
    let lab = Lab::start();
    let broken = [
        json!({ "issuer": "https://evil.example" }),
        json!({ "issuer": format!("{}/", lab.one.issuer) }),
        json!({ "token_endpoint": "http://evil.example/token" }),
        json!({ "jwks_uri": "http://evil.example/jwks" }),
        json!({ "authorization_endpoint": "ftp://evil.example/" }),
        json!({ "token_endpoint": null }),
        json!({ "filler": "x".repeat(300_000) }),
    ];
    let press = || lab.site.browser().post_small("/sign-in", "provider=one");
    for changes in broken {
        lab.site.clock.forward(5);
        lab.one.says(changes.clone());
        let asked = lab.one.asked();
        assert_refused(&press(), DOWN, &changes.to_string().chars().take(60).collect::<String>());
        let once = lab.one.asked();
        assert!(once > asked);
        assert_refused(&press(), DOWN, "at once again");
        assert_eq!(lab.one.asked(), once, "it is left alone for some seconds");
    }
    lab.site.clock.forward(5);
    lab.one.says(json!({}));
    lab.one.redirects_to(Some(&lab.other.issuer));
    let elsewhere = lab.other.asked();
    assert_refused(&press(), DOWN, "a redirect");
    assert_eq!(lab.other.asked(), elsewhere, "redirects are not followed");

    lab.site.clock.forward(5);
    lab.one.redirects_to(None);
    assert_eq!(press().status, 200);
    // What it last said goes on while it is away.
    lab.one.redirects_to(Some(&lab.other.issuer));
    lab.site.clock.forward(2 * 3600);
    assert_eq!(press().status, 200);
    lab.site.clock.forward(24 * 3600);
    assert_refused(&press(), DOWN, "not for ever");
}

#[test]
fn the_session_is_new_whatever_the_browser_held() {
    let lab = Lab::start();
    let envelope = lab.site.sample(&terms(&["mallory@example.net"]));
    let (mut planted, _) = lab.site.sign_in(&envelope);
    let fixed = planted.cookies()["__Host-sealpost-session"].clone();
    let mut away = lab.begin("one");
    for name in ["__Host-sealpost-session", "__Host-sealpost-opener"] {
        away.browser.cookies().insert(name.to_owned(), fixed.clone());
    }
    lab.one.gives(&lab.one.key.token(&lab.claims(&away, &json!({}))));
    assert_eq!(away.come_back("one", "").status, 303);
    assert_ne!(away.browser.cookies()["__Host-sealpost-session"], fixed);
    assert!(!lab.reads(&mut planted), "who knows the planted token reads nothing");
}

#[test]
fn only_our_own_pages_begin_a_sign_in_and_nobody_is_sent_elsewhere() {
    let lab = Lab::start();
    for from in [From::Disk, From::ForeignByOrigin, From::Link] {
        let answer = lab.site.browser().post_small_from(from, "/sign-in", "provider=one");
        assert_eq!(answer.status, 403, "{from:?}");
    }
    for fields in
        ["", "provider=", "provider=none", "provider=https://evil.example", "provider=one&provider=other"]
    {
        assert_eq!(lab.site.browser().post_small("/sign-in", fields).status, 404, "{fields}");
    }
    let mut away = lab.begin("one");
    lab.one.gives(&lab.one.key.token(&lab.claims(&away, &json!({}))));
    let more = "&return_to=https://evil.example&redirect=//evil.example&next=https://evil.example";
    assert_eq!(away.come_back("one", more).header("location"), Some("/signed-in"));
    let page = lab.site.browser().post_small("/sign-in", "provider=one&redirect_uri=https://evil.example");
    assert!(!page.text().contains("evil.example"));
}

#[test]
fn the_sender_may_demand_a_provider_or_forbid_it() {
    let lab = Lab::start();
    let sealed = |sign_in| {
        let mut terms = terms(&[BOB]);
        terms.sign_in = sign_in;
        lab.site.sample(&terms)
    };
    let (provider_only, passcode_only) = (sealed(SignIn::Provider), sealed(SignIn::Passcode));
    let (by_passcode, _) = lab.site.sign_in(&passcode_only);
    let (by_provider, _) = lab.sign_in(&json!({}));
    let mails = lab.site.relay.count();
    for (browser, envelope, reads) in [
        (&by_passcode, &passcode_only, true),
        (&by_passcode, &provider_only, false),
        (&by_provider, &provider_only, true),
        (&by_provider, &passcode_only, false),
    ] {
        let page = browser.clone().post("/read", &[("envelope", envelope.as_bytes())]);
        assert_eq!(page.text().contains("dear Bob"), reads);
        assert_eq!(page.text().contains("asks for another proof"), !reads);
    }
    let open =
        |envelope: &str| lab.site.browser().post("/open", &[("envelope", envelope.as_bytes())]).visible();
    let page = open(&provider_only);
    assert!(page.contains("Sign in with Example") && !page.contains("passcode"), "{page}");
    let page = open(&passcode_only);
    assert!(!page.contains("Sign in with") && page.contains("Send me a passcode"), "{page}");
    let page = open(&sealed(SignIn::Any));
    assert!(page.contains("Sign in with Example") && page.contains("Send me a passcode"), "{page}");

    for path in ["/passcode", "/read"] {
        let fields: [(&str, &[u8]); 2] = [("passcode", b"12345678"), ("envelope", provider_only.as_bytes())];
        assert!(lab.site.browser().post(path, &fields).asks_to_prove(), "{path}");
    }
    assert_eq!(lab.site.relay.count(), mails, "no passcode is mailed for it");
}

#[test]
fn who_wants_to_stays_signed_in_for_twelve_hours() {
    let lab = Lab::start();
    for (keep, age) in [(false, 30 * 60), (true, 12 * 3600)] {
        let mut browser = lab.site.browser();
        let fields = if keep { "provider=one&keep=yes" } else { "provider=one" };
        let query = query_of(&browser.post_small("/sign-in", fields));
        let mut away = Away { browser, query };
        let now = json!({ "email": BOB, "email_verified": true, "iat": START, "exp": START + 1_000_000 });
        lab.one.gives(&lab.one.key.token(&lab.one.claims(away.nonce(), &now)));
        let answer = away.come_back("one", "");
        let session = answer.headers.iter().find(|(_, value)| value.contains("sealpost-session=")).unwrap();
        assert_eq!(session.1.contains("Max-Age=43200"), keep, "{}", session.1);
        lab.site.clock.forward(age - 1);
        assert!(lab.reads(&mut away.browser));
        lab.site.clock.forward(1);
        assert!(!lab.reads(&mut away.browser));
    }
    // The same choice with a passcode.
    let envelope = lab.site.sample(&terms(&[BOB]));
    let mut browser = lab.site.browser();
    assert!(browser.post("/passcode", &[("envelope", envelope.as_bytes())]).asks_for_passcode());
    let passcode = lab.site.relay.passcode(1);
    let fields: [(&str, &[u8]); 3] =
        [("passcode", passcode.as_bytes()), ("keep", b"yes"), ("envelope", envelope.as_bytes())];
    assert!(browser.post("/read", &fields).text().contains("dear Bob"));
    lab.site.clock.forward(12 * 3600 - 1);
    assert!(lab.reads(&mut browser));
}

#[test]
fn the_provider_learns_the_address_only_if_the_settings_say_so() {
    let hint = "name=\"hint\"";
    let quiet = Lab::start();
    let telling = Lab::start_with("[sign_in]\nlogin_hint = true\n");
    for (lab, recipients, expected) in
        [(&quiet, &[BOB][..], false), (&telling, &[BOB], true), (&telling, &[BOB, "dora@example.net"], false)]
    {
        let envelope = lab.site.sample(&terms(recipients));
        let page = lab.site.browser().post("/open", &[("envelope", envelope.as_bytes())]);
        assert_eq!(page.visible().contains(hint), expected);
        assert_eq!(page.visible().contains("bob"), expected);
    }
    let fields = "provider=one&hint=bob%40example.net&choose=yes";
    let query = query_of(&telling.site.browser().post_small("/sign-in", fields));
    assert_eq!((query["login_hint"].as_str(), query["prompt"].as_str()), (BOB, "login"));
    let query = query_of(&quiet.site.browser().post_small("/sign-in", fields));
    assert!(!query.contains_key("login_hint"));
}

#[test]
fn sign_ins_from_one_network_are_limited() {
    let lab = Lab::start_with("[sign_in]\nper_network = 3\n");
    let mut last = 200;
    for _ in 0..4 {
        last = lab.site.browser().post_small("/sign-in", "provider=one").status;
    }
    assert_eq!(last, 429);
    lab.site.clock.forward(3600);
    assert_eq!(lab.site.browser().post_small("/sign-in", "provider=one").status, 200);
}

#[test]
fn nothing_of_a_sign_in_is_kept() {
    let lab = Lab::start();
    let mut away = lab.begin("one");
    let token = lab.one.key.token(&lab.claims(&away, &json!({})));
    lab.one.gives(&token);
    assert_eq!(away.come_back("one", "").status, 303);
    let mut needles = vec![BOB.to_owned(), "the-code".to_owned(), token, "the-portals-own-secret".to_owned()];
    needles.extend(["state", "nonce"].map(|name| away.query[name].clone()));
    needles.extend(away.browser.cookies().values().cloned());
    crate::database::assert_without(lab.site.directory.path(), &needles);
}
