"""The library as tools of an assistant, over the Model Context Protocol.

References:
    *Model Context Protocol*, specification. https://modelcontextprotocol.io/specification
"""
