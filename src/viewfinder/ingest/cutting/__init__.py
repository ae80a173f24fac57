"""What writes parts of media anew: clips and stills. Runs inside the sandbox, like ``worker``.

Only ``lettering`` is used by the parent process too: it touches no footage.
"""
