"""Shows that check_carrier.py passes a good carrier mail, and notices each fault that it is there for.

    python test_check_carrier.py
"""

import sys

from check_carrier import check

BODY = b"The quick brown fox jumps over the lazy dog.\r\n"
HEADER = (
    b"Received: from client.example.org by mx.example.org; Sun, 22 Nov 2026 12:00:00 +0000\r\n"
    b"From: Alice <alice@example.org>\r\nTo: Bob <bob@example.net>,\r\n Carol <carol@example.net>\r\n"
    b"Subject: A subject of some length\r\nMessage-ID: <1@example.org>\r\nReferences: <0@example.org>\r\n"
    b"Date: Sun, 22 Nov 2026 12:00:00 +0000\r\n"
)
ORIGINAL = HEADER + b"Bcc: Dave <dave@example.net>\r\n\r\n" + BODY
MIME = (
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=abc\r\n\r\n"
    b"--abc\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nAlice <alice@example.org> sent a message.\r\n"
    b"--abc\r\nContent-Type: text/html; name=message.html\r\n\r\n<p>Read it</p>\r\n--abc--\r\n"
)
CARRIER = HEADER + MIME


def with_body(text: bytes) -> bytes:
    """A carrier that says something else."""
    return CARRIER.replace(b"Read it", text)


# what is done, the original, the carrier, more arguments, and what must be found (None: nothing)
CASES = [
    ("nothing", ORIGINAL, CARRIER, {}, None),
    ("line ends of a Maildir", ORIGINAL, CARRIER.replace(b"\r\n", b"\n"), {}, None),
    ("another folding", ORIGINAL, CARRIER.replace(b",\r\n ", b", "), {}, None),
    ("8-bit bytes that the original brought", ORIGINAL.replace(b"Bob", b"B\xc3\xb6b"), CARRIER.replace(b"Bob", b"B\xc3\xb6b"), {}, None),
    ("a replaced subject", ORIGINAL, CARRIER.replace(b"A subject of some length", b"Sealed"), {"subject": "Sealed"}, None),
    ("no From in the original", ORIGINAL.replace(b"From: Alice", b"X-From: Alice"), CARRIER, {}, None),
    ("15 bytes of the body", ORIGINAL, with_body(b"quick brown fox"), {}, None),
    ("a header field that the body repeats", ORIGINAL + b"A subject of some length\r\n", CARRIER, {}, None),
    ("what an empty mail shows too", ORIGINAL, with_body(BODY[:20]), {"empty": [with_body(BODY[:20])]}, None),
    ("16 bytes of the body", ORIGINAL, with_body(b"quick brown fox "), {}, "shows 1 runs"),
    ("the body", ORIGINAL, with_body(BODY), {}, "runs of the body"),
    ("a Bcc", ORIGINAL, b"Bcc: x@example.net\r\n" + CARRIER, {}, "bcc"),
    ("a changed subject", ORIGINAL, CARRIER.replace(b"A subject of some length", b"Sealed"), {}, "changed subject"),
    ("lost references", ORIGINAL, CARRIER.replace(b"References:", b"X-References:"), {}, "lost references"),
    ("a second date", ORIGINAL, b"Date: Sun, 22 Nov 2026 12:00:00 +0000\r\n" + CARRIER, {}, "2 fields date"),
    ("another author than one in quotes", ORIGINAL.replace(b"<alice@", b'<"a<l"@'), CARRIER, {}, "changed from"),
    ("no author", ORIGINAL, CARRIER.replace(b"From: Alice", b"X-From: Alice"), {}, "0 fields from"),
    ("a long line", ORIGINAL, with_body(b"x" * 999), {}, "a line of"),
    ("8-bit bytes in the body", ORIGINAL, with_body(b"\xc3\xb6"), {}, "8-bit bytes in its body"),
    ("8-bit bytes in a new field", ORIGINAL, b"X-New: \xc3\xb6\r\n" + CARRIER, {}, "8-bit bytes in x-new"),
    ("a NUL", ORIGINAL, with_body(b"\x00"), {}, "a NUL"),
    ("a bare CR", ORIGINAL, with_body(b"\r"), {}, "a bare CR"),
    ("a boundary that is not closed", ORIGINAL, CARRIER.replace(b"--abc--", b"--abd--"), {}, "CloseBoundaryNotFound"),
    ("a header line that is none", ORIGINAL, CARRIER.replace(b"MIME-Version", b"\r\nMIME-Version", 1).replace(b"\r\n\r\nMIME", b"\r\nno field\r\nMIME", 1), {}, "MissingHeaderBodySeparator"),
]


def main() -> int:
    """Runs all cases and counts."""
    failed = 0
    for name, original, carrier, options, wanted in CASES:
        found = check(original, carrier, **options)
        if any(wanted in line for line in found) if wanted else not found:
            continue
        failed += 1
        print(f"{name}: wanted {wanted}, got {found}")
    print(f"test result: {len(CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
