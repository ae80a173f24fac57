"""Forms in which moments, answers and whole timelines are taken out of a library."""
