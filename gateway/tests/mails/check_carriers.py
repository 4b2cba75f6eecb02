"""Parses every carrier mail in a folder with Python's email package and says what is wrong with it.

    python check_carriers.py [--parts] FOLDER

`--parts` prints, as JSON by file name, the media type and half of the SHA-256 of the content of each part that is no multipart.
"""

import email
import email.policy
import hashlib
import json
import pathlib
import re
import sys

TEXTS = ["text/plain", "text/html"]
LOOKED = ["text/plain", "multipart/related", "text/html", "image/png"]
STRUCTURES = [
    [*outer, *inner, *attached]
    for outer, attached in ((["multipart/mixed", "multipart/alternative"], ["text/html"]), (["multipart/alternative"], []))
    for inner in (TEXTS, LOOKED)
]
FORBIDDEN = ("<script", "javascript:", "@import", "url(", "<link", "<iframe", "<object", "background=", "position:")


def problems(data):
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    parts = list(message.walk())
    for part in parts:
        for defect in part.defects:
            yield f"{part.get_content_type()}: {defect!r}"
    kinds = [part.get_content_type() for part in parts]
    if kinds not in STRUCTURES:
        yield f"parts: {kinds}"
        return
    if kinds[0] == "multipart/mixed":
        yield from attachment_problems(parts[-1])
    yield from text_problems(parts)
    # The modern policy parses every field; MIME fields must be without defects there too.
    modern = email.message_from_bytes(data, policy=email.policy.default)
    for part in modern.walk():
        for name in ("MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Content-ID"):
            for defect in getattr(part[name], "defects", ()):
                yield f"{name}: {defect!r}"


def attachment_problems(part):
    if part.get_filename() != "message.html" or part.get_content_disposition() != "attachment":
        yield "the attachment is not message.html"
    html = part.get_payload(decode=True).decode("ascii")
    yield from html_problems("message.html", html)
    if html.count("<textarea") != 1 or html.count("</textarea>") != 1 or html.count("<form") != 1:
        yield "message.html does not have one form with one text area"
    if any(not source.startswith("data:image/") for source in re.findall(r'\ssrc="([^"]*)"', html)):
        yield "message.html loads something"


def text_problems(parts):
    """The HTML text shows the logo that goes with it, and nothing else."""
    html = next(part for part in parts if part.get_content_type() == "text/html").get_payload(decode=True).decode()
    yield from html_problems("the text", html)
    shown = re.findall(r'\ssrc="([^"]*)"', html)
    brought = [f"cid:{part['Content-ID'].strip('<>')}" for part in parts if part.get_content_maintype() == "image"]
    if shown != brought:
        yield f"the text shows {shown} of {brought}"
    if not next(part for part in parts if part.get_content_type() == "text/plain").get_payload(decode=True).strip():
        yield "the plain text is empty"


def html_problems(name, html):
    """What no HTML of ours has."""
    for forbidden in FORBIDDEN:
        if forbidden in html.lower():
            yield f"{name} has {forbidden}"
    if not re.search(r'<html lang="[^"]+" dir="(ltr|rtl)">', html):
        yield f"{name} does not say its language and direction"


def leaves(data):
    """Media type and hash of the content of each part."""
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    parts = [part for part in message.walk() if not part.is_multipart()]
    return [[part.get_content_type(), hashlib.sha256(part.get_payload(decode=True)).hexdigest()[:32]] for part in parts]


def main(arguments):
    files = sorted(pathlib.Path(arguments[-1]).iterdir())
    if arguments[0] == "--parts":
        json.dump({file.name: leaves(file.read_bytes()) for file in files}, sys.stdout)
        return 0
    bad = 0
    for file in files:
        for problem in problems(file.read_bytes()):
            print(f"{file.name}: {problem}")
            bad = 1
    if not bad:
        print(f"{len(files)} carrier mails without defects")
    return bad


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
