"""Plant errors in chains of the release and count how many the gross-error test finds: `supply_chain/planted.csv`."""

import csv
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array, hstack

from monazite.snapshot import Snapshot, open_snapshot
from monazite.supply_chain import build_supply_chain
from monazite.supply_chain.balance import KINDS, MEASURED, ChainSystem, build_system, describe_stages
from monazite.supply_chain.gross_errors import find_gross_errors
from monazite.supply_chain.newton import BalanceSystem, solve_balance
from monazite.supply_chain.pedigree import read_deviations, set_deviations
from monazite.supply_chain.planted import PLANTED, UNKNOWN_USE

CASES = (
    ("natural_graphite", 2022, "extraction"),
    ("natural_graphite", 2019, "extraction"),
    ("aluminium", 2020, "processing"),
    ("aluminium", 2023, "processing"),
    ("sulphur", 2020, "processing"),
    ("sulphur", 2022, "processing"),
)
"""Chains of which content and production are known in full; the first three are those of the first measurement."""
CLASSES = ((0.02, 0.1), (0.1, 0.3), (0.3, 9.0))
FACTORS = (5.0, 0.2)
TRIALS = 30
"""Lanes of each chain, class and factor, drawn from those whose two countries are not named as the reports stand."""
LARGE = 0.2
"""Relative standard deviation up to which a lane counts as well known (one of over 1 million USD). [1]"""
KNOWN_USE_SD = 0.2
"""Relative standard deviation of use where the tool pretends that somebody reports it. [1]"""
CLEAN, SEED = 200, 0
KNOWN_USE, CLOSED = "use known to 20 %", "nothing else contradicted"
TRADE = KINDS.index("trade")


@dataclass
class Count:
    """What was found of the errors of one class."""

    trials: int = 0
    named: int = 0
    listed: int = 0
    first: int = 0
    five: int = 0
    ten: int = 0

    def shares(self) -> list[float]:
        return [round(k / self.trials, 3) for k in (self.named, self.listed, self.first, self.five, self.ten)]


def read_system(data: Snapshot, material: str, year: int, stage: str) -> ChainSystem:
    deviations = read_deviations()
    chain = set_deviations(build_supply_chain(data, material=material, year=year), deviations)
    at = [str(name) for name in chain.arrays["stage"].values].index(stage)
    return build_system(chain, [at], describe_stages(chain), {}, deviations)


def report_use(built: ChainSystem) -> ChainSystem:
    """Pretend that use is reported as what is left over, known to 20 %: then surplus and deficit both contradict it."""
    system, kind = built.system, built.kind.copy()
    is_use = (kind == KINDS.index("use")) & (system.prior > 0)
    kind[is_use] = 0
    sd = np.where(is_use, KNOWN_USE_SD * system.prior, system.sd)
    other = BalanceSystem(system.coefficients, system.target, system.prior, sd, system.is_bounded)
    # without a use that gives way a residual has both signs
    inward = np.flatnonzero(kind == KINDS.index("residual_in"))
    out = other.coefficients[:, inward] * -1
    wide = BalanceSystem(
        csr_array(hstack([other.coefficients, out])), other.target,
        np.concatenate([np.where(kind == KINDS.index("residual_in"), 0.0, other.prior), np.zeros(len(inward))]),
        np.concatenate([other.sd, other.sd[inward]]), np.concatenate([other.is_bounded, np.ones(len(inward), bool)]),
    )  # fmt: skip
    more = np.full(len(inward), KINDS.index("residual_out"))
    return ChainSystem(
        wide, built.row_stage, built.row_country, np.concatenate([kind, more]),
        *(np.concatenate([part, part[inward]]) for part in (built.stage, built.country, built.importer)),
    )  # fmt: skip


def close_balances(built: ChainSystem) -> ChainSystem:
    """Take the reconciled figures for reports, what nothing explains as production: nothing contradicts anything."""
    system, kind = built.system, built.kind.copy()
    truth = solve_balance(system).value
    is_report, is_lack = kind < len(MEASURED), kind == KINDS.index("residual_in")
    relative = np.where(is_report, system.sd / np.maximum(system.prior, 1e-300), 0.13)
    lacks = np.flatnonzero(is_lack & (truth > 1e-9))
    sd = np.where(is_report & (truth > 0), relative * truth, system.sd)
    whole = BalanceSystem(
        csr_array(hstack([system.coefficients, system.coefficients[:, lacks]])), system.target,
        np.concatenate([np.where(is_lack, 0.0, truth), truth[lacks]]), np.concatenate([sd, 0.13 * truth[lacks]]),
        np.concatenate([system.is_bounded, np.ones(len(lacks), bool)]),
    )  # fmt: skip
    return ChainSystem(
        whole, built.row_stage, built.row_country, np.concatenate([kind, np.zeros(len(lacks), int)]),
        *(np.concatenate([part, part[lacks]]) for part in (built.stage, built.country, built.importer)),
    )  # fmt: skip


def carried(built: ChainSystem) -> np.ndarray:
    """Share of each lane in what its exporter has, NaN for other flows."""
    system = built.system
    prior = np.where(built.kind < len(MEASURED), system.prior, 0.0)
    moved = system.coefficients.multiply(prior).tocsr()
    through = np.maximum(
        *(np.asarray(part.sum(axis=1)).ravel() for part in (moved.maximum(0), (-moved).maximum(0)))
    )
    row = {int(country): number for number, country in enumerate(built.row_country)}
    share = np.full(len(prior), np.nan)
    for k in np.flatnonzero(built.kind == TRADE):
        share[k] = prior[k] / through[row[int(built.country[k])]]
    return share


def plant(built: ChainSystem, lane: int, factor: float) -> ChainSystem:
    """Multiply one report, and its deviation with it, as the pedigree would."""
    system = built.system
    prior, sd = system.prior.copy(), system.sd.copy()
    prior[lane] *= factor
    sd[lane] *= factor
    wrong = BalanceSystem(system.coefficients, system.target, prior, sd, system.is_bounded)
    return ChainSystem(
        wrong, built.row_stage, built.row_country, built.kind, built.stage, built.country, built.importer
    )


def named_countries(built: ChainSystem) -> list[int]:
    """List the countries that are named as the reports stand: finding them again finds no planted error."""
    value = solve_balance(built.system).value
    named = find_gross_errors(built, value - built.system.prior).suspicions
    return [int(built.row_country[suspicion.row]) for suspicion in named]


def try_one(built: ChainSystem, lane: int, factor: float, count: Count) -> None:
    wrong = plant(built, lane, factor)
    value = solve_balance(wrong.system).value
    found = find_gross_errors(wrong, value - wrong.system.prior)
    pair = {int(built.country[lane]), int(built.importer[lane])}
    near = [s for s in found.suspicions if int(built.row_country[s.row]) in pair]
    count.trials += 1
    count.named += bool(near)
    is_listed = any(lane in s.flows for s in near)
    count.listed += is_listed
    count.first += is_listed or lane in found.ranked[:1]
    count.five += is_listed or lane in found.ranked[:5]
    count.ten += is_listed or lane in found.ranked[:10]


def count_class(
    systems: Sequence[ChainSystem], setup: str, factor: float, low: float, high: float
) -> dict[str, Count]:
    """Plant errors in lanes of one class of all chains: what was found, of all lanes and of the large ones."""
    counts = {"all": Count(), "large": Count()}
    for number, built in enumerate(systems):
        there = {UNKNOWN_USE: built, KNOWN_USE: report_use(built), CLOSED: close_balances(built)}[setup]
        share, before = carried(built), named_countries(there)
        is_named = np.isin(built.country, before) | np.isin(built.importer, before)
        lanes = np.flatnonzero((share >= low) & (share < high) & ~is_named)
        for lane in np.random.default_rng([SEED, number]).permutation(lanes)[:TRIALS]:
            relative = built.system.sd[lane] / built.system.prior[lane]
            for size in ("all", "large") if relative < LARGE else ("all",):
                try_one(there, int(lane), factor, counts[size])
    return counts


def measure(data: Snapshot) -> Iterator[tuple[str, str, float, float, float, Count]]:
    systems = [read_system(data, *case) for case in CASES]
    for setup in (UNKNOWN_USE, KNOWN_USE, CLOSED):
        for factor in FACTORS:
            for low, high in CLASSES:
                for size, count in count_class(systems, setup, factor, low, high).items():
                    print(setup, factor, low, high, size, count.trials, *count.shares(), flush=True)
                    yield setup, size, factor, low, high, count


def false_alarms(data: Snapshot) -> float:
    """Share of chains without an error in which a balance is named: reconciled figures moved by ordinary errors."""
    alarms = 0
    for number, case in enumerate(CASES):
        built = read_system(data, *case)
        system = built.system
        truth = solve_balance(system).value
        is_report = built.kind < len(MEASURED)
        # what nothing explains is counted as production, so that the truth balances
        extra = np.flatnonzero(built.kind == KINDS.index("residual_in"))
        kind = built.kind.copy()
        kind[extra] = 0
        relative = np.where(is_report, system.sd / np.maximum(system.prior, 1e-300), 0.13)
        spread = np.sqrt(np.log1p(relative**2))
        is_shaken = (kind < len(MEASURED)) & (truth > 0)
        for draw in range(CLEAN // len(CASES) + 1):
            noise = np.random.default_rng([SEED, number, draw]).standard_normal(len(truth))
            moved = np.where(is_shaken, truth * np.exp(spread * noise - spread**2 / 2), truth)
            sd = np.where(is_shaken, relative * moved, 1.0)
            shaken = BalanceSystem(system.coefficients, system.target, moved, sd, system.is_bounded)
            clean = ChainSystem(
                shaken, built.row_stage, built.row_country, kind, built.stage, built.country, built.importer
            )
            alarms += bool(find_gross_errors(clean, np.zeros(len(truth))).suspicions)
    return alarms / (len(CASES) * (CLEAN // len(CASES) + 1))


def main() -> None:
    data = open_snapshot()
    print(f"chains without an error in which a balance is named: {false_alarms(data):.3f}")
    rows = list(measure(data))
    if "--write" in sys.argv:
        with Path(PLANTED).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["setup", "lanes", "factor", "share_low", "share_high", "trials", "named_share",
                             "listed_share", "first_share", "five_share", "ten_share"])  # fmt: skip
            writer.writerows([s, z, f, lo, hi, c.trials, *c.shares()] for s, z, f, lo, hi, c in rows)


if __name__ == "__main__":
    main()
