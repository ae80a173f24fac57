"""Moments as editing programs read them: timecode, sources, sequences, and one file per format."""
