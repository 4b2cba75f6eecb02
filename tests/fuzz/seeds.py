"""Writes first inputs for the fuzz targets, from the test vectors and the mails of the tests.

    python seeds.py [FOLDER]   (in the environment of tests/interop/requirements.txt)

The folder is `corpus` beside this file if none is named; each target has one of its own in it.
An input that is more than bytes starts with the numbers that the target draws, little-endian, in its order.
"""

import base64
import email
import json
import os
import struct
import sys
from hashlib import sha256
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "interop"))

import sealpost  # noqa: E402
import vector_file  # noqa: E402
from cases_grant import GRANT  # noqa: E402
from cases_opens import OPENS  # noqa: E402
from cases_payload import PAYLOAD  # noqa: E402
from draft import Draft  # noqa: E402

CORPUS = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "corpus"
FOREIGN = Path(os.environ.get("SEALPOST_CORPUS", HERE.parents[2] / "shared" / "corpus"))
LARGEST = 20_000


def plant(target: str, data: bytes) -> None:
    """Adds one input, named as libFuzzer names its own."""
    if len(data) <= LARGEST:
        folder = CORPUS / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / sha256(data).hexdigest()[:40]).write_bytes(data)


def plant_vectors() -> None:
    """Headers, texts, links and keys, from the vector files."""
    for path in sorted(vector_file.VECTORS.glob("*.txt")):
        vector = vector_file.read(path)
        if vector.form == "binary":
            plant("common_header", b"\xff\xff" + vector.body[:8000])
        elif vector.form == "text":
            plant("common_text", b"\x30" + vector.body)
        else:
            plant("common_link", vector.body.partition(b"#")[2])
        for key in vector.opening_keys:
            plant("common_keys", sealpost.key_to_text("opening", key).encode())
            plant("common_keys", sealpost.key_to_text("signing", key).encode())
            plant("common_keys", sealpost.key_to_text("sealing", sealpost.sealing_key(key)).encode())
        for trusted in vector.trusted:
            plant("common_keys", sealpost.key_to_text("verifying", trusted.key).encode())
            for domain in trusted.domains:
                plant("common_address", domain.encode())
        for address in vector.terms.recipients if vector.terms else []:
            plant("common_address", address.encode())


def plant_drafts() -> None:
    """What stands behind encryption: plaintexts of grants, and frames."""
    drafts: list[Draft] = [case[2] for case in OPENS] + [case[3] for case in GRANT + PAYLOAD]
    for draft in drafts:
        length = len(draft.mail) if draft.stated_length is None else draft.stated_length
        plaintext = draft.padded(draft.cbor(draft.fields(sealpost.grant_fields(bytes(32), length, draft.terms))))
        plant("common_grant", b"\x01" + plaintext)
        plant("common_grant", b"\x00" + plaintext.rstrip(b"\x00"))
        numbers = (min(length, 65535).to_bytes(2, "little"), (99).to_bytes(2, "little"))
        plant("common_payload", b"".join(numbers) + draft.frame(draft.mail))


def plant_files() -> None:
    """Archives and documents."""
    for path in sorted((HERE.parents[1] / "gateway" / "tests" / "mails" / "files").iterdir()):
        plant("gateway_content", b"\x00" + path.read_bytes())


def plant_milter() -> None:
    """Milter connections: two mails, one of them given up; as commands, and as octets for the wire."""
    envelope = [(b"M", b"<a@example.org>\0SIZE=9\0"), (b"R", b"<b@example.net>\0NOTIFY=NEVER\0")]
    content = [(b"L", b"From\0 a@example.org\0"), (b"L", b"X\0 1\n 2\0"), (b"N", b""), (b"B", b"body\r\n")]
    client = [(b"C", b"client.example\x004\x10\x92192.0.2.7\0"), (b"H", b"client.example\0")]
    end = [(b"D", b"Ei\x004D1A\0"), (b"E", b"")]
    for commands in (
        client + envelope + content + end,
        envelope + content + [(b"A", b"")] + envelope + [(b"R", b"<c@example.net>\0")] + content + end + [(b"Q", b"")],
        envelope + end + envelope + content + [(b"E", b"the end\r\n")] + envelope + content + end,
    ):
        for answers in (0, 1):
            numbered = b"".join(letter + bytes([len(payload)]) + payload for letter, payload in commands)
            framed = b"".join((len(payload) + 1).to_bytes(4, "big") + letter + payload for letter, payload in commands)
            plant("gateway_milter", bytes([answers | 16]) + numbered)
            plant("gateway_milter", bytes([answers | 18]) + framed)


def plant_replies() -> None:
    """What next hops and policy hosts say."""
    policy = b"version: STSv1\nmode: enforce\nmx: mx.mail.example\nmx: *.mail.example\nmax_age: 604800\n"
    for said in (
        b"250-mx.example\r\n250-PIPELINING\r\n250 SIZE 1\r\n",
        b"550-5.1.1 <a@b>: no\r\n550 5.1.1 such user\r\n354 go\r\n",
        b"v=STSv1; id=20160831085700Z;\0v=spf1 -all",
        policy,
        policy.replace(b"\n", b"\r\n"),
    ):
        plant("gateway_replies", said)


def plant_provider() -> None:
    """What a provider says, with a token that nobody has signed."""
    base = "https://p.example"
    document = {
        "issuer": base, "authorization_endpoint": f"{base}/a", "token_endpoint": f"{base}/t", "jwks_uri": f"{base}/k",
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }
    point = {"x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}
    keys = {"keys": [{"kty": "EC", "crv": "P-256", "kid": "1", "use": "sig", "alg": "ES256", **point}]}
    claims = {
        "iss": base, "sub": "1", "aud": "portal", "exp": 1800000000, "iat": 1795000000, "nonce": "nonce",
        "email": "bob@example.net", "email_verified": True,
    }
    for header in ({"alg": "ES256", "kid": "1"}, {"alg": "HS256"}, {"alg": "none"}):
        parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)]
        token = ".".join([*parts, "A" * 86 if header["alg"] == "ES256" else ""])
        answer = {"access_token": "a", "token_type": "Bearer", "id_token": token}
        plant("portal_provider", b"\0".join(json.dumps(part).encode() for part in (document, keys, answer)))


def plant_tnef() -> None:
    """A winmail.dat with a file, a body in RTF and one in HTML; and the RTF by itself, packed and not."""

    def attribute(level: int, tag: int, data: bytes) -> bytes:
        return struct.pack("<BII", level, tag, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)

    def binary(tag: int, data: bytes) -> bytes:
        return struct.pack("<III", tag, 1, len(data)) + data + bytes(-len(data) % 4)

    rtf = rb"{\rtf1\ansi\fromhtml1{\*\htmltag64 <p>}Hello \'e4\u228 ?{\*\htmltag72 </p>}\par}"
    stored = struct.pack("<IIII", len(rtf) + 12, len(rtf), 0x414C454D, 0) + rtf
    packed = b"\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7\x03\0\n\0rcpg125B2\n\xf3 hel\t\0 bw\x05\xb0ld}\n\x80\x0f\xa0"
    html = b"<p>Hello <img src='cid:a@b'></p>"
    properties = struct.pack("<I", 2) + binary(0x10090102, packed) + binary(0x10130102, html)
    picture = struct.pack("<I", 1) + binary(0x3712001E, b"a@b\0")
    attributes = [
        attribute(1, 0x00089006, b"\0\0\1\0"), attribute(1, 0x00069003, properties),
        attribute(2, 0x00069002, bytes(14)), attribute(2, 0x00018010, b"plan.txt\0"),
        attribute(2, 0x0006800F, b"A plan"), attribute(2, 0x00069005, picture),
    ]
    plant("common_tnef", struct.pack("<IH", 0x223E9F78, 1) + b"".join(attributes))
    for alone in (rtf, stored, packed):
        plant("common_tnef", alone)


def plant_foreign() -> None:
    """Addresses, SMTP sessions, mails and HTML, from the corpus of foreign test data, where it is there."""
    if not FOREIGN.is_dir():
        print("foreign corpus not found: not run")
        return
    for path in sorted(FOREIGN.glob("addresses/*.txt")):
        for line in path.read_bytes().splitlines():
            plant("common_address", line)
    for path in sorted(FOREIGN.glob("mails*/**/*.eml")):
        mail = path.read_bytes()
        crlf = mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        plant("gateway_carry", crlf)
        plant("gateway_content", b"\x01" + crlf)
        plant("portal_view", crlf)
        for part in email.message_from_bytes(mail).walk():
            if part.get_content_type() in ("application/ms-tnef", "application/vnd.ms-tnef"):
                plant("common_tnef", part.get_payload(decode=True) or b"")
        stuffed = crlf.replace(b"\r\n.", b"\r\n..")
        session = DIALOGUE + stuffed + b"\r\n.\r\nQUIT\r\n"
        plant("gateway_session", b"\x08" + session)
        plant("gateway_session", b"\x12" + b"EHLO mx\r\nXCLIENT NAME=a.example ADDR=192.0.2.7 LOGIN=a+3Db\r\n" + session)
        plant("gateway_session", b"\x0c" + b"PROXY TCP4 192.0.2.7 192.0.2.1 50000 25\r\n" + session)
        plant("gateway_session", b"\x1d" + PROXY + session.replace(b"EHLO", b"LHLO"))
    for path in sorted(FOREIGN.glob("html-*/**/*.json")):
        content = json.loads(path.read_text("utf-8"))
        for case in content.get("cases", []) if isinstance(content, dict) else []:
            if isinstance(case.get("payload"), str):
                plant("portal_sanitise", case["payload"].encode("utf-8", "surrogatepass"))


# A header of the PROXY protocol, version 2.
PROXY = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes([192, 0, 2, 7, 192, 0, 2, 1, 195, 80, 0, 25])

DIALOGUE = (
    b"EHLO client.example\r\nXFORWARD ADDR=192.0.2.1 IDENT=4ABC\r\nMAIL FROM:<a@example.org> SIZE=100 BODY=8BITMIME\r\n"
    b"RCPT TO:<b@example.net> NOTIFY=NEVER ORCPT=rfc822;b@example.net\r\nDATA\r\n"
)

if __name__ == "__main__":
    plant_vectors()
    plant_drafts()
    plant_files()
    plant_milter()
    plant_replies()
    plant_provider()
    plant_tnef()
    plant_foreign()
    for folder in sorted(CORPUS.iterdir()):
        print(f"{folder.name}: {len(list(folder.iterdir()))}")
