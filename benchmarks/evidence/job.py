"""The main job: a drawn clip is added, asked about, searched and checked. For `egress.py`.

usage: python benchmarks/evidence/job.py FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from viewfinder.app.library import Library
from viewfinder.testing.media import draw_sample

QUESTIONS = ("when does the ferry leave?", "a harbour", "who mentions the budget?")


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    clip = draw_sample(folder / "harbour.mp4")
    with Library.open(folder / "library", create=True) as library:
        failed = [event.text for event in library.add([clip]) if event.kind == "failed"]
        outcomes = [library.ask(question).outcome.value for question in QUESTIONS]
        found = len(library.search("harbour").moments)
        checked = [check.found.value for _, check in library.evidence.scrub(library.videos())]
        library.evidence.certificate(library.videos()[0])
        told = {"failed": failed, "outcomes": outcomes, "found": found, "originals": checked}
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
