"""Drafts an envelope step by step, so that a test vector can do just one step wrong and all others right.

A Draft holds one function a step. Each takes what the steps before gave and gives what the next takes; the ones given
here do it right. The randomness comes from the name of the vector, so that each vector comes out the same each time and
none changes because another one was added.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import shake_256

import fixed_xwing
import sealpost
from sealpost import Grant, Terms, cbor_head


def key_seed(name: str) -> bytes:
    """The 32-byte secret key of the tests that goes by this name."""
    return shake_256(b"sealpost test key: " + name.encode()).digest(32)


GATEWAY, OTHER_GATEWAY = key_seed("gateway"), key_seed("other gateway")
PORTAL, OTHER_PORTAL, RECOVERY = key_seed("portal"), key_seed("other portal"), key_seed("recovery")

MAIL = (
    b"From: Alice <alice@example.org>\r\nTo: Bob <bob@example.net>\r\nSubject: Invoice\r\n"
    b"Message-ID: <1@example.org>\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\n\r\nHello Bob,\r\n\r\nsee below.\r\n"
)
TERMS = Terms("alice@example.org", "alice@example.org", ["bob@example.net"], created=1_795_348_800, brand="example")


class Stream:
    """Random bytes that depend on nothing but a name."""

    def __init__(self, name: str):
        self.name, self.drawn = name.encode(), 0

    def __call__(self, length: int) -> bytes:
        self.drawn += 1
        return shake_256(b"sealpost test vector: " + self.name + b"/%d" % self.drawn).digest(length)


def encoded(fields: dict[int, bytes]) -> bytes:
    """Step: the CBOR map of the fields, keys in the order of the dict."""
    return sealpost.encode_map([(cbor_head(0, key), value) for key, value in fields.items()])


def same(value):
    """Step: leaves all as it is."""
    return value


@dataclass
class Draft:
    """What goes into an envelope, and how each step is done."""

    mail: bytes = MAIL
    terms: Terms = field(default_factory=lambda: TERMS)
    signing_key: bytes = GATEWAY
    sealed_to: tuple[bytes, ...] = (PORTAL,)
    stated_length: int | None = None
    dek: bytes | None = None
    signing_key_id: bytes | None = None
    frame: Callable[[bytes], bytes] = sealpost.compress
    seal: Callable[[bytes, bytes, bytes], bytes] = sealpost.seal_payload
    fixed: Callable[[bytes], bytes] = same
    fields: Callable[[dict[int, bytes]], dict[int, bytes]] = same
    cbor: Callable[[dict[int, bytes]], bytes] = encoded
    padded: Callable[[bytes], bytes] = sealpost.pad
    wrapped_to: bytes | None = None
    aad: bytes = b""
    info: Callable[[bytes, bytes], bytes] = sealpost.grant_info
    grants: Callable[[list[Grant]], list[Grant]] = same
    unsigned: Callable[[bytes], bytes] = same
    sign: Callable[[bytes, bytes], bytes] = sealpost.sign
    header: Callable[[bytes], bytes] = same
    payload: Callable[[bytes], bytes] = same

    def build(self, name: str) -> bytes:
        """Takes all the steps."""
        random = Stream(name)
        envelope_id, dek = random(16), self.dek or random(32)
        payload = self.seal(dek, envelope_id, self.frame(self.mail))
        signing_key_id = self.signing_key_id or sealpost.verifying_key_id(sealpost.verifying_key(self.signing_key))
        fixed = self.fixed(sealpost.fixed_part(envelope_id, signing_key_id, payload))
        length = len(self.mail) if self.stated_length is None else self.stated_length
        plaintext = self.padded(self.cbor(self.fields(sealpost.grant_fields(dek, length, self.terms))))
        grants = self.grants([self.wrap(plaintext, key, fixed, random) for key in self.sealed_to])
        header = self.sign(self.unsigned(sealpost.unsigned_header(fixed, grants)), self.signing_key)
        return self.header(header) + self.payload(payload)

    def wrap(self, plaintext: bytes, opening_key: bytes, fixed: bytes, random: Stream) -> Grant:
        """Wraps the grant with randomness of its own, which `cryptography` would not let us choose."""
        key = sealpost.sealing_key(opening_key)
        key_id = sealpost.sealing_key_id(key)
        if self.wrapped_to is not None:
            key = sealpost.sealing_key(self.wrapped_to)
        enc, ciphertext = fixed_xwing.hpke_seal(key, self.info(fixed, key_id), plaintext, random(64), self.aad)
        return Grant(key_id, ciphertext, enc)
