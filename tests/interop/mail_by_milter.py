"""Hands a mail to a milter as an MTA does, by the miltertest package, and prints the mail as it is then.

    mail_by_milter.py inet:HOST:PORT|unix:PATH FROM TO FILE

It asks for a reply at each step, and puts into the mail what the milter has it put there, by the description of libmilter's
smfi_insheader, smfi_chgheader and smfi_replacebody. Fails where the milter doesn't let the mail go on.
"""

import socket
import sys
from pathlib import Path

import miltertest as mt

# Changes are asked for, and nothing else but a value's leading space: each step gets its reply.
ACTIONS = mt.SMFI_V6_ACTS
STEPS = mt.SMFIP_HDR_LEADSPC

Field = tuple[str, str]


def connect(address: str) -> mt.MilterConnection:
    kind, _, place = address.partition(":")
    if kind == "unix":
        stream = socket.socket(socket.AF_UNIX)
        stream.connect(place)
    else:
        host, _, port = place.rpartition(":")
        stream = socket.create_connection((host, int(port)))
    stream.settimeout(60)
    return mt.MilterConnection(stream)


def parse(mail: str) -> tuple[list[Field], str]:
    """Parts a mail into header fields, their folds as LF, and body."""
    head, _, body = mail.partition("\r\n\r\n")
    fields = head.replace("\r\n ", "\n ").replace("\r\n\t", "\n\t").split("\r\n")
    return [tuple(field.split(":", 1)) for field in fields], body


def write(fields: list[Field], body: str) -> str:
    head = "".join(f"{name}:{value}\n" for name, value in fields).replace("\n", "\r\n")
    return f"{head}\r\n{body}"


def hand_in(milter: mt.MilterConnection, sender: str, recipient: str, fields: list[Field], body: str) -> list:
    """Says all of a mail, and returns what the milter says at its end."""
    milter.optneg_mta(actions=ACTIONS, protocol=STEPS)
    milter.send(mt.SMFIC_CONNECT, hostname="client.example", family=mt.SMFIA_INET, port=4242, address="192.0.2.7")
    milter.send(mt.SMFIC_HELO, helo="client.example")
    milter.send_macro(mt.SMFIC_MAIL, i="4D1A2B3C")
    milter.send(mt.SMFIC_MAIL, args=[f"<{sender}>"])
    milter.send(mt.SMFIC_RCPT, args=[f"<{recipient}>"])
    milter.send(mt.SMFIC_DATA)
    milter.send_headers(fields)
    milter.send(mt.SMFIC_EOH)
    milter.send_body(body)
    return milter.send_eom()


def edit(fields: list[Field], body: str, edits: list) -> tuple[list[Field], str]:
    """Does to the mail what the milter says."""
    # The MTA's own trace field stands before those that a milter is told, and counts where one is inserted.
    fields = [("Received", " by mta.example"), *fields]
    pieces = []
    for command, what in edits:
        if command == mt.SMFIR_INSHEADER:
            fields.insert(what["index"], (what["name"], what["value"]))
        elif command == mt.SMFIR_CHGHEADER:
            # Of the fields of this name; its own one the MTA doesn't count.
            same = [at for at, (name, _) in enumerate(fields) if at and name.lower() == what["name"].lower()]
            at = same[what["index"] - 1]
            fields[at : at + 1] = [(what["name"], what["value"])] if what["value"] else []
        elif command == mt.SMFIR_REPLBODY:
            pieces.append(what["buf"])
        else:
            sys.exit(f"an edit that nobody asked for: {command} {what}")
    return fields[1:], "".join(pieces) if pieces else body


def main() -> None:
    address, sender, recipient, file = sys.argv[1:]
    fields, body = parse(Path(file).read_bytes().decode())
    *edits, (verdict, what) = hand_in(connect(address), sender, recipient, fields, body)
    if verdict not in (mt.SMFIR_CONTINUE, mt.SMFIR_ACCEPT):
        sys.exit(f"refused: {verdict} {what}")
    sys.stdout.buffer.write(write(*edit(fields, body, edits)).encode())


if __name__ == "__main__":
    main()
