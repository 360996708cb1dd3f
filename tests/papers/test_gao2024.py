import tomllib
from pathlib import Path

import numpy as np
import pytest

from isacplan.papers.claim import graded, stated
from isacplan.papers.gao2024.facts import PRINTED_CAPACITY_MBPS, PRINTED_POINTS, facts, numbers
from isacplan.papers.gao2024.figures import figure_2, figure_2_beyond, figure_3, winners_figure
from isacplan.report.curves import figure_from_dict, figure_to_dict

PUBLISHED = tomllib.loads(
    (Path(__file__).parents[1] / "published" / "gao2024.toml").read_text(encoding="utf-8")
)


AGREEMENT = {
    "angle_over_printed": 1.0,
    "delay_over_printed": 8.0,
    "delay_over_exact": 1.0,
    "capacity_distance": 0.01,
    "capacity_half_widths": 1.0,
    "n_points": 1.0,
}


@pytest.fixture(scope="module")
def found():
    return numbers()


def test_printed_numbers_are_those_of_the_paper():
    example = PUBLISHED["example"]
    assert example["full_capacity_mbps"] == PRINTED_CAPACITY_MBPS
    assert [(p["capacity_mbps"], p["crb_db"]) for p in example["points"]] == list(PRINTED_POINTS)


def test_verdicts(found):
    claims = {claim.id: claim for claim in graded("gao2024", facts(found, AGREEMENT))}
    assert set(facts(found, AGREEMENT)) == {words["id"] for words in stated("gao2024")}
    reproduced = {name for name, claim in claims.items() if claim.verdict == "reproduced"}
    assert reproduced >= {
        "gao2024-1-capacity",
        "gao2024-2-minus-1-db",
        "gao2024-3-frequency-8",
        "gao2024-3-frequency-32",
        "gao2024-4-snr",
        "gao2024-5-returns",
    }
    assert claims["gao2024-2-minus-14-db"].verdict == "direction only"
    assert claims["gao2024-3-time-32"].verdict == "direction only"


def test_verdicts_follow_the_numbers(found):
    good = {
        **found,
        "crb_db": [-1.0, -1.4],
        "lead_db": {**dict.fromkeys(found["lead_db"], 1.0), "32-30": -1.0},
        "reversal": 0.9,
    }
    agreement = {**AGREEMENT, "delay_over_printed": 1.0}
    assert {fact.verdict for fact in facts(good, agreement).values()} == {"reproduced"}
    bad = {
        **found,
        "capacity_mbps": 50.0,
        "crb_db": [-1.2, -1.0],
        "lead_db": {**dict.fromkeys(found["lead_db"], -1.0), "32-30": 1.0},
        "time_spread_db": 3.0,
        "information": {"0.05": 0.5, "0.33": 0.9},
    }
    agreement = {**AGREEMENT, "angle_over_printed": 2.0}
    assert {fact.verdict for fact in facts(bad, agreement).values()} == {"contradicted"}


@pytest.mark.parametrize("n_antennas", [8, 32])
def test_markers_lie_on_the_curves(n_antennas):
    lines = figure_2(n_antennas).panels[0].lines
    curve = next(one for one in lines if one.label == "15 dB, frequency")
    markers = [one for one in lines if one.style == "points" and one.colour == curve.colour][1]
    x, y = (np.array(v, float) for v in (curve.x, curve.y))
    order = np.argsort(x)
    inside = [
        (a, b) for a, b in zip(markers.x, markers.y, strict=True) if x.min() < a < 0.95 * x.max()
    ]
    assert len(inside) > 5
    for a, b in inside:
        # Whole pilots and linear interpolation between drawn points.
        assert b == pytest.approx(np.interp(a, x[order], y[order]), abs=0.1)


@pytest.mark.parametrize("draw", [figure_2, figure_2_beyond, figure_3])
def test_figures_survive_json(draw):
    figure = draw(8)
    assert figure_from_dict(figure_to_dict(figure)) == figure


def test_map_of_winners_contains_the_printed_cases():
    heat = winners_figure().panels[1].heat
    for case in PUBLISHED["winners"]:
        row = heat.y.index(float(case["n_antennas"]))
        column = heat.x.index(case["snr_db"])
        assert heat.names[int(heat.values[row][column])] == case["winner"]
