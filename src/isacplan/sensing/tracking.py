"""Down to which SNR a tracking beam keeps its user."""

import numpy as np

from isacplan._typing import Float
from isacplan.sensing.snr_search import last_crossing
from isacplan.sensing.threshold_law import ThresholdLaw

LOST = 0.01
"""Share of wrong decisions up to which a tracking beam is taken to keep its user. A simulated loop
then loses it, beyond the first null of the beam, once in 300 looks, and needs pilots or a wider
search to point at it again; in between, errors are those of the law."""

TRACKING_ACCURACY = 0.15
"""Largest relative error of the law's mean square while a beam keeps its user: 12 % was seen at the
limit, at most 7 % of 39 users of random plans (`benchmarks.delivered`)."""


def tracking_limit(law: ThresholdLaw) -> Float:
    """Mean square errors up to which tracking beams keep their users.

    The law takes a beam for pointed by a look that was itself pointed well. With more than `LOST`
    wrong decisions the look before cannot be trusted to be that.

    Parameters
    ----------
    law : ThresholdLaw

    Returns
    -------
    ndarray, shape (K,)
        Infinite for windows that do not follow the look before, zero where ambiguities within the
        beam never become rare [rad^2].
    """
    tracked = np.array([window.tracked for window in law.window])
    if not np.any(tracked):
        return np.full(law.n_users, np.inf)

    def wrong(snr: Float) -> Float:
        return np.sum(law.distribution_at(snr).outlier, axis=-1)

    snr = last_crossing(wrong, np.full(law.n_users, LOST))
    rare = np.isfinite(snr)
    kept = law.mean_square_at(np.where(rare, snr, 1.0))
    return np.where(tracked, np.where(rare, kept, 0.0), np.inf)
