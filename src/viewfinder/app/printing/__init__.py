"""Answers as pages that need nothing else: one value, and one file for each form."""
