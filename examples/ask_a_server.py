"""Asks a running server a question over HTTP and prints each cited sentence.

usage: python examples/ask_a_server.py URL "who tested the battery?"

A token is read from VIEWFINDER_TOKEN; a server on this machine may need none.
"""

import sys

from viewfinder.client import Client


def main() -> None:
    url, question = sys.argv[1], " ".join(sys.argv[2:])
    with Client(url) as client:
        answer = client.ask(question=question)
        print(answer["reason"] or answer["outcome"])
        for claim in answer["claims"]:
            for citation in claim["citations"]:
                print(f"{citation['path']} at {citation['start_s']:.0f} s: {citation['quote']}")


if __name__ == "__main__":
    main()
