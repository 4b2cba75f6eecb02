"""Reads and writes the test vectors of common/vectors, as its README describes them."""

import base64
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import sealpost
from sealpost import Terms, Trusted

VECTORS = Path(__file__).resolve().parents[2] / "common" / "vectors"
LINE = 76


@dataclass
class Vector:
    """One case: the bytes that a reader gets, what he knows, and what must come of it."""

    name: str
    comment: str
    expect: str
    form: str
    body: bytes
    trusted: list[Trusted]
    opening_keys: list[bytes]
    mail_length: int | None = None
    mail_sha256: str | None = None
    terms: Terms | None = None

    def state(self, mail: bytes, terms: Terms) -> None:
        """Notes what must come out of a vector that opens."""
        self.mail_length, self.mail_sha256, self.terms = len(mail), sha256(mail).hexdigest(), terms


def read(path: Path) -> Vector:
    """Reads one vector file."""
    head, _, body = path.read_bytes().partition(b"\n\n")
    lines = [line.partition(":") for line in head.decode("utf-8").split("\n")]
    fields = [(key, value.removeprefix(" ")) for key, _, value in lines]

    def every(key: str) -> list[str]:
        return [value for name, value in fields if name == key]

    def one(key: str) -> str | None:
        values = every(key)
        if len(values) > 1:
            raise ValueError(f"{path.name}: {key} is there twice")
        return values[0] if values else None

    form = one("form")
    vector = Vector(
        name=one("name"),
        comment=one("comment"),
        expect=one("expect"),
        form=form,
        body=body.strip() if form == "link" else base64.b64decode(body),
        trusted=[
            Trusted(sealpost.key_from_text("verifying", key), domains.split())
            for key, domains in zip(every("verifying-key"), every("domains"), strict=True)
        ],
        opening_keys=[sealpost.key_from_text("opening", key) for key in every("opening-key")],
        mail_sha256=one("mail-sha256"),
    )
    if vector.expect == "opens":
        vector.mail_length = int(one("mail-length"))
        vector.terms = read_terms(one, every)
    return vector


def read_terms(one, every) -> Terms:
    """Reads the terms that must come out."""
    message_id_hash, expires = one("message-id-hash"), one("expires")
    return Terms(
        envelope_sender=one("envelope-sender") or None,
        author=one("author"),
        recipients=every("recipient"),
        message_id_hash=bytes.fromhex(message_id_hash) if message_id_hash else None,
        created=int(one("created")),
        expires=int(expires) if expires else None,
        rights=int(one("rights")),
        sign_in=one("sign-in"),
        brand=one("brand"),
        language=one("language"),
    )


def write(vector: Vector, folder: Path = VECTORS) -> None:
    """Writes one vector file."""
    lines = [f"name: {vector.name}", f"comment: {vector.comment}", f"expect: {vector.expect}", f"form: {vector.form}"]
    for trusted in vector.trusted:
        lines.append(f"verifying-key: {sealpost.key_to_text('verifying', trusted.key)}")
        lines.append(f"domains: {' '.join(trusted.domains)}")
    lines += [f"opening-key: {sealpost.key_to_text('opening', key)}" for key in vector.opening_keys]
    if vector.terms is not None:
        lines += [f"mail-length: {vector.mail_length}", f"mail-sha256: {vector.mail_sha256}"]
        lines += term_lines(vector.terms)
    if vector.form == "link":
        body = vector.body
    else:
        digits = base64.b64encode(vector.body)
        body = b"\n".join(digits[at : at + LINE] for at in range(0, len(digits), LINE))
    head = "\n".join(line.rstrip(" ") for line in lines).encode("utf-8")
    (folder / f"{vector.name}.txt").write_bytes(head + b"\n\n" + body + b"\n")


def term_lines(terms: Terms) -> list[str]:
    """The lines that say which terms must come out; absent ones have none."""
    pairs = [
        ("envelope-sender", terms.envelope_sender or ""),
        ("author", terms.author),
        *(("recipient", recipient) for recipient in terms.recipients),
        ("message-id-hash", terms.message_id_hash.hex() if terms.message_id_hash is not None else None),
        ("created", terms.created),
        ("expires", terms.expires),
        ("rights", terms.rights),
        ("sign-in", terms.sign_in),
        ("brand", terms.brand),
        ("language", terms.language),
    ]
    return [f"{key}: {value}" for key, value in pairs if value is not None]
