"""The vectors that the Rust side seals, as data: mail, terms and keys go in, its envelope comes out."""

import json
import subprocess
from dataclasses import asdict, replace
from pathlib import Path

import sealpost
from cases_opens import ALICE, EVERYBODY, noise
from draft import GATEWAY, MAIL, PORTAL, RECOVERY, TERMS, key_seed
from sealpost import Terms
from vector_file import Vector

PREFIX = "rust_"

# name, comment, mail, terms, the recovery key if there is one, and what differs from the usual reader
RUST = [
    ("usual", "A small mail sealed by the Rust side", MAIL, TERMS, None, {}),
    ("empty", "A mail of no bytes sealed by the Rust side", b"", TERMS, None, {}),
    ("segments", "A mail of more than one segment sealed by the Rust side", noise(70_000), TERMS, None, {}),
    ("large_compressible", "One MiB of zero bytes sealed by the Rust side", bytes(1 << 20), TERMS, None, {}),
    ("recovery", "Two grants sealed by the Rust side, opened by the recovery key", MAIL, TERMS, RECOVERY, {"keys": [RECOVERY]}),
    (
        "fields_all",
        "All fields of a grant sealed by the Rust side",
        MAIL,
        replace(
            TERMS,
            recipients=["bob@example.net", "用户@例子.example"],
            message_id_hash=bytes(range(32)),
            expires=1 << 34,
            rights=21,
            sign_in="provider",
            brand="Bänk",
            language="de-CH",
        ),
        None,
        {},
    ),
    (
        "fields_least",
        "Null sender, no author, no optional field, sealed by the Rust side",
        MAIL,
        Terms(None, None, ["bob@example.net"], 0, rights=0, sign_in="passcode", language=""),
        None,
        {"trusted": EVERYBODY},
    ),
]


def seal(program: Path, name: str, mail: bytes, terms: Terms, recovery: bytes | None = None) -> bytes:
    """Has the Rust side seal a mail; its randomness comes from the name."""
    order = {
        "seed": key_seed(name).hex(),
        "signing_key": sealpost.key_to_text("signing", GATEWAY),
        "sealing_key": sealpost.key_to_text("sealing", sealpost.sealing_key(PORTAL)),
        "recovery_key": recovery and sealpost.key_to_text("sealing", sealpost.sealing_key(recovery)),
        "terms": asdict(terms) | {"message_id_hash": terms.message_id_hash and terms.message_id_hash.hex()},
        "mail": mail.hex(),
    }
    done = subprocess.run([program, "seal"], input=json.dumps(order).encode(), capture_output=True, check=True)
    return done.stdout


def vector_of(
    program: Path, name: str, comment: str, mail: bytes, terms: Terms, recovery: bytes | None, reader: dict
) -> Vector:
    """Makes the vector of a case."""
    envelope = seal(program, name, mail, terms, recovery)
    trusted, keys = reader.get("trusted", ALICE), reader.get("keys", [PORTAL])
    vector = Vector(PREFIX + name, comment, "opens", "binary", envelope, trusted, keys)
    vector.state(mail, terms)
    return vector
