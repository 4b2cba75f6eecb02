"""Compares what the gateway found in mails with what Python's email package finds.

    python check_content.py FOLDER        FOLDER holds N.eml and what was found in it as N.json

Only what both are sure of is compared: mails without defects for Python that were read to the end by us. Prints how many
those were, and each difference; the exit status is 1 if there is one.
"""

import email
import html.parser
import json
import re
import sys
from email import policy
from pathlib import Path

# Where Python is wrong, and why.
WRONG = {"thirdparty_003.eml": "it does not know quoted-printable with blanks behind the name"}
SHOWN = {"text/plain", "text/html", "text/enriched", "text/richtext", "text/x-amp-html", "text/watch-html"}


def leaves(message):
    """Gives the parts without parts, and those of mails within the mail. Python takes other messages apart too."""
    kind = message.get_content_type()
    if message.is_multipart() and message.get_content_maintype() != "message":
        for part in message.get_payload():
            yield from leaves(part)
        return
    yield message
    if kind in ("message/rfc822", "message/global") and message.is_multipart():
        for part in message.get_payload():
            yield from leaves(part)


def has_defects(message) -> bool:
    for part in message.walk():
        if part.defects:
            return True
        for _, value in part.items():
            if getattr(value, "defects", ()):
                return True
    return False


def name_of(part):
    try:
        name = part.get_filename()
    except Exception:
        return None
    return name if name and name.strip() else None


def is_body(part) -> bool:
    return part.get_content_type() in SHOWN and not name_of(part) and part.get_content_disposition() in (None, "inline")


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


class Words(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.raw, self.text = 0, []

    def handle_starttag(self, tag, attrs):
        self.raw += tag in ("script", "style")

    def handle_endtag(self, tag):
        self.raw -= tag in ("script", "style") and self.raw > 0

    def handle_data(self, data):
        if not self.raw:
            self.text.append(data)


def text_of(part):
    payload = part.get_payload(decode=True)
    text = payload.decode(part.get_content_charset("us-ascii"))
    if part.get_content_type() != "text/html":
        return text
    parser = Words()
    parser.feed(text)
    parser.close()
    return "".join(parser.text)


def compare(name: str, mail: bytes, ours) -> tuple[int, int, list[str]]:
    message = email.message_from_bytes(mail, policy=policy.default)
    if name in WRONG or not ours["complete"] or has_defects(message):
        return 0, 0, []
    differences = []
    theirs = [part for part in leaves(message) if not is_body(part)]
    sizes = [
        (name_of(part), None if part.get_content_maintype() == "message" else len(part.get_payload(decode=True) or b""))
        for part in theirs
    ]
    listed = [(found["name"], found["size"], found["exact"]) for found in ours["attachments"]]
    if len(sizes) != len(listed):
        differences.append(f"{name}: {len(listed)} attachments, Python has {len(sizes)}: {listed} {sizes}")
    for (their_name, their_size), (our_name, our_size, exact) in zip(sizes, listed):
        # In quotes, backslashes before letters are kept by us: they are paths of Windows.
        is_path = our_name and "\\" in our_name
        if exact and not is_path and (their_name != our_name or their_size not in (None, our_size)):
            differences.append(f"{name}: {our_name!r} {our_size}, Python has {their_name!r} {their_size}")
    compared = 0
    for part, found in zip((part for part in leaves(message) if is_body(part)), ours["bodies"]):
        try:
            text = text_of(part)
        except (LookupError, UnicodeDecodeError):
            continue
        if found["exact"]:
            compared += 1
            if "".join(words(text)) != "".join(words(found["text"])):
                differences.append(f"{name}: another text of {part.get_content_type()}")
    return len(sizes), compared, differences


def main() -> int:
    attachments = texts = 0
    differences = []
    for path in sorted(Path(sys.argv[1]).glob("*.eml")):
        ours = json.loads(path.with_suffix(".json").read_text("utf-8"))
        try:
            found = compare(ours["file"], path.read_bytes(), ours)
        except Exception as error:  # Python raises on some headers
            print(f"{ours['file']}: Python fails: {type(error).__name__}")
            continue
        attachments, texts = attachments + found[0], texts + found[1]
        differences += found[2]
    print(f"{attachments} attachments and {texts} texts compared")
    print("\n".join(differences))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
