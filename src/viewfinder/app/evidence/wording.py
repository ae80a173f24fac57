"""A certificate in plain words, for people who decide on it."""

from __future__ import annotations

from typing import Any

from viewfinder.domain.time import clock

SHOWS = (
    "That the file with the SHA-256 above was known to this library when the log says so: the "
    "hash was taken before anything read the file.",
    "Which programs, with which weights, derived what from it; each can be run again from the "
    "original and compared (`viewfinder evidence rederive`).",
    "That the lines of the log handed over here are in the signed log, at these places.",
)
DOES_NOT = (
    "That the recording shows what it seems to show, when and where it was made, or that it was "
    "not edited before it came here.",
    "That words heard or read by a machine are right. They are marked; listen and look yourself.",
    "Who is seen or heard. This program recognises nobody.",
    "That nothing was left out of the log before its first checkpoint was given away. Compare "
    "with a checkpoint that somebody else kept.",
)
HASHED = {
    "same": "The file was hashed again on {at} and is the same.",
    "different": "THE FILE WAS HASHED AGAIN ON {at} AND IS NOT THE SAME: {sha256}.",
    "missing": "The file was not where it was on {at}, so it could not be hashed again.",
}


def text(document: dict[str, Any]) -> str:
    """Return the text of a certificate as ``certificate.certificate`` made it."""
    told = document["certificate"]
    file, added, part = told["file"], told["added"], told["part"]
    lines = [
        "CERTIFICATE OF A RECORDING AND OF WHAT WAS DERIVED FROM IT",
        "",
        f"File        {file['name']}",
        f"SHA-256     {file['sha256']}",
        f"Size        {file['bytes']} bytes",
        f"Length      {clock(file['duration_ms'] * 1_000_000)}",
        f"Added       {_added(added)}",
        f"Library     {told['library']}",
        f"Made        {told['made']} by viewfinder {told['build']['version']}",
        "",
        HASHED[told["hashed_again"]["result"]].format(**told["hashed_again"]),
        "",
        *(_part(part) if part else []),
        "What was derived from it, and how",
        "",
        *(line for row in told["derivations"] for line in _derivation(row)),
        "",
        "What this shows",
        "",
        *(f"- {words}" for words in SHOWS),
        "",
        "What this does not show",
        "",
        *(f"- {words}" for words in DOES_NOT),
        "",
        "How to check it",
        "",
        "The JSON document beside this text holds the same, the lines of the log, the proof that",
        "each is in it, and the signed checkpoint. Take verify_log.py from the public source of",
        "viewfinder (one file, needs only Python), read it, and run it on that document, with the",
        "public key as you got it by another way:",
        "",
        "    python3 verify_log.py FILE.json --key KEY",
        "",
        "The log also holds the SHA-256 of the certified part, in canonical form (RFC 8785):",
        f"{document['certificate_sha256']}",
        "",
        "Certified by (needs a human): name, function, date, signature",
        "",
    ]
    return "\n".join(lines)


def _added(added: dict[str, Any] | None) -> str:
    if added is None:
        return "not told: who made this may not see that line of the log"
    return f"{added['at']}, line {added['log_line']} of the log"


def _part(part: dict[str, Any]) -> list[str]:
    start, end = (clock(part[edge] * 1_000_000) for edge in ("start_ms", "end_ms"))
    lines = [f"Words from {start} to {end}", ""]
    for row in part["words"]:
        marks = ["heard or read by a machine" if row["by_machine"] else "written by people"]
        marks += ["doubted by the machine itself"] if row["doubtful"] else []
        at = clock(row["start_ms"] * 1_000_000)
        speaker = f"{row['speaker']}: " if row["speaker"] else ""
        lines.append(f'{at}  {speaker}"{row["text"]}"')
        lines.append(f"       {row['track']}, {', '.join(marks)}, {row['confidence_percent']} %")
    return [*(lines if part["words"] else [*lines, "None are noted there."]), ""]


def _derivation(row: dict[str, Any]) -> list[str]:
    failed = f": failed, {row['error']}" if row["error"] else ""
    weights = [f"    weights {digest}" for digest in row["weights_sha256"]]
    return [f"{row['stage']}  {row['tool']} {row['tool_version']}{failed}", *weights]
