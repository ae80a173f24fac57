"""The four uses of a language model, each alone switchable, all off by default.

``plan`` reads a question into a plan, ``rewrite`` words a follow-up so that it stands alone,
``judge`` says of found moments what they meet, ``draft`` words claims over released evidence.
The model proposes; rules outside it decide what stands (docs/decisions/0034).
"""
