"""Asks a list of questions and writes every citation as a row of a table.

    python examples/citations.py LIBRARY "first question" "second question" > citations.csv

A question that is not answered gives a row with its outcome and reason, so that silence
is on record too.
"""

from __future__ import annotations

import csv
import sys

from viewfinder import Library

COLUMNS = ("question", "outcome", "reason", "path", "start_s", "end_s", "track", "quote")


def main(folder: str, questions: list[str]) -> None:
    table = csv.DictWriter(sys.stdout, COLUMNS)
    table.writeheader()
    with Library.open(folder) as library:
        for question in questions:
            said = library.ask(question)
            row = {"question": question, "outcome": said.outcome.value, "reason": said.reason}
            if not said.claims:
                table.writerow(row)
            for claim in said.claims:
                for citation in claim.citations:
                    table.writerow(
                        {
                            **row,
                            "path": citation.path,
                            "start_s": round(citation.span.start_s, 3),
                            "end_s": round(citation.span.end_s, 3),
                            "track": citation.track.value,
                            "quote": citation.quote,
                        }
                    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
