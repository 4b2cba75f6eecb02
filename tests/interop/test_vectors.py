"""Opens the good test vectors and refuses the bad ones in Python, and trades random mails with the Rust side.

    python test_vectors.py [--rust SEAL_VECTOR]

SEAL_VECTOR is the program of `cargo build -p sealpost-common --example seal_vector`; without it the trade is left out
and said to be. Ends with 0 when nothing failed.
"""

import argparse
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import cases_rust
import fixed_xwing
import sealpost
import vector_file
from draft import GATEWAY, PORTAL, RECOVERY, key_seed
from sealpost import Opened, Refused, Terms, Trusted
from vector_file import VECTORS, Vector

DECODE = {"binary": bytes, "text": sealpost.from_text, "link": lambda body: sealpost.from_link(body.decode("utf-8"))}
EVERYBODY = [Trusted(sealpost.verifying_key(GATEWAY), ["*"])]
TRADES = 40
FOREIGN = Path(os.environ.get("SEALPOST_CORPUS", Path(__file__).resolve().parents[3] / "shared" / "corpus"))


def check_vector(vector: Vector) -> str | None:
    """Reads one vector; gives what is wrong, if anything is."""
    try:
        opened = sealpost.open_envelope(DECODE[vector.form](vector.body), vector.trusted, vector.opening_keys)
    except Refused as refusal:
        return None if refusal.outcome == vector.expect else f"wanted {vector.expect}, got {refusal}"
    if vector.expect != "opens":
        return f"wanted {vector.expect}, and it opened"
    if (len(opened.mail), sha256(opened.mail).hexdigest()) != (vector.mail_length, vector.mail_sha256):
        return "another mail came out"
    return None if opened.terms == vector.terms else "other terms came out"


def check_xwing(case: dict[str, str]) -> str | None:
    """Holds our expansion of opening keys, and the encapsulation that vectors are made with, against X-Wing's own."""
    seed, key = bytes.fromhex(case["seed"]), bytes.fromhex(case["pk"])
    if sealpost.sealing_key(seed) != key:
        return "another sealing key came out"
    secret, ciphertext = fixed_xwing.encapsulate(key, bytes.fromhex(case["eseed"]))
    return None if (secret.hex(), ciphertext.hex()) == (case["ss"], case["ct"]) else "another ciphertext came out"


def random_mail(chance: random.Random) -> bytes:
    """A mail of any size up to some 300 KB, of any bytes, partly compressible."""
    size = chance.choice([0, 1, chance.randrange(2000), chance.randrange(300_000)])
    return chance.randbytes(size) if chance.random() < 0.5 else bytes(chance.choices(b"mail \r\n\x00\xff", k=size))


def random_terms(chance: random.Random) -> Terms:
    """Terms of any kind that the specification allows."""

    def address() -> str:
        return "".join(chance.choices("abcäöü.ж漢+", k=chance.randrange(1, 30))) + "@example.net"

    return Terms(
        envelope_sender=chance.choice([None, address()]),
        author=chance.choice([None, address()]),
        recipients=[address() for _ in range(chance.choice([1, 2, 30, 1000]))],
        created=chance.randrange(1 << chance.randrange(1, 64)),
        message_id_hash=chance.choice([None, chance.randbytes(32)]),
        expires=chance.choice([None, chance.randrange(1 << 64)]),
        rights=chance.randrange(32),
        sign_in=chance.choice(sealpost.SIGN_IN),
        brand="b" * chance.randrange(65),
        language=chance.choice(["", "en", "zh-Hant-TW"]),
    )


def trade_from_rust(program: Path, number: int) -> str | None:
    """Has the Rust side seal a random mail, and opens it here, with either key."""
    chance = random.Random(number)
    mail, terms = random_mail(chance), random_terms(chance)
    envelope = cases_rust.seal(program, f"trade {number}", mail, terms, RECOVERY)
    for key in (PORTAL, RECOVERY):
        if sealpost.open_envelope(envelope, EVERYBODY, [key]) != Opened(terms, mail):
            return "another mail or other terms came out"
    return None


def trade_to_rust(program: Path, number: int) -> str | None:
    """Seals a random mail here, with the randomness of the operating system, and has the Rust side open it."""
    chance = random.Random(number)
    mail, terms = random_mail(chance), random_terms(chance)
    sealing_keys = [sealpost.sealing_key(key_seed(name)) for name in ("other portal", "portal")]
    envelope = sealpost.seal(mail, terms, GATEWAY, sealing_keys)
    order = {
        "verifying_key": sealpost.key_to_text("verifying", sealpost.verifying_key(GATEWAY)),
        "opening_key": sealpost.key_to_text("opening", PORTAL),
        "envelope": envelope.hex(),
    }
    done = subprocess.run([program, "open"], input=json.dumps(order).encode(), capture_output=True, check=False)
    if done.returncode != 0:
        return f"the Rust side refused: {done.stderr.decode()}"
    return None if done.stdout == mail else "another mail came out"


def main() -> int:
    """Runs all cases and counts."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--rust", type=Path, help="the program seal_vector of the Rust side")
    program = arguments.parse_args().rust

    cases: list[tuple[str, Callable[[], str | None]]] = []
    for path in sorted(VECTORS.glob("*.txt")):
        vector = vector_file.read(path)
        if vector.name != path.stem:
            raise ValueError(f"{path.name} calls itself {vector.name}")
        cases.append((vector.name, lambda vector=vector: check_vector(vector)))
    xwing = FOREIGN / "crypto" / "xwing.json"
    if xwing.is_file():
        for number, case in enumerate(json.loads(xwing.read_bytes())):
            cases.append((f"X-Wing {number}", lambda case=case: check_xwing(case)))
    else:
        print("foreign corpus not found: not run")
    if program is None:
        print("no --rust: mails are not traded with the Rust side")
    else:
        for number in range(TRADES):
            cases.append((f"from rust {number}", lambda number=number: trade_from_rust(program, number)))
            cases.append((f"to rust {number}", lambda number=number: trade_to_rust(program, number)))

    failed = 0
    for name, check in cases:
        wrong = check()
        if wrong:
            failed += 1
            print(f"{name}: {wrong}")
    print(f"test result: {len(cases) - failed} passed, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
