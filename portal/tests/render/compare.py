"""Takes mails apart with Python's email package: one line of JSON for each file named on standard input.

The parts are listed in the order in which they begin; a nested mail counts as one part and is not gone into.
"""
import email
import email.generator
import email.header
import email.policy
import hashlib
import io
import json
import sys


def leaves(message):
    """The parts without parts, nested mails among them; each with its place among all parts."""
    place = -1

    def walk(part):
        nonlocal place
        place += 1
        here = place
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            for child in part.get_payload():
                yield from walk(child)
        else:
            yield here, part

    yield from walk(message)


def describe(place, part):
    out = {"index": place, "type": part.get_content_type(), "encoding": str(part.get("content-transfer-encoding", ""))}
    try:
        name = part.get_filename()
        out["name"] = name and str(email.header.make_header(email.header.decode_header(name)))
    except (LookupError, UnicodeError, ValueError, AssertionError):
        out["name"] = None
    if part.get_content_type() == "message/rfc822" and part.is_multipart():
        # Python keeps no original: it writes anew, where it may fold, and end lines, in other places.
        inner = io.BytesIO()
        email.generator.BytesGenerator(inner, mangle_from_=False, maxheaderlen=0).flatten(part.get_payload(0))
        out["message_sha256"] = hashlib.sha256(b"".join(inner.getvalue().split())).hexdigest()
    if not part.is_multipart():
        content = part.get_payload(decode=True) or b""
        out["size"] = len(content)
        out["sha256"] = hashlib.sha256(content).hexdigest()
        if part.get_content_type() == "text/plain":
            try:
                out["text"] = content.decode(part.get_content_charset("utf-8"))
            except (LookupError, UnicodeError):
                pass
    return out


def subject(message):
    raw = next((value for name, value in message.raw_items() if name.lower() == "subject"), None)
    if raw is None:
        return None
    octets = str(raw).encode("ascii", "surrogateescape")
    try:
        text = octets.decode("utf-8")
    except UnicodeError:
        text = octets.decode("windows-1252", "replace")
    try:
        return str(email.header.make_header(email.header.decode_header(text)))
    except (LookupError, UnicodeError, ValueError, AssertionError):
        return None


def body(octets):
    """The text that the modern interface chooses to be shown, HTML first; and its type. None where it gives up."""
    try:
        part = email.message_from_bytes(octets, policy=email.policy.default).get_body(("html", "plain"))
        if part is None or part.get_filename():
            return None
        content = part.get_payload(decode=True).decode(part.get_content_charset("utf-8"))
        return {"type": part.get_content_type(), "text": content}
    except Exception:  # Of many kinds, as its own parsers of fields stumble over what they are for.
        return None


for line in sys.stdin:
    with open(line.rstrip("\n"), "rb") as file:
        # Not message_from_binary_file, which changes line ends.
        octets = file.read()
    message = email.message_from_bytes(octets)
    found = {"subject": subject(message), "parts": [describe(*leaf) for leaf in leaves(message)]}
    print(json.dumps({**found, "body": body(octets)}))
