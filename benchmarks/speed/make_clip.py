"""Makes the clip of the speed report: 1080p25 H.264 with speech, from any video with speech.

    python benchmarks/speed/make_clip.py physicsworks.webm lecture-1080p25.mp4

The picture is enlarged, with film grain so that it costs what camera footage costs; the
sound is kept as AAC.
"""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

SIZE = (1920, 1080)
RATE = 25


def main(source: Path, target: Path) -> None:
    grain = np.random.default_rng(1).integers(-6, 7, (8, SIZE[1], SIZE[0], 1), np.int16)
    with av.open(str(source)) as given, av.open(str(target), "w") as made:
        picture = made.add_stream("libx264", rate=RATE, options={"preset": "veryfast", "g": "125"})
        picture.width, picture.height = SIZE
        picture.pix_fmt, picture.bit_rate = "yuv420p", 5_000_000
        sound = made.add_stream("aac", rate=48_000)
        sound.layout = "mono"
        resampler = av.AudioResampler("fltp", "mono", 48_000, 1024)
        shown, heard = 0, 0
        for frame in given.decode(video=0, audio=0):
            if isinstance(frame, av.AudioFrame):
                for piece in resampler.resample(frame):
                    piece.pts, piece.time_base = heard, Fraction(1, 48_000)
                    heard += piece.samples
                    made.mux(sound.encode(piece))
                continue
            large = frame.reformat(*SIZE, format="rgb24").to_ndarray().astype(np.int16)
            while shown / RATE <= frame.time:
                noisy = np.clip(large + grain[shown % 8], 0, 255).astype(np.uint8)
                out = av.VideoFrame.from_ndarray(noisy, format="rgb24")
                out.pts, out.time_base = shown, Fraction(1, RATE)
                shown += 1
                made.mux(picture.encode(out))
        made.mux(picture.encode())
        made.mux(sound.encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
