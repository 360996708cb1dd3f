"""A legal 5G configuration as text and as plain data."""

from dataclasses import asdict, dataclass

import numpy as np

from isacplan import __version__
from isacplan.frame import FrameProblem
from isacplan.nr.information_elements import frame_elements, prs_blocks
from isacplan.nr.legal_frame import LegalFrame, legal_frame
from isacplan.nr.services import Check, check_frame
from isacplan.nr.tables import dmrs_positions, numerology, resource_blocks, spacing_hz, srs_users
from isacplan.report.frame import certificate_basis
from isacplan.report.services import check_lines, check_values
from isacplan.results import Answer, Record
from isacplan.scenario import FrameScenario, Scene, frame_problem, frame_scene, scenario_to_dict

DEFAULT_BANDWIDTH_HZ = 20e6


@dataclass(frozen=True, kw_only=True, eq=False)
class LegalReport(Answer):
    """A scenario and its best legal configuration.

    Parameters
    ----------
    scene : Scene
    frame : LegalFrame
    bandwidth : float
        Of the carrier [Hz].
    bandwidth_assumed : bool
        Whether nobody stated it.
    numerology : int
        mu.
    n_blocks : int
        Resource blocks, N_RB.
    seed : int
        Of the draws, where beams and receivers have no closed form.
    options : str
        Of the command that gives this report again.
    service : str or None
        Sensing service whose requirements are checked.
    """

    scene: Scene
    frame: LegalFrame
    bandwidth: float
    bandwidth_assumed: bool
    numerology: int
    n_blocks: int
    seed: int
    options: str
    service: str | None = None

    @property
    def checks(self) -> list[Check]:
        """What the frame keeps of the service's requirements; none where none is asked for."""
        if self.service is None:
            return []
        return check_frame(
            self.frame,
            self.service,
            numerology=self.numerology,
            n_blocks=prs_blocks(self.n_blocks),
            carrier=stated_carrier(self.scene.scenario),
        )

    @property
    def command(self) -> str:
        """What gives this report again."""
        return (
            f"isacplan nr SCENARIO --bandwidth-mhz {self.bandwidth / 1e6!r} {self.options} "
            f"--seed {self.seed}"
        )

    def record(self, *, curves: bool = False) -> Record:
        """What there is to say; see `Answer.record`."""
        del curves
        return _record(self)

    @property
    def frame_duration(self) -> float:
        """Duration of the frame [s]."""
        return self.frame.problem.n_blocks * self.frame.problem.block_duration


def stated_bandwidth(scenario: FrameScenario) -> float | None:
    """Bandwidth of the users' link budget [Hz]; None where they state their SNRs."""
    budget = scenario.users_paths or scenario.link
    return None if budget is None else budget.bandwidth_hz


def stated_carrier(scenario: FrameScenario) -> float | None:
    """Carrier frequency that a scenario states for aging or for its link budget [Hz]."""
    link = None if scenario.link is None else scenario.link.carrier_hz
    return link if scenario.aging.carrier_hz is None else scenario.aging.carrier_hz


def legal_report(
    scenario: FrameScenario,
    *,
    bandwidth: float | None = None,
    guard_symbols: int = 1,
    release: int = 15,
    update_period: int | None = None,
    service: str | None = None,
    seed: int = 0,
) -> LegalReport:
    """Find the best legal configuration of a frame scenario.

    Parameters
    ----------
    scenario : FrameScenario
    bandwidth : float, optional
        Of the carrier [Hz]; default that of the users' link budget, else 20 MHz.
    guard_symbols : int, optional
        Between downlink and uplink.
    release : {15, 17}, optional
        Whose numbers of symbols an update may have.
    update_period : int, optional
        Slots between channel updates; default any.
    service : str, optional
        Sensing service category whose requirements are checked.
    seed : int, optional
        Of the draws, where beams and receivers have no closed form.

    Returns
    -------
    LegalReport

    Raises
    ------
    ValueError
        When the scenario's durations, bandwidth or users are no legal ones.
    InfeasibleError
        When no legal sensing meets the requirements.
    """
    from msgspec.structs import replace

    mu = numerology(scenario.frame.symbol_duration_s)
    stated = stated_bandwidth(scenario) if bandwidth is None else bandwidth
    used = DEFAULT_BANDWIDTH_HZ if stated is None else stated
    n_blocks = resource_blocks(used, mu)
    prs_blocks(n_blocks)
    scene = frame_scene(scenario)

    def problem_for(symbols: int) -> FrameProblem:
        # Comb and cyclic shift keep users apart, see `comb_and_shift`.
        frame = replace(scenario.frame, symbols_per_update=symbols, pilots_per_symbol=srs_users(8))
        return frame_problem(replace(scenario, frame=frame), seed=seed)

    return LegalReport(
        scene=scene,
        frame=legal_frame(
            problem_for,
            numerology=mu,
            guard_symbols=guard_symbols,
            release=release,
            update_period=update_period,
        ),
        seed=seed,
        service=service,
        options=nr_options(guard_symbols, release, update_period),
        bandwidth=used,
        bandwidth_assumed=stated is None,
        numerology=mu,
        n_blocks=n_blocks,
    )


def nr_options(guard_symbols: int, release: int, update_period: int | None) -> str:
    """Options of ``isacplan nr`` that frames and splits share."""
    period = "" if update_period is None else f" --update-period {update_period}"
    return f"--guard-symbols {guard_symbols} --release {release}{period}"


def _n_pilots(report: LegalReport) -> int:
    """Precoded pilots a slot; every downlink slot has one at least."""
    return max(report.scene.scenario.transmission.pilots, 1)


def legal_text(report: LegalReport) -> str:
    """Lines to print.

    Parameters
    ----------
    report : LegalReport

    Returns
    -------
    str
    """
    f, s = report.frame, report.frame.settings
    p, best = f.problem, f.unconstrained
    rmse = np.degrees(np.max(f.rmse))
    khz = spacing_hz(report.numerology) / 1e3
    assumed = " (assumed: the scenario states none)" if report.bandwidth_assumed else ""
    lines = [
        report.scene.scenario.name or "frame",
        "",
        f"carrier             {report.bandwidth / 1e6:g} MHz at {khz:g} kHz, {report.n_blocks} "
        f"resource blocks{assumed}",
        f"frame               {p.n_blocks} slots, {report.frame_duration * 1e3:g} ms",
        f"sensing (DL PRS)    {s.prs_symbols} symbols of comb 2 in {_slots(s.prs_repetition)}, "
        f"{prs_blocks(report.n_blocks)} resource blocks",
        f"updates (SRS)       every {s.srs_period} slots, {_many(s.srs_symbols)}, "
        f"{len(f.blocks_per_update)} a frame, room for {srs_users(2)} users or more",
        f"pattern (TDD)       {s.tdd_period} slots, the last with symbols "
        f"{14 - s.guard_symbols - s.srs_symbols} downlink, {s.guard_symbols} guard, "
        f"{s.srs_symbols} uplink",
        f"DM-RS               symbols {', '.join(map(str, dmrs_positions(_n_pilots(report))))}",
        f"angle accuracy      {rmse:.4g} deg rms for the worst user",
        "",
        f"rate                {f.rate / report.frame_duration:.6g} bit/s/Hz; no other of the "
        f"{f.n_tried} legal settings has more",
        f"unconstrained       {best.rate / report.frame_duration:.6g} bit/s/Hz, sensing "
        f"{best.sensing_duration * 1e6:.1f} us, {best.n_updates} updates of any legal length "
        f"({best.certificate}: {certificate_basis(p)})",
        f"price of legality   {100.0 * f.price:.2f} %",
        "",
        "update period [slots]   best rate [bit/s/Hz]   price",
    ]
    for period, rate in f.by_period.items():
        price = 1.0 - rate / best.rate
        lines.append(f"{period:>21}{rate / report.frame_duration:23.4f}{100.0 * price:7.2f} %")
    if report.service is not None:
        lines += ["", *check_lines(report.service, report.checks)]
    return "\n".join(lines)


def _many(symbols: int) -> str:
    return "1 symbol" if symbols == 1 else f"{symbols} symbols"


def _slots(n: int) -> str:
    return "one slot" if n == 1 else f"each of {n} slots"


def _record(report: LegalReport) -> Record:
    """The same as plain values, the configuration under its names in TS 38.331 and 37.355."""
    f = report.frame
    values = {
        "kind": "nr",
        "name": report.scene.scenario.name,
        "version": __version__,
        "command": report.command,
        "seed": report.seed,
        "configuration": frame_elements(
            f,
            report.scene.label,
            numerology=report.numerology,
            n_blocks=report.n_blocks,
            n_pilots=_n_pilots(report),
        ),
        "settings": asdict(f.settings),
        "bandwidth_hz": report.bandwidth,
        "bandwidth_assumed": report.bandwidth_assumed,
        "n_resource_blocks": report.n_blocks,
        "rate_bit_per_hz": f.rate,
        "spectral_efficiency_bps_hz": f.rate / report.frame_duration,
        "sensing_duration_s": f.sensing_duration,
        "blocks_per_update": list(f.blocks_per_update),
        "rmse_deg": np.degrees(f.rmse),
        "bound_bit_per_hz": f.bound,
        "n_legal_settings": f.n_tried,
        "unconstrained": {
            "rate_bit_per_hz": f.unconstrained.rate,
            "upper_bound_bit_per_hz": f.unconstrained.upper_bound,
            "certificate": f.unconstrained.certificate,
            "sensing_duration_s": f.unconstrained.sensing_duration,
            "n_updates": f.unconstrained.n_updates,
        },
        "price": f.price,
        "rate_by_update_period_bit_per_hz": f.by_period,
        "service": report.service,
        "service_checks": check_values(report.checks),
        "scenario": scenario_to_dict(report.scene.scenario),
    }
    return Record(values=values)
