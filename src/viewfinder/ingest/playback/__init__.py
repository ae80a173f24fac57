"""Copies of footage that browsers can play, made inside the sandbox.

``parts`` encodes a few seconds at a time, from anywhere in the file; ``whole`` puts the
streams as they are into another container. Nothing here is imported by the parent process.
"""
