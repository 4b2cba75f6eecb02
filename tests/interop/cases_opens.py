"""The vectors that must open, as data: edges of every length and option that the specification allows."""

from dataclasses import replace
from hashlib import shake_256

import sealpost
import zstd_frames as zstd
from draft import GATEWAY, MAIL, OTHER_GATEWAY, OTHER_PORTAL, PORTAL, RECOVERY, TERMS, Draft
from sealpost import Terms, Trusted

ALICE = [Trusted(sealpost.verifying_key(GATEWAY), ["example.org"])]
EVERYBODY = [Trusted(sealpost.verifying_key(GATEWAY), ["*"])]
HTML_BEFORE = (
    b"<!doctype html>\r\n<title>Sealed message</title>\r\n<p>Sealed \xe2\x80\x93 press the button.\r\n"
    b'<form method="post" action="https://portal.example/open">\r\n<textarea name="envelope" hidden>\r\n'
)
HTML_AFTER = b"</textarea>\r\n<button>Read the message</button>\r\n</form>\r\n"


def noise(length: int) -> bytes:
    """A body that does not compress."""
    return shake_256(b"noise").digest(length)


def raw_frame(mail: bytes) -> bytes:
    """A frame of raw blocks, whose length one can reckon: 6 bytes, the mail, 3 for each block."""
    return zstd.frame(mail)


def filling(length: int) -> Terms:
    """Terms whose CBOR has just this length."""
    short = replace(TERMS, recipients=["c" * 256, "d" * 30])
    return replace(TERMS, recipients=["c" * 256, "d" * (30 + length - grant_length(short))])


def grant_length(terms: Terms) -> int:
    """The length of the CBOR of these terms for the usual mail."""
    return len(sealpost.encode_grant(bytes(32), len(MAIL), terms))


def text(line_end: bytes):
    """The text form with these line ends."""
    return lambda envelope: sealpost.to_text(envelope, line_end)


def in_html(envelope: bytes) -> bytes:
    """The text form in the middle of a page."""
    return HTML_BEFORE + sealpost.to_text(envelope) + HTML_AFTER


def spaced(envelope: bytes) -> bytes:
    """The text form as a careless mail client hands it on: indented, with tabs and blank lines."""
    lines = sealpost.to_text(envelope).split(b"\r\n")
    return b"\r\n\r\n".join([lines[0], *(b"  " + line + b"\t " for line in lines[1:-2]), lines[-2]]) + b"\r\n"


def link(envelope: bytes) -> bytes:
    """The link form."""
    return sealpost.to_link("https://portal.example/", envelope).encode("ascii")


# name, comment, the draft, and what differs from the usual reader: trusted=, keys=, form=, body=
OPENS = [
    ("mail_usual", "A small mail, one grant, all as the writer makes it", Draft(), {}),
    ("mail_empty", "A mail of no bytes", Draft(mail=b""), {}),
    ("mail_one_byte", "A mail of one byte", Draft(mail=b"\n"), {}),
    (
        "mail_not_clean",
        "A mail with NUL, 8-bit bytes, bare CR and bare LF comes out byte for byte",
        Draft(mail=bytes(range(256)) + b"\r\n.\r\n\n\r\x00" + b"x" * 1200),
        {},
    ),
    ("mail_large_compressible", "One MiB of zero bytes in a small envelope", Draft(mail=bytes(1 << 20)), {}),
    *(
        (
            f"payload_plaintext_{length}",
            f"The frame has {length} bytes, next to a whole segment of 65,536",
            Draft(mail=noise(length - 9), frame=raw_frame),
            {},
        )
        for length in (65535, 65536, 65537)
    ),
    (
        "recipients_several",
        "Four recipients, one with an internationalised address (SMTPUTF8), one quoted",
        Draft(
            terms=replace(
                TERMS,
                recipients=["bob@example.net", "用户@例子.example", '"two words"@example.com', "Eve+tag@EXAMPLE.net"],
            )
        ),
        {},
    ),
    (
        "recipients_1000",
        "As many recipients as a grant can have",
        Draft(terms=replace(TERMS, recipients=[f"{n}@x" for n in range(1000)])),
        {},
    ),
    (
        "recipient_320_bytes",
        "An address of just 320 bytes",
        Draft(terms=replace(TERMS, recipients=["a" * 64 + "@" + ("b" * 62 + ".") * 4 + "com"])),
        {},
    ),
    (
        "sender_null",
        "The null sender and no author, signed by a gateway that is trusted for everybody",
        Draft(terms=replace(TERMS, envelope_sender=None, author=None)),
        {"trusted": EVERYBODY},
    ),
    (
        "author_absent",
        "No single author: the envelope sender is the sender",
        Draft(terms=replace(TERMS, author=None)),
        {},
    ),
    (
        "author_counts",
        "The author is the sender where there is one, whatever domain the envelope sender has",
        Draft(terms=replace(TERMS, envelope_sender="bounce@lists.example.com")),
        {},
    ),
    (
        "author_counts_over_null_sender",
        "The author is the sender, and the envelope sender is null",
        Draft(terms=replace(TERMS, envelope_sender=None)),
        {},
    ),
    (
        "domain_letter_case",
        "Domains are compared without regard to the case of ASCII letters",
        Draft(terms=replace(TERMS, author="Alice@EXAMPLE.Org")),
        {},
    ),
    (
        "domain_wildcard",
        "A key that is trusted for *.example.org may sign for a subdomain, of any depth",
        Draft(terms=replace(TERMS, author="alice@a.sales.example.org")),
        {"trusted": [Trusted(ALICE[0].key, ["example.com", "*.example.org"])]},
    ),
    (
        "gateways_two",
        "The signing-key ID finds the right one of two gateways",
        Draft(signing_key=OTHER_GATEWAY, terms=replace(TERMS, author="carol@example.com")),
        {"trusted": [*ALICE, Trusted(sealpost.verifying_key(OTHER_GATEWAY), ["example.com"])]},
    ),
    (
        "gateway_listed_twice",
        "The patterns of two entries with one key add up",
        Draft(terms=replace(TERMS, author="carol@example.com")),
        {"trusted": [*ALICE, Trusted(ALICE[0].key, ["example.com"])]},
    ),
    (
        "sender_no_address",
        "A sender that is no address, signed by a gateway that is trusted for everybody",
        Draft(terms=replace(TERMS, author="alice")),
        {"trusted": EVERYBODY},
    ),
    (
        "fields_all",
        "Every optional field of the grant is there",
        Draft(
            terms=Terms(
                envelope_sender="alice@example.org",
                author="alice@example.org",
                recipients=["bob@example.net"],
                message_id_hash=bytes(range(32)),
                created=1_795_348_800,
                expires=1_796_000_000,
                rights=1 | 4 | 16,
                sign_in="provider",
                brand="Bänk",
                language="de-CH",
            )
        ),
        {},
    ),
    (
        "fields_least",
        "No optional field, no rights, empty brand, sign-in by passcode",
        Draft(terms=Terms(None, "a@example.org", ["b@example.net"], 0, rights=0, sign_in="passcode", brand="")),
        {},
    ),
    (
        "created_beyond_32_bits",
        "Times of more than 32 bits",
        Draft(terms=replace(TERMS, created=1 << 32, expires=1 << 34)),
        {},
    ),
    (
        "grant_fills_its_padding",
        "The CBOR has just 512 bytes, so that no padding follows",
        Draft(terms=filling(512)),
        {},
    ),
    *(
        (
            f"recovery_grant_{which}_key",
            f"Two grants: opened by the {which} key alone",
            Draft(sealed_to=(PORTAL, RECOVERY)),
            {"keys": [key]},
        )
        for which, key in (("first", PORTAL), ("second", RECOVERY))
    ),
    (
        "grants_four",
        "As many grants as a header can have, the last one is ours",
        Draft(sealed_to=(RECOVERY, OTHER_PORTAL, sealpost.sha256(b"third").digest(), PORTAL)),
        {},
    ),
    (
        "opening_keys_several",
        "The reader holds older opening keys too",
        Draft(),
        {"keys": [OTHER_PORTAL, RECOVERY, PORTAL]},
    ),
    ("zstd_raw_blocks", "A frame of raw blocks only", Draft(frame=raw_frame), {}),
    ("zstd_single_segment", "A frame that states its size and no window", Draft(frame=zstd.single_segment), {}),
    (
        "zstd_window_8_mib",
        "The largest window that is allowed",
        Draft(frame=lambda mail: zstd.frame(mail, window=zstd.window_byte(23))),
        {},
    ),
    (
        "zstd_checksum",
        "A frame with a content checksum",
        Draft(frame=lambda mail: sealpost.zstandard.ZstdCompressor(write_checksum=True).compress(mail)),
        {},
    ),
    (
        "zstd_size_not_stated",
        "A frame that does not state the size of its content",
        Draft(frame=lambda mail: sealpost.zstandard.ZstdCompressor(write_content_size=False).compress(mail)),
        {},
    ),
    (
        "zstd_rle_blocks",
        "A frame of run-length blocks",
        Draft(mail=bytes(300_000), frame=lambda mail: zstd.frame(b"", blocks=zstd.zeros(len(mail)))),
        {},
    ),
    (
        "zstd_empty_last_block",
        "An empty last block ends the frame",
        Draft(
            frame=lambda mail: zstd.frame(
                b"", blocks=zstd.raw_blocks(mail, last=False) + zstd.block(zstd.RAW, b"", True)
            )
        ),
        {},
    ),
    ("text_crlf", "The text form, with CRLF", Draft(), {"form": "text", "body": text(b"\r\n")}),
    ("text_lf", "The text form, with LF", Draft(), {"form": "text", "body": text(b"\n")}),
    ("text_one_line", "The text form with all of its base64 in one line", Draft(), {
        "form": "text",
        "body": lambda envelope: b"\n".join([sealpost.BEGIN, sealpost.base64.b64encode(envelope), sealpost.END]),
    }),
    ("text_in_html", "The text form inside a page such as message.html", Draft(), {"form": "text", "body": in_html}),
    ("text_spaced", "The text form, indented, with tabs and blank lines", Draft(), {"form": "text", "body": spaced}),
    ("link_usual", "The link form", Draft(), {"form": "link", "body": link}),
]
