"""Reads a page of Prometheus' text format from standard input with Prometheus' own Python library, and prints it as JSON.

Printed are, for each metric, its kind, whether it is explained, and its samples: name, labels and value. A page that
the library cannot read ends it with an error.
"""

import json
import sys

from prometheus_client.parser import text_string_to_metric_families


def main() -> None:
    """Prints what is on the page."""
    families = [
        {
            "kind": family.type,
            "explained": bool(family.documentation),
            "samples": [[sample.name, list(sample.labels.items()), sample.value] for sample in family.samples],
        }
        for family in text_string_to_metric_families(sys.stdin.read())
    ]
    json.dump(families, sys.stdout)


if __name__ == "__main__":
    main()
