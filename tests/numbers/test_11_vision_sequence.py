"""Section 11, vision and sequences: sizes, parameter counts, gradients through time."""

from __future__ import annotations

from math import exp, isclose

import numpy as np
from scipy.signal import convolve2d, correlate2d
from stated import stated

NOTES = """
conv conv-size conv-correlation equivariance rnn rnn-params lstm-why lstm-eqs lstm-additive
lstm-forget-product lstm-forget-bias vanish-explode clip bptt bptt-truncated
""".split()

STEP = 1e-6


def image(size: int = 8) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(size, size))


def kernel(size: int = 3) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(size, size))


def slide(x: np.ndarray, k: np.ndarray, padding: int = 0, stride: int = 1) -> np.ndarray:
    """A convolution layer with one channel, position by position."""
    x, m = np.pad(x, padding), len(k)
    starts = range(0, len(x) - m + 1, stride)
    return np.array([[(x[i : i + m, j : j + m] * k).sum() for j in starts] for i in starts])


def sigmoid(x: np.ndarray | float) -> np.ndarray:
    return 1 / (1 + np.exp(-np.asarray(x)))


def test_conv() -> None:
    """The sum over channels and patch, and the figure's sizes and receptive field."""
    stated("conv", r"Y_{ij} = b + \sum_{d,u,v} K_{duv} X_{d,i+u,j+v}")
    m, same, w, again, out, also, field, last = stated(
        "conv",
        "A #×# kernel slides over a #×# input: two marked patches give two marked cells of the"
        " #×# output. Below, one cell after two such layers depends on #×# inputs",
    )
    assert (m, w, out, field) == (same, again, also, last)
    x, k = image(int(w)), kernel(int(m))
    assert slide(x, k).shape == (out, out)
    assert np.allclose(slide(x, k), correlate2d(x, k, "valid"))
    touched = 0
    for i in range(9):
        moved = image(9)
        moved[i] += 1
        before, after = (slide(slide(z, k), k)[2, 2] for z in (image(9), moved))
        touched += before != after
    assert touched == field
    channels, kernels = np.stack([x, x + 1]), np.stack([k, k - 1])
    by_formula = 0.3 + sum(slide(c, f) for c, f in zip(channels, kernels, strict=True))
    patch = (channels[:, 1:4, 2:5] * kernels).sum() + 0.3
    assert isclose(by_formula[1, 2], patch)


def test_conv_size() -> None:
    """The width against sliding, and the parameters of the example's two layers."""
    stated("conv-size", r"w_{\text{out}} = \left\lfloor (w + 2a - m)/s \right\rfloor + 1")
    stated("conv-size", r"$C_2\,(C_1 m^2 + 1)$")
    for w, m, a, s in ((8, 3, 0, 1), (8, 3, 1, 1), (9, 3, 1, 2), (10, 5, 2, 3), (7, 2, 0, 2)):
        assert len(slide(image(w), kernel(m), a, s)) == (w + 2 * a - m) // s + 1
    m, _, inputs, outputs, parameters, width, height, billions = stated(
        "conv-size",
        r"$#\times#$ from # to # channels: # parameters at any image size. A dense layer between"
        r" two $#\times#$ maps of these depths has # billion weights",
    )
    assert parameters == outputs * (inputs * m**2 + 1)
    assert billions.rounds((inputs * width * height) * (outputs * width * height), 1e-9)


def test_conv_correlation() -> None:
    """The layer is a cross-correlation: a convolution with the flipped kernel."""
    stated("conv-correlation", "Cross-correlation: the kernel is not flipped.")
    x, k = image(), kernel()
    assert np.allclose(slide(x, k), correlate2d(x, k, "valid"))
    assert np.allclose(slide(x, k), convolve2d(x, k[::-1, ::-1], "valid"))
    assert not np.allclose(slide(x, k), convolve2d(x, k, "valid"))


def test_equivariance() -> None:
    """Away from borders a shift carries over, with stride s if it is a multiple of s."""
    stated("equivariance", "Shift the input and the feature map shifts with it")
    stated("equivariance", "shifts by multiples of $s$ still carry over exactly")
    x, k = image(12), kernel()
    one, two = (np.roll(x, shift, axis=0) for shift in (1, 2))
    assert np.allclose(slide(one, k)[1:], slide(x, k)[:-1])
    assert np.allclose(slide(two, k, 0, 2)[1:], slide(x, k, 0, 2)[:-1])
    assert not np.allclose(slide(one, k, 0, 2)[1:], slide(x, k, 0, 2)[:-1])
    padded = slide(np.roll(x, 1, axis=0), k, 1)
    assert not np.allclose(padded[1], slide(x, k, 1)[0])


def states(w_x: np.ndarray, w_h: np.ndarray, b: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    h = np.zeros(len(b))
    for x in inputs:
        h = np.tanh(w_x @ x + w_h @ h + b)
    return h


def cell(units: int = 3, inputs: int = 2) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(units, inputs)), rng.normal(size=(units, units)), rng.normal(size=units)


def test_rnn() -> None:
    """The same cell runs over texts of any length, and its state stays in tanh's range."""
    stated("rnn", r"h_t = \tanh(W_x x_t + W_h h_{t-1} + b)")
    stated("rnn", "Parameters do not grow with sequence length.")
    for length in (1, 7, 100):
        h = states(*cell(), np.random.default_rng(length).normal(size=(length, 2)))
        assert np.abs(h).max() <= 1


def test_rnn_params() -> None:
    """The count of the formula for the example's cell, and with a second bias vector."""
    stated("rnn-params", r"$m\,(d + m + 1)$")
    d, m, count, twice = stated("rnn-params", "# inputs, # units: #. PyTorch's `nn.RNN` reports #")
    assert sum(part.size for part in cell(int(m), int(d))) == m * (d + m + 1) == count
    assert twice == count + m


def lstm(c: np.ndarray, h: np.ndarray, x: np.ndarray, weights: np.ndarray) -> tuple:
    """One step: the new cell state, the new hidden state and the forget gate."""
    f, i, o, g = weights @ np.concatenate([x, h, [1]])
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return c, sigmoid(o) * np.tanh(c), sigmoid(f)


def lstm_weights(units: int = 3, inputs: int = 2) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(4, units, inputs + units + 1))


def test_lstm_why() -> None:
    """Along the cell path over several steps the gradient is the product of forget gates."""
    stated("lstm-why", r"c_t = f_t \odot c_{t-1} + i_t \odot \tilde{c}_t")
    stated("lstm-why", "Along this path only the forget gates $f_t$ scale the gradient")
    rng = np.random.default_rng(1)
    forget, written = sigmoid(rng.normal(size=(6, 3))), rng.normal(size=(6, 3))

    def last(c: np.ndarray) -> np.ndarray:
        for f, w in zip(forget, written, strict=True):
            c = f * c + w
        return c

    start = rng.normal(size=3)
    rise = (last(start + STEP) - last(start - STEP)) / (2 * STEP)
    assert np.allclose(rise, forget.prod(axis=0), rtol=1e-6)


def test_lstm_eqs() -> None:
    """The exposed state is bounded by the gate, however large the cell grows."""
    stated("lstm-eqs", r"c_t &= f_t \odot c_{t-1} + i_t \odot \tilde{c}_t")
    stated("lstm-eqs", r"h_t &= o_t \odot \tanh(c_t)")
    huge, h, _ = lstm(np.full(3, 1e6), np.zeros(3), np.ones(2), lstm_weights())
    assert huge.max() > 1e4
    assert np.abs(h).max() < 1


def test_lstm_additive() -> None:
    """With h held fixed the Jacobian is diag(f); through h it is not."""
    stated("lstm-additive", r"\frac{\partial c_t}{\partial c_{t-1}} = \operatorname{diag}(f_t)")
    stated("lstm-additive", "the full derivative also runs through $h_{t-1}$")
    rng, weights = np.random.default_rng(2), lstm_weights()
    c, h, x = rng.normal(size=3), rng.normal(size=3), rng.normal(size=2)

    def direct(c: np.ndarray) -> np.ndarray:
        return lstm(c, h, x, weights)[0]

    def full(c: np.ndarray) -> np.ndarray:
        return lstm(c, np.tanh(c), x, weights)[0]

    jacobians = [
        np.array([(f(c + m) - f(c - m)) / (2 * STEP) for m in STEP * np.eye(3)]).T
        for f in (direct, full)
    ]
    assert np.allclose(jacobians[0], np.diag(lstm(c, h, x, weights)[2]), atol=1e-8)
    assert not np.allclose(jacobians[1], jacobians[0], atol=1e-3)


def test_lstm_forget_product() -> None:
    """What is left after 100 steps at both values of the gate."""
    gate, steps, left = stated("lstm-forget-product", r"#^{#} \approx #")
    at, low, many, mantissa, power = stated(
        "lstm-forget-product", r"At # it is $#^{#} \approx # \cdot 10^{#}$"
    )
    heading = stated("lstm-forget-product", "# steps of an LSTM's cell path with forget gates at #")
    assert heading == (steps, gate)
    assert left.rounds(gate**steps)
    assert at == low
    assert mantissa.rounds(low**many / 10**power)


def test_lstm_forget_bias() -> None:
    """The gate at both initial biases."""
    bias, gate, half = stated("lstm-forget-bias", r"near $\sigma(#) \approx #$, not $#$")
    assert gate.rounds(1 / (1 + exp(-bias)))
    assert half == sigmoid(0)


def test_vanish_explode() -> None:
    """Fifty factors on each side of 1, also as powers of a matrix; the sigmoid's bound."""
    stated("vanish-explode", r"A sigmoid contributes at most $\tfrac14$ per layer.")
    wording = "fifty factors of # give #, fifty of # give #"
    low, shrunk, high, grown = stated("vanish-explode", wording)
    rotation = np.linalg.qr(image())[0]
    for factor, result in ((low, shrunk), (high, grown)):
        assert result.rounds(factor**50)
        product = np.linalg.matrix_power(factor * rotation, 50)
        assert isclose(np.linalg.norm(product, 2), factor**50, rel_tol=1e-9)
    x = np.linspace(-8, 8, 1001)
    assert (sigmoid(x) * (1 - sigmoid(x))).max() == 1 / 4


def test_clip() -> None:
    """Clipping caps the norm and keeps the direction; short gradients stay as they are."""
    stated("clip", r"g \leftarrow \min\left(1, \frac{\tau}{\lVert g\rVert}\right) g")
    limit = 2.0
    for g in (np.array([3.0, -4, 1]), np.array([0.3, -0.4, 0.1])):
        clipped = min(1, limit / np.linalg.norm(g)) * g
        assert isclose(np.linalg.norm(clipped), min(limit, np.linalg.norm(g)))
        assert isclose(clipped @ g, np.linalg.norm(clipped) * np.linalg.norm(g))
    long = np.array([3.0, -4, 1])
    each = np.clip(long, -limit, limit)
    assert each @ long < np.linalg.norm(each) * np.linalg.norm(long) * 0.99


def test_bptt() -> None:
    """The gradient in the shared weight is the sum over the steps' own copies."""
    stated("bptt", "one layer per time step, all sharing weights, their gradients summed")
    inputs = np.array([0.5, -1, 2])

    def last(weights: np.ndarray) -> float:
        h = 0.3
        for w, x in zip(weights, inputs, strict=True):
            h = np.tanh(w * h + x)
        return float(h)

    shared = np.full(3, 0.8)
    by_step = [(last(shared + m) - last(shared - m)) / (2 * STEP) for m in STEP * np.eye(3)]
    together = (last(shared + STEP) - last(shared - STEP)) / (2 * STEP)
    assert isclose(together, sum(by_step), rel_tol=1e-6)


def test_bptt_truncated() -> None:
    """A gradient cut after τ steps misses what the earlier input does, the state does not."""
    stated("bptt-truncated", "no credit reaches inputs further back")
    stated("bptt-truncated", "The hidden state is still carried forward across chunks")

    def run(first: float, detached: float | None) -> float:
        h = np.tanh(first)
        h = np.tanh(0.9 * (h if detached is None else detached))
        return float(np.tanh(0.9 * h))

    carried = float(np.tanh(0.4))
    assert run(0.4, carried) == run(0.4, None)
    full = (run(0.4 + STEP, None) - run(0.4 - STEP, None)) / (2 * STEP)
    cut = (run(0.4 + STEP, carried) - run(0.4 - STEP, carried)) / (2 * STEP)
    assert full > 0.1
    assert cut == 0
