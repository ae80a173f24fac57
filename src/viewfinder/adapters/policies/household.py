"""The default policy: your own footage, no ceremony, and nobody searched by body.

Everything in the library may be seen by whoever may open it. Questions that ask to
identify people, or to read mood, health, origin or orientation off them, are refused
with the rule, the reason and a lawful alternative. The rules are data
(``household.toml``), by language; a rule of any language holds in every language.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from viewfinder.domain.errors import PolicyError
from viewfinder.domain.policy import AccessRequest, Decision, Scope
from viewfinder.domain.provenance import digest_of
from viewfinder.ports import Plugin, PolicyEngine

ACTIONS = frozenset(
    {
        *("add", "search", "ask", "show", "export", "forget"),
        *("restrict", "consent", "hold", "audit", "configure", "approve"),
    }
)

_FILLERS = re.compile(
    r"\b(?:exactly|really|actually|precisely|genau|eigentlich|wirklich|exactement|vraiment|"
    r"exactamente|realmente)\b"
)
"""Words that change nothing about what is asked."""


@dataclass(frozen=True, slots=True)
class Config:
    """No settings: a loosened copy would be another policy."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A question is refused when a pattern matches and no exception does."""

    id: str
    reason: str
    alternative: str
    patterns: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]

    def refuses(self, question: str) -> bool:
        return any(p.search(question) for p in self.patterns) and not any(
            p.search(question) for p in self.unless
        )


class Household:
    def __init__(self, config: Config) -> None:
        self._config = config

    @property
    def version(self) -> str:
        return digest_of(files(__package__).joinpath("household.toml").read_bytes())

    def decide(self, request: AccessRequest) -> Decision:
        if request.action not in ACTIONS:
            return Decision(
                False,
                "unknown-action",
                f"This policy does not know the action {request.action!r}.",
                f"Known are {', '.join(sorted(ACTIONS))}.",
            )
        question = _plain(request.text)
        for rule in rules():
            if rule.refuses(question):
                return Decision(False, rule.id, rule.reason, rule.alternative)
        return Decision(True, "own-footage")

    def scope(
        self,
        request: AccessRequest,  # noqa: ARG002 - all alike
        classes: Sequence[str],  # noqa: ARG002
    ) -> Scope:
        return Scope._mint(None)


def _plain(text: str) -> str:
    """Return lower case without accents or look-alike punctuation, spaces folded."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(c for c in folded if not unicodedata.combining(c))
    plain = letters.replace("’", "'").replace("-", " ")
    return re.sub(r"\s+", " ", _FILLERS.sub(" ", plain)).strip()


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """Return the rules of ``household.toml``.

    ``{name}`` in a pattern stands for the alternatives listed under ``[words]``.

    Raises:
        PolicyError: A pattern is not a regular expression.
    """
    text = files(__package__).joinpath("household.toml").read_text("utf-8")
    table = tomllib.loads(text)
    words = {name: "|".join(alternatives) for name, alternatives in table["words"].items()}

    def pattern(source: str) -> re.Pattern[str]:
        for name, alternatives in words.items():
            source = source.replace("{" + name + "}", f"(?:{alternatives})")
        try:
            return re.compile(source)
        except re.error as error:
            raise PolicyError(f"household.toml: {source!r} is not a pattern: {error}") from error

    return tuple(
        Rule(
            rule["id"],
            rule["reason"],
            rule["alternative"],
            tuple(pattern(p) for p in rule["patterns"]),
            tuple(pattern(p) for p in rule.get("unless", ())),
        )
        for rule in table["rule"]
    )


plugin: Plugin[Config, PolicyEngine] = Plugin(Config, Household)
