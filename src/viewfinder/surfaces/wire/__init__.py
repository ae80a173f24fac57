"""What goes over the wire of the HTTP API: replies, streams, cursors, requests sent twice.

``surfaces.api`` has the routes; a module here is one matter that several of them share.
"""
