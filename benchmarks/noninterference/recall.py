"""Recall where one may see little: the store's ten best against the ten best there are.

    python benchmarks/noninterference/recall.py [--segments 100000]

Clustered random vectors (the clusters are videos), of which an access class holds 0.1, 1, 10
or 50 %. *Store* is what the store gives under a scope of that class, against exact float32
scores of all rows in it. *Filtered afterwards* takes the hundred best of everything and drops
what may not be seen, as engines do that filter after the search.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from viewfinder.adapters.stores.sqlite import Config, SqliteStore
from viewfinder.domain.search import VectorLeg
from viewfinder.domain.segment import Embedded, EmbeddingSpace, Lane, Vectors
from viewfinder.testing import fakes, scopes

SPACE = EmbeddingSpace("random", "1", 384)
PER_VIDEO, QUERIES, TOP, GLOBAL = 100, 200, 10, 100
SHARES = (0.001, 0.01, 0.1, 0.5)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--segments", type=int, default=100_000)
    videos = parser.parse_args().segments // PER_VIDEO
    noise = np.random.default_rng(1)
    classes = np.full(videos, "everybody", object)
    order = noise.permutation(videos)
    start = 0
    for share in SHARES:
        count = max(1, round(share * videos))
        classes[order[start : start + count]] = f"{share:.1%}"
        start += count
    rows, ids = [], []
    with tempfile.TemporaryDirectory() as home:
        store = SqliteStore(Config(Path(home)))
        store._database.connection.execute("PRAGMA synchronous = OFF")
        for number in range(videos):
            owner = fakes.video(f"video {number}", duration_s=PER_VIDEO)
            name = str(classes[number])
            cut = fakes.segments(owner, *["word"] * PER_VIDEO, access=name)
            centre = noise.standard_normal(SPACE.dimensions)
            made = centre + 0.8 * noise.standard_normal((PER_VIDEO, SPACE.dimensions))
            made = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)
            store.commit_video(owner, access=name, event=fakes.event())
            index = [Embedded(Vectors(SPACE, made))]
            store.commit_index(owner.id, fakes.record("index"), cut, index, event=fakes.event())
            rows.append(made)
            ids += [segment.id for segment in cut]
        every = np.concatenate(rows)
        held = np.repeat(classes, PER_VIDEO)
        print(
            "# Recall under a scope\n\n`scripts/bench noninterference`, "
            f"{len(ids):,} segments, {QUERIES} queries a row.\n\n"
            "| may be seen | recall@10, store | recall@10, filtered afterwards |\n|---|---|---|"
        )
        for share in SHARES:
            name = f"{share:.1%}"
            mine = np.flatnonzero(held == name)
            scope = scopes.classes(name)
            got, after = [], []
            for _ in range(QUERIES):
                near = every[noise.integers(len(every))] + 0.04 * noise.standard_normal(384)
                asked = (near / np.linalg.norm(near)).astype(np.float32)
                scores = every @ asked
                best = {ids[n] for n in mine[np.argsort(-scores[mine])[:TOP]]}
                leg = VectorLeg((Lane.SPEECH,), SPACE, asked)
                hits = {hit.segment for hit in store.search(leg, scope=scope, limit=TOP)}
                got.append(len(best & hits) / TOP)
                first = np.argsort(-scores)[:GLOBAL]
                after.append(len(best & {ids[n] for n in first if held[n] == name}) / TOP)
            print(f"| {name} | {np.mean(got):.3f} | {np.mean(after):.3f} |")
        store.close()


if __name__ == "__main__":
    main()
