"""The vectors whose text form or link form must be refused, as data. The envelope in them is a good one."""

import base64

import zstd_frames as zstd
from cases_opens import link, text
from draft import Draft
from sealpost import BEGIN, END

LF_TEXT = text(b"\n")


def of_text(change) -> dict:
    """What differs from the usual reader: a changed text form."""
    return {"form": "text", "body": lambda envelope: change(LF_TEXT(envelope))}


def of_base64(change) -> dict:
    """What differs from the usual reader: a text form around changed base64 in one line."""

    def body(envelope: bytes) -> bytes:
        return b"\n".join([BEGIN, change(base64.b64encode(envelope)), END]) + b"\n"

    return {"form": "text", "body": body}


def of_link(change) -> dict:
    """What differs from the usual reader: a link with a changed fragment."""

    def body(envelope: bytes) -> bytes:
        portal, _, fragment = link(envelope).partition(b"#")
        return portal + b"#" + change(fragment)

    return {"form": "link", "body": body}


def refused(name: str, comment: str, reader: dict, expect: str = "armor", draft: Draft | None = None) -> tuple:
    """One case."""
    return (name, comment, expect, draft or Draft(), reader)


def odd() -> Draft:
    """An envelope whose base64 needs padding and has bits to spare."""
    for more in range(3):
        draft = Draft(mail=b"x" * more, frame=zstd.frame)
        if len(draft.build("odd")) % 3 == 2:
            return draft
    raise ValueError("one of three lengths in a row is right")


ODD = odd()

TEXT = [
    refused("text_empty", "No text at all", of_text(lambda t: b"")),
    refused("text_begin_missing", "No BEGIN", of_text(lambda t: t[len(BEGIN) :])),
    refused("text_begin_misspelt", "BEGIN with one dash too few", of_text(lambda t: t[1:])),
    refused("text_begin_lower_case", "BEGIN in lower case", of_text(lambda t: t.replace(BEGIN, BEGIN.lower()))),
    refused("text_begin_of_pgp", "BEGIN of another format", of_text(lambda t: t.replace(b"SEALPOST ENVELOPE", b"PGP MESSAGE"))),
    refused("text_end_missing", "No END", of_text(lambda t: t[: -len(END) - 1])),
    refused("text_end_cut", "END lacks its last dash", of_text(lambda t: t[:-2])),
    refused("text_end_misspelt", "END says BEGIN", of_text(lambda t: t.replace(b"-----END", b"-----BEGIN"))),
    refused("text_end_broken", "END has a line end within", of_text(lambda t: t.replace(b"-----END SEALPOST", b"-----END\nSEALPOST"))),
    refused("text_end_before_begin", "END stands before BEGIN only", of_text(lambda t: END + b"\n" + t[: -len(END) - 1])),
    refused("text_two_envelopes", "Two envelopes, one after the other", of_text(lambda t: t + t)),
    refused("text_second_begin", "A second BEGIN after END", of_text(lambda t: t + BEGIN + b"\n")),
    refused("text_begin_twice", "BEGIN twice before the base64", of_text(lambda t: BEGIN + b"\n" + t)),
    refused("text_begin_inside", "BEGIN in the middle of the base64", of_text(lambda t: t[:200] + b"\n" + BEGIN + b"\n" + t[200:])),
    refused("text_base64_empty", "BEGIN and END and nothing between", of_base64(lambda b: b""), "truncated"),
    refused("text_base64_cut", "The base64 lacks its last character", of_base64(lambda b: b.rstrip(b"=")[:-1])),
    refused("text_base64_line_missing", "The first line of base64 is missing", of_text(lambda t: t[: len(BEGIN) + 1] + t[len(BEGIN) + 78 :]), "not-an-envelope"),
    refused("text_padding_missing", "One = is missing", of_base64(lambda b: b[:-1]), draft=ODD),
    refused("text_padding_too_much", "One = too many", of_base64(lambda b: b + b"="), draft=ODD),
    refused("text_padding_not_needed", "A group of four = at the end", of_base64(lambda b: b + b"===="), draft=ODD),
    refused("text_padding_in_the_middle", "Two pieces of padded base64, one after the other", of_base64(lambda b: b"U0U=" + b)),
    refused("text_data_after_padding", "Characters after the padding", of_base64(lambda b: b + b"AAAA"), draft=ODD),
    refused("text_bits_left_over", "Unused bits of the last character are set", of_base64(lambda b: set_spare_bits(b)), draft=ODD),
    refused("text_base64url", "Characters of base64url", of_base64(lambda b: b.replace(b"+", b"-").replace(b"/", b"_"))),
    refused("text_base64url_underscore", "A single _ in place of a character", of_base64(lambda b: b[:40] + b"_" + b[41:])),
    refused("text_character_foreign", "A * in place of a character", of_base64(lambda b: b[:40] + b"*" + b[41:])),
    refused("text_character_nul", "A NUL between two characters", of_base64(lambda b: b[:40] + b"\x00" + b[40:])),
    refused("text_character_form_feed", "A form feed between two characters, which is no white space here", of_base64(lambda b: b[:40] + b"\x0c" + b[40:])),
    refused("text_character_no_break_space", "A no-break space between two characters", of_base64(lambda b: b[:40] + b"\xc2\xa0" + b[40:])),
    refused("text_character_byte_order_mark", "A byte order mark between two characters", of_base64(lambda b: b[:40] + b"\xef\xbb\xbf" + b[40:])),
    refused("text_html_entity", "A line end as an HTML entity", of_base64(lambda b: b[:40] + b"&#10;" + b[40:])),
    refused("text_html_tag", "A <br> between two lines", of_text(lambda t: t.replace(b"\n", b"<br>\n"))),
    refused("text_quoted", "Each line has the > of a quoted reply", of_text(lambda t: b"".join(b"> " + line for line in t.splitlines(True)))),
    refused("text_quoted_printable", "The padding as quoted-printable", of_base64(lambda b: b.replace(b"=", b"=3D")), draft=ODD),
    refused("text_pem_header", "A header field between BEGIN and the base64, as PEM has it", of_text(lambda t: t.replace(b"-----\n", b"-----\nVersion: 1\n\n", 1))),
    refused("text_utf16", "The whole text in UTF-16", of_text(lambda t: t.decode("ascii").encode("utf-16"))),
]

LINK = [
    refused("link_empty", "Nothing follows the #", of_link(lambda f: b""), "truncated"),
    refused("link_padded", "The fragment is padded", of_link(lambda f: f + b"=" * (-len(f) % 4)), draft=ODD),
    refused("link_cut", "The length of the fragment is one more than a multiple of four", of_link(lambda f: f[: len(f) // 4 * 4 - 3])),
    refused("link_half", "The second half of the fragment is missing", of_link(lambda f: f[: len(f) // 8 * 4]), "truncated"),
    refused("link_base64", "Characters of base64, not base64url", of_link(lambda f: f.replace(b"-", b"+").replace(b"_", b"/"))),
    refused("link_space", "A space in the fragment", of_link(lambda f: f[:40] + b" " + f[40:])),
    refused("link_percent_encoded", "A character is percent-encoded", of_link(lambda f: f[:40] + b"%" + f[40:41].hex().encode() + f[41:])),
    refused("link_second_fragment", "A second # in the fragment", of_link(lambda f: f[:40] + b"#" + f[40:])),
    refused("link_parameter", "A parameter after the envelope", of_link(lambda f: f + b"&lang=de")),
    refused("link_bits_left_over", "Unused bits of the last character are set", of_link(lambda f: set_spare_bits(f)), draft=ODD),
    refused("link_text_form", "The text form in the fragment", of_link(lambda f: BEGIN)),
    refused("link_not_ascii", "A fullwidth letter in the fragment", of_link(lambda f: f[:40] + "Ａ".encode() + f[41:])),
]


def set_spare_bits(digits: bytes) -> bytes:
    """Sets the lowest bit of the last character of base64 that has some to spare."""
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + (b"+/" if b"=" in digits else b"-_")
    bare = digits.rstrip(b"=")
    last = alphabet[alphabet.index(bare[-1]) | 1]
    return bare[:-1] + bytes([last]) + b"=" * (len(digits) - len(bare))


TEXTS = TEXT + LINK
