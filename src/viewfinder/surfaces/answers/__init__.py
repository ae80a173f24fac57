"""Answers as pages show them: what stands in a turn, a moment and a plan, ready for a template.

Nothing here decides, ranks or filters: it puts into words and addresses what ``Library`` gave.
"""
