"""The server put together from ``surfaces.api`` and ``surfaces.web``, and its command."""
