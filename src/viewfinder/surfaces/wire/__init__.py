"""What goes over the wire of the HTTP API: replies, streams, cursors, and shapes of documents.

``surfaces.api`` has the routes; a module here is one matter that several of them share.
"""
