//! Certificates for servers on loopback.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::process::run;

/// Makes a key and a certificate for `host` that is its own authority, with openssl(1).
pub fn make(host: &str, certificate: &Path, key: &Path) -> Result<()> {
    let mut openssl = Command::new("openssl");
    openssl
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "30",
        ])
        .args(["-subj", &format!("/CN={host}"), "-addext", &format!("subjectAltName=DNS:{host}")])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    run(openssl.arg("-keyout").arg(key).arg("-out").arg(certificate)).map(drop)
}
