"""A study in a few lines, also while it runs."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from isacplan.sweeps.evaluate import STATUS
from isacplan.sweeps.folder import RESULTS, Study

HEADLINES = {
    "frame": ("rate_bit_per_hz", "sensing_duration_s", "n_updates", "gap"),
    "split": ("capacity_bps", "position_rmse_m"),
    "simulate": ("trials",),
}
"""What is told of each kind of point, by the keys of the table of quantities."""

MESSAGES = 3
"""Reasons that are shown, the most frequent first."""


def summary_values(study: Study) -> dict[str, Any]:
    """Plain values for one JSON object.

    Parameters
    ----------
    study : Study

    Returns
    -------
    dict
    """
    counts, why = Counter[str](), Counter[str]()
    ranges: dict[str, list[float]] = {}
    for _, record in study.records():
        counts[STATUS[record["status"]]] += 1
        if record["message"]:
            why[f"{STATUS[record['status']]}: {record['message']}"] += 1
        for key, value in _headlines(study, record["answer"]):
            low, high = ranges.get(key, [value, value])
            ranges[key] = [min(low, value), max(high, value)]
    n = study.plan.n_points
    results = study.folder / RESULTS
    return {
        "kind": "sweep",
        **{
            key: study.attributes[key] for key in ("evaluate", "name", "version", "seed", "command")
        },
        "points": n,
        "finished": counts.total(),
        "status": {name: counts[name] for name in STATUS.values()},
        "dimensions": dict(zip(study.plan.names, study.plan.shape, strict=True)),
        "ranges": ranges,
        "messages": [message for message, _ in why.most_common(MESSAGES)],
        "store": str(study.folder),
        "results": str(results) if results.exists() else None,
    }


def _headlines(study: Study, answer: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for key in HEADLINES[study.plan.task["evaluate"]]:
        value = answer.get(key)
        if isinstance(value, int | float):
            yield key, float(value)


def summary_text(study: Study) -> str:
    """Lines to print.

    Parameters
    ----------
    study : Study

    Returns
    -------
    str
    """
    v = summary_values(study)
    lines = [
        f"{v['name'] or 'sweep'}: {v['finished']} of {v['points']} points",
        *(f"  {name:<32}{size} values" for name, size in v["dimensions"].items()),
    ]
    if v["finished"]:
        found = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in v["status"].items() if n)
        lines.append(f"{'status':<34}{found}")
    lines += [f"{key:<34}{low:.5g} to {high:.5g}" for key, (low, high) in v["ranges"].items()]
    lines += [f"  {message}" for message in v["messages"]]
    where = v["results"] or f"{v['store']} (not complete: the command that began it continues it)"
    return "\n".join([*lines, f"{'results':<34}{where}"])
