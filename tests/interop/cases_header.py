"""The vectors whose header must be refused, as data: layout, limits, signature, sender."""

from dataclasses import replace
from hashlib import sha512

import sealpost
from cases_opens import ALICE, EVERYBODY
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from draft import GATEWAY, OTHER_GATEWAY, OTHER_PORTAL, PORTAL, RECOVERY, TERMS, Draft, key_seed
from sealpost import Grant, Trusted, label

GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
IDENTITY = bytes([1]) + bytes(31)
COUNT_AT, GRANTS_AT = 74, 75


def put(at: int, new: bytes):
    """Step: overwrites the bytes at an offset; negative ones count from the end."""

    def step(data: bytes) -> bytes:
        start = at if at >= 0 else len(data) + at
        return data[:start] + new + data[start + len(new) :]

    return step


def flip(at: int, bit: int = 0):
    """Step: flips one bit of the byte at an offset."""
    return lambda data: put(at, bytes([data[at] ^ 1 << bit]))(data)


def cut(to: int):
    """Step: keeps so many bytes; negative: drops so many."""
    return lambda data: data[:to]


def nothing(_: bytes) -> bytes:
    """Step: leaves nothing."""
    return b""


def last_length(length: int):
    """Step: states another ciphertext length in the only grant."""
    return put(GRANTS_AT + 8, length.to_bytes(4, "big"))


def ciphertext_cut(to: int):
    """Step: cuts the ciphertext of the only grant, and states its new length."""
    return lambda grants: [replace(grants[0], ciphertext=grants[0].ciphertext[:to])]


def signed_with_label(text: bytes):
    """Step: signs with another prefix."""
    return lambda header, key: header + Ed25519PrivateKey.from_private_bytes(key).sign(text + header)


def secret_scalar(seed: bytes) -> int:
    """The scalar of an Ed25519 seed (RFC 8032, section 5.1.5)."""
    low = bytearray(sha512(seed).digest()[:32])
    low[0] &= 248
    low[31] = low[31] & 127 | 64
    return int.from_bytes(low, "little")


def s_not_reduced(header: bytes, key: bytes) -> bytes:
    """Step: adds the group's order to S; a lax reader takes the sum for the same signature."""
    signed = sealpost.sign(header, key)
    s = int.from_bytes(signed[-32:], "little") + GROUP_ORDER
    return signed[:-32] + s.to_bytes(32, "little")


def small_order_r(header: bytes, key: bytes) -> bytes:
    """Step: signs with the neutral element as R; the equation of RFC 8032 holds."""
    public = sealpost.verifying_key(key)
    challenge = sha512(IDENTITY + public + label("sealpost/v1/header") + header).digest()
    s = int.from_bytes(challenge, "little") * secret_scalar(key) % GROUP_ORDER
    return header + IDENTITY + s.to_bytes(32, "little")


def signed_whole(header: bytes, key: bytes) -> bytes:
    """Step: signs only what follows the fixed part."""
    signature = sealpost.sign(header[74:], key)[-64:]
    return header + signature


def stranger_grant(grants: list[Grant]) -> list[Grant]:
    """Step: a fifth grant, to a key that nobody has."""
    return [*grants, replace(grants[0], opening_key_id=b"stranger")]


FIVE = tuple(key_seed(f"portal {n}") for n in range(4)) + (PORTAL,)

LAYOUT = [
    ("magic_wrong", "The first byte is another one", "not-an-envelope", Draft(header=put(0, b"T")), {}),
    ("magic_last_byte", "The last byte of the magic is another one", "not-an-envelope", Draft(fixed=put(7, b"S")), {}),
    ("magic_lower_case", "The magic in lower case", "not-an-envelope", Draft(fixed=put(0, b"sealpost")), {}),
    ("magic_after_line_end", "An empty line before the magic", "not-an-envelope", Draft(header=lambda h: b"\r\n" + h), {}),
    ("version_0", "Version 0", "version", Draft(fixed=put(8, b"\x00")), {}),
    ("version_2", "Version 2", "version", Draft(fixed=put(8, b"\x02")), {}),
    ("version_digit", "Version 1 as an ASCII digit", "version", Draft(fixed=put(8, b"1")), {}),
    ("suite_0", "Suite 0", "suite", Draft(fixed=put(9, b"\x00")), {}),
    ("suite_unknown", "Suite 2", "suite", Draft(fixed=put(9, b"\x02")), {}),
    ("payload_length_over_limit", "160 MiB and one byte", "too-large", Draft(fixed=put(34, ((160 << 20) + 1).to_bytes(8, "big"))), {}),
    ("payload_length_overflow", "2^64 - 1 bytes of payload", "too-large", Draft(fixed=put(34, b"\xff" * 8)), {}),
    ("payload_length_little_endian", "The length in the other byte order", "too-large", Draft(fixed=lambda f: f[:34] + f[41:33:-1] + f[42:]), {}),
    ("payload_length_zero", "A payload of no bytes", "malformed", Draft(seal=lambda *_: b""), {}),
    ("payload_length_16", "A single segment of no plaintext", "malformed", Draft(frame=nothing, seal=lambda d, i, _: sealpost.AESGCM(sealpost.payload_key(d, i)).encrypt(sealpost.nonce(0, True), b"", None)), {}),
    ("payload_length_impossible", "A whole segment and one byte more, which is less than a tag", "malformed", Draft(fixed=put(34, (65552 + 1).to_bytes(8, "big"))), {}),
    ("grants_zero", "No grant", "malformed", Draft(grants=lambda _: []), {}),
    ("grants_five", "Five grants, the last one ours", "malformed", Draft(sealed_to=FIVE), {}),
    ("grants_255", "The count says 255", "malformed", Draft(unsigned=put(COUNT_AT, b"\xff")), {}),
    ("grants_same_key", "Two grants for one opening key", "malformed", Draft(sealed_to=(PORTAL, PORTAL)), {}),
    ("grants_same_foreign_key", "Two grants for one key that the reader does not have", "malformed", Draft(sealed_to=(RECOVERY, RECOVERY, PORTAL)), {}),
    ("grant_length_over_limit", "512 KiB and 512 bytes", "too-large", Draft(unsigned=last_length((512 << 10) + 512 + 16)), {}),
    ("grant_length_overflow", "2^32 - 1 bytes of ciphertext", "too-large", Draft(unsigned=last_length(2**32 - 1)), {}),
    ("grant_length_zero", "A grant without ciphertext", "malformed", Draft(grants=ciphertext_cut(0)), {}),
    ("grant_length_15", "A grant that is shorter than a tag", "malformed", Draft(grants=ciphertext_cut(15)), {}),
    ("grant_length_16", "A grant with nothing but a tag", "malformed", Draft(padded=nothing), {}),
    ("grant_length_not_padded", "The plaintext is not padded", "malformed", Draft(padded=bytes), {}),
    ("grant_length_one_over", "The plaintext is padded to 513 bytes", "malformed", Draft(padded=lambda c: c.ljust(513, b"\x00")), {}),
    ("grant_length_one_short", "The plaintext is padded to 511 bytes", "malformed", Draft(padded=lambda c: c.ljust(511, b"\x00")), {}),
    ("header_empty", "No byte at all", "truncated", Draft(header=nothing, payload=nothing), {}),
    ("header_ends_in_magic", "Four bytes of the magic", "truncated", Draft(header=cut(4), payload=nothing), {}),
    ("header_ends_after_magic", "The magic and no more", "truncated", Draft(header=cut(8), payload=nothing), {}),
    ("header_ends_in_fixed_part", "Cut within the hash of the payload", "truncated", Draft(header=cut(73), payload=nothing), {}),
    ("header_ends_before_count", "The fixed part and no more", "truncated", Draft(header=cut(74), payload=nothing), {}),
    ("header_ends_in_enc", "Cut within the first grant", "truncated", Draft(header=cut(1000), payload=nothing), {}),
    ("header_ends_before_signature", "No signature, no payload", "truncated", Draft(header=cut(-64), payload=nothing), {}),
    ("header_ends_in_signature", "Cut before the last byte of the signature", "truncated", Draft(header=cut(-1), payload=nothing), {}),
    ("header_count_too_large", "The count says two grants; the second one is the end of the envelope", "truncated", Draft(unsigned=lambda u: put(COUNT_AT, b"\x02")(u) + b"stranger" + bytes([0, 7, 0, 16])), {}),
]

SIGNATURE = [
    ("signing_key_unknown", "Signed by a gateway that is not trusted", "unknown-signing-key", Draft(signing_key=OTHER_GATEWAY), {}),
    ("signing_key_id_of_nobody", "The ID belongs to no key; the signature is good", "unknown-signing-key", Draft(signing_key_id=b"somebody"), {}),
    ("signing_keys_none", "The reader trusts no gateway", "unknown-signing-key", Draft(), {"trusted": []}),
    ("sig_flipped", "One bit of the signature is flipped", "signature", Draft(header=flip(-64)), {}),
    ("sig_flipped_last_bit", "The highest bit of the signature is flipped", "signature", Draft(header=flip(-1, 7)), {}),
    ("sig_zero", "The signature is all zero", "signature", Draft(header=put(-64, bytes(64))), {}),
    ("sig_by_other_key", "Signed with another key under our ID", "signature", Draft(sign=lambda h, _: sealpost.sign(h, OTHER_GATEWAY)), {}),
    ("sig_without_label", "Signed without the label", "signature", Draft(sign=signed_with_label(b"")), {}),
    ("sig_label_without_zero", "Signed with a label that does not end in a zero byte", "signature", Draft(sign=signed_with_label(b"sealpost/v1/header")), {}),
    ("sig_other_label", "Signed with the label of a grant", "signature", Draft(sign=signed_with_label(label("sealpost/v1/grant"))), {}),
    ("sig_over_grants_only", "The fixed part is not signed", "signature", Draft(sign=signed_whole), {}),
    ("sig_s_not_reduced", "S is over the group's order", "signature", Draft(sign=s_not_reduced), {}),
    ("sig_small_order_r", "R is the neutral element", "signature", Draft(sign=small_order_r), {}),
    ("sig_of_other_envelope", "The signature belongs to another envelope", "signature", Draft(sign=lambda h, k: h + sealpost.sign(Draft().build("sig of")[:-64], k)[-64:]), {}),
    ("signed_envelope_id_flipped", "The envelope ID was changed after signing", "signature", Draft(header=flip(10)), {}),
    ("signed_payload_length_changed", "The payload length was changed after signing", "signature", Draft(header=flip(41)), {}),
    ("signed_payload_hash_flipped", "The hash of the payload was changed after signing", "signature", Draft(header=flip(73)), {}),
    ("signed_opening_key_id_flipped", "The opening-key ID was changed after signing", "signature", Draft(header=flip(75)), {}),
    ("signed_enc_flipped", "The encapsulated key was changed after signing", "signature", Draft(header=flip(600)), {}),
    ("signed_grant_flipped", "A ciphertext was changed after signing", "signature", Draft(header=flip(-65)), {}),
    ("signed_grants_swapped", "Two grants were swapped after signing", "signature", Draft(sealed_to=(PORTAL, RECOVERY), header=lambda h: h[:75] + h[75 + 1660 : 75 + 3320] + h[75 : 75 + 1660] + h[-64:]), {}),
    ("signed_grant_added", "A grant was added after signing", "signature", Draft(header=lambda h: put(COUNT_AT, b"\x02")(h[:-64]) + b"stranger" + h[83:-64] + h[-64:]), {}),
    ("signed_grant_dropped", "The second grant was dropped after signing", "signature", Draft(sealed_to=(PORTAL, RECOVERY), header=lambda h: put(COUNT_AT, b"\x01")(h[: 75 + 1660]) + h[-64:]), {}),
]


def sender(author: str | None, envelope_sender: str | None = "alice@example.org") -> Draft:
    """A draft of a mail of this sender."""
    return Draft(terms=replace(TERMS, author=author, envelope_sender=envelope_sender))


def trusting(*domains: str) -> dict:
    """A reader who trusts the gateway for these domains."""
    return {"trusted": [Trusted(sealpost.verifying_key(GATEWAY), list(domains))]}


SENDER = [
    ("sender_of_other_domain", "The author's domain is not the gateway's, the envelope sender's is", "untrusted-sender", sender("mallory@example.com"), {}),
    ("sender_without_author_of_other_domain", "No author, and an envelope sender of another domain", "untrusted-sender", sender(None, "mallory@example.com"), {}),
    ("sender_null_untrusted", "Neither author nor envelope sender", "untrusted-sender", sender(None, None), {}),
    ("sender_subdomain", "example.org does not cover its subdomains", "untrusted-sender", sender("alice@sub.example.org"), {}),
    ("sender_suffix", "example.org does not cover evilexample.org", "untrusted-sender", sender("alice@evilexample.org"), {}),
    ("sender_wildcard_apex", "*.example.org does not cover example.org", "untrusted-sender", sender("alice@example.org"), trusting("*.example.org")),
    ("sender_wildcard_suffix", "*.example.org does not cover evilexample.org", "untrusted-sender", sender("alice@evilexample.org"), trusting("*.example.org")),
    ("sender_wildcard_deeper", "*.example.org does not cover example.org.evil.example", "untrusted-sender", sender("alice@example.org.evil.example"), trusting("*.example.org")),
    ("sender_two_at_signs", "The domain is what follows the last @", "untrusted-sender", sender('"alice@example.org"@evil.example'), {}),
    ("sender_lookalike", "A Cyrillic letter is not the Latin one", "untrusted-sender", sender("alice@ex\u0430mple.org"), {}),
    ("sender_without_domain", "A sender without an @ is no address", "untrusted-sender", sender("alice"), {}),
    ("sender_domain_only", "The domain alone is no address", "untrusted-sender", sender("example.org"), {}),
    ("sender_without_local_part", "An @ and the domain are no address", "untrusted-sender", sender("@example.org"), {}),
    ("sender_with_name", "A display name and an address are no address", "untrusted-sender", sender("Alice <alice@example.org>"), {}),
    ("sender_of_other_gateway", "Each of two trusted gateways has its own domains", "untrusted-sender", sender("alice@example.org"), {"trusted": [Trusted(sealpost.verifying_key(GATEWAY), ["example.com"]), Trusted(sealpost.verifying_key(OTHER_GATEWAY), ["example.org"])]}),
    ("sender_no_domains", "The gateway is trusted for no domain at all", "untrusted-sender", sender("alice@example.org"), trusting()),
]

HEADER = LAYOUT + SIGNATURE + SENDER
