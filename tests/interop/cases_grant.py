"""The vectors whose grant must be refused, as data: wrapping, encoding, padding, terms.

All of them are wrapped and signed as if nothing were wrong.
"""

from dataclasses import replace

import sealpost
from cases_header import flip, put
from cases_opens import filling
from draft import MAIL, OTHER_PORTAL, PORTAL, RECOVERY, TERMS, Draft, encoded
from sealpost import Grant, cbor_array, cbor_bytes, cbor_head, cbor_text, label

CREATED = 6
FALSE, NULL, FLOAT = b"\xf4", b"\xf6", b"\xfb\x41\xda\xc0\x00\x00\x00\x00\x00"
BREAK = b"\xff"


def on_ciphertext(step):
    """Step: changes the ciphertext of the first grant before signing."""
    return lambda grants: [replace(grants[0], ciphertext=step(grants[0].ciphertext)), *grants[1:]]


def on_enc(step):
    """Step: changes the encapsulated key of the first grant before signing."""
    return lambda grants: [replace(grants[0], enc=step(grants[0].enc)), *grants[1:]]


def of_other_envelope(_: list[Grant]) -> list[Grant]:
    """Step: takes the grant of another envelope to the same key."""
    header = sealpost.parse_header(Draft().build("grant of"))
    return header.grants


def swapped_ids(grants: list[Grant]) -> list[Grant]:
    """Step: exchanges the opening-key IDs of two grants."""
    first, second = grants
    return [
        replace(first, opening_key_id=second.opening_key_id),
        replace(second, opening_key_id=first.opening_key_id),
    ]


def with_field(key: int, value: bytes) -> Draft:
    """A draft whose grant has this encoded value under this key, in the right place."""
    return Draft(fields=lambda fields: dict(sorted({**fields, key: value}.items())))


def without_field(key: int) -> Draft:
    """A draft whose grant lacks this key."""
    return Draft(fields=lambda fields: {k: v for k, v in fields.items() if k != key})


def with_terms(**changes) -> Draft:
    """A draft with other terms."""
    return Draft(terms=replace(TERMS, **changes))


def entries(fields: dict[int, bytes]) -> list[tuple[bytes, bytes]]:
    """The encoded keys and values of a map."""
    return [(cbor_head(0, key), value) for key, value in fields.items()]


def with_keys(change) -> Draft:
    """A draft whose map is made of changed entries."""
    return Draft(cbor=lambda fields: sealpost.encode_map(change(entries(fields))))


def with_map(change) -> Draft:
    """A draft whose encoded map is changed as bytes."""
    return Draft(cbor=lambda fields: change(encoded(fields)))


def longer_head(value: bytes) -> bytes:
    """The same short item with its length or number in a byte of its own, which it does not need."""
    return bytes([value[0] & 0xE0 | 24, value[0] & 0x1F]) + value[1:]


def swapped(pairs: list) -> list:
    """Exchanges the first two entries."""
    return [pairs[1], pairs[0], *pairs[2:]]


WRAPPING = [
    ("grant_unknown_opening_key", "The grant is for a key that the reader does not have", "unknown-opening-key", Draft(sealed_to=(OTHER_PORTAL,)), {}),
    ("grant_two_unknown_opening_keys", "None of two grants is for the reader", "unknown-opening-key", Draft(sealed_to=(OTHER_PORTAL, RECOVERY)), {}),
    ("opening_keys_none", "The reader has no opening key", "unknown-opening-key", Draft(), {"keys": []}),
    ("grant_ciphertext_flipped", "One bit of the ciphertext was flipped before signing", "grant", Draft(grants=on_ciphertext(flip(0))), {}),
    ("grant_tag_flipped", "One bit of the tag was flipped before signing", "grant", Draft(grants=on_ciphertext(flip(-1))), {}),
    ("grant_enc_mlkem_flipped", "One bit of the ML-KEM ciphertext was flipped before signing", "grant", Draft(grants=on_enc(flip(0))), {}),
    ("grant_enc_x25519_flipped", "One bit of the X25519 share was flipped before signing", "grant", Draft(grants=on_enc(flip(-32))), {}),
    ("grant_enc_zero", "The encapsulated key is all zero", "grant", Draft(grants=on_enc(lambda enc: bytes(len(enc)))), {}),
    ("grant_for_other_key", "Our key ID stands on a grant that was wrapped to another key", "grant", Draft(wrapped_to=OTHER_PORTAL), {}),
    ("grant_ids_swapped", "The key IDs of two grants were exchanged before signing", "grant", Draft(sealed_to=(PORTAL, RECOVERY), grants=swapped_ids), {}),
    ("grant_of_other_envelope", "The grant was taken from another envelope to the same key, and signed", "grant", Draft(grants=of_other_envelope), {}),
    ("grant_info_empty", "HPKE's info is empty", "grant", Draft(info=lambda *_: b""), {}),
    ("grant_info_without_label", "HPKE's info lacks the label", "grant", Draft(info=lambda fixed, key_id: fixed + key_id), {}),
    ("grant_info_without_key_id", "HPKE's info lacks the opening-key ID", "grant", Draft(info=lambda fixed, _: label("sealpost/v1/grant") + fixed), {}),
    ("grant_info_without_payload_hash", "HPKE's info does not bind the hash of the payload", "grant", Draft(info=lambda fixed, key_id: label("sealpost/v1/grant") + fixed[:42] + key_id), {}),
    ("grant_info_with_count", "HPKE's info holds one byte too many of the header", "grant", Draft(info=lambda fixed, key_id: label("sealpost/v1/grant") + fixed + b"\x01" + key_id), {}),
    ("grant_aad_not_empty", "HPKE's aad is the fixed part", "grant", Draft(aad=b"SEALPOST"), {}),
    ("grant_first_broken_second_good", "Two grants for keys at hand: the first one is broken, and the reader does not go on to the second", "grant", Draft(sealed_to=(PORTAL, RECOVERY), grants=on_ciphertext(flip(0))), {"keys": [PORTAL, RECOVERY]}),
]

ENCODING = [
    ("grant_cbor_zero", "Nothing but zero bytes", "grant", Draft(cbor=lambda _: bytes(512)), {}),
    ("grant_cbor_array", "An array, not a map", "grant", with_map(lambda m: put(0, b"\x8a")(m)), {}),
    ("grant_cbor_json", "JSON, not CBOR", "grant", Draft(cbor=lambda _: b'{"0": "dek"}'), {}),
    ("grant_cbor_tagged", "The map has the tag of self-described CBOR", "grant", with_map(lambda m: b"\xd9\xd9\xf7" + m), {}),
    ("grant_cbor_map_empty", "A map of nothing", "grant", Draft(cbor=lambda _: b"\xa0"), {}),
    ("grant_cbor_map_indefinite", "A map of indefinite length", "grant", with_map(lambda m: b"\xbf" + m[1:] + BREAK), {}),
    ("grant_cbor_map_nonminimal", "The number of entries is not in its shortest form", "grant", with_map(longer_head), {}),
    ("grant_cbor_map_counts_more", "The map states one entry more than there are", "grant", with_map(lambda m: bytes([m[0] + 1]) + m[1:]), {}),
    ("grant_cbor_map_counts_less", "The map states one entry less than there are", "grant", with_map(lambda m: bytes([m[0] - 1]) + m[1:]), {}),
    ("grant_cbor_map_counts_2_64", "The map states 2^64 - 1 entries", "grant", with_map(lambda m: b"\xbb" + b"\xff" * 8 + m[1:]), {}),
    ("grant_cbor_ends_early", "The map ends within its last text, at the end of the plaintext", "grant", Draft(terms=filling(513), cbor=lambda fields: encoded(fields)[:512]), {}),
    ("grant_cbor_key_nonminimal", "A key is not in its shortest form", "grant", with_keys(lambda e: [(longer_head(e[0][0]), e[0][1]), *e[1:]]), {}),
    ("grant_cbor_key_unknown", "Key 12", "grant", with_field(12, cbor_head(0, 1)), {}),
    ("grant_cbor_key_far", "Key 2^32", "grant", with_field(1 << 32, cbor_text("x")), {}),
    ("grant_cbor_key_256", "Key 256, which is 0 in a byte", "grant", with_field(256, cbor_text("x")), {}),
    ("grant_cbor_key_negative", "Key -1", "grant", with_keys(lambda e: [*e, (b"\x20", cbor_head(0, 1))]), {}),
    ("grant_cbor_key_text", "A key that is text", "grant", with_keys(lambda e: [*e, (cbor_text("dek"), cbor_head(0, 1))]), {}),
    ("grant_cbor_key_twice", "The sender twice", "grant", with_keys(lambda e: [*e[:3], e[2], *e[3:]]), {}),
    ("grant_cbor_keys_swapped", "Keys 0 and 1 in the wrong order", "grant", with_keys(swapped), {}),
    ("grant_cbor_uint_nonminimal", "A number in eight bytes that needs four", "grant", with_field(CREATED, b"\x1b" + TERMS.created.to_bytes(8, "big")), {}),
    ("grant_cbor_uint_small_nonminimal", "A number in one byte of its own that needs none", "grant", with_field(CREATED, b"\x18\x17"), {}),
    ("grant_cbor_uint_bignum", "A number as a bignum", "grant", with_field(CREATED, b"\xc2" + cbor_bytes(b"\x01" + bytes(8))), {}),
    ("grant_cbor_uint_negative", "A negative number", "grant", with_field(CREATED, b"\x20"), {}),
    ("grant_cbor_uint_float", "A number as a float", "grant", with_field(CREATED, FLOAT), {}),
    ("grant_cbor_uint_null", "null where a number belongs", "grant", with_field(CREATED, NULL), {}),
    ("grant_cbor_uint_false", "false where a number belongs", "grant", with_field(CREATED, FALSE), {}),
    ("grant_cbor_head_reserved", "Additional information 28, which is reserved", "grant", with_field(CREATED, b"\x1c"), {}),
    ("grant_cbor_bytes_nonminimal", "The length of a byte string is not in its shortest form", "grant", with_field(0, b"\x59\x00\x20" + bytes(32)), {}),
    ("grant_cbor_bytes_indefinite", "A byte string in chunks", "grant", with_field(0, b"\x5f" + cbor_bytes(bytes(32)) + BREAK), {}),
    ("grant_cbor_text_nonminimal", "The length of a text is not in its shortest form", "grant", with_field(11, b"\x78\x02en"), {}),
    ("grant_cbor_text_indefinite", "A text in chunks", "grant", with_field(11, b"\x7f" + cbor_text("en") + BREAK), {}),
    ("grant_cbor_text_length_2_64", "A text of 2^64 - 1 bytes", "grant", with_field(11, b"\x7b" + b"\xff" * 8 + b"en"), {}),
    ("grant_cbor_text_not_utf8", "A text in Latin-1", "grant", with_field(10, b"\x64B\xe4nk"), {}),
    ("grant_cbor_text_surrogate", "A text with a surrogate in UTF-8", "grant", with_field(10, b"\x63\xed\xa0\x80"), {}),
    ("grant_cbor_text_overlong", "A text with an overlong form of /", "grant", with_field(10, b"\x62\xc0\xaf"), {}),
    ("grant_cbor_array_nonminimal", "The length of an array is not in its shortest form", "grant", with_field(4, b"\x98\x01" + cbor_text("bob@example.net")), {}),
    ("grant_cbor_array_indefinite", "An array of indefinite length", "grant", with_field(4, b"\x9f" + cbor_text("bob@example.net") + BREAK), {}),
    ("grant_cbor_array_length_2_64", "An array of 2^64 - 1 items", "grant", with_field(4, b"\x9b" + b"\xff" * 8 + cbor_text("bob@example.net")), {}),
    ("grant_cbor_array_nested", "An array within the array", "grant", with_field(4, cbor_array([cbor_array([cbor_text("bob@example.net")])])), {}),
    ("grant_cbor_array_of_bytes", "A recipient that is a byte string", "grant", with_field(4, cbor_array([cbor_bytes(b"bob@example.net")])), {}),
    ("grant_cbor_array_deep", "400 arrays within each other", "grant", with_field(4, b"\x81" * 400), {}),
    *((f"grant_without_{name}", f"Key {key} is missing", "grant", without_field(key), {}) for key, name in ((0, "dek"), (1, "mail_length"), (2, "envelope_sender"), (3, "author"), (4, "recipients"), (6, "created"), (8, "rights"), (9, "sign_in"), (10, "brand"), (11, "language"))),
    *((f"grant_type_{name}", f"Key {key} has a value of the wrong type", "grant", with_field(key, value), {}) for key, name, value in ((0, "dek", cbor_text("d" * 32)), (1, "mail_length", cbor_bytes(b"\x01")), (2, "envelope_sender", NULL), (3, "author", cbor_bytes(b"alice@example.org")), (4, "recipients", cbor_text("bob@example.net")), (5, "message_id_hash", cbor_text("m" * 32)), (7, "expires", NULL), (8, "rights", cbor_array([])), (9, "sign_in", cbor_head(0, 0)), (10, "brand", NULL), (11, "language", cbor_bytes(b"en")))),
]

PADDING = [
    ("padding_not_zero", "The last byte of the padding is 1", "grant", Draft(padded=lambda cbor: put(-1, b"\x01")(sealpost.pad(cbor))), {}),
    ("padding_starts_with_one", "The first byte of the padding is 0x80, as ISO 7816-4 has it", "grant", Draft(padded=lambda cbor: sealpost.pad(cbor + b"\x80")), {}),
    ("padding_block_too_many", "512 zero bytes more than needed", "grant", Draft(padded=lambda cbor: sealpost.pad(cbor) + bytes(512)), {}),
    ("padding_block_after_full_one", "512 zero bytes after CBOR of just 512 bytes", "grant", Draft(terms=filling(512), padded=lambda cbor: cbor + bytes(512)), {}),
]

VALUES = [
    ("grant_dek_31", "A DEK of 31 bytes", "grant", with_field(0, cbor_bytes(bytes(31))), {}),
    ("grant_dek_33", "A DEK of 33 bytes", "grant", with_field(0, cbor_bytes(bytes(33))), {}),
    ("grant_dek_empty", "A DEK of no bytes", "grant", with_field(0, cbor_bytes(b"")), {}),
    ("grant_message_id_hash_31", "A hash of 31 bytes", "grant", with_field(5, cbor_bytes(bytes(31))), {}),
    ("grant_message_id_hash_empty", "A hash of no bytes", "grant", with_field(5, cbor_bytes(b"")), {}),
    ("grant_mail_length_over_limit", "A mail of 150 MiB and one byte", "too-large", Draft(stated_length=(150 << 20) + 1), {}),
    ("grant_mail_length_2_64", "A mail of 2^64 - 1 bytes", "too-large", Draft(stated_length=2**64 - 1), {}),
    ("grant_recipients_none", "No recipient", "grant", with_terms(recipients=[]), {}),
    ("grant_recipients_1001", "One recipient too many", "grant", with_terms(recipients=["b@x"] * 1001), {}),
    ("grant_recipient_empty", "A recipient without an address", "grant", with_terms(recipients=["bob@example.net", ""]), {}),
    ("grant_recipient_321_bytes", "An address of 321 bytes", "grant", with_terms(recipients=["a" * 309 + "@example.net"]), {}),
    ("grant_recipient_321_bytes_in_160_letters", "An address of 321 bytes, but fewer letters", "grant", with_terms(recipients=["é" * 154 + "a@example.net"]), {}),
    ("grant_recipient_with_line_end", "An address with a line end", "grant", with_terms(recipients=["bob@example.net\r\nBcc: eve@example.com"]), {}),
    ("grant_recipient_with_nul", "An address with NUL", "grant", with_terms(recipients=["bob@example.net\x00"]), {}),
    ("grant_recipient_with_c1_control", "An address with U+0085", "grant", with_terms(recipients=["bob\u0085@example.net"]), {}),
    ("grant_envelope_sender_321_bytes", "An envelope sender of 321 bytes", "grant", with_terms(envelope_sender="a" * 309 + "@example.org"), {}),
    ("grant_author_321_bytes", "An author of 321 bytes", "grant", with_terms(author="a" * 309 + "@example.org"), {}),
    ("grant_author_with_line_end", "An author with a line end", "grant", with_terms(author="alice\n@example.org"), {}),
    ("grant_rights_unknown", "A right of value 32", "grant", with_terms(rights=32), {}),
    ("grant_rights_257", "Rights 257, which is 1 in a byte", "grant", with_terms(rights=257), {}),
    ("grant_sign_in_unknown", "A sign-in of no kind that there is", "grant", with_terms(sign_in="none"), {}),
    ("grant_sign_in_empty", "An empty sign-in", "grant", with_terms(sign_in=""), {}),
    ("grant_sign_in_capitals", "A sign-in in capitals", "grant", with_terms(sign_in="ANY"), {}),
    ("grant_brand_65_bytes", "A brand of 65 bytes", "grant", with_terms(brand="b" * 65), {}),
    ("grant_brand_with_control", "A brand with an escape character", "grant", with_terms(brand="a\x1b[m"), {}),
    ("grant_language_36_bytes", "A language of 36 bytes", "grant", with_terms(language="a" * 36), {}),
    ("grant_language_underscore", "A language with an underscore", "grant", with_terms(language="de_AT"), {}),
    ("grant_language_path", "A language that is a path", "grant", with_terms(language="../en"), {}),
    ("grant_language_line_end", "A language with a line end after it", "grant", with_terms(language="en\n"), {}),
]

GRANT = WRAPPING + ENCODING + PADDING + VALUES
