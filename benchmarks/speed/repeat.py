"""Writes a video several times over into one file, packet by packet, without encoding.

python benchmarks/speed/repeat.py lecture-1080p25.mp4 lecture-long.mp4 4
"""

from __future__ import annotations

import sys
from pathlib import Path

import av


def main(source: Path, target: Path, times: int) -> None:
    with av.open(str(target), "w") as made:
        streams = {}
        for n in range(times):
            with av.open(str(source)) as given:
                length_s = given.duration / av.time_base
                for stream in given.streams:
                    if stream.index not in streams:
                        streams[stream.index] = made.add_stream_from_template(stream)
                for packet in given.demux():
                    if packet.dts is None:
                        continue
                    shift = round(n * length_s / packet.time_base)
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = streams[packet.stream.index]
                    made.mux(packet)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
