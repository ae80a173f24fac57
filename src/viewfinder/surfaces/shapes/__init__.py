"""Shapes of what the HTTP API takes and gives, for checks on the way in and for its document.

What is given is made by ``surfaces.documents`` and the like; a shape only describes it.
"""
