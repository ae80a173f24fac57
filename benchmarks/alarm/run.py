"""How many of those who abuse a library are noticed, and how often an alarm is for nothing.

    python benchmarks/alarm/run.py [--seed 1] > benchmarks/alarm/report.md

People are simulated over 60 days. Most work: by day, under cases or on many different
things, with bursts when a story breaks; some come back to one target for good reasons, some
work at night now and then. Abusers look one person up again and again without a case, empty
the library in an evening, or sit in it night after night. Who simulates people decides what
comes out: this shows that the limits separate what we could think of, and no more.
"""

from __future__ import annotations

import argparse
from collections import Counter
from datetime import datetime, timedelta
from random import Random

from viewfinder.evaluation.measures import wilson
from viewfinder.governance.keeping.alarm import Alarm, Use, alarms

START, DAYS = datetime(2026, 1, 5), 60
WORKERS, ABUSERS = 400, 60
TARGETS = 5_000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    dice = Random(parser.parse_args().seed)
    uses: list[Use] = []
    for number in range(WORKERS):
        uses += worker(f"worker {number}", dice)
    kinds = {}
    for number in range(ABUSERS):
        name = f"abuser {number}"
        kind = ("stalker", "thief", "night owl")[number % 3]
        kinds[name] = kind
        uses += {"stalker": stalker, "thief": thief, "night owl": night_owl}[kind](name, dice)
    uses.sort(key=lambda use: use.at)
    raised = alarms(uses)
    print(report(uses, raised, kinds))


def worker(name: str, dice: Random) -> list[Use]:
    """Return honest work: now and then at one target, at night, or exporting a lot."""
    done: list[Use] = []
    busy = dice.uniform(2, 25)
    favourite = str(dice.randrange(TARGETS))
    has_cases = dice.random() < 0.6
    for day in range(DAYS):
        date = START + timedelta(days=day)
        if date.weekday() >= 5 and dice.random() < 0.85:
            continue
        late = dice.random() < 0.03
        for _ in range(int(dice.expovariate(1 / busy))):
            hour = dice.gauss(22.5, 1) if late else dice.gauss(14, 3)
            at = date + timedelta(hours=min(23.9, max(5, hour)))
            case = f"case {dice.randrange(9)}" if has_cases and dice.random() < 0.8 else ""
            is_favourite = dice.random() < 0.02
            target = favourite if is_favourite else str(dice.randrange(TARGETS))
            named = (target,) if dice.random() < 0.4 else ()
            done.append(Use(at, name, "ask", case, named))
        for _ in range(dice.choice([0, 0, 0, 1, 2, 8])):
            at = date + timedelta(hours=dice.uniform(9, 18))
            done.append(Use(at, name, "export", "case 1" if has_cases else ""))
    return done


def stalker(name: str, dice: Random) -> list[Use]:
    """Return the work of somebody who also looks one person up on many days."""
    done, target = worker(name, dice), str(dice.randrange(TARGETS))
    first = dice.randrange(DAYS - 15)
    for day in range(first, first + 14):
        if dice.random() < 0.7:
            for _ in range(dice.randint(1, 3)):
                at = START + timedelta(days=day, hours=dice.uniform(8, 20))
                done.append(Use(at, name, "ask", "", (target,)))
    return done


def thief(name: str, dice: Random) -> list[Use]:
    """Return the work of somebody who takes the library home on one evening."""
    at = START + timedelta(days=dice.randrange(DAYS), hours=19)
    count = dice.randint(30, 200)
    taken = [
        Use(at + timedelta(minutes=dice.uniform(0, 180)), name, "export") for _ in range(count)
    ]
    return worker(name, dice) + taken


def night_owl(name: str, dice: Random) -> list[Use]:
    """Return the use of an account that is used at night, night after night."""
    done = []
    for day in range(dice.randrange(20), DAYS):
        if dice.random() < 0.6:
            for _ in range(dice.randint(2, 9)):
                at = START + timedelta(days=day, hours=dice.uniform(23, 28))
                done.append(Use(at, name, "ask", "", (str(dice.randrange(TARGETS)),)))
    return done


def report(uses: list[Use], raised: list[Alarm], kinds: dict[str, str]) -> str:
    noticed = {alarm.who for alarm in raised}
    false = [alarm for alarm in raised if alarm.who not in kinds]
    honest = sum(use.who not in kinds for use in uses)
    lines = [
        "# Misuse alarm, simulated",
        "",
        f"`scripts/bench alarm`: {WORKERS} honest people and {ABUSERS} who abuse, {DAYS} days, "
        f"{len(uses):,} uses.",
        "",
        "| | noticed | n | 95 % interval |",
        "|---|---|---|---|",
    ]
    for kind in ("stalker", "thief", "night owl", "all"):
        those = [name for name, what in kinds.items() if kind in (what, "all")]
        hit = sum(name in noticed for name in those)
        low, high = wilson(hit, len(those))
        lines.append(f"| {kind} | {hit / len(those):.2f} | {len(those)} | {low:.2f}-{high:.2f} |")
    per_thousand = 1000 * len(false) / honest
    by_kind = ", ".join(f"{kind} {n}" for kind, n in sorted(Counter(a.kind for a in false).items()))
    lines += [
        "",
        f"Alarms on honest people: {len(false)} in {honest:,} uses, {per_thousand:.2f} per 1,000 "
        f"({by_kind or 'none'}).",
        "",
        "Bars: 0.9 noticed, at most 1 alarm per 1,000 uses.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
