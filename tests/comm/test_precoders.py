"""Precoders: directions against other mathematics, the registry, and what is refused."""

import numpy as np
import pytest

import isacplan.comm.receiver as receiver_package
from isacplan.comm.components import discovered
from isacplan.comm.precoder import Precoder, precoder, precoders
from isacplan.comm.receiver import Receiver, receiver, receivers

ERROR_AWARE = '''
"""Zero forcing regularised by the noise and by half of what was estimated."""

import numpy as np

from isacplan.comm.precoder import Precoder


def cautious(channel, *, regularisation, xp=np):
    gram = xp.matmul(channel, xp.conj(xp.matrix_transpose(channel)))
    eye = xp.eye(gram.shape[-1], dtype=gram.dtype)
    mean = xp.linalg.trace(gram).real[..., None, None] / gram.shape[-1]
    return xp.linalg.solve(gram + (regularisation + 0.5 * mean) * eye, channel)


PRECODER = Precoder(words="cautious zero forcing", directions=cautious)
'''


@pytest.fixture
def rng():
    return np.random.default_rng(11)


@pytest.fixture
def channel(rng):
    return rng.standard_normal((7, 3, 6)) + 1j * rng.standard_normal((7, 3, 6))


def test_the_registry_holds_the_published_four_and_two():
    assert list(precoders()) == ["mrt", "mrt_unit", "rzf", "zf"]
    assert list(receivers()) == ["learned_gain", "mean_gain"]


@pytest.mark.parametrize("name", ["mrt_unit", "rzf", "zf"])
def test_beams_have_unit_power(channel, name):
    beams = precoder(name).beams(channel, regularisation=0.3)
    np.testing.assert_allclose(np.sum(np.abs(beams) ** 2, axis=-1), 1.0, rtol=1e-12)


def test_mrt_is_the_estimate_itself(channel):
    assert np.array_equal(precoder("mrt").beams(channel, regularisation=0.3), channel)


def test_zero_forcing_is_orthogonal_to_the_other_estimates(channel):
    beams = precoder("zf").beams(channel * 1e-3, regularisation=0.3)
    inner = np.abs(channel.conj() @ np.swapaxes(beams, -1, -2))
    # Loading leaves a few rounding errors, magnified by the conditioning of 3 random channels.
    assert np.max(inner * (1.0 - np.eye(3))) < 1e-12
    assert np.min(np.diagonal(inner, axis1=1, axis2=2)) > 0.1


def test_regularised_beams_solve_the_minimum_mean_square_problem(channel):
    alpha = 0.7
    A = np.swapaxes(channel, -1, -2)
    wide = A @ np.swapaxes(A.conj(), -1, -2) + alpha * np.eye(6)
    expected = np.swapaxes(np.linalg.solve(wide, A), -1, -2)
    expected /= np.linalg.norm(expected, axis=-1, keepdims=True)
    found = precoder("rzf").beams(channel, regularisation=alpha)
    np.testing.assert_allclose(found, expected, rtol=1e-11)


def test_regularisation_leads_from_zero_forcing_to_maximum_ratio(channel):
    def beams(name, alpha):
        return precoder(name).beams(channel, regularisation=alpha)

    np.testing.assert_allclose(beams("rzf", 1e-9), beams("zf", 1.0), atol=1e-8)
    np.testing.assert_allclose(beams("rzf", 1e9), beams("mrt_unit", 1.0), atol=1e-7)


def test_a_stack_of_channels_is_the_stack_of_calls(channel):
    for name in precoders():
        together = precoder(name).beams(channel, regularisation=0.3)
        one_by_one = [precoder(name).beams(h, regularisation=0.3) for h in channel]
        np.testing.assert_allclose(together, one_by_one, rtol=1e-12)


def test_a_user_without_estimate_gets_no_beam(channel):
    silent = channel.copy()
    silent[:, 1] = 0.0
    for name in ("mrt_unit", "rzf", "zf"):
        beams = precoder(name).beams(silent, regularisation=0.3)
        assert np.all(beams[:, 1] == 0.0)
        assert np.all(np.isfinite(beams))


def test_zero_forcing_refuses_more_users_than_antennas():
    precoder("zf").check(6, 6)
    with pytest.raises(ValueError, match="7 users on 6 antennas; at most 6 users"):
        precoder("zf").check(7, 6)
    precoder("rzf").check(7, 6)


def test_precoded_pilots_must_leave_part_of_a_block():
    learned = receiver("learned_gain")
    assert learned.share(1, 14) == pytest.approx(13 / 14, rel=1e-15)
    with pytest.raises(
        ValueError, match="precoded_pilots = 14 fill a block of 14 symbols; at most 13"
    ):
        learned.share(14, 14)
    assert receiver("mean_gain").share(14, 14) == 1.0


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(ValueError, match="precoder must be one of mrt, mrt_unit, rzf, zf"):
        precoder("dirty_paper")
    with pytest.raises(ValueError, match="receiver must be one of learned_gain, mean_gain"):
        receiver("genie")


def test_two_components_in_one_file_are_refused(tmp_path, monkeypatch):
    (tmp_path / "twice.py").write_text(
        ERROR_AWARE + "\nOTHER = Precoder(words='x', directions=cautious)\n"
    )
    path = [*receiver_package.__path__, str(tmp_path)]
    monkeypatch.setattr(receiver_package, "__path__", path)
    with pytest.raises(ValueError, match="twice must define one Precoder"):
        discovered(receiver_package.__name__, path, Precoder)
    assert list(discovered(receiver_package.__name__, receiver_package.__path__, Receiver)) == [
        "learned_gain",
        "mean_gain",
    ]
