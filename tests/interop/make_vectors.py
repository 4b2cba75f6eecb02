"""Writes the test vectors of common/vectors; the same each time, but for those that the Rust side seals.

    python make_vectors.py [--rust SEAL_VECTOR]

SEAL_VECTOR is the program of `cargo build -p sealpost-common --example seal_vector`. Without it the vectors that it
sealed stay as they are. The cases themselves are data in cases_*.py; draft.py builds their envelopes.
"""

import argparse
from pathlib import Path

import cases_rust
import vector_file
from cases_grant import GRANT
from cases_header import HEADER
from cases_opens import ALICE, OPENS
from cases_payload import PAYLOAD
from cases_text import TEXTS
from draft import PORTAL, Draft
from vector_file import VECTORS, Vector


def vector_of(name: str, comment: str, expect: str, draft: Draft, reader: dict) -> Vector:
    """Builds the envelope of a case, in the form that the reader gets."""
    envelope = draft.build(name)
    body = reader["body"](envelope) if "body" in reader else envelope
    trusted, keys = reader.get("trusted", ALICE), reader.get("keys", [PORTAL])
    vector = Vector(name, comment, expect, reader.get("form", "binary"), body, trusted, keys)
    if expect == "opens":
        vector.state(draft.mail, draft.terms)
    return vector


def main() -> None:
    """Writes all vectors, and removes those that no case has any more."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--rust", type=Path, help="the program seal_vector of the Rust side")
    rust = arguments.parse_args().rust

    good = [vector_of(name, comment, "opens", draft, reader) for name, comment, draft, reader in OPENS]
    bad = [vector_of(*case) for case in HEADER + GRANT + PAYLOAD + TEXTS]
    sealed_by_rust = [cases_rust.vector_of(rust, *case) for case in cases_rust.RUST] if rust else []
    vectors = good + bad + sealed_by_rust
    names = [vector.name for vector in vectors]
    if len(set(names)) < len(names):
        raise ValueError(f"twice: {sorted(name for name in names if names.count(name) > 1)}")

    for path in VECTORS.glob("*.txt"):
        if path.stem not in names and (rust or not path.stem.startswith(cases_rust.PREFIX)):
            path.unlink()
    for vector in vectors:
        vector_file.write(vector)
    size = sum(path.stat().st_size for path in VECTORS.glob("*.txt"))
    print(f"{len(good) + len(sealed_by_rust)} that open, {len(bad)} that must be refused, {size} bytes in all")


if __name__ == "__main__":
    main()
