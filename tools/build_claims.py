"""
Write docs/explanation/claims.md from the release; run it after a rebuild of the release.

    python tools/build_claims.py

Every figure on the page comes from here, and a test compares the page with a fresh build.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from monazite.snapshot import Snapshot, open_snapshot  # noqa: E402
from monazite.supply_chain import list_act_materials, owner_shares, read_owner_tables  # noqa: E402
from monazite.tracing import TraceOptions  # noqa: E402
from monazite.tracing.compare import compare_ways  # noqa: E402
from monazite.tracing.compare_rows import WAYS  # noqa: E402
from monazite.tracing.explain import is_range  # noqa: E402
from monazite.vocabulary import country_name  # noqa: E402

PAGE = ROOT / "docs" / "explanation" / "claims.md"
YEAR, IMPORTER, DRAWS = 2024, "EU27", 40
ELEMENTS = ("cerium", "lanthanum", "neodymium", "praseodymium", "samarium", "yttrium", "ytterbium")
"""Rare earths of which the study of the European Commission says where the Union gets them."""
HEAVY = ("dysprosium", "terbium", "gadolinium", "yttrium")
Record = dict[str, object]
WORLD = """
SELECT material, supply_share FROM supply_shares WHERE country = 'CHN' AND stage = 'processing'
  AND list_contains($materials, material) AND source_id = 'eu_crm_2023' ORDER BY material
"""
MINED = """
SELECT country, production_t FROM production
WHERE material = $material AND stage = 'extraction' AND year = $year AND production_t > 0 ORDER BY country
"""

INTRODUCTION = """# Claims about dependence, answered

Written by `tools/build_claims.py` from release {release}; do not edit. All shares are of what the European Union buys
from outside, in {year} unless the row says other years. In brackets: at least and at most, as what is unknown may be
anybody's (nothing else by control, as owners of a part are not known, and where more is unknown than is known to be
the country's); 5 and 95 % quantiles over {draws} draws from the standard deviations of the reports, or what the printed
digits of a published share allow. A dash: cannot be told.

    monazite trace --material strategic --importer EU27 --year {year} --by all --picture ways.svg

What the ways are and assume: [tracing](tracing.md). How contents are estimated:
[decision 0009](../decisions/0009-estimated-contents.md).
"""


def compare(data: Snapshot, materials: Sequence[str]) -> list[Record]:
    """Compare the ways as `monazite trace --by all` does."""
    options = TraceOptions(unknown_content="estimate", draws=DRAWS, seed=0)
    return compare_ways(data, materials=materials, importers=[IMPORTER], years=[YEAR], options=options)[0]


def groups_of(records: Sequence[Record]) -> list[dict[str, Record]]:
    """Group the four ways of each material, stage and country that can be told at all."""
    parts = [records[start : start + len(WAYS)] for start in range(0, len(records), len(WAYS))]
    return [
        {str(record["by"]): record for record in part}
        for part in parts
        if part[0]["country"] != "unknown" and any(record["value"] is not None for record in part)
    ]


def cell(record: Record) -> str:
    """Write a share with its interval: `55.7 (51-61)`, in percent."""
    if record["value"] is None:
        return "-"
    value = f"{100 * float(str(record['value'])):.1f}"
    if record.get("low") is None:
        return value
    low, high = (100 * float(str(record[name])) for name in ("low", "high"))
    if is_range(record):
        return f"{low:.0f} to {high:.0f}"
    decimals = 1 if round(high) - round(low) < 1 else 0
    return f"{value} ({low:.{decimals}f}-{high:.{decimals}f})"


def weight(record: Record) -> str:
    """Say what the shares of a row are of."""
    text = str(record["weight"])
    return text if text.startswith("published") else "estimated" if "estimated" in text else "contained"


def table(groups: Sequence[dict[str, Record]]) -> str:
    """Write a Markdown table of groups, shares in percent."""
    lines = ["| material | stage | contents | country | " + " | ".join(WAYS) + " |", "|" + " --- |" * 8]
    for group in groups:
        first = next(record for record in group.values() if record["value"] is not None)
        names = [str(first["material"]).replace("_", " "), str(first["stage"]), weight(first)]
        names.append(country_name(str(first["country"])))
        lines.append("| " + " | ".join([*names, *(cell(group[way]) for way in WAYS)]) + " |")
    return "\n".join(lines)


def told(groups: Sequence[dict[str, Record]], material: str, country: str, way: str) -> Record:
    """Find one record."""
    for group in groups:
        record = group[way]
        if (record["material"], record["country"]) == (material, country):
            return record
    raise KeyError((material, country, way))


def span(record: Record) -> str:
    """Write a share and its interval in words: `55.7 % (51 to 61 %)`, or only the interval (`is_range`)."""
    value, low, high = (100 * float(str(record[name])) for name in ("value", "low", "high"))
    if is_range(record):
        return f"{low:.0f} to {high:.0f} %"
    return f"{value:.1f} % ({low:.0f} to {high:.0f} %)"


def extent(record: Record) -> str:
    """Write the interval of a share in words: `67 to 98 %`."""
    low, high = (100 * float(str(record[name])) for name in ("low", "high"))
    return f"{low:.0f} to {high:.0f} %"


def write_rare_earths(data: Snapshot, groups: Sequence[dict[str, Record]]) -> str:
    """Answer the first claim."""
    get: Callable[[str], str] = lambda way: span(told(groups, "rare_earths", "CHN", way))  # noqa: E731
    rows = data.query(WORLD, {"materials": list(HEAVY)})
    world = {
        str(name): float(share) for name, share in zip(rows["material"], rows["supply_share"], strict=True)
    }
    full = [name for name in HEAVY if world.get(name, 0.0) >= 0.995]
    light, heavy = (told(groups, name, "CHN", "partner") for name in ("neodymium", "yttrium"))
    mined = told(groups, "neodymium", "CHN", "extraction")
    best, most = (
        max(
            float(str(group[way][name]))
            for group in groups
            for way in WAYS
            if group[way]["value"] is not None and group[way]["country"] == "CHN"
        )
        for name in ("value", "high")
    )
    separated = 100 * min(world[name] for name in full)
    return f"""## "Europe gets up to 99 % of its critical rare earths from China"

Not as customs see it. Of the oxides in what the Union bought of rare-earth compounds and metals in {YEAR}, China had

- by customs partner {get("partner")};
- by traced extraction {get("extraction")};
- by processing {get("processing")}: no source gives tonnes of separation for all elements,
  so a partner that is listed as a maker ships its own, and the rest is unknown;
- by control of the mines {get("control")}.

By element, the Commission's study (mean of 2016-2020) gives {span(light)} for neodymium and
the other light ones, and {span(heavy)} for yttrium and ytterbium, by partner. China separates
more of the world's than it mines, so of the light ones {extent(mined)} were mined there. The share by partner is the
highest that is documented: {100 * best:.1f} %. With what is unknown, the figures allow up to {100 * most:.0f} %.

The claim is right about something else: who separates. The same study has China at {separated:.0f} % of the world's
separation of {", ".join(full[:-1])} and {full[-1]}. What others ship of these was separated in
China, or recycled; customs do not say.

{table(groups)}
"""


def write_cobalt(data: Snapshot, groups: Sequence[dict[str, Record]]) -> str:
    """Answer the second claim."""
    rows = data.query(MINED, {"material": "cobalt", "year": YEAR})
    mined = dict(zip(map(str, rows["country"]), map(float, rows["production_t"]), strict=True))
    total = sum(mined.values())
    tables = read_owner_tables(data, material="cobalt", stage="extraction")
    owners = owner_shares(tables, "cobalt", YEAR, "control", stage="extraction", origins=list(mined))
    here = owners.sel(origin="COD", owner="CHN")
    weights = np.array([mined[str(origin)] / total for origin in owners["origin"].values])
    chinese = [float(weights @ owners[name].sel(owner="CHN").values) for name in ("low", "high")]
    congo, congo_total = mined["COD"], 100 * mined["COD"] / total
    low, high = (100 * float(here[name]) for name in ("low", "high"))
    partner, control = (told(groups, "cobalt", "CHN", way) for way in ("partner", "control"))
    mine = told(groups, "cobalt", "COD", "extraction")
    seen = told(groups, "cobalt", "COD", "partner")
    unknown = 100 * float(str(told(groups, "cobalt", "CHN", "control")["unknown"]))
    return f"""## "Cobalt comes mostly from Chinese-controlled mines in Congo"

It comes mostly from Congo, and about half to three quarters of that is under Chinese control; whether the two together
are most of the world's, the figures do not decide.

- Congo mined {congo:,.0f} of {total:,.0f} t in {YEAR}, {congo_total:.1f} %.
- Owners who sit in China control {low:.1f} to {high:.1f} % of what Congo mines (see [control](control.md)).
- Of the world's cobalt they control at least {100 * chinese[0]:.1f} %, through mines of which owners and output are
  known, and at most {100 * chinese[1]:.1f} %.

Of what the Union buys as oxides, metal and powders, less can be said. China is the partner for
{span(partner)}; Congo for {span(seen)}, as it is taken to ship crude hydroxide only.
Traced to the mine, Congo has {span(mine)}: what China refines was mined there. By control of the mines
China has {span(control)}; {unknown:.0f} % of the owners are unknown, mostly because Finland, Canada,
the United States and others ship cobalt of which nobody records the ore.

{table(groups)}
"""


def write_strategic(records: Sequence[Record], groups: Sequence[dict[str, Record]]) -> str:
    """Write the whole table, the sentences on differences, and what cannot be told."""
    notes = [
        f"- {str(record['material']).replace('_', ' ')}, {record['stage']}: {record['note']}."
        for group in groups
        for record in group.values()
        if record.get("note")
    ]
    contents = dict.fromkeys(
        f"- {str(record['material']).replace('_', ' ')}: {record['content']}."
        for record in records
        if record.get("content")
    )
    reasons: dict[tuple[str, str], dict[str, None]] = {}
    for record in records:
        if record.get("reason"):
            way, text = str(record["reason"]).split(": ", 1)
            reasons.setdefault((str(record["material"]), text.rstrip(".")), {})[way] = None
    untold = [
        f"- {name.replace('_', ' ')}{'' if len(ways) == len(WAYS) else ' by ' + ', '.join(ways)}: {text}."
        for (name, text), ways in reasons.items()
    ]
    return "\n".join(
        [
            "## Every strategic material\n",
            "China, and the largest country by each way. `published`: shares of supply from the Commission's study of\n"
            "2023, for want of trade in processed form.\n",
            table(groups),
            "\n### Where the ways differ by more than ten points\n",
            *dict.fromkeys(notes),
            "\n### Contents that are estimated\n",
            *contents,
            "\n### What cannot be told\n",
            *untold,
            "",
        ]
    )


def build_page(data: Snapshot) -> str:
    """Build the page."""
    listed = list_act_materials("strategic")
    extra = [name for name in ELEMENTS if name not in listed]
    records = compare(data, [*listed, *extra])
    strategic = [record for record in records if record["material"] not in extra]
    elements = [record for record in records if record["material"] in ("rare_earths", *ELEMENTS)]
    cobalt = [record for record in records if record["material"] == "cobalt"]
    introduction = INTRODUCTION.format(release=data.manifest.release, year=YEAR, draws=DRAWS)
    return "\n".join(
        [
            introduction,
            write_rare_earths(data, groups_of(elements)),
            write_cobalt(data, groups_of(cobalt)),
            write_strategic(strategic, groups_of(strategic)),
        ]
    )


def main() -> None:
    """Write the page."""
    PAGE.write_text(build_page(open_snapshot()), encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
