"""Checks carrier mails against the mails that were sealed in them, with Python's own `email` and on the raw bytes.

    python check_carrier.py [--empty CARRIER]... [--twin CARRIER] [--subject TEXT] ORIGINAL CARRIER

ORIGINAL and CARRIER are two files, or two folders with files of the same names. `--empty` names a carrier of a mail
without a body: what stands in that one is no leak. `--twin` names the carrier, or the folder of the carriers, of the same
mail with the same header section and no body: what stands there does not come from the body. `--subject` says that the
subject was replaced by TEXT. Needs nothing but Python. Prints what is wrong, one line each, and a count; ends with 0
when nothing is.
"""

import argparse
import email
import email.policy
import re
import sys
from email.utils import getaddresses
from pathlib import Path

THREADING = [
    "message-id",
    "in-reply-to",
    "references",
    "thread-index",
    "date",
    "from",
    "to",
    "cc",
    "subject",
    "auto-submitted",
    "precedence",
    "list-id",
]
FORBIDDEN = ["bcc", "resent-bcc"]
JUST_ONE = ["from", "date", "message-id"]
LINE_LIMIT = 998
RUN = 16
# A run of 16 bytes holds one block of 8 that starts at a multiple of 8, wherever it begins.
BLOCK = RUN // 2


class Mail:
    """A mail as bytes, with LF line ends: its header fields as they stand there, and its body."""

    def __init__(self, raw: bytes):
        self.raw = raw
        text = raw.replace(b"\r\n", b"\n")
        if text.startswith(b"\n"):
            head, self.body = b"", text[1:]
        else:
            head, _, self.body = text.partition(b"\n\n")
        self.fields: list[tuple[str, bytes]] = []
        lines = head.split(b"\n") if head else []
        for number, line in enumerate(lines):
            if line[:1] in (b" ", b"\t"):
                if self.fields:
                    name, value = self.fields[-1]
                    self.fields[-1] = (name, value + b"\n" + line)
            elif number == 0 and re.match(rb">?From ", line):
                pass  # what mbox files put in front
            elif match := re.match(rb"([!-9;-~]+)[ \t]*:", line):
                self.fields.append((match[1].decode("ascii").lower(), line[match.end() :]))
            else:
                # What is no field begins the body, as Postfix and Python's parser see it, too.
                self.body = b"\n".join([*lines[number:], b"", self.body])
                break
        # What has no header field at all is body from its first byte.
        if not self.fields:
            self.body = text

    def values(self, name: str) -> list[bytes]:
        """The values of all fields of this name."""
        return [value for field, value in self.fields if field == name]


def check(original: bytes, carrier: bytes, empty: list[bytes] = (), subject: str | None = None) -> list[str]:
    """Gives all that is wrong with a carrier mail."""
    before, after = Mail(original), Mail(carrier)
    return [
        *defects(carrier),
        *bad_bytes(before, after),
        *(f"has a field {name}" for name in FORBIDDEN if after.values(name)),
        *wrong_fields(before, after, subject),
        *leaks(before, after, empty),
    ]


def defects(carrier: bytes) -> list[str]:
    """The defects that Python's parser notes, under its old policy and its new one."""
    found = []
    for name, policy in (("compat32", email.policy.compat32), ("default", email.policy.default)):
        for part in email.message_from_bytes(carrier, policy=policy).walk():
            found += [f"{name}: {type(defect).__name__} in {part.get_content_type()}" for defect in part.defects]
    return found


def bad_bytes(before: Mail, after: Mail) -> list[str]:
    """Lines that are too long, bytes that no mail may have, and 8-bit bytes that the original did not bring."""
    found = []
    longest = max(len(line) for line in after.raw.replace(b"\r\n", b"\n").split(b"\n"))
    if longest > LINE_LIMIT:
        found.append(f"has a line of {longest} bytes")
    if b"\x00" in after.raw:
        found.append("has a NUL")
    if b"\r" in after.raw.replace(b"\r\n", b"\n"):
        found.append("has a bare CR")
    if not after.body.isascii():
        found.append("has 8-bit bytes in its body")
    kept = {squeezed(value) for _, value in before.fields}
    found += [
        f"has 8-bit bytes in {name}, which are not those of the original"
        for name, value in after.fields
        if not value.isascii() and squeezed(value) not in kept
    ]
    return found


def wrong_fields(before: Mail, after: Mail, subject: str | None) -> list[str]:
    """Threading fields that are lost, changed or not there once."""
    found = [
        f"has {len(after.values(name))} fields {name}, not one" for name in JUST_ONE if len(after.values(name)) != 1
    ]
    for name in THREADING:
        wanted, got = before.values(name), after.values(name)
        if name == "subject" and subject is not None:
            wanted = [subject.encode()]
        if not wanted or (name == "from" and not has_one_author(wanted)):
            continue
        if not squeezed(wanted[0]):
            continue
        if not got:
            found.append(f"has lost {name}")
        elif not same_value(wanted[0], got[0]):
            found.append(f"has changed {name}")
    return found


def has_one_author(fields: list[bytes]) -> bool:
    """Says whether From names one address, so that the carrier must keep it."""
    addresses = getaddresses([field.decode("latin-1") for field in fields])
    if len(fields) != 1 or len(addresses) != 1:
        return False
    return "@" in addresses[0][1]


def same_value(one: bytes, other: bytes) -> bool:
    """Compares values whatever their folding; over-long lines may have been folded where there was no space."""
    if max(len(line) for line in one.split(b"\n")) > LINE_LIMIT - 80:
        return squeezed(one) == squeezed(other)
    return unfolded(one) == unfolded(other)


def unfolded(value: bytes) -> bytes:
    """The value in one line; what no header field may hold is dropped, as the gateway does."""
    return re.sub(rb"[ \t\r\n]+", b" ", value.replace(b"\x00", b"")).strip()


def squeezed(value: bytes) -> bytes:
    """The value without white space."""
    return re.sub(rb"[ \t\r\n\x00]+", b"", value)


def without_chance(text: bytes) -> bytes:
    """The text with LF line ends, without the random part of its MIME boundaries and without times of day."""
    text = re.sub(rb"=_[0-9a-f]{32}", b"=_", text.replace(b"\r\n", b"\n"))
    return re.sub(rb"\d\d:\d\d:\d\d", b"", text)


def leaks(before: Mail, after: Mail, empty: list[bytes]) -> list[str]:
    """Runs of 16 bytes of the original's body that the carrier shows, but for what it would show anyway."""
    kept = {squeezed(value) for _, value in before.fields}
    known = [name.encode() + b":" + value + b"\n" for name, value in after.fields if squeezed(value) in kept]
    known += [without_chance(carrier) for carrier in empty]
    innocent = {window for text in known for window in windows(text)}
    shown = without_chance(after.raw)
    found = shared_runs(before.body, shown) - innocent
    # The run itself is part of a mail, and reports are read by more people than mails.
    return [f"shows {len(found)} runs of the body, first at {min(map(shown.index, found))}"] if found else []


def windows(text: bytes) -> set[bytes]:
    """All runs of 16 bytes of a text, as it stands there and unfolded."""
    forms = (text, unfolded(text))
    return {form[at : at + RUN] for form in forms for at in range(len(form) - RUN + 1)}


def shared_runs(one: bytes, other: bytes) -> set[bytes]:
    """The runs of 16 bytes that two texts share, in time that grows with their lengths only.

    First which aligned blocks of `one` are in `other` at any offset, which is done by sets of numbers; then, around
    those few, whole runs.
    """
    blocks = set(numbers(one, 0))
    common = set().union(*(blocks.intersection(numbers(other, phase)) for phase in range(BLOCK)))
    if not common:
        return set()
    return runs_around(one, common, range(1)) & runs_around(other, common, range(BLOCK))


def numbers(text: bytes, phase: int) -> memoryview:
    """The blocks of a text as numbers, from an offset on."""
    length = (len(text) - phase) // BLOCK * BLOCK
    return memoryview(text)[phase : phase + max(length, 0)].cast("Q")


def runs_around(text: bytes, blocks: set[int], phases: range) -> set[bytes]:
    """The runs of 16 bytes that hold one of the blocks."""
    found = set()
    for phase in phases:
        for index, number in enumerate(numbers(text, phase)):
            if number in blocks:
                at = phase + index * BLOCK
                found.update(text[start : start + RUN] for start in range(max(at - BLOCK, 0), at + 1))
    return {run for run in found if len(run) == RUN}


def pairs(original: Path, carrier: Path) -> list[tuple[str, Path, Path]]:
    """The pairs of files to check."""
    if not original.is_dir():
        return [(carrier.name, original, carrier)]
    names = sorted(str(path.relative_to(original)) for path in original.rglob("*") if path.is_file())
    return [(name, original / name, carrier / name) for name in names]


def twin_of(twins: Path | None, name: str) -> list[bytes]:
    """The carrier of the same mail without its body, if there is one."""
    if twins is None:
        return []
    return [(twins / name if twins.is_dir() else twins).read_bytes()]


def main() -> int:
    """Checks all pairs and counts."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--empty", type=Path, action="append", default=[], help="a carrier of a mail without body")
    arguments.add_argument("--twin", type=Path, help="the carrier of the same mail without its body")
    arguments.add_argument("--subject", help="what the subject was replaced by")
    arguments.add_argument("original", type=Path)
    arguments.add_argument("carrier", type=Path)
    options = arguments.parse_args()

    empty = [path.read_bytes() for path in options.empty]
    checked = failed = 0
    for name, original, carrier in pairs(options.original, options.carrier):
        checked += 1
        if carrier.is_file():
            twin = twin_of(options.twin, name)
            wrong = check(original.read_bytes(), carrier.read_bytes(), [*empty, *twin], options.subject)
        else:
            wrong = ["there is no carrier"]
        failed += bool(wrong)
        for line in wrong:
            print(f"{name}: {line}")
    print(f"{checked - failed} passed, {failed} failed")
    return 1 if failed or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
