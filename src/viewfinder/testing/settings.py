"""Settings of libraries that are quick to make: words alone, by a hash, in one process."""

from __future__ import annotations

LIGHT = """\
executor = "inline"
[ingest]
wait_for_copy_s = 0
[recognisers]
speech = ""
screen_text = ""
picture = ""
joint = ""
text = "hashing"
multilingual = ""
"""
"""``viewfinder.toml`` of a library that needs no weights."""

GOVERNED = f'policy = "cedar"\n{LIGHT}'
"""The same, where policies decide."""
