"""The place that estimated angles and delays of several links give: weighted least squares."""

from dataclasses import dataclass

import numpy as np

from isacplan._typing import Float

STEPS = 30

NEAREST = 1e-6
"""To a station, where directions are no more defined [m]."""

CONVERGED = 1e-9
"""Of the larger of a metre and the error: steps smaller than that end the search."""

DAMPING = 1e-6
"""First damping of the normal equations, over their diagonal."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LinkGeometry:
    """Where the L links of one user are, and how surely each measures.

    Parameters
    ----------
    place : ndarray, shape (2,)
        Of the user [m].
    stations : ndarray, shape (L, 2)
        [m]
    facing : ndarray, shape (L,)
        In which arrays look [rad]; of a link that measures no angle it does not matter.
    height : ndarray, shape (L,)
        Of stations above the user [m].
    clock : ndarray, shape (L,)
        What a delay reads of the user's clock: 1 down, -1 up.
    clock_known : bool
    sine_weight : ndarray, shape (L,)
        Inverse variance of the sine of the angle; zero where none is measured.
    range_weight : ndarray, shape (L,)
        Inverse variance of a delay's range [1/m^2].
    """

    place: Float
    stations: Float
    facing: Float
    height: Float
    clock: Float
    clock_known: bool
    sine_weight: Float
    range_weight: Float

    def fix(self, sine_error: Float, range_error: Float, starts: Float) -> Float:
        """Errors of the place for given errors of what the links measure.

        The place, and the clock where it is unknown, that minimise the weighted squares of what
        is left: Levenberg-Marquardt from every start, and of where they end the best. A linear
        array does not tell before from behind: on which side of each the user is, is known.

        Parameters
        ----------
        sine_error : ndarray, shape (L, n)
            Of n trials.
        range_error : ndarray, shape (L, n)
            [m]
        starts : ndarray, shape (S, 2, n)
            Errors of the place to begin from [m].

        Returns
        -------
        ndarray, shape (2, n)
            [m]
        """
        S, _, n = starts.shape
        truth = np.array([*self.place, 0.0])
        sines, ranges = self._predicted(truth[None])[0:2]
        wanted = np.concatenate([sines + sine_error.T, ranges + range_error.T], axis=-1)
        state = np.zeros((S, n, 3))
        state[..., :2] = self.place + np.moveaxis(starts, 1, -1)
        ends, costs = self._descend(state.reshape(-1, 3), np.tile(wanted, (S, 1)))
        wrong = np.any(self._ahead(ends[:, :2]) * self._ahead(self.place[None]) < 0.0, axis=-1)
        costs = np.where(wrong, np.finfo(float).max, costs)
        best = np.argmin(costs.reshape(S, n), axis=0)
        return (ends.reshape(S, n, 3)[best, np.arange(n), :2] - self.place).T

    def _ahead(self, place: Float) -> Float:
        """How far places are before the arrays that measure angles, shape (n, L) [m]."""
        look = np.stack([np.cos(self.facing), np.sin(self.facing)], axis=-1)
        before = np.sum((place[:, None] - self.stations) * look, axis=-1)
        return np.where(self.sine_weight > 0.0, before, 0.0)

    def _predicted(self, state: Float) -> tuple[Float, Float, Float]:
        """Sines and ranges of every link, (n, L), and their derivatives, (n, 2 L, 3)."""
        offset = state[:, None, :2] - self.stations
        slant = np.sqrt(np.sum(offset**2, axis=-1) + self.height**2)
        slant = np.maximum(slant, NEAREST)
        side = np.stack([-np.sin(self.facing), np.cos(self.facing)], axis=-1)
        sine = np.sum(offset * side, axis=-1) / slant
        slope = np.zeros((len(state), 2 * len(self.height), 3))
        L = len(self.height)
        toward = offset / slant[..., None]
        slope[:, :L, :2] = (side - sine[..., None] * toward) / slant[..., None]
        slope[:, L:, :2] = toward
        slope[:, L:, 2] = self.clock
        return sine, slant + self.clock * state[:, 2:], slope

    def _residuals(self, state: Float, wanted: Float) -> tuple[Float, Float]:
        """Weighted, (n, 2 L), with their derivatives by what is unknown, (n, 2 L, 2 or 3)."""
        sine, ranges, slope = self._predicted(state)
        root = np.sqrt(np.concatenate([self.sine_weight, self.range_weight]))
        rest = root * (wanted - np.concatenate([sine, ranges], axis=-1))
        unknown = 2 if self.clock_known else 3
        return rest, root[:, None] * slope[..., :unknown]

    def _descend(self, state: Float, wanted: Float) -> tuple[Float, Float]:
        """Where each search ends, (n, 3), and the cost there, (n,)."""
        rest, slope = self._residuals(state, wanted)
        cost = np.sum(rest**2, axis=-1)
        damping = np.full(len(state), DAMPING)
        eye = np.eye(slope.shape[-1])
        for _ in range(STEPS):
            normal = np.swapaxes(slope, -1, -2) @ slope
            scale = np.einsum("nii->ni", normal)
            scale = np.maximum(scale, 1e-12 * np.max(scale, axis=-1, keepdims=True))
            damped = normal + (damping[:, None] * scale)[..., None] * eye
            step = np.linalg.solve(damped, np.swapaxes(slope, -1, -2) @ rest[..., None])[..., 0]
            tried = np.array(state)
            tried[:, : step.shape[-1]] += step
            new_rest, new_slope = self._residuals(tried, wanted)
            new_cost = np.sum(new_rest**2, axis=-1)
            better = new_cost <= cost
            state = np.where(better[:, None], tried, state)
            rest = np.where(better[:, None], new_rest, rest)
            slope = np.where(better[:, None, None], new_slope, slope)
            cost = np.where(better, new_cost, cost)
            damping = np.clip(np.where(better, 0.1, 10.0) * damping, 1e-12, 1e12)
            size = np.maximum(1.0, np.max(np.abs(state[:, :2] - self.place), axis=-1))
            if np.all(np.max(np.abs(step), axis=-1) < CONVERGED * size):
                break
        return state, cost
