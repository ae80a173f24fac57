"""Sentences that talk to the machine instead of asking about the footage.

Used on both sides: such a sentence in a question is set aside, and such words found in
footage are shown as found, marked, and never obeyed (docs/decisions/0012).
"""

from __future__ import annotations

import re

_ORDERS = re.compile(
    r"""(?ix)
    \b(ignore|disregard|forget|override|bypass)\b .{0,40}
        \b(instructions?|rules?|prompts?|guidelines?|polic(?:y|ies)|restrictions?)\b
  | \b(ignorier\w*|vergiss|missachte\w*)\b .{0,40} \b(anweisung\w*|regeln?|vorgaben?)\b
  | \b(ignore[zr]?|oublie[zr]?)\b .{0,40} \b(instructions?|consignes?|r[èe]gles?)\b
  | \b(ignora|olvida|omite)\b .{0,40} \b(instrucciones|reglas|indicaciones)\b
  | \b(system|developer)\s*(prompt|mode|message)\b
  | ^\s*(system|assistant|developer)\s*:
  | \bfrom\s+now\s+on\b .{0,60} \b(answer|respond|reply|say|you|act)\b
  | \b(ab\s+jetzt|von\s+nun\s+an)\b .{0,60} \b(antworte\w*|sag\w*|du)\b
  | \b(d[ée]sormais|[àa]\s+partir\s+de\s+maintenant)\b .{0,60} \b(r[ée]ponds?|dis|tu|vous)\b
  | \b(a\s+partir\s+de\s+ahora|desde\s+ahora)\b .{0,60} \b(responde\w*|di|contesta\w*)\b
  | \byou\s+are\s+now\s+(?:a|an|in|no\s+longer)\b
  | \b(jailbreak|DAN\s+mode|sudo)\b
  | \b(list|show|print|reveal|dump|read)\b .{0,30}
        \b(folders?|director(?:y|ies)|files?|paths?|passwords?|keys?|environment|secrets?)\b
        .{0,30} \b(server|system|machine|host|disk|computer)\b
  | \b(print|reveal|show|repeat)\b .{0,20} \byour\b .{0,20} \b(prompt|instructions?|rules?|code)\b
    """
)
_BREAK = re.compile(r"(?<=[.!?;])\s+|\n+")


def addresses_machine(text: str) -> bool:
    """Tell whether a sentence gives orders to a machine that reads it."""
    return bool(_ORDERS.search(text))


def remainder(question: str) -> str:
    """Return the question without sentences that give orders; empty if nothing is left."""
    kept = [s.strip() for s in _BREAK.split(question) if not addresses_machine(s)]
    return " ".join(s for s in kept if re.search(r"\w", s))
