//! Runs test vectors of others against the crates that do our cryptography, through the interfaces that we use.
//!
//! Not covered, since the crates do not let us: X25519 by itself (Wycheproof; hpke only offers it inside DHKEM and
//! X-Wing, both of which are run here), and HPKE with X-Wing (there are no vectors in the corpus; ours, made by another
//! implementation, take their place). Not run, since we do not use them: other key sizes, nonce sizes and AEADs.
//!
//! The corpus is a folder of its own: `SEALPOST_CORPUS`, or `../shared/corpus` beside the project.

use std::convert::Infallible;
use std::fs;
use std::path::PathBuf;
use std::sync::Once;

use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use ed25519_dalek::{Signature, VerifyingKey};
use hkdf::Hkdf;
use hpke::aead::{Aead, AesGcm128, AesGcm256, ExportOnlyAead};
use hpke::kdf::{HkdfSha256, HkdfSha512, Kdf};
use hpke::kem::{Kem, MlKem768, X25519HkdfSha256, XWing};
use hpke::{
    Deserializable as _, HpkeError, OpModeR, OpModeS, PskBundle, Serializable as _, setup_receiver,
    setup_sender_with_rng,
};
use rand_core::{TryCryptoRng, TryRng};
use serde_json::Value;
use sha2::Sha256;

/// Reads a file of the corpus; without a corpus, says so.
fn corpus(file: &str) -> Option<Value> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let folder = std::env::var_os("SEALPOST_CORPUS").map_or_else(beside, PathBuf::from);
    if !folder.is_dir() {
        static SAID: Once = Once::new();
        SAID.call_once(|| println!("foreign corpus not found: not run"));
        return None;
    }
    Some(serde_json::from_slice(&fs::read(folder.join("crypto").join(file)).unwrap()).unwrap())
}

/// Gives all tests of a Wycheproof file, each with its group.
fn wycheproof(file: &Value) -> impl Iterator<Item = (&Value, &Value)> {
    let groups = file["testGroups"].as_array().unwrap();
    groups.iter().flat_map(|group| group["tests"].as_array().unwrap().iter().map(move |test| (group, test)))
}

fn bytes(object: &Value, key: &str) -> Vec<u8> {
    let hex = object[key].as_str().unwrap_or_else(|| panic!("{key}"));
    assert!(hex.len().is_multiple_of(2), "{key}");
    let digit = |byte: u8| u8::try_from(char::from(byte).to_digit(16).unwrap()).unwrap();
    hex.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn is_valid(test: &Value) -> bool {
    test["result"] == "valid"
}

/// "Random" bytes that a vector prescribes.
struct Replay(Vec<u8>);

impl TryRng for Replay {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("only bytes are asked for")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("only bytes are asked for")
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.copy_from_slice(&self.0.drain(..out.len()).collect::<Vec<_>>());
        Ok(())
    }
}

impl TryCryptoRng for Replay {}

#[test]
fn aes_256_gcm_agrees_with_wycheproof() {
    let Some(file) = corpus("wycheproof/aes_gcm_test.json") else { return };
    let ours = |group: &Value| group["keySize"] == 256 && group["ivSize"] == 96;
    let mut run = 0;
    for (_, test) in wycheproof(&file).filter(|(group, _)| ours(group)) {
        let cipher = Aes256Gcm::new_from_slice(&bytes(test, "key")).unwrap();
        let nonce = Nonce::try_from(bytes(test, "iv").as_slice()).unwrap();
        let (msg, aad) = (bytes(test, "msg"), bytes(test, "aad"));
        let sealed = [bytes(test, "ct"), bytes(test, "tag")].concat();
        let opened = cipher.decrypt(&nonce, Payload { msg: &sealed, aad: &aad });
        assert_eq!(opened.ok(), is_valid(test).then(|| msg.clone()), "{}", test["tcId"]);
        let again = cipher.encrypt(&nonce, Payload { msg: &msg, aad: &aad }).unwrap();
        assert_eq!(again == sealed, is_valid(test), "{}", test["tcId"]);
        run += 1;
    }
    println!("AES-256-GCM: {run} vectors");
    assert!(run > 60);
}

#[test]
fn strict_ed25519_agrees_with_wycheproof() {
    let Some(file) = corpus("wycheproof/ed25519_test.json") else { return };
    for (group, test) in wycheproof(&file) {
        let key = VerifyingKey::try_from(bytes(&group["publicKey"], "pk").as_slice());
        let signature = Signature::try_from(bytes(test, "sig").as_slice());
        let holds = key.is_ok_and(|key| {
            signature.is_ok_and(|signature| key.verify_strict(&bytes(test, "msg"), &signature).is_ok())
        });
        assert_eq!(holds, is_valid(test), "{}: {}", test["tcId"], test["comment"]);
    }
}

#[test]
fn hkdf_sha256_agrees_with_wycheproof() {
    let Some(file) = corpus("wycheproof/hkdf_sha256_test.json") else { return };
    for (_, test) in wycheproof(&file) {
        let mut okm = vec![0; usize::try_from(test["size"].as_u64().unwrap()).unwrap()];
        let expanded = Hkdf::<Sha256>::new(Some(&bytes(test, "salt")), &bytes(test, "ikm"))
            .expand(&bytes(test, "info"), &mut okm);
        assert_eq!(expanded.is_ok(), is_valid(test), "{}", test["tcId"]);
        assert!(!is_valid(test) || okm == bytes(test, "okm"), "{}", test["tcId"]);
    }
}

#[test]
fn ml_kem_768_agrees_with_wycheproof() {
    let Some(file) = corpus("wycheproof/mlkem_768_test.json") else { return };
    let decapsulate = |test: &Value| {
        let key = <MlKem768 as Kem>::PrivateKey::from_bytes(&bytes(test, "seed"))?;
        let encapped = <MlKem768 as Kem>::EncappedKey::from_bytes(&bytes(test, "c"))?;
        let secret = MlKem768::decap(&key, None, &encapped)?;
        Ok::<_, HpkeError>((MlKem768::sk_to_pk(&key).to_bytes().to_vec(), secret.0.to_vec()))
    };
    for (_, test) in wycheproof(&file) {
        let wanted = is_valid(test).then(|| (bytes(test, "ek"), bytes(test, "K")));
        assert_eq!(decapsulate(test).ok(), wanted, "{}", test["tcId"]);
    }
}

#[test]
fn x_wing_agrees_with_its_draft() {
    let Some(file) = corpus("xwing.json") else { return };
    for test in file.as_array().unwrap() {
        let key = <XWing as Kem>::PrivateKey::from_bytes(&bytes(test, "sk")).unwrap();
        let public = XWing::sk_to_pk(&key);
        assert_eq!(public.to_bytes().as_slice(), bytes(test, "pk"));
        let (secret, encapped) =
            XWing::encap_with_rng(&public, None, &mut Replay(bytes(test, "eseed"))).unwrap();
        assert_eq!(encapped.to_bytes().as_slice(), bytes(test, "ct"));
        assert_eq!(secret.0.as_slice(), bytes(test, "ss"));
        assert_eq!(XWing::decap(&key, None, &encapped).unwrap().0.as_slice(), bytes(test, "ss"));
    }
}

#[test]
fn hpke_agrees_with_rfc_9180() {
    let Some(file) = corpus("hpke-rfc9180-x25519.json") else { return };
    let mut run = 0;
    for test in file["vectors"].as_array().unwrap() {
        run += 1;
        match (test["kdf_id"].as_u64().unwrap(), test["aead_id"].as_u64().unwrap()) {
            (1, 1) => hpke_case::<AesGcm128, HkdfSha256>(test),
            (1, 2) => hpke_case::<AesGcm256, HkdfSha256>(test),
            (1, 0xffff) => hpke_case::<ExportOnlyAead, HkdfSha256>(test),
            (3, 1) => hpke_case::<AesGcm128, HkdfSha512>(test),
            (3, 2) => hpke_case::<AesGcm256, HkdfSha512>(test),
            (3, 0xffff) => hpke_case::<ExportOnlyAead, HkdfSha512>(test),
            _ => run -= 1,
        }
    }
    println!("HPKE: {run} vectors");
    assert_eq!(run, 12);
}

/// Seals and opens all messages of one vector, in base or PSK mode, and exports its secrets.
fn hpke_case<A: Aead, F: Kdf>(test: &Value) {
    type Dhkem = X25519HkdfSha256;
    let (psk, psk_id) = match test["mode"].as_u64().unwrap() {
        0 => (Vec::new(), Vec::new()),
        1 => (bytes(test, "psk"), bytes(test, "psk_id")),
        mode => panic!("mode {mode}"),
    };
    let psk = (!psk.is_empty()).then(|| PskBundle::new(&psk, &psk_id).unwrap());
    let sender_mode = psk.map_or(OpModeS::Base, OpModeS::Psk);
    let receiver_mode = psk.map_or(OpModeR::Base, OpModeR::Psk);

    let (key, public) = Dhkem::derive_keypair(&bytes(test, "ikmR"));
    assert_eq!(public.to_bytes().as_slice(), bytes(test, "pkRm"));
    let info = bytes(test, "info");
    let rng = &mut Replay(bytes(test, "ikmE"));
    let (encapped, mut sender) =
        setup_sender_with_rng::<A, F, Dhkem>(&sender_mode, &public, &info, rng).unwrap();
    assert_eq!(encapped.to_bytes().as_slice(), bytes(test, "enc"));
    let mut receiver = setup_receiver::<A, F, Dhkem>(&receiver_mode, &key, &encapped, &info).unwrap();

    for message in test["encryptions"].as_array().into_iter().flatten() {
        let (pt, aad, ct) = (bytes(message, "pt"), bytes(message, "aad"), bytes(message, "ct"));
        assert_eq!(sender.seal(&pt, &aad).unwrap(), ct);
        assert_eq!(receiver.open(&ct, &aad).unwrap(), pt);
    }
    for export in test["exports"].as_array().into_iter().flatten() {
        let mut exported = vec![0; usize::try_from(export["L"].as_u64().unwrap()).unwrap()];
        sender.export(&bytes(export, "exporter_context"), &mut exported).unwrap();
        assert_eq!(exported, bytes(export, "exported_value"));
    }
}
