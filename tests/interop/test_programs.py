"""Trades mails with the programs themselves: opens what `sealpost-gateway seal` seals, and has `sealpost-portal open`
open what is sealed here, as text form, as a page and bare.

    python test_programs.py FOLDER          FOLDER holds the two programs, such as target/debug
"""

import email
import os
import random
import subprocess
import sys
import tempfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import sealpost
from cases_opens import in_html
from draft import GATEWAY, PORTAL, TERMS, key_seed
from sealpost import Trusted, key_to_text

SENDER, RECIPIENTS = "alice@example.org", ["bob@example.net", "carol@example.com"]
TRUSTED = [Trusted(sealpost.verifying_key(GATEWAY), ["example.org"])]
TRADES = 12

GATEWAY_TOML = """
[[listener]]
protocol = "smtp"
address = "127.0.0.1:0"
[server]
hostname = "gateway.example.org"
[next_hop]
address = "127.0.0.1:25"
[keys]
signing_key = "signing.key"
sealing_key = "sealing.key"
[portal]
url = "https://portal.example.org"
[sender]
domains = ["example.org"]
[policy]
file = "policy.toml"
"""
POLICY_TOML = 'default = "seal"\n'
PORTAL_TOML = f"""
[server]
public_url = "https://portal.example.org"
[keys]
opening_keys = "opening-keys"
state_key = "state.key"
[[gateway]]
verifying_key = "{key_to_text("verifying", TRUSTED[0].key)}"
domains = ["example.org"]
[state]
sqlite = "portal.sqlite"
[mail]
from = "noreply@example.org"
"""


def write_secret(path: Path, text: str) -> None:
    """Writes a file that nobody else may read."""
    path.touch(mode=0o600)
    path.write_text(text + "\n")


def set_up(folder: Path) -> None:
    """Writes the settings and keys of both programs."""
    write_secret(folder / "signing.key", key_to_text("signing", GATEWAY))
    (folder / "sealing.key").write_text(key_to_text("sealing", sealpost.sealing_key(PORTAL)) + "\n")
    (folder / "opening-keys").mkdir(mode=0o700)
    write_secret(folder / "opening-keys" / "first.key", key_to_text("opening", PORTAL))
    write_secret(folder / "state.key", sealpost.to_base64url(key_seed("state")))
    (folder / "gateway.toml").write_text(GATEWAY_TOML)
    (folder / "policy.toml").write_text(POLICY_TOML)
    (folder / "portal.toml").write_text(PORTAL_TOML)


def run(folder: Path, *command: str | Path) -> bytes:
    """Runs a program; a failure shows what it said."""
    done = subprocess.run(command, capture_output=True, check=False, cwd=folder)
    if done.returncode != 0:
        raise RuntimeError(f"{Path(command[0]).name}: {done.stderr.decode()}")
    return done.stdout


def random_mail(chance: random.Random) -> bytes:
    """A mail with a random body, some of them with bytes that no mail should have."""
    size = chance.choice([0, 1, chance.randrange(3000), chance.randrange(400_000)])
    body = bytes(chance.choices(b"mail \r\n\x00\xff", k=size)) if chance.random() < 0.5 else chance.randbytes(size)
    return f"From: Alice <{SENDER}>\r\nMessage-ID: <{chance.random()}@example.org>\r\n\r\n".encode() + body


def from_gateway(programs: Path, folder: Path, mail: bytes) -> str | None:
    """Has the gateway seal a mail, and opens its message.html here."""
    (folder / "mail.eml").write_bytes(mail)
    to = [part for recipient in RECIPIENTS for part in ("--to", recipient)]
    command = [programs / "sealpost-gateway", "seal", "--config", "gateway.toml", "--from", SENDER, *to, "mail.eml"]
    carrier = email.message_from_bytes(run(folder, *command))
    page = next(part for part in carrier.walk() if part.get_filename() == "message.html")
    opened = sealpost.open_envelope(sealpost.from_text(page.get_payload(decode=True)), TRUSTED, [PORTAL])
    if opened.mail != mail:
        return "another mail came out"
    message_id = email.message_from_bytes(mail)["Message-ID"].strip("<>")
    found = (opened.terms.envelope_sender, opened.terms.author, opened.terms.recipients, opened.terms.message_id_hash)
    wanted = (SENDER, SENDER, RECIPIENTS, sha256(message_id.encode()).digest())
    return None if found == wanted else f"the terms are {opened.terms}"


def to_portal(programs: Path, folder: Path, mail: bytes) -> str | None:
    """Seals a mail here, and has the portal open it in each of its forms."""
    terms = replace(TERMS, recipients=RECIPIENTS)
    envelope = sealpost.seal(mail, terms, GATEWAY, [sealpost.sealing_key(PORTAL)])
    for form, content in (("bare", envelope), ("text", sealpost.to_text(envelope)), ("page", in_html(envelope))):
        (folder / "envelope").write_bytes(content)
        opened = run(folder, programs / "sealpost-portal", "open", "--config", "portal.toml", "envelope")
        if opened != mail:
            return f"another mail came out of the {form} form"
    return None


def main() -> int:
    """Trades, and counts."""
    programs, failed = Path(sys.argv[1]).resolve(), 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.chmod(folder, 0o700)
        set_up(folder)
        for number in range(TRADES):
            for trade in (from_gateway, to_portal):
                try:
                    wrong = trade(programs, folder, random_mail(random.Random(number)))
                except (RuntimeError, sealpost.Refused) as error:
                    wrong = str(error)
                if wrong:
                    failed += 1
                    print(f"{trade.__name__} {number}: {wrong}")
    print(f"test result: {2 * TRADES - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
