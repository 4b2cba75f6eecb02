"""Verifies the DKIM signatures of mails with dkimpy, without the DNS, and prints what came out as JSON.

    python check_dkim.py KEYS FOLDER

KEYS is a JSON file with TXT records by their names. Printed are, for each file in FOLDER, the results of its signatures
in their order: true, false, or what dkimpy found malformed. Needs dkimpy and, for Ed25519, PyNaCl.
"""

import json
import sys
from pathlib import Path

import dkim
import nacl.signing  # noqa: F401  dkimpy takes a signature that it cannot check for a bad one


def results(mail: bytes, records: dict[str, str]) -> list[bool | str]:
    """Verifies every signature of a mail."""

    def txt(name: bytes, timeout: int = 5) -> bytes | None:  # noqa: ARG001
        record = records.get(name.decode("ascii").rstrip("."))
        return record.encode("ascii") if record else None

    verifier = dkim.DKIM(mail)
    signatures = sum(name.lower() == b"dkim-signature" for name, _ in verifier.headers)
    found: list[bool | str] = []
    for index in range(signatures):
        try:
            found.append(dkim.DKIM(mail).verify(index, dnsfunc=txt))
        except dkim.DKIMException as error:
            found.append(str(error))
    return found


def main() -> int:
    """Verifies all files."""
    records = json.loads(Path(sys.argv[1]).read_text(encoding="ascii"))
    files = sorted(path for path in Path(sys.argv[2]).iterdir() if path.is_file())
    json.dump({path.name: results(path.read_bytes(), records) for path in files}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
