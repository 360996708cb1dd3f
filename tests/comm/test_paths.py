"""The mismatched model of channels made of paths, against every phase of a few of them."""

import numpy as np
import pytest

from isacplan.array import steering_vector, uniform_linear
from isacplan.channel import OneRing
from isacplan.channel.doppler import PathFading
from isacplan.comm import MismatchedKnowledge
from isacplan.comm.knowledge import check_terms
from isacplan.comm.quadrature import quadrature_moments


@pytest.fixture
def knowledge():
    array = uniform_linear(6, phase_reference="centre")
    azimuth = np.array([[0.2, -0.3, 0.5], [-0.6, -0.5, 0.1]])
    gain = np.array([[0.9, 0.07, 0.03], [0.5, 0.3, 0.2]])
    paths = tuple(
        PathFading(gain=g, doppler=np.zeros(3), steering=steering_vector(array, a))
        for g, a in zip(gain, azimuth, strict=True)
    )
    fields = {
        "true_correlation": np.array([one.correlation for one in paths]),
        "assumed_correlation": OneRing(geometry=array, density="laplacian", spread=0.1),
        "angle": azimuth[:, 0],
        "snr": np.array([30.0, 80.0]),
        "pilot_snr": np.array([10.0, 4.0]),
    }
    return MismatchedKnowledge(**fields, paths=paths), MismatchedKnowledge(**fields)


def test_moments_are_those_of_every_phase(knowledge):
    """Phases on a grid that integrates products of four exactly; noise by its second moments."""
    know = knowledge[0]
    grid = 2 * np.pi * np.arange(5) / 5
    phases = np.exp(1j * np.stack(np.meshgrid(*[grid] * 3), axis=-1).reshape(-1, 3))
    h = [(phases * np.sqrt(one.gain)) @ one.steering for one in know.paths]
    for theta in (0.25, -0.55):
        moments = know.filter_moments(np.array([theta]))[..., 0]
        R_hat = know.assumed_correlation(np.array([theta]))[0]
        for i in range(2):
            noise = 1.0 / know.pilot_snr[i]
            W = np.linalg.solve(R_hat + noise * np.eye(6), R_hat)
            own = np.einsum("bl,lm,bm->b", h[i].conj(), W, h[i])
            through = noise * np.mean(np.sum(np.abs(h[i].conj() @ W) ** 2, axis=1))
            assert moments[i, 0] == pytest.approx(np.mean(own).real, rel=1e-9)
            # What is not the mean gain: the rest of the own beam, and the other's channel.
            rest = np.mean(np.abs(own) ** 2) - np.mean(own).real ** 2 + through
            assert moments[i, 3 + i] == pytest.approx(rest, rel=1e-9)
            k = 1 - i
            cross = np.einsum("al,lm,bm->ab", h[k].conj(), W, h[i])
            through = noise * np.mean(np.sum(np.abs(h[k].conj() @ W) ** 2, axis=1))
            expected = np.mean(np.abs(cross) ** 2) + through
            assert moments[i, 3 + k] == pytest.approx(expected, rel=1e-9)


def test_only_the_own_beam_differs_from_gaussians(knowledge):
    angles = np.linspace(-1.0, 1.0, 7)
    paths, gaussian = (one.filter_moments(angles) for one in knowledge)
    less = gaussian - paths
    for i in range(2):
        assert np.all(less[i, 3 + i] > 0.0)
        less[i, 3 + i] = 0.0
    np.testing.assert_array_equal(less, 0.0)


def test_terms_keep_their_contract_and_quadrature_agrees(knowledge):
    know = knowledge[0]
    for crb in (np.zeros(2), np.array([1e-4, 3e-3])):
        check_terms(know.terms(crb))
        if np.all(crb > 0.0):
            np.testing.assert_allclose(
                know.expected_moments(crb), quadrature_moments(know, crb), rtol=1e-6
            )
