"""Section 10, neural networks: slopes, gradients by differences, batch statistics."""

from __future__ import annotations

from collections.abc import Callable
from math import isclose, sqrt

import numpy as np
from scipy import special, stats
from stated import number, stated

NOTES = """
why-activation sigmoid-tanh sigmoid-derivative relu relu-dying relu-variants softmax softmax-max
softmax-vector output-layer backprop backprop-affine backprop-reverse gd-variants gd-noise
gd-constant-rate batchnorm bn-conv layernorm
""".split()

STEP = 1e-6
GRID = np.linspace(-8, 8, 16_001)


def slope(function: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """The derivative on the grid by central differences."""
    return (function(GRID + STEP) - function(GRID - STEP)) / (2 * STEP)


def gradient(function: Callable[[np.ndarray], float], at: np.ndarray) -> np.ndarray:
    """All partial derivatives by central differences."""
    moves = STEP * np.eye(at.size)
    rises = [function(at + m.reshape(at.shape)) - function(at - m.reshape(at.shape)) for m in moves]
    return np.array(rises).reshape(at.shape) / (2 * STEP)


def softmax(z: np.ndarray) -> np.ndarray:
    return np.exp(z) / np.exp(z).sum()


def test_why_activation() -> None:
    """Two affine layers are the one affine map of the note, which cannot fit XOR."""
    stated("why-activation", r"\quad = (W_2 W_1)\,x + (W_2 b_1 + b_2)")
    rng = np.random.default_rng(0)
    w1, w2, b1, b2 = (rng.normal(size=s) for s in ((4, 3), (2, 4), 4, 2))
    x = rng.normal(size=3)
    assert np.allclose(w2 @ (w1 @ x + b1) + b2, (w2 @ w1) @ x + (w2 @ b1 + b2))
    stated("why-activation", "Even XOR is out of reach of an affine map.")
    corners = np.array([[1, 0, 0], [1, 0, 1], [1, 1, 0], [1, 1, 1]])
    best = np.linalg.lstsq(corners, np.array([0, 1, 1, 0]))[0]
    assert np.allclose(corners @ best, 0.5)


def test_sigmoid_tanh() -> None:
    """Both slopes, both limits, and the one curve as the other."""
    stated("sigmoid-tanh", r"Sigmoid: range $(0, 1)$, slope at most $\tfrac14$.")
    top = number("sigmoid-tanh", "Tanh: range $(-1, 1)$, zero-centered, slope at most #.")
    assert isclose(slope(special.expit).max(), 1 / 4, rel_tol=1e-6)
    assert isclose(slope(np.tanh).max(), top, rel_tol=1e-6)
    assert max(slope(special.expit)[0], slope(np.tanh)[0]) < 1e-3
    two, inner, one = stated("sigmoid-tanh", r"$\tanh x = #\sigma(#x) - #$")
    assert np.allclose(two * special.expit(inner * GRID) - one, np.tanh(GRID))


def test_sigmoid_derivative() -> None:
    """The formula, where the bound is reached, and the product of ten bounds."""
    stated("sigmoid-derivative", r"\sigma'(x) = \sigma(x)\,(1-\sigma(x)) \le \tfrac14")
    at = number("sigmoid-derivative", "The bound is reached at $x = #$")
    base, layers, mantissa, power = stated("sigmoid-derivative", r"$#^{-#} \approx # \cdot 10^{#}$")
    by_formula = special.expit(GRID) * (1 - special.expit(GRID))
    assert np.allclose(slope(special.expit), by_formula, atol=1e-9)
    assert isclose(GRID[by_formula.argmax()], at, abs_tol=1e-9)
    assert by_formula.max() == 1 / base
    assert mantissa.rounds(base**-layers / 10**power)
    assert layers == 10


def test_relu() -> None:
    """Slope 1 for every positive input, 0 for every negative one."""
    value = number("relu", "Its slope is # for every positive input")
    rectified = slope(lambda x: np.maximum(0, x))
    assert np.allclose(rectified[GRID > 0.01], value)
    assert (rectified[GRID < -0.01] == 0).all()


def test_relu_dying() -> None:
    """A unit below zero on all data has no gradient in its own weights."""
    stated("relu-dying", "A unit that outputs 0 on all data, so it gets no gradient")
    x = np.random.default_rng(0).normal(size=(50, 2))

    def loss(w: np.ndarray) -> float:
        return float(((np.maximum(0, x @ w[:2] + w[2]) - 1) ** 2).sum())

    assert (gradient(loss, np.array([0.1, 0.2, -9.0])) == 0).all()
    assert (gradient(loss, np.array([0.1, 0.2, 1.0])) != 0).all()


def test_relu_variants() -> None:
    """The two minima, the limit of ELU, and x Φ(x) against its definition."""
    gelu_low, silu_low = stated("relu-variants", "dip slightly below zero: to about # and #")
    stated("relu-variants", r"$x \to -\infty$, levels off at $-\alpha$")
    gelu = GRID * stats.norm.cdf(GRID)
    silu = GRID * special.expit(GRID)
    assert gelu_low.rounds(gelu.min())
    assert silu_low.rounds(silu.min())
    alpha = 1.3
    assert isclose(alpha * (np.exp(-40) - 1), -alpha)


def test_softmax() -> None:
    """Positive, summing to 1, in the order of the scores."""
    stated("softmax", r"\operatorname{softmax}(z)_k = \frac{e^{z_k}}{\sum_{j=1}^{K} e^{z_j}}")
    z = np.array([2.0, -1, 0.5, 3])
    p = softmax(z)
    assert np.allclose(p, special.softmax(z))
    assert p.min() > 0
    assert isclose(p.sum(), 1)
    assert (p.argsort() == z.argsort()).all()


def test_softmax_max() -> None:
    """The shift cancels; without it the exponential overflows beyond the note's number."""
    limit = number("softmax-max", "$e^x$ overflows for $x$ above about #")
    z = np.array([1.0, 2, 4])
    assert np.allclose(softmax(z), softmax(z - z.max()))
    with np.errstate(over="ignore", invalid="ignore"):
        assert np.isfinite(np.exp(limit))
        assert np.isinf(np.exp(limit + 1))
        assert np.isnan(softmax(z + 1000)).any()
    assert np.allclose(softmax(z + 1000 - 1004), softmax(z))


def test_softmax_vector() -> None:
    """Raising one input lowers the other outputs, which ReLU leaves alone."""
    stated("softmax-vector", "It acts on a whole vector, with outputs that sum to 1.")
    one, other = (softmax(np.array(z)) for z in ([1.0, 2, 3], [1.0, 2, 4]))
    assert (other[:2] < one[:2]).all()


def test_output_layer() -> None:
    """Each pair of output and loss has the gradient prediction minus target."""
    stated("output-layer", "Regression: identity, squared error")
    stated("output-layer", "Binary: one sigmoid, binary cross-entropy")
    stated("output-layer", "Single-label, $K$ classes: softmax, cross-entropy")
    z, target = np.array([0.3, -1.2, 2.0]), np.array([0.0, 1, 0])
    pairs = (
        (lambda z: ((z - target) ** 2).sum() / 2, z),
        (lambda z: -(target * np.log(softmax(z))).sum(), softmax(z)),
        (
            lambda z: -np.log(np.where(target, special.expit(z), special.expit(-z))).sum(),
            special.expit(z),
        ),
    )
    for loss, prediction in pairs:
        assert np.allclose(gradient(loss, z), prediction - target, atol=1e-8)


def test_backprop() -> None:
    """The figure's graph: the loss, the two gradients that reach w, and their sum."""
    w, x, y, loss, one, other, total = stated(
        "backprop",
        "Computation graph of (wx − y)² + w² with w = #, x = #, y = #: values flow up to the"
        " loss #; gradients flow down, and the two that reach w, # and #, are summed to #",
    )
    assert (w * x - y) ** 2 + w**2 == loss
    by_error = gradient(lambda v: float((v[0] * x - y) ** 2), np.array([w]))[0]
    by_penalty = gradient(lambda v: float(v[0] ** 2), np.array([w]))[0]
    assert np.allclose((by_error, by_penalty), (one, other))
    whole = gradient(lambda v: float((v[0] * x - y) ** 2 + v[0] ** 2), np.array([w]))[0]
    assert isclose(whole, total, rel_tol=1e-8)


def test_backprop_affine() -> None:
    """Both formulas against differences; over a batch the weight gradients add up."""
    stated("backprop-affine", r"\frac{\partial L}{\partial W} = \delta\,a^\top")
    stated("backprop-affine", r"\frac{\partial L}{\partial a} = W^\top \delta")
    stated("backprop-affine", "The bias gradient is $\\delta$ itself.")
    rng = np.random.default_rng(0)
    weights, bias = rng.normal(size=(2, 3)), rng.normal(size=2)
    inputs = rng.normal(size=(4, 3))

    def loss(z: np.ndarray) -> float:
        return float(np.sin(z).sum() + (z**2).sum())

    delta = np.cos(weights @ inputs[0] + bias) + 2 * (weights @ inputs[0] + bias)
    by_weights = gradient(lambda w: loss(w @ inputs[0] + bias), weights)
    by_input = gradient(lambda a: loss(weights @ a + bias), inputs[0])
    by_bias = gradient(lambda b: loss(weights @ inputs[0] + b), bias)
    assert np.allclose(by_weights, np.outer(delta, inputs[0]), atol=1e-7)
    assert np.allclose(by_input, weights.T @ delta, atol=1e-7)
    assert np.allclose(by_bias, delta, atol=1e-7)
    z = inputs @ weights.T + bias
    batch = gradient(lambda w: sum(loss(w @ a + bias) for a in inputs), weights)
    assert np.allclose(batch, (np.cos(z) + 2 * z).T @ inputs, atol=1e-6)


def test_backprop_reverse() -> None:
    """A row vector times Jacobians takes one pass for a scalar loss, columns one per weight."""
    stated("backprop-reverse", "reverse mode needs one pass, forward mode one per weight")
    rng = np.random.default_rng(0)
    jacobians = [rng.normal(size=s) for s in ((1, 5), (5, 5), (5, 9))]
    backward = np.ones((1, 1))
    for jacobian in jacobians:
        backward = backward @ jacobian
    forward = []
    for column in np.eye(9):
        change = column
        for jacobian in reversed(jacobians):
            change = jacobian @ change
        forward.append(change[0])
    assert backward.shape == (1, 9)
    assert np.allclose(backward[0], forward)


def test_gd_variants() -> None:
    """A mini-batch gradient is right on average over all batches; updates per epoch."""
    stated("gd-variants", "Random samples keep the estimate unbiased.")
    stated("gd-variants", "Mini-batches give about $n/B$ updates per epoch.")
    gradients = np.random.default_rng(0).normal(size=(5, 2))
    pairs = [gradients[[i, j]].mean(axis=0) for i in range(5) for j in range(i)]
    assert np.allclose(np.mean(pairs, axis=0), gradients.mean(axis=0))
    assert len(range(0, 1000, 32)) == int(np.ceil(1000 / 32))


def test_gd_noise() -> None:
    """Exactly, over all draws: noise falls as 1/√B, and without replacement to 0 at B = n."""
    stated("gd-noise", r"Its standard deviation falls as $1/\sqrt B$")
    stated("gd-noise", "four times the work halves the noise")
    stated("gd-noise", "reaches 0 at $B = n$")
    values = np.array([1.0, 2, 5, 7])
    draws = np.array(np.meshgrid(*[values] * 4)).reshape(4, -1)
    assert isclose(draws.mean(axis=0).std(), values.std() / sqrt(4))
    without = [np.delete(values, i).mean() for i in range(4)]
    assert np.std(without) < values.std() / sqrt(3)


def test_gd_constant_rate() -> None:
    """The stationary spread at a constant rate is positive; with decaying rates it vanishes."""
    stated("gd-constant-rate", "The gradient noise does not vanish there")
    stated("gd-constant-rate", r"$\sum_t \epsilon_t = \infty$ and $\sum_t \epsilon_t^2 < \infty$")
    constant = decaying = 1.0
    for t in range(1, 20_000):  # the variance of w ← w − ε (w + noise), noise of variance 1
        constant = (1 - 0.1) ** 2 * constant + 0.1**2
        rate = 1 / (t + 1)
        decaying = (1 - rate) ** 2 * decaying + rate**2
    assert isclose(constant, 0.1 / (2 - 0.1))
    assert decaying < 1e-4


def normalized(x: np.ndarray, axis: int | tuple[int, ...], epsilon: float = 1e-12) -> np.ndarray:
    mean, variance = x.mean(axis=axis, keepdims=True), x.var(axis=axis, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon)


def test_batchnorm() -> None:
    """Mean β and deviation γ per feature; a bias before it cancels; no scale of the input."""
    stated("batchnorm", r"y = \gamma\,\frac{x-\mu}{\sqrt{\sigma^2+\epsilon}} + \beta")
    stated("batchnorm", "A bias right before batch norm cancels")
    x = np.random.default_rng(0).exponential(size=(32, 3))
    scale, shift = np.array([2.0, 3, 0.5]), np.array([-1.0, 0, 4])
    y = scale * normalized(x, 0) + shift
    assert np.allclose(y.mean(axis=0), shift)
    assert np.allclose(y.std(axis=0), scale)
    assert np.allclose(normalized(x + 7, 0), normalized(x, 0))


def test_bn_conv() -> None:
    """One mean and variance per channel, and two learned parameters."""
    stated("bn-conv", "Over batch, height and width: one mean and variance per channel.")
    each = number("bn-conv", "$#C$ learned parameters for $C$ channels")
    x = np.random.default_rng(0).normal(size=(4, 6, 5, 5))
    statistics = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
    assert [s.shape for s in statistics] == [(6,), (6,)]
    assert each == len(("scale", "shift"))
    assert np.allclose(normalized(x, (0, 2, 3)).std(axis=(0, 2, 3)), 1)


def test_layernorm() -> None:
    """Layer norm has moments 0 and 1 per sample, and gives one sample the same alone."""
    stated("layernorm", "Layer norm: per sample, over its features")
    x = np.random.default_rng(0).exponential(size=(8, 16))
    y = normalized(x, 1)
    assert np.allclose(y.mean(axis=1), 0)
    assert np.allclose(y.var(axis=1), 1)
    assert np.allclose(normalized(x[:1], 1), y[:1])
    assert not np.allclose(normalized(x[:1], 0), normalized(x, 0)[:1])
