"""Section 1, foundations: what a model cannot do, tried on small data."""

from __future__ import annotations

import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.neighbors import KNeighborsClassifier
from stated import stated

NOTES = """
rl-objective param-hyper-train fav-rf-extrapolation fav-rf-scaling fav-rf-outliers
""".split()


def forest(x: np.ndarray, y: np.ndarray) -> RandomForestRegressor:
    return RandomForestRegressor(30, random_state=0).fit(x, y)


def test_rl_objective() -> None:
    """A discount below 1 bounds the return of an endless task; a discount of 1 does not."""
    stated("rl-objective", r"\mathbb{E}_\pi\Big[\sum_{t \ge 0} \gamma^t r_t\Big]")
    stated("rl-objective", r"$\gamma \in [0, 1]$: discount, below 1 for endless tasks")
    steps = np.arange(10_000)
    assert np.isclose((0.9**steps).sum(), 1 / (1 - 0.9))
    assert (1.0**steps).sum() == len(steps)


def test_param_hyper_train() -> None:
    """With distinct inputs 1-NN has training error 0 even on random labels; new data show it."""
    (neighbors, _, nearest, error) = stated(
        "param-hyper-train",
        "$k=#$ in k-NN, penalty # in ridge. With distinct inputs, #-NN has training error #",
    )
    assert neighbors == nearest
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(400, 3)), rng.integers(0, 2, 400)
    model = KNeighborsClassifier(int(neighbors)).fit(x[:200], y[:200])
    assert 1 - model.score(x[:200], y[:200]) == error
    assert model.score(x[200:], y[200:]) < 0.6


def test_fav_rf_extrapolation() -> None:
    """No prediction leaves the range of the training targets; a rising trend goes flat."""
    stated("fav-rf-extrapolation", "no prediction leaves their range; a rising trend goes flat")
    x = np.linspace(0, 10, 200)[:, None]
    model = forest(x, 3 * x[:, 0])
    beyond = model.predict([[10.0], [20.0], [1000.0]])
    assert beyond.max() <= 30
    assert len(set(beyond)) == 1


def test_fav_rf_scaling() -> None:
    """Multiplying and shifting a feature leaves every prediction of the forest as it was."""
    stated("fav-rf-scaling", "rescaling moves the threshold along")
    rng = np.random.default_rng(0)
    x, new = rng.normal(size=(200, 4)), rng.normal(size=(300, 4))
    y = x[:, 0] * x[:, 1] + rng.normal(size=200)
    scaled = forest(x * 1024 + 4096, y).predict(new * 1024 + 4096)
    assert np.allclose(forest(x, y).predict(new), scaled)


def test_fav_rf_outliers() -> None:
    """One absurd target moves the predictions far; one absurd input hardly at all."""
    stated("fav-rf-outliers", "Extreme targets: they pull squared-error splits and leaf means.")
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 10, (300, 1))
    y = 3 * x[:, 0] + rng.normal(0, 0.1, 300)
    new = np.linspace(1, 9, 2000)[:, None]
    truth = 3 * new[:, 0]
    far, odd = x.copy(), y.copy()
    far[x.argmax()] = 1e6
    odd[np.abs(x[:, 0] - 5).argmin()] = 1000
    assert np.abs(forest(far, y).predict(new) - truth).max() < 1
    assert np.abs(forest(x, odd).predict(new) - truth).max() > 100
