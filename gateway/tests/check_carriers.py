"""Parses every carrier mail in a folder with Python's email package and says what is wrong with it."""

import email
import email.policy
import pathlib
import sys


def problems(data):
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    for part in message.walk():
        for defect in part.defects:
            yield f"{part.get_content_type()}: {defect!r}"
    kinds = [part.get_content_type() for part in message.walk()]
    if kinds != ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/html"]:
        yield f"parts: {kinds}"
        return
    attachment = message.get_payload()[1]
    if attachment.get_filename() != "message.html" or attachment.get_content_disposition() != "attachment":
        yield "the attachment is not message.html"
    html = attachment.get_payload(decode=True).decode("ascii")
    for forbidden in ("<script", "javascript:", " src=", "@import", "url("):
        if forbidden in html.lower():
            yield f"message.html has {forbidden}"
    if html.count("<textarea") != 1 or html.count("</textarea>") != 1 or html.count("<form") != 1:
        yield "message.html does not have one form with one text area"
    # The modern policy parses every field; MIME fields must be without defects there too.
    modern = email.message_from_bytes(data, policy=email.policy.default)
    for part in modern.walk():
        for name in ("MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Content-Disposition"):
            for defect in getattr(part[name], "defects", ()):
                yield f"{name}: {defect!r}"


def main(folder):
    files = sorted(pathlib.Path(folder).iterdir())
    bad = 0
    for file in files:
        for problem in problems(file.read_bytes()):
            print(f"{file.name}: {problem}")
            bad = 1
    if not bad:
        print(f"{len(files)} carrier mails without defects")
    return bad


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
