//! An OpenID Connect provider that answers whatever the test wants, so also what a real one never would.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use encodify::base64::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::site::START;

/// A key of the provider's.
pub(crate) struct Key {
    pair: EcdsaKeyPair,
    id: String,
}

impl Key {
    pub(crate) fn new(id: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { pair, id: id.to_owned() }
    }

    fn public(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.id,
            "x": encode(&point[1..33]), "y": encode(&point[33..]),
        })
    }

    /// A token with these claims, signed well.
    pub(crate) fn token(&self, claims: &Value) -> String {
        let header = json!({ "alg": "ES256", "typ": "JWT", "kid": self.id });
        let signed = signing_input(&header, claims);
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    /// A token that is signed with the public key as if that were a shared secret.
    pub(crate) fn confused_token(&self, claims: &Value) -> String {
        let header = json!({ "alg": "HS256", "typ": "JWT", "kid": self.id });
        shared_secret_token(&header, claims, self.pair.public_key().as_ref())
    }

    /// A token with another key's signature.
    pub(crate) fn forged_token(&self, claims: &Value) -> String {
        Self::new(&self.id).token(claims)
    }
}

/// A token without signature.
pub(crate) fn unsigned_token(claims: &Value) -> String {
    format!("{}.", signing_input(&json!({ "alg": "none", "typ": "JWT" }), claims))
}

/// A token that is signed with the portal's own secret, which its holder knows as well.
pub(crate) fn client_secret_token(claims: &Value) -> String {
    shared_secret_token(&json!({ "alg": "HS256", "typ": "JWT" }), claims, b"the-portals-own-secret")
}

fn shared_secret_token(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let signed = signing_input(header, claims);
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

fn signing_input(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string().as_bytes());
    format!("{}.{}", part(header), part(claims))
}

/// What the provider answers next: status and content, by path.
#[derive(Default)]
struct Script {
    keys: Vec<Value>,
    token: (u16, String),
    userinfo: (u16, String),
    /// Changes to the discovery document.
    document: Value,
    redirect: Option<String>,
    redeemed: Vec<String>,
}

/// A running provider.
pub(crate) struct Scripted {
    pub(crate) issuer: String,
    pub(crate) key: Key,
    script: Arc<Mutex<Script>>,
    asked: Arc<AtomicUsize>,
}

impl Scripted {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let key = Key::new("1");
        let script = Script { keys: vec![key.public()], document: json!({}), ..Script::default() };
        let script = Arc::new(Mutex::new(script));
        let asked = Arc::new(AtomicUsize::new(0));
        let (shared, counted, own) = (Arc::clone(&script), Arc::clone(&asked), issuer.clone());
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::SeqCst);
                serve(connection, &shared, &own);
            }
        });
        Self { issuer, key, script, asked }
    }

    /// The table of `portal.toml` for it.
    pub(crate) fn settings(&self, name: &str, kind: &str, lines: &str) -> String {
        format!(
            "[[provider]]\nname = '{name}'\nkind = '{kind}'\nlabel = 'Example'\nissuer = '{}'\nclient_id = 'portal'\n\
             client_secret_file = 'client.secret'\n{lines}\n",
            self.issuer
        )
    }

    fn script(&self) -> std::sync::MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    /// How often it was asked for anything.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// What was sent to redeem codes.
    pub(crate) fn redeemed(&self) -> Vec<String> {
        self.script().redeemed.clone()
    }

    /// Answers the next codes with this ID token.
    pub(crate) fn gives(&self, token: &str) {
        let answer = json!({ "access_token": "access", "token_type": "Bearer", "id_token": token });
        self.answers_codes(200, &answer.to_string());
    }

    pub(crate) fn answers_codes(&self, status: u16, content: &str) {
        self.script().token = (status, content.to_owned());
    }

    pub(crate) fn answers_userinfo(&self, content: &Value) {
        self.script().userinfo = (200, content.to_string());
    }

    pub(crate) fn has_keys(&self, keys: &[&Key]) {
        self.script().keys = keys.iter().map(|key| key.public()).collect();
    }

    /// Says of all its keys whose tokens they sign.
    pub(crate) fn has_keys_of(&self, issuer: &str) {
        for key in &mut self.script().keys {
            merge(key, &json!({ "issuer": issuer }));
        }
    }

    /// Changes the discovery document.
    pub(crate) fn says(&self, changes: Value) {
        self.script().document = changes;
    }

    /// Answers everything with a redirect.
    pub(crate) fn redirects_to(&self, target: Option<&str>) {
        self.script().redirect = target.map(str::to_owned);
    }

    /// The claims of a token that holds, but for the nonce.
    pub(crate) fn claims(&self, nonce: &str, more: &Value) -> Value {
        let mut claims = json!({
            "iss": self.issuer, "sub": "1", "aud": "portal", "exp": START + 600, "iat": START, "nonce": nonce,
        });
        merge(&mut claims, more);
        claims
    }
}

/// Sets the members of `more`; takes those out that are null there.
fn merge(into: &mut Value, more: &Value) {
    let into = into.as_object_mut().unwrap();
    for (name, value) in more.as_object().unwrap() {
        if value.is_null() {
            into.remove(name);
        } else {
            into.insert(name.clone(), value.clone());
        }
    }
}

fn serve(connection: TcpStream, script: &Mutex<Script>, issuer: &str) -> Option<()> {
    let mut reader = BufReader::new(connection);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_ascii_lowercase());
    }
    let length = lines.iter().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let path = lines.first()?.split(' ').nth(1)?.to_owned();
    let mut script = script.lock().unwrap();
    let (status, content) = match path.as_str() {
        path if path.ends_with("/.well-known/openid-configuration") => {
            (200, document(issuer, &script.document))
        }
        "/jwks" => (200, json!({ "keys": script.keys }).to_string()),
        "/token" => {
            script.redeemed.push(String::from_utf8(body).unwrap());
            script.token.clone()
        }
        "/userinfo" => script.userinfo.clone(),
        _ => (404, String::new()),
    };
    let (status, location) = match &script.redirect {
        Some(target) => (302, format!("Location: {target}{path}\r\n")),
        None => (status, String::new()),
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{location}Connection: close\r\n\r\n",
        content.len()
    );
    reader.get_mut().write_all(format!("{head}{content}").as_bytes()).ok()
}

fn document(issuer: &str, changes: &Value) -> String {
    let mut document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/jwks"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
    });
    merge(&mut document, changes);
    document.to_string()
}
