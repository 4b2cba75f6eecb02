"""Seals and opens envelopes of Sealpost: a second implementation, written from common/ENVELOPE.md alone.

It shares no code with the Rust side and stands on other libraries (OpenSSL through `cryptography`; only zstd is the
same), so that a fault in one implementation shows as a difference between the two. The reader is as strict as the
specification and names the outcome of its reject table. Everything is held in memory, which is fine for tests.

    open_envelope(envelope, trusted, opening_keys) -> Opened       the whole way in
    seal(mail, terms, signing_key, sealing_keys)   -> bytes        the whole way out

What seal() is put together from is public too: the generator of test vectors needs each step on its own, to do one
of them wrong.
"""

import base64
import os
import re
import struct
import unicodedata
from dataclasses import dataclass, field
from hashlib import sha256, shake_256

import zstandard
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC, VERSION, SUITE = b"SEALPOST", 1, 1
FIXED_LENGTH = 74
ENC_LENGTH, TAG_LENGTH, SIGNATURE_LENGTH = 1120, 16, 64
SEGMENT = 65536
PADDING = 512
WINDOW_LIMIT = 8 << 20
MAIL_LIMIT = 150 << 20
PAYLOAD_LIMIT = 160 << 20
HEADER_LIMIT = 2 << 20
GRANT_CIPHERTEXT_LIMIT = (512 << 10) + TAG_LENGTH
GRANTS_LIMIT = 4
RECIPIENTS_LIMIT, ADDRESS_LIMIT, BRAND_LIMIT, LANGUAGE_LIMIT = 1000, 320, 64, 35
RIGHTS_MASK = 1 | 2 | 4 | 8 | 16
SIGN_IN = ("any", "passcode", "provider")
BEGIN, END = b"-----BEGIN SEALPOST ENVELOPE-----", b"-----END SEALPOST ENVELOPE-----"

# A mailbox of RFC 5321, a little wider: dots anywhere in the local part, any non-ASCII character that is no space.
_LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
ADDRESS = re.compile(
    rf"""(?:[^\s()<>\[\]:;@\\,"]+|"(?:[^"\\]|\\.)*")@(?:{_LABEL}(?:\.{_LABEL})*|\[[A-Za-z0-9.:-]+\])"""
)

HPKE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)

# Encodings of the eight points of small order of Curve25519 in Edwards form, the non-canonical ones included.
# A signature made with one of them proves nothing, which is why the specification asks for strict verification.
_P = 2**255 - 19
_Y8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
SMALL_ORDER = {
    (y | sign << 255).to_bytes(32, "little") for y in (0, 1, _P - 1, _P, _P + 1, _Y8, _P - _Y8) for sign in (0, 1)
}


class Refused(Exception):
    """An envelope that a reader must refuse: `outcome` is the name in the specification's reject table."""

    def __init__(self, outcome: str, detail: str):
        super().__init__(f"{outcome}: {detail}")
        self.outcome = outcome


# ---------------------------------------------------------------------------------------------------------- keys


def label(text: str) -> bytes:
    """L("x") of the specification: the ASCII bytes and one zero byte."""
    return text.encode("ascii") + b"\x00"


def key_from_text(kind: str, text: str) -> bytes:
    """Reads one line of a key file, such as `sealpost-verifying-key-v1:…`."""
    prefix = f"sealpost-{kind}-key-v1:"
    if not text.startswith(prefix):
        raise ValueError(f"not a {kind} key")
    return from_base64url(text[len(prefix) :])


def key_to_text(kind: str, key: bytes) -> str:
    """Writes one line of a key file."""
    return f"sealpost-{kind}-key-v1:{to_base64url(key)}"


def verifying_key(signing_key: bytes) -> bytes:
    """The 32-byte public key of an Ed25519 seed."""
    return Ed25519PrivateKey.from_private_bytes(signing_key).public_key().public_bytes_raw()


def expand_opening_key(seed: bytes) -> MLKEM768X25519PrivateKey:
    """Expands the 32-byte X-Wing seed with SHAKE256 into its two halves: ML-KEM seed and X25519 key."""
    expanded = shake_256(seed).digest(96)
    mlkem_key = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
    return MLKEM768X25519PrivateKey(mlkem_key, X25519PrivateKey.from_private_bytes(expanded[64:]))


def sealing_key(seed: bytes) -> bytes:
    """The 1216-byte X-Wing public key of an opening key."""
    expanded = shake_256(seed).digest(96)
    mlkem_public = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]).public_key().public_bytes_raw()
    return mlkem_public + X25519PrivateKey.from_private_bytes(expanded[64:]).public_key().public_bytes_raw()


def verifying_key_id(key: bytes) -> bytes:
    """The first 8 bytes of SHA-256(L("sealpost/v1/verifying-key-id") || key)."""
    return sha256(label("sealpost/v1/verifying-key-id") + key).digest()[:8]


def sealing_key_id(key: bytes) -> bytes:
    """The first 8 bytes of SHA-256(L("sealpost/v1/sealing-key-id") || key)."""
    return sha256(label("sealpost/v1/sealing-key-id") + key).digest()[:8]


@dataclass
class Trusted:
    """A gateway's verifying key and the sender domains it is trusted for."""

    key: bytes
    domains: list[str]

    def covers(self, domain: str | None) -> bool:
        """Says whether this key may sign for a sender of `domain`; None is a sender without one."""
        if "*" in self.domains:
            return True
        if domain is None:
            return False
        name = ascii_lower(domain)
        return any(
            name.endswith(pattern[1:]) and len(name) > len(pattern) - 1 if pattern.startswith("*.") else name == pattern
            for pattern in map(ascii_lower, self.domains)
        )


def ascii_lower(text: str) -> str:
    """Lower-cases A to Z and nothing else."""
    return re.sub("[A-Z]", lambda match: match.group().lower(), text)


# --------------------------------------------------------------------------------------------------------- terms


@dataclass
class Terms:
    """What a grant says about a mail; None stands for "absent", for the null sender and for "no single author"."""

    envelope_sender: str | None
    author: str | None
    recipients: list[str]
    created: int
    message_id_hash: bytes | None = None
    expires: int | None = None
    rights: int = RIGHTS_MASK
    sign_in: str = "any"
    brand: str = ""
    language: str = "en"


@dataclass
class Grant:
    """One grant of a header, still wrapped."""

    opening_key_id: bytes
    ciphertext: bytes
    enc: bytes


@dataclass
class Header:
    """The header, taken apart; `raw` is all of it and `fixed` its first 74 bytes."""

    raw: bytes
    envelope_id: bytes
    signing_key_id: bytes
    payload_length: int
    payload_hash: bytes
    grants: list[Grant] = field(default_factory=list)

    @property
    def fixed(self) -> bytes:
        return self.raw[:FIXED_LENGTH]


@dataclass
class Opened:
    """What comes out of an envelope."""

    terms: Terms
    mail: bytes


# ------------------------------------------------------------------------------------------------------- opening


def open_envelope(envelope: bytes, trusted: list[Trusted], opening_keys: list[bytes]) -> Opened:
    """Opens a whole envelope; raises Refused with the outcome where the specification says that a reader must."""
    header = parse_header(envelope)
    gateway = verify_header(header, trusted)
    dek, mail_length, terms = unwrap(header, opening_keys)
    check_sender(terms, gateway)
    plaintext = open_payload(header, dek, envelope[len(header.raw) :])
    return Opened(terms, decompress(plaintext, mail_length))


def parse_header(envelope: bytes) -> Header:
    """Takes the header off the front of an envelope, with no key at hand."""
    at = 0

    def take(length: int) -> bytes:
        nonlocal at
        piece = envelope[at : at + length]
        if len(piece) < length:
            raise Refused("truncated", f"the header ends within {length} bytes at {at}")
        at += length
        return piece

    if not MAGIC.startswith(envelope[:8]):
        raise Refused("not-an-envelope", "magic")
    take(8)
    if take(1)[0] != VERSION:
        raise Refused("version", "unknown version")
    if take(1)[0] != SUITE:
        raise Refused("suite", "unknown suite")
    envelope_id, signing_key_id = take(16), take(8)
    payload_length = int.from_bytes(take(8), "big")
    if payload_length > PAYLOAD_LIMIT:
        raise Refused("too-large", "payload length")
    if payload_length == 0 or (payload_length - 1) % (SEGMENT + TAG_LENGTH) < TAG_LENGTH:
        raise Refused("malformed", "no sequence of segments has this length")
    payload_hash = take(32)
    count = take(1)[0]
    if not 1 <= count <= GRANTS_LIMIT:
        raise Refused("malformed", f"{count} grants")
    grants = []
    for _ in range(count):
        opening_key_id, length = take(8), int.from_bytes(take(4), "big")
        if length > GRANT_CIPHERTEXT_LIMIT:
            raise Refused("too-large", "grant ciphertext")
        if length <= TAG_LENGTH or (length - TAG_LENGTH) % PADDING:
            raise Refused("malformed", "length of a grant")
        if any(grant.opening_key_id == opening_key_id for grant in grants):
            raise Refused("malformed", "two grants for one opening key")
        enc = take(ENC_LENGTH)
        grants.append(Grant(opening_key_id, take(length), enc))
    if at + SIGNATURE_LENGTH > HEADER_LIMIT:
        raise Refused("too-large", "header")
    take(SIGNATURE_LENGTH)
    return Header(envelope[:at], envelope_id, signing_key_id, payload_length, payload_hash, grants)


def verify_header(header: Header, trusted: list[Trusted]) -> Trusted:
    """Checks the signature, strictly, and gives the gateway whose key made it."""
    entries = [entry for entry in trusted if verifying_key_id(entry.key) == header.signing_key_id]
    if not entries:
        raise Refused("unknown-signing-key", header.signing_key_id.hex())
    gateway = Trusted(entries[0].key, [pattern for entry in entries for pattern in entry.domains])
    message, signature = header.raw[:-SIGNATURE_LENGTH], header.raw[-SIGNATURE_LENGTH:]
    if not is_strict_point(gateway.key) or not is_strict_point(signature[:32]):
        raise Refused("signature", "a point of small order, or not in its canonical encoding")
    try:
        Ed25519PublicKey.from_public_bytes(gateway.key).verify(signature, label("sealpost/v1/header") + message)
    except InvalidSignature as error:
        raise Refused("signature", "does not verify") from error
    return gateway


def is_strict_point(encoded: bytes) -> bool:
    """Says whether an encoded point is canonical and not of small order."""
    y = int.from_bytes(encoded, "little") & (1 << 255) - 1
    return y < _P and encoded not in SMALL_ORDER


def unwrap(header: Header, opening_keys: list[bytes]) -> tuple[bytes, int, Terms]:
    """Unwraps the first grant that is made out to a key at hand: gives (DEK, length of the mail, terms)."""
    by_id = {sealing_key_id(sealing_key(seed)): seed for seed in opening_keys}
    grant = next((grant for grant in header.grants if grant.opening_key_id in by_id), None)
    if grant is None:
        raise Refused("unknown-opening-key", "no grant for a key at hand")
    private_key = expand_opening_key(by_id[grant.opening_key_id])
    info = grant_info(header.fixed, grant.opening_key_id)
    try:
        plaintext = HPKE.decrypt(grant.enc + grant.ciphertext, private_key, info)
    except (InvalidTag, ValueError) as error:
        raise Refused("grant", "does not unwrap") from error
    return parse_grant(plaintext)


def grant_info(fixed: bytes, opening_key_id: bytes) -> bytes:
    """The `info` that binds a grant to its header."""
    return label("sealpost/v1/grant") + fixed + opening_key_id


def check_sender(terms: Terms, gateway: Trusted) -> None:
    """Refuses a sender whose domain the signing key is not trusted for."""
    sender = terms.author or terms.envelope_sender
    domain = sender.rpartition("@")[2] if sender and ADDRESS.fullmatch(sender) else None
    if not gateway.covers(domain):
        raise Refused("untrusted-sender", "the key is not trusted for this domain")


def open_payload(header: Header, dek: bytes, payload: bytes) -> bytes:
    """Checks length and hash of the payload and opens its segments (STREAM): gives the zstd frame."""
    if len(payload) < header.payload_length:
        raise Refused("truncated", "payload")
    if len(payload) > header.payload_length:
        raise Refused("payload", "bytes after the payload")
    if sha256(payload).digest() != header.payload_hash:
        raise Refused("payload", "hash")
    key = AESGCM(payload_key(dek, header.envelope_id))
    pieces = [payload[at : at + SEGMENT + TAG_LENGTH] for at in range(0, len(payload), SEGMENT + TAG_LENGTH)]
    try:
        last = len(pieces) - 1
        return b"".join(key.decrypt(nonce(n, n == last), piece, None) for n, piece in enumerate(pieces))
    except InvalidTag as error:
        raise Refused("payload", "a segment does not open") from error


def payload_key(dek: bytes, envelope_id: bytes) -> bytes:
    """HKDF-SHA256(ikm = DEK, salt = envelope ID, info = L("sealpost/v1/payload"), 32 bytes)."""
    return HKDF(hashes.SHA256(), 32, envelope_id, label("sealpost/v1/payload")).derive(dek)


def nonce(counter: int, last: bool) -> bytes:
    """Seven zero bytes, the counter, the last flag."""
    return bytes(7) + counter.to_bytes(4, "big") + bytes([last])


def decompress(frame: bytes, mail_length: int) -> bytes:
    """Decompresses just one zstd frame to just `mail_length` bytes, and stops there."""
    check_frame_header(frame)
    decompressor = zstandard.ZstdDecompressor(max_window_size=WINDOW_LIMIT).decompressobj()
    mail = bytearray()
    # In small steps, so that a bomb has grown by little when it is noticed.
    for at in range(0, len(frame), 1024):
        if decompressor.eof:
            raise Refused("payload", "bytes after the frame")
        try:
            mail += decompressor.decompress(frame[at : at + 1024])
        except zstandard.ZstdError as error:
            raise Refused("payload", "the frame does not decompress") from error
        if len(mail) > mail_length:
            raise Refused("payload", "longer than the grant says")
    if not decompressor.eof or decompressor.unused_data:
        raise Refused("payload", "not just one whole frame")
    if len(mail) < mail_length:
        raise Refused("payload", "shorter than the grant says")
    return bytes(mail)


def check_frame_header(frame: bytes) -> None:
    """Refuses what RFC 8878, section 3.1.1.1 allows and the specification does not: other frames, large windows."""
    if frame[:4] != b"\x28\xb5\x2f\xfd" or len(frame) < 6:
        raise Refused("payload", "not a zstd frame")
    descriptor = frame[4]
    single_segment, dictionary_bytes = descriptor >> 5 & 1, (0, 1, 2, 4)[descriptor & 3]
    if descriptor & 8:
        raise Refused("payload", "a reserved bit is set")
    if dictionary_bytes:
        raise Refused("payload", "a dictionary is asked for")
    if single_segment:
        size_bytes = (1, 2, 4, 8)[descriptor >> 6]
        window = int.from_bytes(frame[5 : 5 + size_bytes], "little") + (256 if size_bytes == 2 else 0)
    else:
        base = 1 << 10 + (frame[5] >> 3)
        window = base + base // 8 * (frame[5] & 7)
    if window > WINDOW_LIMIT:
        raise Refused("payload", "the window is too large")


# ---------------------------------------------------------------------------------------------- grant plaintexts


class Cbor:
    """A reader of deterministic CBOR (RFC 8949, section 4.2.1) for the few types that a grant has."""

    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def take(self, length: int) -> bytes:
        piece = self.data[self.at : self.at + length]
        if len(piece) < length:
            raise Refused("grant", "CBOR ends early")
        self.at += length
        return piece

    def head(self, major: int) -> int:
        """Reads the head of an item of major type `major`, in its shortest form."""
        first = self.take(1)[0]
        if first >> 5 != major:
            raise Refused("grant", f"CBOR type {first >> 5}, not {major}")
        argument = first & 31
        if argument < 24:
            return argument
        if argument > 27:
            raise Refused("grant", "CBOR of indefinite length, or reserved")
        size = 1 << argument - 24
        value = int.from_bytes(self.take(size), "big")
        if value < (24 if size == 1 else 1 << 4 * size):
            raise Refused("grant", "CBOR number not in its shortest form")
        return value

    def uint(self) -> int:
        return self.head(0)

    def bytes32(self) -> bytes:
        value = self.take(self.head(2))
        if len(value) != 32:
            raise Refused("grant", "not 32 bytes")
        return value

    def text(self) -> str:
        try:
            return self.take(self.head(3)).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Refused("grant", "text that is not UTF-8") from error

    def texts(self) -> list[str]:
        return [self.text() for _ in range(self.head(4))]


GRANT_FIELDS = {
    0: Cbor.bytes32,
    1: Cbor.uint,
    2: Cbor.text,
    3: Cbor.text,
    4: Cbor.texts,
    5: Cbor.bytes32,
    6: Cbor.uint,
    7: Cbor.uint,
    8: Cbor.uint,
    9: Cbor.text,
    10: Cbor.text,
    11: Cbor.text,
}
REQUIRED = {0, 1, 2, 3, 4, 6, 8, 9, 10, 11}


def parse_grant(plaintext: bytes) -> tuple[bytes, int, Terms]:
    """Reads a grant's plaintext: gives (DEK, length of the mail, terms)."""
    reader = Cbor(plaintext)
    fields: dict = {}
    previous = -1
    for _ in range(reader.head(5)):
        key = reader.uint()
        if key <= previous or key not in GRANT_FIELDS:
            raise Refused("grant", f"key {key} unknown, twice or out of order")
        fields[key] = GRANT_FIELDS[key](reader)
        previous = key
    if not REQUIRED <= fields.keys():
        raise Refused("grant", f"missing keys {sorted(REQUIRED - fields.keys())}")
    if len(plaintext) != padded_length(reader.at) or any(plaintext[reader.at :]):
        raise Refused("grant", "padding")
    check_values(fields)
    terms = Terms(
        envelope_sender=fields[2] or None,
        author=fields[3] or None,
        recipients=fields[4],
        message_id_hash=fields.get(5),
        created=fields[6],
        expires=fields.get(7),
        rights=fields[8],
        sign_in=fields[9],
        brand=fields[10],
        language=fields[11],
    )
    return fields[0], fields[1], terms


def check_values(fields: dict) -> None:
    """Refuses values that have the right type and no meaning."""
    if fields[1] > MAIL_LIMIT:
        raise Refused("too-large", "length of the mail")
    if not 1 <= len(fields[4]) <= RECIPIENTS_LIMIT:
        raise Refused("grant", "number of recipients")
    senders = [sender for sender in (fields[2], fields[3]) if sender]
    if not all(is_text(address, 1, ADDRESS_LIMIT) for address in senders + fields[4]):
        raise Refused("grant", "an address")
    if fields[8] & ~RIGHTS_MASK:
        raise Refused("grant", "unknown rights")
    if fields[9] not in SIGN_IN:
        raise Refused("grant", "unknown sign-in")
    if not is_text(fields[10], 0, BRAND_LIMIT):
        raise Refused("grant", "brand")
    if not re.fullmatch(f"[A-Za-z0-9-]{{0,{LANGUAGE_LIMIT}}}", fields[11]):
        raise Refused("grant", "language")


def is_text(text: str, least: int, most: int) -> bool:
    """Says whether a text has `least` to `most` bytes and no control character."""
    return least <= len(text.encode()) <= most and not any(unicodedata.category(c) == "Cc" for c in text)


def padded_length(length: int) -> int:
    """The next multiple of 512."""
    return -(-length // PADDING) * PADDING


# ------------------------------------------------------------------------------------------------ text and links


def from_text(text: bytes) -> bytes:
    """Takes the envelope out of its text form; what stands before BEGIN or after END is skipped."""
    _, begin, rest = text.partition(BEGIN)
    body, end, after = rest.partition(END)
    if not begin or not end:
        raise Refused("armor", "BEGIN or END is missing")
    if BEGIN in body or BEGIN in after:
        raise Refused("armor", "more than one envelope")
    digits = re.sub(rb"[ \t\r\n]", b"", body)
    if not re.fullmatch(rb"[A-Za-z0-9+/]*={0,2}", digits) or len(digits) % 4:
        raise Refused("armor", "not base64")
    envelope = base64.b64decode(digits)
    if base64.b64encode(envelope) != digits:
        raise Refused("armor", "padding bits are set")
    return envelope


def to_text(envelope: bytes, line_end: bytes = b"\r\n") -> bytes:
    """Writes the text form, in lines of 900."""
    digits = base64.b64encode(envelope)
    lines = [digits[at : at + 900] for at in range(0, len(digits), 900)]
    return line_end.join([BEGIN, *lines, END]) + line_end


def from_link(link: str) -> bytes:
    """Takes the envelope out of a link: its fragment."""
    return from_base64url(link.partition("#")[2])


def to_link(portal_url: str, envelope: bytes) -> str:
    """Writes the link form."""
    return f"{portal_url}#{to_base64url(envelope)}"


def to_base64url(data: bytes) -> str:
    """base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Reads base64url without padding, strictly."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text, re.ASCII) or len(text) % 4 == 1:
        raise Refused("armor", "not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if to_base64url(data) != text:
        raise Refused("armor", "padding bits are set")
    return data


# ------------------------------------------------------------------------------------------------------- sealing


def seal(mail: bytes, terms: Terms, signing_key: bytes, sealing_keys: list[bytes], random=os.urandom) -> bytes:
    """Seals a mail to one or more sealing keys; `random(n)` gives n random bytes."""
    envelope_id, dek = random(16), random(32)
    payload = seal_payload(dek, envelope_id, compress(mail))
    fixed = fixed_part(envelope_id, verifying_key_id(verifying_key(signing_key)), payload)
    plaintext = pad(encode_grant(dek, len(mail), terms))
    grants = [wrap(plaintext, key, fixed) for key in sealing_keys]
    return sign(unsigned_header(fixed, grants), signing_key) + payload


def compress(mail: bytes) -> bytes:
    """One zstd frame without a dictionary."""
    return zstandard.ZstdCompressor(level=1).compress(mail)


def seal_payload(dek: bytes, envelope_id: bytes, plaintext: bytes) -> bytes:
    """Seals a zstd frame in segments."""
    pieces = [plaintext[at : at + SEGMENT] for at in range(0, len(plaintext), SEGMENT)]
    key, last = AESGCM(payload_key(dek, envelope_id)), len(pieces) - 1
    return b"".join(key.encrypt(nonce(n, n == last), piece, None) for n, piece in enumerate(pieces))


def fixed_part(envelope_id: bytes, signing_key_id: bytes, payload: bytes) -> bytes:
    """The first 74 bytes of a header."""
    return (
        MAGIC
        + bytes([VERSION, SUITE])
        + envelope_id
        + signing_key_id
        + len(payload).to_bytes(8, "big")
        + sha256(payload).digest()
    )


def wrap(plaintext: bytes, key: bytes, fixed: bytes) -> Grant:
    """Wraps a grant's plaintext to a 1216-byte sealing key."""
    public_key = MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(key[:1184]), X25519PublicKey.from_public_bytes(key[1184:])
    )
    key_id = sealing_key_id(key)
    sealed = HPKE.encrypt(plaintext, public_key, grant_info(fixed, key_id))
    return Grant(key_id, sealed[ENC_LENGTH:], sealed[:ENC_LENGTH])


def unsigned_header(fixed: bytes, grants: list[Grant]) -> bytes:
    """The header up to its signature."""
    encoded = b"".join(
        grant.opening_key_id + len(grant.ciphertext).to_bytes(4, "big") + grant.enc + grant.ciphertext
        for grant in grants
    )
    return fixed + bytes([len(grants)]) + encoded


def sign(unsigned: bytes, signing_key: bytes) -> bytes:
    """The header with its signature."""
    key = Ed25519PrivateKey.from_private_bytes(signing_key)
    return unsigned + key.sign(label("sealpost/v1/header") + unsigned)


def encode_grant(dek: bytes, mail_length: int, terms: Terms) -> bytes:
    """A grant's plaintext in deterministic CBOR, not yet padded."""
    return encode_map([(cbor_head(0, key), value) for key, value in grant_fields(dek, mail_length, terms).items()])


def grant_fields(dek: bytes, mail_length: int, terms: Terms) -> dict[int, bytes]:
    """The fields of a grant, each value encoded, in the order of their keys."""
    fields = {
        0: cbor_bytes(dek),
        1: cbor_head(0, mail_length),
        2: cbor_text(terms.envelope_sender or ""),
        3: cbor_text(terms.author or ""),
        4: cbor_array([cbor_text(address) for address in terms.recipients]),
        5: None if terms.message_id_hash is None else cbor_bytes(terms.message_id_hash),
        6: cbor_head(0, terms.created),
        7: None if terms.expires is None else cbor_head(0, terms.expires),
        8: cbor_head(0, terms.rights),
        9: cbor_text(terms.sign_in),
        10: cbor_text(terms.brand),
        11: cbor_text(terms.language),
    }
    return {key: value for key, value in fields.items() if value is not None}


def encode_map(entries: list[tuple[bytes, bytes]]) -> bytes:
    """A CBOR map of encoded keys and values, in the order given."""
    return cbor_head(5, len(entries)) + b"".join(key + value for key, value in entries)


def cbor_head(major: int, value: int) -> bytes:
    """The head of a CBOR item in its shortest form."""
    if value < 24:
        return bytes([major << 5 | value])
    for argument, form in ((24, ">B"), (25, ">H"), (26, ">I")):
        if value < 1 << 8 * struct.calcsize(form):
            return bytes([major << 5 | argument]) + struct.pack(form, value)
    return bytes([major << 5 | 27]) + struct.pack(">Q", value)


def cbor_array(items: list[bytes]) -> bytes:
    """A CBOR array of encoded items."""
    return cbor_head(4, len(items)) + b"".join(items)


def cbor_bytes(value: bytes) -> bytes:
    """A CBOR byte string."""
    return cbor_head(2, len(value)) + value


def cbor_text(value: str) -> bytes:
    """A CBOR text string."""
    data = value.encode("utf-8")
    return cbor_head(3, len(data)) + data


def pad(plaintext: bytes) -> bytes:
    """Fills up with zero bytes to the next multiple of 512."""
    return plaintext.ljust(padded_length(len(plaintext)), b"\x00")
