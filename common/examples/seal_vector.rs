//! Seals and opens for the second implementation (tests/interop), which hands over orders in JSON on standard input.
//!
//! `seal` takes seed, keys, terms and mail, and gives the envelope; the seed makes it the same each time, which nothing
//! but a test may want. `open` takes keys and envelope, and gives the mail, or the outcome on standard error.

use std::error::Error;
use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use sealpost_common::address::DomainPattern;
use sealpost_common::envelope::open_bytes;
use sealpost_common::grant::{Rights, SignIn, Terms};
use sealpost_common::keys::{
    OpeningKey, OpeningKeys, SealingKey, SigningKey, TrustedGateway, TrustedGateways, VerifyingKey,
};
use sealpost_common::seal::Sealer;
use serde_json::Value;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<()> {
    let verb = std::env::args().nth(1).unwrap_or_default();
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let order: Value = serde_json::from_str(&text)?;
    let answer = match verb.as_str() {
        "seal" => seal(&order)?,
        "open" => open(&order)?,
        _ => return Err("usage: seal_vector seal|open".into()),
    };
    Ok(io::stdout().write_all(&answer)?)
}

fn seal(order: &Value) -> Outcome<Vec<u8>> {
    let recovery = optional(order, "recovery_key").map(|_| text(order, "recovery_key")).transpose()?;
    let sealer = Sealer::new(
        SigningKey::from_text(text(order, "signing_key")?)?,
        SealingKey::from_text(text(order, "sealing_key")?)?,
        recovery.map(SealingKey::from_text).transpose()?,
    );
    let seed = bytes32(order, "seed")?;
    let terms = terms(order.get("terms").ok_or("no terms")?)?;
    Ok(sealer.seal(&bytes(order, "mail")?, &terms, &mut StdRng::from_seed(seed))?.to_bytes())
}

fn open(order: &Value) -> Outcome<Vec<u8>> {
    let key = VerifyingKey::from_text(text(order, "verifying_key")?)?;
    let gateways = TrustedGateways::new(vec![TrustedGateway { key, domains: vec![DomainPattern::Any] }]);
    let keys = OpeningKeys::new(vec![OpeningKey::from_text(text(order, "opening_key")?)?]);
    open_bytes(&bytes(order, "envelope")?, &gateways, &keys).map_err(|error| error.outcome().into())
}

fn terms(order: &Value) -> Outcome<Terms> {
    let recipients = order.get("recipients").and_then(Value::as_array).ok_or("recipients: no array")?;
    let message_id_hash =
        optional(order, "message_id_hash").map(|_| bytes32(order, "message_id_hash")).transpose()?;
    Ok(Terms {
        envelope_sender: optional(order, "envelope_sender").and_then(Value::as_str).map(str::to_owned),
        author: optional(order, "author").and_then(Value::as_str).map(str::to_owned),
        recipients: recipients.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        message_id_hash,
        created: number(order, "created")?,
        expires: optional(order, "expires").map(|_| number(order, "expires")).transpose()?,
        rights: Rights::from_bits(u8::try_from(number(order, "rights")?)?).ok_or("rights: unknown")?,
        sign_in: SignIn::from_word(text(order, "sign_in")?).ok_or("sign_in: unknown")?,
        brand: text(order, "brand")?.to_owned(),
        language: text(order, "language")?.to_owned(),
    })
}

fn optional<'o>(order: &'o Value, key: &str) -> Option<&'o Value> {
    order.get(key).filter(|value| !value.is_null())
}

fn text<'o>(order: &'o Value, key: &str) -> Outcome<&'o str> {
    optional(order, key).and_then(Value::as_str).ok_or_else(|| format!("{key}: no text").into())
}

fn number(order: &Value, key: &str) -> Outcome<u64> {
    optional(order, key).and_then(Value::as_u64).ok_or_else(|| format!("{key}: no number").into())
}

fn bytes32(order: &Value, key: &str) -> Outcome<[u8; 32]> {
    bytes(order, key)?.try_into().ok().ok_or_else(|| format!("{key}: not 32 bytes").into())
}

/// Reads hexadecimal.
fn bytes(order: &Value, key: &str) -> Outcome<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text(order, key)?.chars().map(|c| u8::try_from(c.to_digit(16)?).ok()).collect();
    let digits = digits.ok_or_else(|| format!("{key}: not hexadecimal"))?;
    digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Ok(high << 4 | low),
            _ => Err(format!("{key}: an odd number of digits").into()),
        })
        .collect()
}
