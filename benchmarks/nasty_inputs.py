"""Nasty inputs to every estimator and transformer: how many are answered, refused, or go wrong.

    python benchmarks/nasty_inputs.py [--cases 10000] [--first 0] [--only forecaster]
    python benchmarks/nasty_inputs.py --seed 1186        # one case again, with its traceback

Run it at the root of the repository. Every case has a number, which says what is called with what:
containers, dtypes, shapes, values, names and parameters. The tests run the first 500. A case is
right if it is answered rightly, or refused by a ValueError or TypeError that names an argument and
begins a way out; ``tests/nasty/judge.py`` says what else must hold. Prints a table of the outcomes,
and every violation with its number.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
import traceback
from collections import Counter, defaultdict
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.nasty.cases import SUBJECTS, nasty_case, subject_of
from tests.nasty.judge import Case, call, judge

GIGABYTES = 12  # of address space: what asks for more fails instead of stopping the machine


def show(seed: int) -> None:
    case: Case = nasty_case(seed)
    print(f"{seed}: {' | '.join(case.story)}")
    print(f"{case.model!r}.{case.method}")
    for name, value in case.data.items():
        print(f"{name} = {value!r:.2000}")
    print(judge(nasty_case(seed)))
    try:
        print(f"answer: {call(case, case.data)!r:.1000}")
    except Exception:
        traceback.print_exc()


def run(seeds: range, only: str | None) -> int:
    outcomes: dict[str, Counter[str]] = {name: Counter() for name in SUBJECTS}
    seconds: Counter[str] = Counter()
    kinds: dict[str, list[str]] = defaultdict(list)
    for seed in seeds:
        subject = subject_of(seed)
        if only not in (None, subject):
            continue
        start = time.perf_counter()
        case = nasty_case(seed)
        outcome = judge(case)
        seconds[subject] += time.perf_counter() - start
        outcomes[subject][outcome.kind] += 1
        if seed % 500 == 499:
            print(f"{seed + 1} cases", file=sys.stderr, flush=True)
        for violation in outcome.violations:
            print(f"{seed}: {' | '.join(case.story)}: {violation}", file=sys.stderr, flush=True)
            kinds[violation[:90]].append(f"{seed}: {' | '.join(case.story)}\n      {violation}")
    for found in sorted(kinds.values(), key=len, reverse=True):
        print(f"{len(found)} of a kind")
        print(*(f"   {line}" for line in found), sep="\n")
    table = pd.DataFrame(outcomes).T.reindex(columns=["right", "refused", "violation"])
    table = table.fillna(0).astype(int)
    table.loc["all"] = table.sum()
    table["seconds"] = [*(seconds[name] for name in SUBJECTS), seconds.total()]
    print(table.round(1).to_string())
    return int(table.loc["all", "violation"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", choices=list(SUBJECTS), default=None)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (GIGABYTES * 2**30,) * 2)
    if options.seed is not None:
        show(options.seed)
        return
    violations = run(range(options.first, options.first + options.cases), options.only)
    sys.exit(min(violations, 1))


if __name__ == "__main__":
    main()
