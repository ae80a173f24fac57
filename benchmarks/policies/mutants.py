"""Whether the cases of the profiles notice when a shipped rule is changed.

    python benchmarks/policies/mutants.py --report benchmarks/policies/mutants.md

Each mutant is the shipped rules with one change: a rule gone, permit and forbid swapped, a
condition negated, a conjunct, disjunct, `when` or `unless` gone, an operator, number, word,
action, role or fact exchanged. It is killed where a case of any profile comes out otherwise
than it says, or where the rules do not load any more (counted apart, and not as killed).

References:
    DeMillo, Lipton & Sayward, *Hints on Test Data Selection*, IEEE Computer 1978.
    https://doi.org/10.1109/C-M.1978.218136
    Martin & Xie, *A Fault Model and Mutation Testing of Access Control Policies*, WWW 2007.
    https://doi.org/10.1145/1242572.1242663
"""

from __future__ import annotations

import argparse
import re
import time
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from viewfinder.adapters.policies.cedar import profiles
from viewfinder.app.tasks import suites
from viewfinder.domain.errors import PolicyError

BASE = (files("viewfinder.adapters.policies.cedar") / "base.cedar").read_text("utf-8")
RULE = re.compile(r'(?:^@\w+\("[^"]*"\)\n)+^(?:permit|forbid) .*?;$', re.MULTILINE | re.DOTALL)
SAID = re.compile(r'^@\w+\("[^"]*"\)\n', re.MULTILINE)
ROLES = ("owner", "keeper", "member", "auditor", "reviewer", "staff", "researcher", "sealed-reader")
OPERATORS = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<"),
    ">=": (">", "<"),
    "==": ("!=",),
    "&&": ("||",),
    "||": ("&&",),
}
KINDS = (
    "rule gone",
    "effect swapped",
    "condition negated",
    "clause gone",
    "part gone",
    "operator",
    "number",
    "word",
    "action",
    "role",
    "resource",
    "fact",
)


def rules() -> list[str]:
    found = [hit[0] for hit in RULE.finditer(BASE)]
    assert len(found) == BASE.count("@id("), "a rule was not read"
    return found


def mutants() -> Iterator[tuple[str, str, str, str]]:
    """Yield (kind, rule, change, all rules with it)."""
    seen = {BASE}
    for rule in rules():
        said = "".join(SAID.findall(rule))
        body = rule.removeprefix(said)
        name = re.search(r'@id\("([^"]*)"\)', said)[1]  # type: ignore[index]
        for kind, changed in bodies(body):
            text = BASE.replace(rule, said + changed if changed else "")
            if text not in seen:
                seen.add(text)
                yield kind, name, difference(body, changed), text


def bodies(body: str) -> Iterator[tuple[str, str]]:
    """Yield (kind, changed body) of one rule; "" for a rule that is gone."""
    yield "rule gone", ""
    swap = {"permit": "forbid", "forbid": "permit"}
    yield "effect swapped", re.sub(r"^\w+", lambda hit: swap[hit[0]], body)
    for clause in re.finditer(r"(when|unless) \{(.*?)\}", body, re.DOTALL):
        inner = clause[2]
        yield "condition negated", spliced(body, clause.span(2), f" !({inner}) ")
        yield "clause gone", spliced(body, clause.span(), "")
        for part in parts(inner):
            start = clause.start(2) + part[0]
            yield "part gone", spliced(body, (start, clause.start(2) + part[1]), part[2])
    yield from exchanged(body, "operator", r"(?<= )(<=|>=|<|>|==|&&|\|\|)(?= )", OPERATORS.get)
    yield from exchanged(body, "number", r"(?<![\w\"])\d+(?![\w\"])", neighbours)
    yield from exchanged(
        body, "word", r'(?<=contains\()"[^"]+"|(?<=== )"[^"]*"', lambda _: ('"x"',)
    )
    yield from exchanged(body, "action", r'(?<=Action::)"\w+"', actions)
    yield from exchanged(body, "role", r'(?<=Role::)"[\w-]+"', roles)
    yield from exchanged(
        body, "resource", r"resource is (?:Footage|Library)", lambda _: ("resource",)
    )
    yield from exchanged(
        body, "fact", r"!context\.\S+|(?<![!.])\bcontext\.profile\.needs_\w+", flip
    )
    if "action in [" in body:
        listed = re.search(r"action in \[(.*?)\]", body, re.DOTALL)
        assert listed
        names = re.findall(r'Action::"\w+"', listed[1])
        for gone in names:
            kept = ", ".join(n for n in names if n != gone)
            if kept:
                yield "action", spliced(body, listed.span(), f"action in [{kept}]")


def parts(inner: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, instead) of each operand of `&&` and `||`, with its operator."""
    for hit in re.finditer(
        r"\s*(&&|\|\|)\s*(\((?:[^()]|\([^()]*\))*\)|[^&|()]+(?:\([^()]*\))?[^&|()]*)", inner
    ):
        yield hit.start(), hit.end(), " "
    for hit in re.finditer(r"(\([^()]*\)|[^&|(]+(?:\([^()]*\))?)\s*(&&|\|\|)", inner):
        yield hit.start(), hit.end(), " "


def spliced(text: str, span: tuple[int, int], instead: str) -> str:
    return text[: span[0]] + instead + text[span[1] :]


def exchanged(body: str, kind: str, pattern: str, others: object) -> Iterator[tuple[str, str]]:
    for hit in re.finditer(pattern, body):
        for other in others(hit[0]) or ():  # type: ignore[operator]
            yield kind, spliced(body, hit.span(), other)


def neighbours(number: str) -> tuple[str, ...]:
    return str(int(number) + 1), str(max(int(number) - 1, 0))


def actions(name: str) -> tuple[str, ...]:
    return ('"show"',) if name in ('"look"', '"export"') else ('"configure"',)


def roles(name: str) -> tuple[str, ...]:
    others = [role for role in ROLES if f'"{role}"' != name]
    return f'"{others[0]}"', f'"{others[-1]}"'


def flip(fact: str) -> tuple[str, ...]:
    return (fact[1:],) if fact.startswith("!") else (f"!{fact}",)


def difference(before: str, after: str) -> str:
    """Return the part of a body that changed, on one line."""
    if not after:
        return "-"
    start = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
    end = next(
        (i for i, (a, b) in enumerate(zip(before[::-1], after[::-1], strict=False)) if a != b), 0
    )
    was, now = (
        " ".join(text[max(start - 12, 0) : max(len(text) - end + 6, start)].split())
        for text in (before, after)
    )
    return f"{was} -> {now}"


def fate(text: str) -> str:
    """Return "broken" for rules that do not load, a profile whose case noticed, or ""."""
    for name in profiles.names():
        try:
            decides = suites.policy(name, base=text)
        except PolicyError:
            return "broken"
        if next(suites.failures(suites.shipped(name), decides), None):
            return name
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", type=Path)
    given = parser.parse_args()
    start = time.process_time()
    assert fate(BASE) == "", "the rules as shipped do not pass their own cases"
    made, killed, left = Counter[str](), Counter[str](), list[tuple[str, str, str]]()
    broken = 0
    for kind, rule, change, text in mutants():
        end = fate(text)
        if end == "broken":
            broken += 1
            continue
        made[kind] += 1
        killed[kind] += bool(end)
        if not end:
            left.append((kind, rule, change))
    n, dead = made.total(), killed.total()
    cases = sum(len(suites.shipped(name).cases) for name in profiles.names())
    lines = [
        "# Changed rules, and whether the cases notice",
        "",
        "`scripts/bench policies`",
        "",
        f"{len(rules())} rules, {cases} cases of {len(profiles.names())} profiles; "
        f"{n} mutants, **{dead} killed ({dead / n:.1%})**; {broken} more did not load "
        f"(Cedar checks rules against the schema) and are not counted. "
        f"CPU {time.process_time() - start:.0f} s.",
        "",
        "| change | mutants | killed |",
        "|---|---|---|",
        *(f"| {kind} | {made[kind]} | {killed[kind]} |" for kind in KINDS if made[kind]),
        "",
        "## Survivors",
        "",
        "| change | rule | |",
        "|---|---|---|",
        *(
            f"| {kind} | `{rule}` | `{change.replace('|', chr(92) + '|')}` |"
            for kind, rule, change in left
        ),
        "",
    ]
    text = "\n".join(lines)
    if given.report:
        kept = given.report.read_text("utf-8") if given.report.exists() else ""
        _, mark, why = kept.partition("## Why they survive\n")
        given.report.write_text(text + "\n" + mark + why if mark else text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
