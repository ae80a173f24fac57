# ruff: noqa: E501 - lists of questions, words and lines are wide
"""Transcripts, made up, in which such words are said: what a careless answer would use."""

from __future__ import annotations

from pathlib import Path

_LINES = {
    "street_meeting": [
        "Somebody stole my bag at the market last week.", "I think the boy in the green jacket is the thief.", "We do not know who took it.", "The police said there were three burglaries in May.",
        "My neighbour says the new family are illegal immigrants, I find that shameful.", "Let us talk about the street lights now.",
    ],
    "court_hearing": [
        "The witness says that he saw a man break into the house.", "Did he rob the shop? I cannot say that he did.", "She is not guilty of fraud.", "The engineer was murdered on a Tuesday.",
        "The driver was drunk, the officer wrote.", "I never stole anything.",
    ],
    "health_talk": [
        "I have been an alcoholic and I am sober for ten years.", "My sister is pregnant.", "He was HIV positive and told nobody.", "Depression is an illness like others.", "Cancer research has come far.",
    ],
    "film_review": [
        "The little dog stole the show.", "In the plot two brothers rob a bank and one of them is killed.", "They murdered that song in the last act.", "The shooting of the trailer took a week.", "Kill the lights, says the director.",
    ],
    "kitchen": [
        "Beat the eggs and poach them for two minutes.", "This chilli will kill you, in a good way.", "I am addicted to coffee.", "The bag of flour stands on the shelf.", "Who took my spoon?",
    ],
    "stammtisch": ["Er hat die Tasche gestohlen, sagt die Wirtin.", "Der Dozent ist betrunken, behauptet einer.", "Wer hat das Licht ausgemacht?"],
    "reportage": ["Le voleur a pris le sac, dit la dame.", "Il est sans papiers, raconte un voisin.", "Le bateau pirate arrive au port."],
    "tertulia": ["El ladrón robó el bolso, dice ella.", "Mi tío está borracho.", "La orca asesina nada cerca."],
}  # fmt: skip
_EACH_S = 6


def written(folder: Path) -> list[Path]:
    """Write the transcripts as WebVTT below ``folder``; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, lines in _LINES.items():
        cues = [
            f"{_stamp(n * _EACH_S)} --> {_stamp((n + 1) * _EACH_S)}\n{line}\n"
            for n, line in enumerate(lines)
        ]
        path = folder / f"{name}.vtt"
        path.write_text("WEBVTT\n\n" + "\n".join(cues), "utf-8")
        made.append(path)
    return made


def _stamp(at_s: int) -> str:
    return f"00:{at_s // 60:02}:{at_s % 60:02}.000"
