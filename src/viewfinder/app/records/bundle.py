"""The log as the other side takes it: a folder that proves itself, with a checker of its own.

``entries.jsonl``     the lines, one a line, exactly as they were hashed: the whole log
``chosen.jsonl``      or some lines only, each with the proof that it is in the log
``checkpoint.txt``    how long the log is and its root, signed
``key.txt``           name and public key of the log, to be compared with one got otherwise
``growth.json``       where asked for: the proof that an earlier checkpoint's log only grew
``words.jsonl``       where asked for: what was said, with what shows that it was
``older.jsonl``       where there is one: the chain of lines kept before this log
``README.txt``        how to check it

``scripts/verify_log.py`` checks it and needs nothing but Python. It is left out on
purpose: a checker from the hand of those who are checked proves nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from viewfinder.app.records.logbook import Logbook
from viewfinder.domain.errors import InputError
from viewfinder.domain.log.checkpoint import Checkpoint, parsed

README = """\
This folder holds {what} of the log of {origin}.

To check it, take verify_log.py from the public source of viewfinder (it is one
file, and needs only Python), read it, and run

    python3 verify_log.py FOLDER --key KEY

with the public key as you got it by another way than this folder. Add
--checkpoint FILE for each earlier checkpoint that you or a witness kept: only
they show that the log was not cut short or written anew before you got it.
"""


def read_checkpoint(path: Path) -> Checkpoint:
    """Return the checkpoint in a file.

    Raises:
        InputError: There is none.
    """
    try:
        return parsed(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{str(path)!r} is no checkpoint of a log: {error}") from error


def export(
    logbook: Logbook,
    folder: Path,
    *,
    video: str = "",
    words: bool = False,
    earlier: Checkpoint | None = None,
) -> tuple[int, int]:
    """Write the log, or the lines about one video, to a new folder.

    Args:
        logbook: Whose.
        folder: Must not be there yet.
        video: Only lines that name it, each with its proof; nobody else's business leaves.
        words: Also what was said, as far as it was not shredded.
        earlier: Also the proof that the log grew from this.

    Returns:
        How many lines were written, and how many the log has.

    Raises:
        InputError: It is there, or cannot be written.
    """
    logbook.may_take_out(words=words)
    logbook.write("export", {"kind": "log", "video": video or None, "words": words})
    made = logbook.signed()
    try:
        folder.mkdir(parents=True)
        count = _lines(logbook, folder, made.size, video)
        (folder / "checkpoint.txt").write_text(made.note, "utf-8")
        (folder / "key.txt").write_text(logbook.public_key() + "\n", "utf-8")
        if words:
            _write(folder / "words.jsonl", logbook.disclosed(made.size, video))
        if earlier is not None:
            _write(folder / "growth.json", [logbook.prove_growth(earlier, made)])
        if older := list(logbook.older()):
            _write(folder / "older.jsonl", older)
        what = f"{count} of {made.size} lines" if video else f"all {made.size} lines"
        (folder / "README.txt").write_text(README.format(what=what, origin=made.origin), "utf-8")
    except OSError as error:
        raise InputError(f"cannot write {str(folder)!r}: {error.strerror or error}") from error
    return count, made.size


def proof(logbook: Logbook, seq: int | None, earlier: Checkpoint | None) -> dict[str, str]:
    """Return a bundle in one document, by the names of its files.

    Args:
        logbook: Whose.
        seq: Prove that this line is in the log.
        earlier: Prove that the log only grew from this checkpoint.

    Raises:
        InputError: No such line, or the log did not grow from there.
    """
    files: dict[str, Any] = {}
    made = logbook.signed()
    if seq is not None:
        made, files["chosen.jsonl"] = logbook.prove(seq)
    if earlier is not None:
        files["growth.json"] = logbook.prove_growth(earlier, made)
    texts = {name: json.dumps(document) + "\n" for name, document in files.items()}
    return {**texts, "checkpoint.txt": made.note, "key.txt": logbook.public_key() + "\n"}


def _lines(logbook: Logbook, folder: Path, size: int, video: str) -> int:
    if not video:
        raw = (line for _, line, _ in logbook.proved(size, "", proofs=False))
        return _write_lines(folder / "entries.jsonl", raw)
    chosen = (
        json.dumps({"line": line, "seq": seq, "proof": proof})
        for seq, line, proof in logbook.proved(size, video)
    )
    return _write_lines(folder / "chosen.jsonl", chosen)


def _write(path: Path, documents: Iterable[Any]) -> int:
    return _write_lines(path, (json.dumps(d, ensure_ascii=False) for d in documents))


def _write_lines(path: Path, lines: Iterator[str] | Iterable[str]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for line in lines:
            file.write(line + "\n")
            count += 1
    return count
