import numpy as np
import pytest

from isacplan.channel.link import echo_snr, noise_power, received_snr
from isacplan.scenario import load_scenario
from isacplan.units import SPEED_OF_LIGHT

DISTANCE = np.array([200.0, 160.0, 120.0, 180.0, 250.0])
"""That the comments of the preset state [m]."""


def test_the_street_has_the_budget_that_it_states():
    street = load_scenario("street")
    wavelength, bandwidth = SPEED_OF_LIGHT / street.aging.carrier_hz, 100e6
    gain = (wavelength / (4.0 * np.pi * DISTANCE)) ** 2
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
        stated = [getattr(user, name) for user in street.users]
        assert stated == pytest.approx(list(10.0 * np.log10(ratio)), abs=0.06)
