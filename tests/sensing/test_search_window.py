import numpy as np
import pytest

from isacplan.array import custom, steering_vector, uniform_linear, uniform_planar
from isacplan.sensing import angle_crb
from isacplan.sensing.estimators import maximum_likelihood_angle
from isacplan.sensing.search_window import search_window
from isacplan.sensing.threshold import independent_cells

ULA = uniform_linear(8)


def window(array=ULA, azimuth=0.3, search="sector", transmit=None):
    return search_window(transmit or array, array, azimuth, search=search)


@pytest.mark.parametrize("azimuth", [-0.6, 0.0, 0.4])
@pytest.mark.parametrize("n_elements", [4, 16, 64])
def test_half_a_wavelength_has_the_cells_of_its_closed_form(n_elements, azimuth):
    w = window(uniform_linear(n_elements), azimuth * (1.0 - 2.0 / n_elements))
    u = np.sin(w.main_lobe) - np.sin(w.azimuth)
    assert u == pytest.approx([-2.0 / n_elements, 2.0 / n_elements], abs=1e-7)
    rms = 0.5 * np.sqrt((n_elements**2 - 1) / 12.0)
    assert w.cells == pytest.approx(float(independent_cells(rms, 2.0, 4.0 / n_elements)), rel=1e-6)
    assert w.illumination == pytest.approx(1.0 / n_elements, rel=1e-9)
    assert w.ambiguity.size == 0
    assert not w.within_lobe


@pytest.mark.parametrize(
    "array",
    [
        uniform_linear(5, spacing=0.7),
        uniform_planar(4, 2),
        custom([[0.0, 0.0, 0.0], [0.3, 0.6, 0.0], [-0.2, 1.4, 0.1]]),
    ],
)
def test_the_curvature_is_the_bound_at_an_snr_of_one(array):
    bound = angle_crb(array, array, 0.4, sensing_snr=1.0, n_samples=1.0)
    beam = steering_vector(array, 0.4).conj()
    assert window(array, 0.4).curvature == pytest.approx(float(bound), rel=1e-12)
    assert abs(beam @ steering_vector(array, 0.4)) == pytest.approx(1.0)


def test_a_beam_is_searched_from_null_to_null():
    w = window(search="beam")
    null = steering_vector(ULA, np.array(w.window)) @ steering_vector(ULA, 0.3).conj()
    assert np.abs(null) == pytest.approx(0.0, abs=1e-6)
    assert w.cells == 0.0
    assert w.fill == pytest.approx(1.0)
    assert w.illumination == 1.0
    assert w.searched == ()
    assert w.within_lobe


def test_a_longer_receive_array_finds_outliers_within_the_beam():
    w = window(uniform_linear(32), search="beam", transmit=ULA)
    assert not w.within_lobe
    assert w.fill == pytest.approx(4.0, rel=1e-6)
    rms = 0.5 * np.sqrt((32**2 - 1) / 12.0)
    assert w.cells == pytest.approx(float(independent_cells(rms, 4.0 / 8, 4.0 / 32)), rel=1e-6)


def test_grating_lobes_are_ambiguities_of_full_height_whose_noise_repeats():
    w = window(uniform_linear(8, spacing=2.0), 0.0)
    assert np.sin(w.ambiguity) == pytest.approx([-1.0, -0.5, 0.5, 1.0], abs=1e-6)
    assert w.height == pytest.approx(1.0, abs=1e-12)
    one_period = independent_cells(2.0 * np.sqrt((64 - 1) / 12.0), 0.5, 2.0 / 16.0)
    # Halves of the lobes at endfire lie outside the window.
    assert w.cells == pytest.approx(float(one_period) * 4.0 / 5.0, rel=2e-3)
    assert window(uniform_linear(8, spacing=2.0), 0.0, "beam").ambiguity.size == 0


def test_near_endfire_the_lobe_wraps_to_the_other_end():
    w = window(azimuth=np.arcsin(0.9))
    # The mirror at u = 0.9 - 2 lies outside, the flank of its lobe within.
    assert w.ambiguity == pytest.approx([-np.pi / 2.0])
    a = steering_vector(ULA, np.array([w.azimuth, -np.pi / 2.0]))
    assert w.height[0] == pytest.approx(abs(a[0].conj() @ a[1]), rel=1e-9)
    assert 0.5 < w.height[0] < 1.0


def test_an_irregular_array_has_its_own_ambiguities():
    positions = np.array([0.0, 1.0, 2.1, 3.0, 4.0, 5.2])
    array = custom(np.stack([0 * positions, positions, 0 * positions], axis=1))
    w = window(array, 0.0)
    a = steering_vector(array, np.concatenate([[0.0], w.ambiguity]))
    assert w.ambiguity.size > 0
    assert w.height == pytest.approx(np.abs(a[1:] @ a[0].conj()), rel=1e-6)
    assert np.all((w.height > 0.5) & (w.height < 1.0))
    for low, high in w.searched:
        assert not np.any((low < w.ambiguity) & (w.ambiguity < high))


def test_degrees_are_a_window_around_the_target_cut_at_endfire():
    width = np.radians(40.0)
    assert np.degrees(window(azimuth=0.0, search=width).window) == pytest.approx([-20.0, 20.0])
    assert np.degrees(window(azimuth=1.4, search=width).window[1]) == pytest.approx(90.0)


@pytest.mark.parametrize("width_deg", [2.0, 10.0, 30.0, 90.0, 180.0])
def test_a_wide_beam_gains_what_its_width_leaves(width_deg):
    w = window(azimuth=0.0, search=np.radians(width_deg))
    sines = 2.0 * np.sin(np.radians(width_deg) / 2.0)
    assert w.illumination <= min(1.0, 2.0 / (8 * sines)) * (1.0 + 1e-9)
    assert w.illumination >= 0.75 * min(1.0, 2.0 / (8 * sines))


def test_a_vertical_dimension_keeps_its_gain():
    assert window(uniform_planar(4, 2)).illumination == pytest.approx(1.0 / 4.0)


@pytest.mark.parametrize("search", ["beam", "sector", 0.2])
@pytest.mark.parametrize("azimuth", [-0.9, 0.0, 0.5])
def test_moments_of_the_spread_agree_with_sums_over_the_sines(search, azimuth):
    w = window(azimuth=azimuth, search=search)
    parts = [w.window] if w.within_lobe else w.searched
    middle = (np.arange(200_000) + 0.5) / 200_000
    ends = [np.sin(part) for part in parts]
    u = np.concatenate([low + (high - low) * middle for low, high in ends])
    share = np.concatenate([np.full(middle.size, high - low) for low, high in ends])
    edge = w.edge_share if w.within_lobe else 0.0

    def mean(f):
        inner = np.sum(share * f(np.arcsin(u))) / np.sum(share)
        return (1.0 - edge) * inner + edge * np.mean(f(np.array(w.window)))

    square = mean(lambda angle: (angle - w.azimuth) ** 2)
    assert w.mean_square[0] == pytest.approx(square, rel=1e-6)
    chi = w.characteristic(40)[0]
    for k in (1, 7, 39):
        assert chi[k] == pytest.approx(mean(lambda a, k=k: np.exp(1j * k * a)), abs=2e-6)


@pytest.mark.parametrize("part", [0.25, 0.5, 1.0])
def test_noise_alone_ends_on_the_edges_of_a_narrow_window_as_often_as_said(part):
    array = uniform_linear(32, phase_reference="centre")
    h = part * 2.0 / 32
    narrow = search_window(array, array, 0.0, search=2.0 * np.arcsin(h))
    assert narrow.fill == pytest.approx(part, rel=1e-6)
    rng = np.random.default_rng(5)
    noise = rng.normal(size=(2, 8000, 1, 32))
    edges = tuple(np.full(8000, edge) for edge in narrow.window)
    found = maximum_likelihood_angle(array, noise[0] + 1j * noise[1], window=edges)
    share = np.mean(np.abs(np.sin(found)) > 0.9999 * h)
    assert share == pytest.approx(narrow.edge_share, abs=4.0 * np.sqrt(0.25 / 8000) + 0.03)


def test_what_pointing_costs_depends_on_the_lobe_that_is_searched():
    equal, longer, shorter = (
        window(uniform_linear(n), search="beam", transmit=ULA).pointing_loss for n in (8, 16, 4)
    )
    assert equal == pytest.approx((0.6, 11.0), rel=1e-5)
    assert longer == pytest.approx((0.15, 22.0), rel=1e-5)
    assert shorter == pytest.approx((2.4, 11.0), rel=1e-5)
    assert window(search="sector").pointing_loss == (0.0, 0.0)


def test_bad_input_names_the_argument():
    with pytest.raises(ValueError, match="search must be one of beam, sector"):
        window(search="everywhere")
    with pytest.raises(ValueError, match="search must be greater than 0"):
        window(search=0.0)
    with pytest.raises(ValueError, match="azimuth must be"):
        window(azimuth=2.0)
