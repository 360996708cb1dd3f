import numpy as np
import pytest

from isacplan.channel.link import echo_snr, noise_power, received_snr
from isacplan.scenario import load_scenario
from isacplan.scenario.users import without_budget
from isacplan.units import SPEED_OF_LIGHT


def test_the_street_has_the_budget_of_free_space():
    street = load_scenario("street")
    distance = np.array([user.distance_m for user in street.users])
    wavelength, bandwidth = SPEED_OF_LIGHT / 3.5e9, 100e6
    gain = (wavelength / (4.0 * np.pi * distance)) ** 2
    at_user, at_station = (
        noise_power(density=10.0**-20.4, bandwidth=bandwidth, noise_figure=10.0 ** (nf / 10.0))
        for nf in (9.0, 7.0)
    )
    beam = 10.0**-0.6 / 5.0
    wanted = {
        "snr_db": received_snr(power=beam, gain=gain, noise=at_user),
        "pilot_snr_db": received_snr(power=1e-3, gain=gain, noise=at_station),
        "sensing_snr_db": echo_snr(
            power=beam,
            gain=gain,
            noise=at_station,
            cross_section=1.0,
            wavelength=wavelength,
            n_samples=bandwidth * street.frame.symbol_duration_s,
        ),
    }
    for name, ratio in wanted.items():
        planned = [getattr(user, name) for user in without_budget(street).users]
        assert planned == pytest.approx(list(10.0 * np.log10(ratio)), abs=1e-9)
    # What the comments say: over 8 antennas, four pilot symbols, and both arrays.
    over = {"snr_db": 9.03, "pilot_snr_db": 15.05, "sensing_snr_db": 18.06}
    for (name, ratio), stated in zip(wanted.items(), ((20, 26), (11, 17), (4, 17)), strict=True):
        ends = 10.0 * np.log10([np.min(ratio), np.max(ratio)]) + over[name]
        assert np.round(ends) == pytest.approx(stated)
