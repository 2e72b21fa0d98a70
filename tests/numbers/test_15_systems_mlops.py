"""Section 15, systems: loads, drift, queues, memory of training, fairness, explanations."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from math import ceil, exp, factorial, isclose, log, sqrt

import numpy as np
import pandas as pd
from scipy import special, stats
from sklearn.metrics import log_loss, roc_auc_score
from stated import number, stated

NOTES = """
design-frame-load batch-waste skew-detect drift drift-weights drift-prior drift-pvalue drift-psi
monitor-segment monitor-alerts monitor-confidence point-in-time deploy-canary-power repro-seed
latency-profile latency-tail latency-fanout latency-queue latency-cascade compress-affine
compress-temperature compress-t-squared dp-identical pipeline-bubble zero-memory zero-communication
grad-accum-scale grad-ckpt-cost gpu-bound gpu-bound-matmul feedback-loop-ips fairness
fairness-dp-eo fairness-identity fairness-worked fairness-kleinberg shap-formula shap-worked pdp-ice
dp-definition dp-sgd-clip adv-fgsm adv-linear search-exact ads-calibration ads-auc ads-entropy
metric-drop-mix
""".split()

NORMAL = stats.norm


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def odds(p: float) -> float:
    return p / (1 - p)


def test_design_frame_load() -> None:
    """The average over the seconds of a day."""
    millions, each, rate = stated(
        "design-frame-load",
        "# million users with # requests a day make about # requests per second",
    )
    assert rate.is_about(millions * 1e6 * each / 86_400, 0.01)


def test_batch_waste() -> None:
    """The complement of the active users."""
    active, unread = stated(
        "batch-waste", "# % of the users active before the next job: # % of the scores go unread"
    )
    assert unread == 100 - active


def test_skew_detect() -> None:
    """Swapped values keep the distribution and differ row by row."""
    stated("skew-detect", "values swapped between users leave the distribution as it was")
    served, recomputed = normal(1000), np.random.default_rng(1).permutation(normal(1000))
    assert np.allclose(np.sort(served), np.sort(recomputed))
    assert (served != recomputed).mean() > 0.99


def test_drift() -> None:
    """Each kind on a table p(x, y): what changes and what stays."""
    stated("drift", r"Covariate drift: $p(x)$ changes, $p(y \mid x)$ stays.")
    stated("drift", r"Label drift: $p(y)$ changes, $p(x \mid y)$ stays.")
    joint = np.array([[0.3, 0.1], [0.2, 0.4]])  # rows x, columns y
    given_x = joint / joint.sum(axis=1, keepdims=True)
    given_y = joint / joint.sum(axis=0)
    moved_x, moved_y = given_x * [[0.7], [0.3]], given_y * [0.2, 0.8]
    assert np.allclose(moved_x / moved_x.sum(axis=1, keepdims=True), given_x)
    assert not np.allclose(moved_y / moved_y.sum(axis=1, keepdims=True), given_x)


def test_drift_weights() -> None:
    """The weighted loss is the new one, and the effective share for a moved normal input."""
    stated("drift-weights", r"w(x) = \frac{p_{\text{new}}(x)}{p_{\text{old}}(x)}")
    percent = number("drift-weights", r"tends to $e^{-1} \approx #\,\%$ of the rows")
    x = np.linspace(-12, 14, 100_001)
    old, new = NORMAL.pdf(x), NORMAL.pdf(x, 1)
    weight = new / old
    assert isclose((old * weight * x**2).sum() / new.sum(), NORMAL(1).expect(np.square))
    share = (old * weight).sum() ** 2 / (old * weight**2).sum() / old.sum()
    assert isclose(share, exp(-1), rel_tol=1e-6)
    assert percent.rounds(share, 100)


def test_drift_prior() -> None:
    """The correction is Bayes' theorem with the new base rate; the example."""
    stated(
        "drift-prior",
        r"\frac{s'}{1-s'} = \frac{s}{1-s}\cdot\frac{\pi'/(1-\pi')}{\pi/(1-\pi)}",
    )
    low, high, before, after = stated(
        "drift-prior", "Base rate from # % to # %: a score of # becomes #"
    )
    old, new = low / 100, high / 100
    corrected = odds(before) * odds(new) / odds(old)
    assert after.rounds(corrected / (1 + corrected))
    likelihoods = before / old, (1 - before) / (1 - old)
    bayes = likelihoods[0] * new / (likelihoods[0] * new + likelihoods[1] * (1 - new))
    assert isclose(bayes, corrected / (1 + corrected))


def test_drift_pvalue() -> None:
    """The expected distance of the two normals is far beyond the limit for a million rows."""
    apart = number("drift-pvalue", "with means # apart, a million rows each")
    exponent = number("drift-pvalue", "gave $p<10^{#}$")
    distance = 2 * NORMAL.cdf(apart / 2) - 1
    scaled = distance * sqrt(1e6 * 1e6 / 2e6)
    assert stats.kstwobign.sf(scaled) < 0.01
    assert exponent < -2
    old, new = normal(2, 1_000_000)
    assert stats.ks_2samp(old, new + apart, method="asymp").pvalue < 10**exponent


def test_drift_psi() -> None:
    """The example, and that the index does not depend on the direction."""
    stated("drift-psi", r"\mathrm{PSI} = \sum_b (q_b-p_b)\,\ln\frac{q_b}{p_b}")
    *bins, index = stated("drift-psi", "From four equal bins to #, #, # and # %: #")
    p, q = np.full(4, 0.25), np.array(bins) / 100
    assert isclose(q.sum(), 1)
    assert index.rounds(((q - p) * np.log(q / p)).sum())
    divergences = stats.entropy(p, q) + stats.entropy(q, p)
    assert isclose(((q - p) * np.log(q / p)).sum(), divergences)


def test_monitor_segment() -> None:
    """The change of the total."""
    before, after, share, points = stated(
        "monitor-segment", "from # % to # % in # % of the traffic lowers the total by # points"
    )
    assert isclose(share / 100 * (before - after), points)


def test_monitor_alerts() -> None:
    """The expected number of false alarms."""
    features, level = stated("monitor-alerts", "# stable features, tested daily at the # % level")
    stated("monitor-alerts", "average two alerts a day")
    assert features * level / 100 == 2


def test_monitor_confidence() -> None:
    """Calibrated: the mean top probability is the expected accuracy; miscalibrated: it is not."""
    stated("monitor-confidence", "the mean top-class probability is then the expected accuracy")
    p = special.softmax(2 * normal(5000, 3), axis=1)
    chance = p[range(5000), p.argmax(axis=1)]
    assert isclose(chance.mean(), p.max(axis=1).mean())
    sharpened = p**2 / (p**2).sum(axis=1, keepdims=True)
    assert sharpened.max(axis=1).mean() > chance.mean() + 0.05


def test_point_in_time() -> None:
    """The row gets the newest value before its time; a plain join gets the one from after."""
    stated("point-in-time", "the newest feature value that was known before its own prediction")
    label = pd.DataFrame({"user": [1], "t": [5]})
    values = pd.DataFrame({"user": [1, 1, 1], "t": [1, 4, 9], "balance": [10, 20, 0]})
    known = pd.merge_asof(label, values, on="t", by="user", allow_exact_matches=False)
    assert known["balance"].tolist() == [20]
    latest = label.merge(values.groupby("user")["balance"].last().reset_index())
    assert latest["balance"].tolist() == [0]


def test_deploy_canary_power() -> None:
    """The standard error of the canary, and the users of a proper test."""
    rate, users, points = stated(
        "deploy-canary-power", "at # % conversion, # users give a standard error of # points"
    )
    high, low, power, level, needed = stated(
        "deploy-canary-power",
        "from # % to # % with # % power at the # % level takes about # users per group",
    )
    p = rate / 100
    assert points.rounds(sqrt(p * (1 - p) / users), 100)
    a, b = high / 100, low / 100
    z = NORMAL.ppf(1 - level / 200) + NORMAL.ppf(power / 100)
    exact = z**2 * (a * (1 - a) + b * (1 - b)) / (a - b) ** 2
    assert needed.is_about(exact, 0.03)


def test_repro_seed() -> None:
    """The sum of three depends on the order."""
    stated("repro-seed", "`(0.1 + 0.2) + 0.3 == 0.1 + (0.2 + 0.3)` is `False`")
    assert ((0.1 + 0.2) + 0.3 == 0.1 + (0.2 + 0.3)) is False


def test_latency_profile() -> None:
    """What halving a part saves of the whole."""
    part, whole, percent = stated(
        "latency-profile", "if the model takes # of # ms, halving it saves # %"
    )
    assert percent == 100 * part / 2 / whole


def test_latency_tail() -> None:
    """Two services with equal means and unequal tails."""
    stated("latency-tail", "The mean hides slow requests")
    steady, spiky = np.full(1000, 20.0), np.full(1000, 10.0)
    spiky[:20] = 510
    assert steady.mean() == spiky.mean()
    assert np.quantile(spiky, 0.99) > 10 * np.quantile(steady, 0.99)


def test_latency_fanout() -> None:
    """The chance of at least one slow call."""
    calls = number("latency-fanout", "that # parallel, independent calls include one slower")
    base, power, percent = stated("latency-fanout", r"1 - #^{#} \approx #\,\%")
    many, more = stated("latency-fanout", "With # calls it is # %")
    assert power == calls
    assert percent.rounds(1 - base**power, 100)
    assert more.rounds(1 - base**many, 100)


def test_latency_queue() -> None:
    """The formula against the stationary queue, and both loads."""
    stated("latency-queue", r"$S/(1-\rho)$")
    one, times, other, more = stated("latency-queue", "At # % that is $#S$, at # % $#S$")
    for percent, factor in ((one, times), (other, more)):
        load = percent / 100
        assert isclose(1 / (1 - load), factor)
        waiting = np.arange(20_000)
        in_system = ((1 - load) * load**waiting * waiting).sum()
        assert isclose(in_system / load, factor, rel_tol=1e-9)


def test_latency_cascade() -> None:
    """The mean and the slowest request."""
    cheap, costly, percent, mean, slow = stated(
        "latency-cascade",
        "# ms for all plus # ms for # % make # ms on average. The slowest requests get slower: #",
    )
    assert cheap + costly * percent / 100 == mean
    assert cheap + costly == slow


def test_compress_affine() -> None:
    """Scale and zero point of the example, the bound of the error, and an exact zero."""
    stated("compress-affine", r"q = \operatorname{round}(x/s) + z,\quad s = \frac{b-a}{255}")
    low, high, scale, zero = stated("compress-affine", "For $[#, #]$: $s = #$, $z = #$")
    s = (high - low) / 255
    z = round(-low / s)
    assert scale.rounds(s)
    assert zero == z
    x = np.linspace(low, high, 10_001)
    q = np.clip(np.round(x / s) + z, 0, 255)
    assert np.abs((q - z) * s - x).max() <= s / 2 + 1e-9
    assert (np.clip(round(0 / s) + z, 0, 255) - z) * s == 0


def test_compress_temperature() -> None:
    """Both softened distributions of the logits."""
    found = stated(
        "compress-temperature",
        "Logits #, #, # give #, #, # at temperature # and #, #, # at #",
    )
    logits, cold, warm = found[:3], found[3:6], found[7:10]
    for temperature, p in ((found[6], cold), (found[10], warm)):
        exact = special.softmax(np.array(logits) / temperature)
        assert all(a.rounds(b) for a, b in zip(p, exact, strict=True))


def test_compress_t_squared() -> None:
    """The gradient times T² approaches the note's limit."""
    stated("compress-t-squared", r"$(z_i - v_i)/(K T^2)$")
    z, v = (row - row.mean() for row in normal(2, 4))
    limit = (z - v) / 4
    gaps = []
    for t in (5, 50, 500):
        gradient = (special.softmax(z / t) - special.softmax(v / t)) / t
        gaps.append(np.abs(t**2 * gradient - limit).max())
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] < 0.01


def test_dp_identical() -> None:
    """The average of the parts' gradients is the whole batch's, for equal parts."""
    stated("dp-identical", "averaged gradient")
    gradients = normal(8, 3)
    parts = gradients.reshape(4, 2, 3).mean(axis=1)
    assert np.allclose(parts.mean(axis=0), gradients.mean(axis=0))


def busy_share(stages: int, batches: int) -> float:
    """Of a schedule where batch b reaches stage s in slot b + s."""
    slots = {(b + s, s) for b in range(batches) for s in range(stages)}
    return len(slots) / (stages * (max(slot for slot, _ in slots) + 1))


def test_pipeline_bubble() -> None:
    """The formula against a schedule, and the example."""
    stated("pipeline-bubble", r"\frac{S-1}{m+S-1}")
    stages, batches, percent = stated("pipeline-bubble", "# stages and # micro-batches idle # %")
    assert percent.rounds(1 - busy_share(int(stages), int(batches)), 100)
    for s, m in ((2, 1), (4, 32), (8, 5)):
        assert isclose(1 - busy_share(s, m), (s - 1) / (m + s - 1))


def test_zero_memory() -> None:
    """The bytes of each stage, and the gigabytes of the example."""
    weights, gradients, states, all_ = stated("zero-memory", "Unsharded: $# + # + # = #$")
    assert weights + gradients + states == all_
    kept_1, shared_1 = stated("zero-memory", "Stage 1: $# + #/N$")
    kept_2, shared_2 = stated("zero-memory", "Stage 2: $# + #/N$")
    shared_3 = number("zero-memory", "Stage 3: $#/N$")
    assert (kept_1, shared_1) == (weights + gradients, states)
    assert (kept_2, shared_2) == (weights, gradients + states)
    assert shared_3 == all_
    billions, whole, gpus, first, second, third = stated(
        "zero-memory", "# billion parameters: # GB unsharded; on # GPUs #, # and # GB each"
    )
    assert whole == billions * all_
    for gigabytes, kept, shared in (
        (first, kept_1, shared_1),
        (second, kept_2, shared_2),
        (third, 0, shared_3),
    ):
        assert gigabytes.rounds(billions * (kept + shared / gpus))


def test_zero_communication() -> None:
    """The volumes per step and their ratio."""
    ratio = number("zero-communication", "Stage 3: # times")
    plain = number("zero-communication", "an all-reduce moves about $#P$ values")
    sharded = number("zero-communication", "stage 3 moves $#P$")
    assert sharded / plain == ratio


def test_grad_accum_scale() -> None:
    """Summed mean gradients of m parts are m times the whole batch's."""
    stated("grad-accum-scale", "give $m$ times the whole batch's gradient")
    gradients, m = normal(32, 3), 4
    parts = gradients.reshape(m, 8, 3).mean(axis=1)
    assert np.allclose(parts.sum(axis=0), m * gradients.mean(axis=0))
    uneven = [gradients[:5], gradients[5:]]
    assert np.allclose(sum(part.sum(axis=0) for part in uneven) / 32, gradients.mean(axis=0))


def test_grad_ckpt_cost() -> None:
    """Activations held with √L checkpoints, and the compute."""
    stated("grad-ckpt-cost", "about a third more compute")
    stated("grad-ckpt-cost", "A backward pass costs about two forward passes")
    after, before = stated("grad-ckpt-cost", "so # instead of #")
    layers, held, all_ = stated(
        "grad-ckpt-cost", "For # layers: about # activations held instead of #"
    )
    assert before == 1 + 2
    assert after == before + 1
    assert isclose(after / before - 1, 1 / 3)
    assert all_ == layers
    counts = [k + ceil(layers / k) for k in range(1, int(layers) + 1)]
    assert min(counts) == held == 2 * sqrt(layers)


def test_gpu_bound() -> None:
    """The ridge of the example, and both sides of the roofline."""
    stated("gpu-bound", r"\min(\text{peak},\; I \cdot \text{bandwidth})")
    peak, bandwidth, ridge = stated(
        "gpu-bound", "# TFLOP/s and # TB/s (a made-up GPU) give $I^{*} = #$ operations per byte"
    )
    assert ridge == peak / bandwidth
    assert min(peak, ridge / 2 * bandwidth) == peak / 2
    assert min(peak, ridge * 2 * bandwidth) == peak


def test_gpu_bound_matmul() -> None:
    """Operations over bytes, and the size at the ridge."""
    stated("gpu-bound-matmul", r"\frac{2n^3}{3 \cdot 2n^2} = \frac{n}{3}")
    ridge, size = stated(
        "gpu-bound-matmul", "At a ridge of # operations per byte it turns compute-bound from $n = #"
    )
    assert 2 * size**3 / (3 * 2 * size**2) == ridge


def test_feedback_loop_ips() -> None:
    """Exactly, over all actions of the logging policy, the expected estimate is the new value."""
    stated(
        "feedback-loop-ips",
        r"\hat V = \frac1n \sum_{i=1}^{n} \frac{\pi(a_i \mid x_i)}{\mu(a_i \mid x_i)}\, r_i",
    )
    logging, new, reward = np.array([0.7, 0.2, 0.1]), np.array([0.1, 0.1, 0.8]), normal(3)
    assert isclose((logging * new / logging * reward).sum(), new @ reward)
    assert not isclose(logging @ reward, new @ reward)


def false_positive_rate(base: float, precision: float, recall: float) -> float:
    """From the cells of a table of one unit of people."""
    hits = base * recall
    alarms = hits * (1 - precision) / precision
    return alarms / (1 - base)


def test_fairness() -> None:
    """Unequal base rates: equalized odds against each of the others, with the exceptions."""
    stated("fairness", "equalized odds excludes demographic parity unless TPR = FPR, and")
    stated("fairness", "unless a classifier raises no false alarms or finds no positives")
    for tpr, fpr, same in ((0.6, 0.1, False), (0.3, 0.3, True), (0.6, 0, False)):
        selected = [base * tpr + (1 - base) * fpr for base in (0.5, 0.2)]
        assert isclose(*selected) == same
    rates = [false_positive_rate(base, 0.8, 0.6) for base in (0.5, 0.2)]
    assert not isclose(*rates)
    for precision, recall in ((1, 0.6), (0.8, 0)):
        assert [false_positive_rate(base, precision, recall) for base in (0.5, 0.2)] == [0, 0]


def test_fairness_dp_eo() -> None:
    """A perfect classifier on unequal base rates: equal error rates, unequal selection."""
    stated("fairness-dp-eo", "meets equalized odds and violates demographic parity")
    groups = [np.array([1, 1, 0, 0]), np.array([1, 0, 0, 0])]
    assert groups[0].mean() != groups[1].mean()
    assert {group[group == 1].mean() for group in groups} == {1}
    assert {group[group == 0].mean() for group in groups} == {0}


def test_fairness_identity() -> None:
    """The identity on random tables."""
    stated("fairness-identity", r"\mathrm{FPR} = \frac{\pi}{1-\pi}\cdot\frac{1-P}{P}\cdot R")
    for tp, fp, fn, tn in np.random.default_rng(0).integers(1, 100, (50, 4)):
        base = (tp + fn) / (tp + fp + fn + tn)
        precision, recall = tp / (tp + fp), tp / (tp + fn)
        by_formula = odds(base) * (1 - precision) / precision * recall
        assert isclose(by_formula, fp / (fp + tn))
        assert isclose(by_formula, false_positive_rate(base, precision, recall))


def test_fairness_worked() -> None:
    """Both rates and all counts per 1,000."""
    one, other, share = stated(
        "fairness-worked", "Base rates # % and # %, precision and recall # %"
    )
    rates = stated("fairness-worked", "# % and # %. Per")
    counts = stated(
        "fairness-worked",
        "# true and # false positives among # negatives, against # and # among # negatives",
    )
    for base, rate, (hits, alarms, negatives) in zip(
        (one, other), rates, (counts[:3], counts[3:]), strict=True
    ):
        assert rate.rounds(false_positive_rate(base / 100, share / 100, share / 100), 100)
        assert negatives == 1000 * (1 - base / 100)
        assert isclose(hits, 10 * base * share / 100)
        assert isclose(hits / (hits + alarms), share / 100)
        assert rate.rounds(alarms / negatives, 100)


def test_fairness_kleinberg() -> None:
    """A calibrated score's class means lie on the line; two lines meet only at (1, 0)."""
    stated("fairness-kleinberg", r"$\pi m_{+} + (1-\pi) m_{-} = \pi$")
    plus, minus = stated("fairness-kleinberg", "meet only at $m_{+}=#$, $m_{-}=#$")
    scores = np.random.default_rng(0).beta(2, 5, 1000)
    base = scores.mean()
    positives = (scores * scores).sum() / scores.sum()
    negatives = (scores * (1 - scores)).sum() / (1 - scores).sum()
    assert isclose(base * positives + (1 - base) * negatives, base)
    lines = np.array([[0.5, 0.5], [0.2, 0.8]])
    assert np.allclose(np.linalg.solve(lines, [0.5, 0.2]), (plus, minus))


Worth = Callable[[frozenset[int]], float]


def shapley(worth: Worth, features: int) -> list[float]:
    """The mean gain over all orders of joining."""
    gains = np.zeros(features)
    for order in permutations(range(features)):
        for place, j in enumerate(order):
            before = frozenset(order[:place])
            gains[j] += worth(before | {j}) - worth(before)
    return list(gains / factorial(features))


def by_formula(worth: Worth, features: int, j: int) -> float:
    rest = [k for k in range(features) if k != j]
    total = 0.0
    for mask in range(2 ** len(rest)):
        joined = frozenset(k for bit, k in enumerate(rest) if mask >> bit & 1)
        weight = factorial(len(joined)) * factorial(features - len(joined) - 1)
        total += weight / factorial(features) * (worth(joined | {j}) - worth(joined))
    return total


def test_shap_formula() -> None:
    """The weights are those of the orders, and the values add up to the gap."""
    stated("shap-formula", r"\frac{\lvert A\rvert!\,(p-\lvert A\rvert-1)!}{p!}")
    stated("shap-formula", "The mean gain of adding $j$ over all orders of joining.")
    values = dict(enumerate(normal(16)))

    def worth(known: frozenset[int]) -> float:
        return values[sum(1 << k for k in known)]

    found = shapley(worth, 4)
    assert np.allclose(found, [by_formula(worth, 4, j) for j in range(4)])
    assert isclose(sum(found), values[15] - values[0])


def test_shap_worked() -> None:
    """Both values, their sum and the interaction."""
    base, first, second, both = stated(
        "shap-worked", "Mean prediction #; knowing $x_1$ gives #, $x_2$ #, both #"
    )
    a, b, one, c, d, other = stated(
        "shap-worked", "$x_1$: mean of # and #, so #. $x_2$: mean of # and #, so #"
    )
    top, bottom, gap, interaction = stated(
        "shap-worked", "They sum to $# - # = #$; the interaction of # is shared equally"
    )
    table = {(): base, (0,): first, (1,): second, (0, 1): both}
    found = shapley(lambda known: table[tuple(sorted(known))], 2)
    assert found == [one, other]
    assert (a, b) == (first - base, both - second)
    assert (c, d) == (second - base, both - first)
    assert (top, bottom) == (both, base)
    assert gap == one + other == both - base
    assert interaction == both - first - second + base


def test_pdp_ice() -> None:
    """The average curve of the product is flat, the single ones are not."""
    high, low = stated("pdp-ice", "the single ones have slope # or #")
    grid, x2 = np.linspace(-1, 1, 5), np.array([1, -1] * 10)
    curves = grid[:, None] * x2
    assert np.allclose(curves.mean(axis=1), 0)
    assert set(np.unique(np.diff(curves, axis=0) / np.diff(grid)[:, None])) == {high, low}


def test_dp_definition() -> None:
    """Both factors, and a mechanism that reaches its own."""
    stated("dp-definition", r"P[M(D) \in O] \le e^{\varepsilon} P[M(D') \in O] + \delta")
    small, factor, large, weak = stated(
        "dp-definition",
        r"$\varepsilon = #$ allows a factor of #, $\varepsilon = #$ one of #",
    )
    assert factor.rounds(exp(small))
    assert weak.is_about(exp(large), 0.01)
    noise = stats.laplace(scale=1 / small)
    x = np.linspace(-50, 50, 1001)
    ratio = noise.pdf(x) / noise.pdf(x - 1)
    assert isclose(ratio.max(), exp(small))


def test_dp_sgd_clip() -> None:
    """Clipped one by one, a single example moves the sum by at most the norm; else by more."""
    stated("dp-sgd-clip", "The clip bounds one example's influence")
    gradients, limit = normal(20, 3), 1.0

    def clipped(g: np.ndarray) -> np.ndarray:
        return g * min(1, limit / np.linalg.norm(g))

    total = sum(clipped(g) for g in gradients)
    for extreme in (1e1, 1e9):
        more = total + clipped(np.full(3, extreme))
        assert np.linalg.norm(more - total) <= limit + 1e-9
    batch = gradients.mean(axis=0)
    moved = np.vstack([gradients, np.full((1, 3), 1e9)]).mean(axis=0)
    assert np.linalg.norm(clipped(moved) - clipped(batch)) > limit / 2


def test_adv_fgsm() -> None:
    """Among all corners of the box, the sign step raises the linearized loss most."""
    stated("adv-fgsm", r"x' = x + \epsilon \operatorname{sign}\bigl(\nabla_x \ell(f(x), y)\bigr)")
    gradient, size = normal(6), 0.1
    corners = np.array(np.meshgrid(*[[-size, size]] * 6)).reshape(6, -1).T
    best = corners[(corners @ gradient).argmax()]
    assert np.allclose(best, size * np.sign(gradient))
    assert isclose(best @ gradient, size * np.abs(gradient).sum())


def test_adv_linear() -> None:
    """The shift of the score in the example, and the general bound."""
    stated("adv-linear", r"$\epsilon \lVert w \rVert_1$")
    inputs, weight, levels, shift = stated(
        "adv-linear", r"# inputs, mean $\lvert w_j \rvert = #$, $\epsilon = 1/#$: #"
    )
    assert shift.rounds(inputs * weight / levels)
    w = normal(300)
    assert isclose(w @ (0.01 * np.sign(w)), 0.01 * np.abs(w).sum())


def test_search_exact() -> None:
    """The size of the vectors."""
    vectors, floats, megabytes = stated("search-exact", "# vectors of # floats are # MB")
    assert megabytes.rounds(vectors * floats * 4 / 1e6)


def test_ads_calibration() -> None:
    """Overstated clicks let the worse ad win."""
    stated("ads-calibration", "Ads compete by bid × probability")
    bids, p = np.array([1.0, 2.0]), np.array([0.05, 0.04])
    assert (bids * p).argmax() == 1
    assert (bids * p * [2, 1]).argmax() == 0


def test_ads_auc() -> None:
    """Doubled probabilities: the same AUC, a worse log loss, a ratio of two."""
    stated("ads-auc", "It sees only the order of the scores.")
    rng = np.random.default_rng(0)
    p = rng.beta(2, 60, 20_000)
    y = rng.random(20_000) < p
    assert roc_auc_score(y, p) == roc_auc_score(y, 2 * p)
    assert log_loss(y, 2 * p) > log_loss(y, p)
    assert isclose((2 * p).sum() / y.sum(), 2, rel_tol=0.1)


def test_ads_entropy() -> None:
    """The entropy of the example; the base rate itself scores 1; log loss falls with the rate."""
    stated("ads-entropy", r"\frac{\text{mean log loss of the model}}{\text{entropy of the base")
    percent, nats = stated("ads-entropy", "At a # % click rate the entropy is # nats")

    def entropy(p: float) -> float:
        return -p * log(p) - (1 - p) * log(1 - p)

    assert nats.rounds(entropy(percent / 100))
    y = np.arange(100) < percent
    assert isclose(log_loss(y, np.full(100, percent / 100)) / entropy(percent / 100), 1)
    assert entropy(0.01) < entropy(0.02)


def test_metric_drop_mix() -> None:
    """Both totals from the constant rates."""
    web, app = stated("metric-drop-mix", "Web conversion is # %, app conversion # %")
    before, after, high, low = stated(
        "metric-drop-mix", "from # % to # %, the total falls from # % to # %"
    )
    for share, total in ((before, high), (after, low)):
        assert isclose((app * share + web * (100 - share)) / 100, total)
