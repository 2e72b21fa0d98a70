"""Section 3, statistics and experiments: exact error rates, powers, sizes and paradoxes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import comb, isclose, sqrt

import numpy as np
import pytest
from scipy import integrate, optimize, stats
from sklearn.metrics import roc_auc_score
from stated import number, stated

NOTES = """
strata-vs-clusters strata-weights cluster-deff systematic-sample selection-size berkson ipw-sample
reservoir reservoir-why reservoir-weighted skewness kurtosis skew-mean-median log-retransform
heavy-tail-se qq-tails normality-test-trap ttest-nonnormal nonsignificant one-sided
difference-significant pvalue-ppv pvalue-large-n pvalue-uniform alpha-beta-tradeoff power-formula
winners-curse power-posthoc ci ci-prediction ci-mean ci-overlap rule-of-three bootstrap-fail
bootstrap-unit t-vs-z welch t-paired chi2-formula chi2-counts mann-whitney multiple bonferroni-why
bh-steps multiple-models ab-unit-analysis srm sample-size sample-size-example sample-size-quadruple
cuped ab-split peeking peeking-extend peeking-limit pocock-obf simpson simpson-ramp collider-adjust
did
""".split()

NORMAL = stats.norm
LEVEL_5 = NORMAL.ppf(0.975)


def two_sided(z: float) -> float:
    return float(2 * NORMAL.sf(abs(z)))


def power(effect: float, level: float = 0.05) -> float:
    """Of a two-sided z-test, the effect in standard errors; the wrong side is ignored."""
    return float(NORMAL.cdf(effect - NORMAL.ppf(1 - level / 2)))


def rates(first: float, second: float, n: float, m: float) -> tuple[float, float]:
    """The difference of two shares and its standard error."""
    return second - first, sqrt(first * (1 - first) / n + second * (1 - second) / m)


def crossing(limits: Sequence[float], step: float = 0.02) -> float:
    """The chance that |z| exceeds its limit at one of several equally spaced looks, no effect.

    Exact up to the grid: the density of the sum, restricted to paths still inside, is carried
    from look to look.
    """
    half = max(*(limit * sqrt(k) for k, limit in enumerate(limits, 1)), 9) + 1
    grid = np.arange(-half, half + step, step)
    noise = NORMAL.pdf(np.arange(-8, 8 + step, step)) * step
    density = NORMAL.pdf(grid)
    for look, limit in enumerate(limits, 1):
        if look > 1:
            density = np.convolve(density, noise, "same")
        inside = np.clip((limit * sqrt(look) - np.abs(grid)) / step + 0.5, 0, 1)
        density = density * inside
    return float(1 - density.sum() * step)


def test_strata_vs_clusters() -> None:
    """The variance of a simple random mean over that of a proportional stratified one."""
    one, other, low, high, deviation, ratio = stated(
        "strata-vs-clusters",
        "Strata of # % and # % with means # and # and standard deviation #: simple random sampling"
        " has # times the variance",
    )
    p, q = one / 100, other / 100
    between = p * q * (high - low) ** 2
    assert ratio.rounds((deviation**2 + between) / deviation**2)


def test_strata_weights() -> None:
    """The plain and the weighted mean of the example."""
    stated("strata-weights", r"\bar y=\sum_h W_h\,\bar y_h")
    free, low, paying, high, plain, weighted = stated(
        "strata-weights",
        "# % free users (mean #) and # % paying ones (mean #), sampled half and half: plain mean #,"
        " weighted mean #",
    )
    assert free + paying == 100
    assert plain == (low + high) / 2
    assert weighted.rounds((free * low + paying * high) / 100)


def test_cluster_deff() -> None:
    """The formula against the exact variance, and the pupils of the example."""
    stated("cluster-deff", r"1+(m-1)\rho")
    clusters, size, correlation, effect, units, worth = stated(
        "cluster-deff",
        r"# classes of # pupils, $\rho=#$: #, so the # pupils are worth about #",
    )
    assert units == clusters * size
    assert effect.rounds(1 + (size - 1) * correlation)
    assert worth.rounds(units / (1 + (size - 1) * correlation))
    covariance = np.full((int(size), int(size)), float(correlation))
    np.fill_diagonal(covariance, 1)
    assert isclose(covariance.mean() * size, 1 + (size - 1) * correlation)


def test_systematic_sample() -> None:
    """Every seventh day is one weekday; every sixth visits all."""
    stated("systematic-sample", "in daily data it hits one weekday only")
    days = np.arange(700) % 7
    assert len(set(days[::7])) == 1
    assert len(set(days[::6])) == 7


def test_selection_size() -> None:
    """Exact coverage of the biased interval at both sample sizes."""
    near, points, small, level, covered, large = stated(
        "selection-size",
        "A share near # %, overstated by # points: at $n=#$ the usual # % interval still covers the"
        " truth in # % of samples, at $n=#$ in practically none",
    )
    truth, seen = near / 100, (near + points) / 100
    for n, coverage in ((int(small), covered / 100), (int(large), 0)):
        k = np.arange(n + 1)
        half = NORMAL.ppf(0.5 + level / 200) * np.sqrt(k / n * (1 - k / n) / n)
        exact = stats.binom(n, seen).pmf(k)[np.abs(k / n - truth) <= half].sum()
        assert isclose(exact, coverage, abs_tol=0.015)


def test_berkson() -> None:
    """The correlation of two independent scores among those whose sum exceeds the limit."""
    limit, correlation = stated(
        "berkson", "hired if their sum exceeds #: correlation # among the hired"
    )
    cut = limit / sqrt(2)
    ratio = NORMAL.pdf(cut) / NORMAL.sf(cut)
    total = 1 + cut * ratio - ratio**2  # the variance of the cut normal, in units of its own
    assert correlation.rounds((total - 1) / (total + 1))


def test_ipw_sample() -> None:
    """Weights 1/π make the expected sum that of the population; a uniform sample needs none."""
    stated("ipw-sample", r"Each unit counts $1/\pi_i$ times")
    values, p = np.array([3.0, 5, 10]), np.array([0.2, 0.5, 1])
    assert isclose((p * values / p).sum(), values.sum())
    assert (p * values).sum() / p.sum() > values.mean()


def reservoirs(k: int, n: int) -> dict[frozenset[int], Fraction]:
    """Every set the algorithm may hold after n items, with its exact probability."""
    held = {tuple(range(1, k + 1)): Fraction(1)}
    for i in range(k + 1, n + 1):
        after: dict[tuple[int, ...], Fraction] = {}
        for slots, p in held.items():
            for j in range(1, i + 1):
                kept = (*slots[: j - 1], i, *slots[j:]) if j <= k else slots
                after[kept] = after.get(kept, Fraction(0)) + p / i
        held = after
    sets: dict[frozenset[int], Fraction] = {}
    for slots, p in held.items():
        sets[frozenset(slots)] = sets.get(frozenset(slots), Fraction(0)) + p
    return sets


def test_reservoir() -> None:
    """Exactly: after the note's steps, all sets of k of n items are equally likely."""
    stated("reservoir", r"For item $i>k$, draw an integer $j$ uniformly from $1,\dots,i$.")
    stated("reservoir", r"If $j\le k$, the item replaces the one in slot $j$")
    found = reservoirs(2, 5)
    assert len(found) == comb(5, 2)
    assert set(found.values()) == {Fraction(1, comb(5, 2))}


def test_reservoir_why() -> None:
    """The product telescopes to k/n, which is each item's exact share."""
    stated("reservoir-why", r"\frac ki\prod_{t=i+1}^{n}\frac{t-1}{t}=\frac kn")
    k, n = 2, 6
    for i in range(k + 1, n + 1):
        product = Fraction(k, i)
        for t in range(i + 1, n + 1):
            product *= Fraction(t - 1, t)
        assert product == Fraction(k, n)
        kept = sum(p for items, p in reservoirs(k, n).items() if i in items)
        assert kept == Fraction(k, n)


def test_reservoir_weighted() -> None:
    """Exact shares of draws one by one without replacement; a race of keys gives the same."""
    stated("reservoir-weighted", "key $u^{1/w}$")
    *weights, k = stated("reservoir-weighted", "Weights #, #, #, # and $k=#$")
    shares = stated("reservoir-weighted", "and $k=2$: #, #, #, #")
    assert k == 2
    total = sum(weights)
    for i, share in enumerate(shares):
        w = weights[i]
        second = sum(v / total * w / (total - v) for j, v in enumerate(weights) if j != i)
        assert share.rounds(w / total + second)
    keys = np.random.default_rng(0).random((40_000, 4)) ** (1 / np.array(weights))
    kept = keys.argsort(axis=1)[:, 2:]
    found = [(kept == i).any(axis=1).mean() for i in range(4)]
    assert np.allclose(found, shares, atol=0.012)


def test_skewness() -> None:
    """The exponential's value, and a distribution of skewness zero that is not symmetric."""
    value = number("skewness", "Exponential: #")
    assert isclose(stats.expon.expect(lambda x: (x - 1) ** 3), value, rel_tol=1e-6)
    stated("skewness", "Zero skewness does not imply symmetry.")
    x, p = np.array([-4.0, 1, 5]), np.array([1 / 3, 1 / 2, 1 / 6])
    assert isclose(x @ p, 0, abs_tol=1e-12)
    assert isclose(x**3 @ p, 0, abs_tol=1e-12)


def test_kurtosis() -> None:
    """The fourth moments of the three distributions."""
    values = stated("kurtosis", "Uniform #, normal #, Laplace #")
    shapes = (stats.uniform(-1, 2), stats.norm(), stats.laplace())
    for value, shape in zip(values, shapes, strict=True):
        moment = shape.expect(lambda x, s=shape: ((x - s.mean()) / s.std()) ** 4)
        assert isclose(moment, value, rel_tol=1e-5)
    assert number("kurtosis", "subtracts the normal's #") == values[1]


def test_skew_mean_median() -> None:
    """The counterexample's skewness, mean and median."""
    mean, skewness, percent, least, median = stated(
        "skew-mean-median",
        "Poisson with mean #: skewness #, yet # % of values are # or more, so the median is #",
    )
    counts = stats.poisson(mean)
    assert skewness.rounds(counts.stats(moments="s"))
    assert percent.rounds(counts.sf(least - 1), 100)
    assert counts.median() == median > mean


def test_log_retransform() -> None:
    """The factor between the mean and what the log scale gives, which is the median."""
    stated("log-retransform", r"e^{\mathbb{E}[\log y]}\le\mathbb{E}[y]")
    stated("log-retransform", r"the true mean is $e^{\sigma^2/2}$ times as large")
    factor, sigma = stated("log-retransform", r"as large: # times at $\sigma=#$")
    y = stats.lognorm(sigma, scale=np.exp(0.4))
    assert factor.rounds(y.mean() / np.exp(0.4))
    assert isclose(y.median(), np.exp(0.4))


def t_interval_misses(values: np.ndarray, mean: float) -> tuple[float, float]:
    """The shares of nominal 95 % intervals that lie wholly below the mean, and above."""
    n = values.shape[1]
    t = (values.mean(axis=1) - mean) / values.std(axis=1, ddof=1) * sqrt(n)
    limit = stats.t(n - 1).ppf(0.975)
    return float((t < -limit).mean()), float((t > limit).mean())


def test_heavy_tail_se() -> None:
    """The coverage of the nominal 95 % interval, one-sided and with random signs, simulated."""
    sigma, n, percent, signed = stated(
        "heavy-tail-se",
        r"($\sigma=#$ on the log scale), $n=#$: the nominal 95 % $t$-interval covered the mean in"
        " # % of simulations; nearly all misses lay below it. The same values with random signs:"
        " # %",
    )
    rng = np.random.default_rng(0)
    values = np.exp(sigma * rng.normal(size=(20_000, int(n))))
    below, above = t_interval_misses(values, np.exp(sigma**2 / 2))
    assert percent.is_about(100 * (1 - below - above), 0.02)
    assert above < 0.01 * below
    values *= rng.choice([-1, 1], values.shape)
    assert signed.rounds(1 - sum(t_interval_misses(values, 0)), 100)


def test_qq_tails() -> None:
    """Against the line through the quartiles, the ends lie as the note says."""
    stated("qq-tails", "The low end falls below the line and the high end rises above it.")
    stated("qq-tails", "Light tails do the reverse. Right skew lifts both ends above the line.")
    p = np.array([0.001, 0.25, 0.75, 0.999])
    normal = NORMAL.ppf(p)
    for shape, low, high in ((stats.t(3), -1, 1), (stats.uniform(), 1, -1), (stats.expon(), 1, 1)):
        sample = shape.ppf(p)
        slope = (sample[2] - sample[1]) / (normal[2] - normal[1])
        line = sample[1] + slope * (normal - normal[1])
        assert np.sign(sample[[0, 3]] - line[[0, 3]]).tolist() == [low, high]


def test_normality_test_trap() -> None:
    """The two shares of flagged samples, simulated again."""
    level, percent, n, samples, big, freedom = stated(
        "normality-test-trap",
        "at # %, simulated: flagged # % of samples of # exponential values, and all # samples of #"
        " values from a $t$ distribution with # degrees",
    )
    rng = np.random.default_rng(0)
    small = [stats.shapiro(rng.exponential(size=int(n))).pvalue for _ in range(1500)]
    assert percent.is_about(100 * np.mean(np.array(small) < level / 100), 0.08)
    large = [stats.shapiro(rng.standard_t(freedom, int(big))).pvalue for _ in range(20)]
    assert max(large) < level / 100
    assert samples > 100


def test_ttest_nonnormal() -> None:
    """The rejection rates at both sample sizes, simulated again."""
    few_percent, few, many_percent, many = stated(
        "ttest-nonnormal", "rejected in # % of simulations at $n=#$, and in # % at $n=#$"
    )
    rng = np.random.default_rng(0)
    for percent, n in ((few_percent, few), (many_percent, many)):
        found = sum(t_interval_misses(rng.exponential(size=(20_000, int(n))), 1))
        assert isclose(100 * found, percent, abs_tol=0.5)


def test_nonsignificant() -> None:
    """The interval for the difference."""
    low, high, n, level, start, end = stated(
        "nonsignificant",
        "Conversion # % against # %, # users each: # % interval for the difference # to +# points",
    )
    gap, error = rates(low / 100, high / 100, n, n)
    half = NORMAL.ppf(0.5 + level / 200) * error
    assert start.rounds(gap - half, 100)
    assert end.rounds(gap + half, 100)


def test_one_sided() -> None:
    """Choosing the side afterwards doubles the type I error rate, exactly."""
    stated("one-sided", "Choosing the side after seeing the data doubles the type I error rate.")
    limit = NORMAL.ppf(0.95)
    assert isclose(two_sided(limit), 2 * NORMAL.sf(limit))


def test_difference_significant() -> None:
    """Three p-values, and the standard error of the difference."""
    one, e1, other, e2, p_one, p_other, gap, error, p_gap = stated(
        "difference-significant",
        r"gains of $#\pm#$ and $#\pm#$ (standard errors): p-values # and #, but the difference is"
        r" $#\pm#$, p-value #",
    )
    assert p_one.rounds(two_sided(one / e1))
    assert p_other.rounds(two_sided(other / e2))
    assert gap == one - other
    assert error.rounds(sqrt(e1**2 + e2**2))
    assert p_gap.rounds(two_sided(gap / sqrt(e1**2 + e2**2)))


def test_pvalue_ppv() -> None:
    """The fraction of the heading's numbers, and its complement."""
    works, strength, level = stated("pvalue-ppv", "# % of tested ideas work; power # %, level # %")
    right = number("pvalue-ppv", r"\frac{0.8\cdot0.1}{0.8\cdot0.1+0.05\cdot0.9}=#")
    wrong, not_level = stated("pvalue-ppv", "So # % of the rejections are false, not # %")
    true, false = works * strength, (100 - works) * level
    assert right.rounds(true / (true + false))
    assert wrong.rounds(false / (true + false), 100)
    assert not_level == level


def test_pvalue_large_n() -> None:
    """The three p-values for the same negligible effect."""
    low, high, few_p, few, many_p, exponent = stated(
        "pvalue-large-n",
        "# % against # %: p-value # with # users per arm, # with a million, $10^{#}$ with ten",
    )
    for p_value, n in ((few_p, few), (many_p, 1e6)):
        gap, error = rates(low / 100, high / 100, n, n)
        assert p_value.rounds(two_sided(gap / error))
    gap, error = rates(low / 100, high / 100, 1e7, 1e7)
    assert exponent.rounds(np.log10(two_sided(gap / error)))


def test_pvalue_uniform() -> None:
    """P(p ≤ u) = u for the z-test, and uneven for a discrete statistic."""
    share, limit = stated("pvalue-uniform", "so # % fall below #")
    assert share == 100 * limit
    for u in (limit, 0.3, 0.9):
        assert isclose(two_sided(NORMAL.ppf(1 - u / 2)), u)
    heads = np.arange(11)
    p = np.array([stats.binomtest(int(k), 10).pvalue for k in heads])
    assert stats.binom(10, 0.5).pmf(heads)[p <= limit].sum() < limit


def test_alpha_beta_tradeoff() -> None:
    """The power at both levels."""
    effect, at_5, five, at_1, one = stated(
        "alpha-beta-tradeoff",
        "true effect of # standard errors: power # % at level # %, # % at level # %",
    )
    assert at_5.rounds(power(effect, five / 100), 100)
    assert at_1.rounds(power(effect, one / 100), 100)


def test_power_formula() -> None:
    """The formula with and without the wrong side, and both sample sizes."""
    stated("power-formula", r"\Phi\left(\frac{\delta\sqrt n}{\sigma}-z_{1-\alpha/2}\right)")
    effect, level, low, few, high, many = stated(
        "power-formula", r"$\delta=#\,\sigma$ at level # %: # % with $n=#$, # % with $n=#$"
    )
    for percent, n in ((low, few), (high, many)):
        shift = effect * sqrt(n)
        assert percent.rounds(power(shift, level / 100), 100)
        assert NORMAL.cdf(-shift - LEVEL_5) < 0.001


def mean_significant(effect: float) -> tuple[float, float]:
    """The power and the mean size of the significant estimates, both sides counted."""
    both = float(NORMAL.sf(LEVEL_5 - effect) + NORMAL.cdf(-LEVEL_5 - effect))
    up = integrate.quad(lambda z: z * NORMAL.pdf(z - effect), LEVEL_5, 12)[0]
    down = integrate.quad(lambda z: -z * NORMAL.pdf(z - effect), -12, -LEVEL_5)[0]
    return both, (up + down) / both


def test_winners_curse() -> None:
    """The power and the exaggeration of both cases."""
    stated("winners-curse", "True effect of one standard error")
    percent, factor, strong, other = stated(
        "winners-curse",
        "power # % at level 5 %, and significant estimates average # times its size in absolute"
        " value. At # % power the factor is #",
    )
    chance, size = mean_significant(1)
    assert percent.rounds(chance, 100)
    assert factor.rounds(size)
    effect = LEVEL_5 + NORMAL.ppf(strong / 100)
    assert other.rounds(mean_significant(effect)[1] / effect)


def test_power_posthoc() -> None:
    """The observed power at a p-value of exactly the level."""
    level, p_value, percent = stated(
        "power-posthoc", "in a z-test at level # %, p-value # gives # %"
    )
    assert percent.rounds(power(NORMAL.ppf(1 - p_value / 2), level / 100), 100)


def test_ci() -> None:
    """Exact coverage of a t interval, and its agreement with the test of the same level."""
    percent = number("ci", "Over repeated samples, # % of intervals built this way")
    stated("ci", "It holds the values that the matching 5 % test does not reject.")
    rng = np.random.default_rng(0)
    found = 1 - sum(t_interval_misses(rng.normal(3, 2, (40_000, 6)), 3))
    assert isclose(100 * found, percent, abs_tol=0.4)
    sample = rng.normal(size=9)
    low, high = stats.ttest_1samp(sample, 0).confidence_interval()
    for value in (low - 1e-6, low + 1e-6, high - 1e-6, high + 1e-6):
        rejected = stats.ttest_1samp(sample, value).pvalue < 1 - percent / 100
        assert rejected != (low <= value <= high)


def test_ci_prediction() -> None:
    """Both half-widths."""
    n, deviation, mean_half, next_half = stated(
        "ci-prediction",
        "$n=#$ normal values, standard deviation #: half-widths # for the mean, # for the next",
    )
    t = stats.t(n - 1).ppf(0.975)
    assert mean_half.rounds(t * deviation / sqrt(n))
    assert next_half.rounds(t * deviation * sqrt(1 + 1 / n))


def test_ci_mean() -> None:
    """The formula is SciPy's interval."""
    stated("ci-mean", r"\bar x\pm t_{n-1,\,0.975} \cdot\frac{s}{\sqrt n}")
    sample = np.array([2.0, 3, 7, 8, 11])
    half = stats.t(4).ppf(0.975) * sample.std(ddof=1) / sqrt(5)
    interval = stats.ttest_1samp(sample, 0).confidence_interval(0.95)
    assert np.allclose(interval, (sample.mean() - half, sample.mean() + half))


def test_ci_overlap() -> None:
    """The gaps at which intervals separate, and at which the difference is significant."""
    apart, enough = stated(
        "ci-overlap", "the intervals separate at # of them, but # suffice for significance"
    )
    assert apart.rounds(2 * LEVEL_5)
    assert enough.rounds(sqrt(2) * LEVEL_5)


def test_rule_of_three() -> None:
    """The approximate and the exact limit."""
    trials = number("rule-of-three", "fit # independent trials without a failure")
    rough = number("rule-of-three", "Those up to about $3/n$, here # %")
    n, chance, exact = stated("rule-of-three", r"$(1-q)^{#}=#$ gives the failure rate $q=#$ %")
    assert n == trials
    assert rough == 100 * 3 / trials
    assert exact.rounds(1 - chance ** (1 / n), 100)


def test_bootstrap_fail() -> None:
    """The share of resamples with the maximum, and the coverage at ten values."""
    percent, values, few, covered, nominal = stated(
        "bootstrap-fail",
        "# % of resamples contain the largest of # values, so the maximum of a resample mostly"
        " repeats it. Percentile interval for a mean, # exponential values: # % coverage instead of"
        " # %",
    )
    assert percent.rounds(1 - (1 - 1 / values) ** values, 100)
    rng = np.random.default_rng(0)
    samples = rng.exponential(size=(1500, int(few)))
    draws = rng.integers(0, int(few), (400, int(few)))
    means = samples[:, draws].mean(axis=2)
    low, high = np.percentile(means, [50 - nominal / 2, 50 + nominal / 2], axis=1)
    assert covered.is_about(100 * ((low <= 1) & (high >= 1)).mean(), 0.03)


def test_bootstrap_unit() -> None:
    """The expected standard errors: the true one, that over rows, and that over users."""
    users, rows, correlation, true, over_rows, over_users = stated(
        "bootstrap-unit",
        "# users with # rows each, normal values of variance 1, intraclass correlation #: true"
        " standard error of the mean #; bootstrap over rows about #, over users #",
    )
    of_user = correlation + (1 - correlation) / rows
    assert true.rounds(sqrt(of_user / users))
    assert over_users.rounds(sqrt(of_user * (1 - 1 / users) / users))
    n = users * rows
    assert over_rows.rounds(sqrt((1 - of_user / users) / n))


def test_t_vs_z() -> None:
    """The three critical values."""
    first, few, second, more, limit = stated(
        "t-vs-z", "# with # degrees of freedom, # with #, # in the limit"
    )
    assert first.rounds(stats.t(few).ppf(0.975))
    assert second.rounds(stats.t(more).ppf(0.975))
    assert limit.rounds(LEVEL_5)


def test_welch() -> None:
    """The rejection rates of both tests, simulated again."""
    many, low, few, high, level, student, welch = stated(
        "welch",
        "groups of # (standard deviation #) and # (standard deviation #), level # %: Student's test"
        " rejected in # % of simulations, Welch's in # %",
    )
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, low, (20_000, int(many))), rng.normal(0, high, (20_000, int(few)))
    for percent, equal in ((student, True), (welch, False)):
        p = stats.ttest_ind(a, b, axis=1, equal_var=equal).pvalue
        assert percent.rounds((p < level / 100).mean(), 100)


def test_t_paired() -> None:
    """A shift per pair leaves the test as it was; it keeps its level when the pairs do not gain."""
    stated("t-paired", "When values come in pairs")
    stated("t-paired", "If these correlate positively, the variation between pairs cancels.")
    rng = np.random.default_rng(0)
    before, noise, level = rng.normal(size=12), rng.normal(0.3, 1, 12), rng.normal(0, 50, 12)
    one = stats.ttest_rel(before + noise, before).pvalue
    assert isclose(one, stats.ttest_1samp(noise, 0).pvalue)
    assert isclose(one, stats.ttest_rel(before + noise + level, before + level).pvalue)
    opposed = rng.multivariate_normal([0, 0], [[1, -0.5], [-0.5, 1]], (20_000, 30)).T
    paired, unpaired = stats.ttest_rel(*opposed), stats.ttest_ind(*opposed)
    assert isclose((paired.pvalue < 0.05).mean(), 0.05, abs_tol=0.005)
    assert (unpaired.pvalue < 0.05).mean() > 0.1


def test_chi2_formula() -> None:
    """Expected counts, statistic and degrees of freedom are SciPy's."""
    stated("chi2-formula", r"\chi^2=\sum\frac{(O-E)^2}{E},\quad E=\frac{RC}{n}")
    stated("chi2-formula", "Degrees of freedom: $(r-1)(c-1)$")
    table = np.array([[10, 20, 30], [25, 15, 5]])
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    found = stats.chi2_contingency(table, correction=False)
    assert np.allclose(found.expected_freq, expected)
    assert isclose(found.statistic, ((table - expected) ** 2 / expected).sum())
    assert found.dof == (2 - 1) * (3 - 1)


def test_chi2_counts() -> None:
    """The statistic of the counts, and of the same shares of ten times as many."""
    one, other, n, statistic, p_value, many, larger = stated(
        "chi2-counts",
        r"# against # successes of # each, no continuity correction: $\chi^2=#$, p-value #; the"
        " same shares of # each give #",
    )
    table = np.array([[one, n - one], [other, n - other]])
    for scale, value in ((1, statistic), (many / n, larger)):
        found = stats.chi2_contingency(table * scale, correction=False)
        assert value.rounds(found.statistic)
        if scale == 1:
            assert p_value.rounds(found.pvalue)


def test_mann_whitney() -> None:
    """U over the number of pairs is the AUC; equal medians can be told apart."""
    stated("mann-whitney", "The statistic $U$ divided by the number of pairs is the ROC AUC.")
    rng = np.random.default_rng(0)
    a, b = rng.normal(0.4, 1, 30), rng.normal(size=20)
    y = np.repeat([1, 0], [30, 20])
    auc = roc_auc_score(y, np.concatenate([a, b]))
    assert isclose(stats.mannwhitneyu(a, b).statistic / (30 * 20), auc)
    skewed = stats.expon.ppf((np.arange(1000) + 0.5) / 1000) - np.log(2)
    even = NORMAL.ppf((np.arange(1000) + 0.5) / 1000) * 3
    assert isclose(np.median(skewed), np.median(even), abs_tol=0.01)
    assert stats.mannwhitneyu(skewed, even).pvalue < 0.05


def test_multiple() -> None:
    """At least one false positive among independent tests."""
    tests, level, percent = stated(
        "multiple", "with # independent ones at # %, at least one in # % of cases"
    )
    assert percent.rounds(1 - (1 - level / 100) ** tests, 100)


def test_bonferroni_why() -> None:
    """The bound holds for independent and for identical tests, and is reached by neither more."""
    stated("bonferroni-why", r"P(\text{any false rejection})\le m\cdot\frac{\alpha}{m}=\alpha")
    level, m = 0.05, 10
    assert level / m <= 1 - (1 - level / m) ** m <= level


def holm(p: Sequence[float], level: float) -> int:
    for i, value in enumerate(sorted(p)):
        if value > level / (len(p) - i):
            return i
    return len(p)


def test_bh_steps() -> None:
    """The rejections of all three methods on the note's p-values."""
    stated("bh-steps", r"Find the largest $i$ whose p-value is at most $\tfrac im\,\alpha$.")
    *p, level = stated("bh-steps", "p-values #, #, #, #, # at # %")
    stated("bh-steps", "three rejections; Holm makes two, Bonferroni one")
    level, m = level / 100, len(p)
    below = [i for i, value in enumerate(sorted(p), 1) if value <= i / m * level]
    assert max(below) == (stats.false_discovery_control(p) <= level).sum() == 3
    assert holm(p, level) == 2
    assert sum(value <= level / m for value in p) == 1


def test_multiple_models() -> None:
    """The expected maximum of 100 independent binomial scores."""
    models, right, examples, top = stated(
        "multiple-models",
        "# models that are all right on # % of cases, with independent errors on # examples: the"
        " top score averages # %",
    )
    score = stats.binom(int(examples), right / 100)
    below = score.cdf(np.arange(int(examples))) ** models
    assert top.rounds((1 - below).sum() / examples, 100)


def test_ab_unit_analysis() -> None:
    """The simulated error rates, against those of large samples from the exact variances."""
    users, views, a, b, level, by_view, by_user = stated(
        "ab-unit-analysis",
        "# users per arm, geometric numbers of views with mean #, users' click rates from"
        " Beta(#, #): a view-level z-test at # % rejected in # % of 10,000 runs, with the delta"
        " method over users in # %",
    )
    assert users >= 1000  # many enough for the limit of large samples
    limit = NORMAL.ppf(1 - level / 200)
    mean, spread = stats.beta(a, b).stats()
    squares = stats.geom(1 / views).moment(2)
    true = views * (mean * (1 - mean) - spread) + squares * spread  # of a user's clicks, centered
    assumed = views * mean * (1 - mean)
    assert isclose(by_view, 100 * two_sided(limit / sqrt(true / assumed)), abs_tol=1.5)
    assert isclose(by_user, 100 * two_sided(limit), abs_tol=0.5)


def test_srm() -> None:
    """The p-value of the counts, by a chi-squared test."""
    one, other, exponent = stated("srm", "# against # users: p-value $10^{#}$")
    p_value = stats.chisquare([one, other]).pvalue
    assert exponent.rounds(np.log10(p_value))


def needed(effect: float, variance: float, level: float = 0.05, strength: float = 0.8) -> float:
    z = NORMAL.ppf(1 - level / 2) + NORMAL.ppf(strength)
    return float(2 * z**2 * variance / effect**2)


def test_sample_size() -> None:
    """The formula reaches the planned power, and the constants of the rule."""
    stated(
        "sample-size",
        r"n\approx\frac{2\,(z_{1-\alpha/2}+z_{1-\beta})^2\,\sigma^2}{\delta^2}",
    )
    rule = number("sample-size", r"For 5 % and 80 % this is about $#\,\sigma^2/\delta^2$")
    two, alpha, beta, exact = stated("sample-size", r"$#\,(#+#)^2\approx#$")
    assert alpha.rounds(LEVEL_5)
    assert beta.rounds(NORMAL.ppf(0.8))
    assert exact.rounds(needed(1, 1))
    assert exact.rounds(two * (alpha + beta) ** 2)
    assert rule.rounds(needed(1, 1))
    n = needed(0.1, 4)
    assert isclose(power(0.1 / sqrt(2 * 4 / n)), 0.8)


def test_sample_size_example() -> None:
    """The rule of 16, the rounded size, and the size with both arms' variances."""
    low, high = stated("sample-size-example", "a rise of conversion from # % to # %")
    rule, rate, rest, effect, rounded = stated(
        "sample-size-example", r"#\cdot\frac{#\cdot#}{#^2}\approx #"
    )
    by_rule, exact = stated(
        "sample-size-example", "# by the rule of 16; # with $z$ quantiles and both arms' variances"
    )
    p, q = low / 100, high / 100
    assert (rate, rest) == (p, 1 - p)
    assert isclose(effect, q - p)
    assert isclose(rule * rate * rest / effect**2, by_rule)
    assert rounded.is_about(by_rule, 0.02)
    both = (p * (1 - p) + q * (1 - q)) / 2
    assert 0 <= exact - needed(q - p, both) < 1


def test_sample_size_quadruple() -> None:
    """Half the effect, four times the size."""
    stated("sample-size-quadruple", "halving the effect to be detected quadruple the sample size")
    assert isclose(needed(0.05, 1) / needed(0.1, 1), 4)


def test_cuped() -> None:
    """The factor 1 − ρ² by exact least squares, and the example's halving."""
    stated("cuped", r"Y-\theta\,(X-\bar X),\quad\theta=\frac{\operatorname{Cov}(X,Y)}")
    stated("cuped", r"The variance falls by the factor $1-\rho^2$")
    correlation = number("cuped", r"$\rho=#$ halves the users")
    assert isclose(1 - correlation**2, 0.5, abs_tol=0.02)
    rng = np.random.default_rng(0)
    x = rng.normal(size=500)
    y = x + rng.normal(size=500)
    theta = np.cov(x, y)[0, 1] / x.var(ddof=1)
    adjusted = y - theta * (x - x.mean())
    assert isclose(adjusted.var() / y.var(), 1 - np.corrcoef(x, y)[0, 1] ** 2)
    assert isclose(adjusted.mean(), y.mean())


def test_ab_split() -> None:
    """The variance is least at an equal split; the factor of the uneven one."""
    stated("ab-split", r"$\sigma^2\left(\tfrac1{n_A}+\tfrac1{n_B}\right)$, smallest at $n_A=n_B$")
    large, small, factor = stated("ab-split", "A #/# split needs # times as many users in total")

    def variance(share: float) -> float:
        return 1 / share + 1 / (1 - share)

    assert min(np.linspace(0.01, 0.99, 99), key=variance) == pytest.approx(0.5)
    assert factor.rounds(variance(large / (large + small)) / variance(0.5))


def test_peeking() -> None:
    """The exact error rates at the note's numbers of looks."""
    limit = number("peeking", r"at $\lvert z\rvert>#$")
    found = stated("peeking", "# % with # looks, # % with #, # % with #, # % with #")
    assert number("peeking", "ten equally spaced looks reach about # %") == found[4]
    for percent, looks in zip(found[::2], found[1::2], strict=True):
        assert percent.rounds(crossing([limit] * int(looks)), 100)


def test_peeking_extend() -> None:
    """Two looks, the second at double the sample, exactly."""
    level, percent = stated("peeking-extend", "not significant at # %: # % false positives")
    limit = NORMAL.ppf(1 - level / 200)
    assert percent.rounds(crossing([limit] * 2), 100)


def test_peeking_limit() -> None:
    """The error rate keeps growing: at 100 looks exactly, at 1,000 by simulation."""
    limit, first, some, second, many = stated(
        "peeking-limit", r"at $\lvert z\rvert>#$, # % with # equally spaced looks and # % with #"
    )
    assert first.rounds(crossing([limit] * int(some), 0.05), 100)
    sums = np.random.default_rng(0).normal(size=(4000, int(many))).cumsum(axis=1)
    crossed = (np.abs(sums) > limit * np.sqrt(np.arange(1, many + 1))).any(axis=1)
    assert second.is_about(100 * crossed.mean(), 0.05)


def test_pocock_obf() -> None:
    """Both sets of limits have the stated total error rate."""
    stated("pocock-obf", "Five looks")
    level, pocock, *fleming = stated(
        "pocock-obf", r"at # % in total: $\lvert z\rvert>#$ each time, against #, #, #, #, #"
    )
    shapes = ([1] * 5, [sqrt(5 / k) for k in range(1, 6)])
    for limits, shape in zip(([pocock] * 5, fleming), shapes, strict=True):

        def excess(last: float, shape: Sequence[float] = shape) -> float:
            return crossing([last * factor for factor in shape]) - level / 100

        last = optimize.brentq(excess, 1.9, 2.6, xtol=1e-4)
        assert all(z.rounds(last * f) for z, f in zip(limits, shape, strict=True))


def test_simpson() -> None:
    """The reversal, from the table's own shares and counts."""
    easy = stated("simpson", "| Easy | # % of # | # % of # |")
    hard = stated("simpson", "| Hard | # % of # | # % of # |")
    pooled = stated("simpson", "| All | # % | # % |")
    for model in (0, 1):
        groups = [(row[2 * model], row[2 * model + 1]) for row in (easy, hard)]
        solved = sum(share * count for share, count in groups)
        assert pooled[model].rounds(solved / sum(count for _, count in groups))
    assert easy[0] > easy[2]
    assert hard[0] > hard[2]
    assert pooled[0] < pooled[1]


def test_simpson_ramp() -> None:
    """Both pooled rates: better on each day, worse in total."""
    share_1, t_1, c_1, share_2, t_2, c_2, users, treated, control = stated(
        "simpson-ramp",
        "day 1, with # % treated, # % against # %; day 2, with # % treated, # % against # %. With #"
        " users a day, pooled: # % against # %",
    )
    assert users > 0
    assert t_1 > c_1
    assert t_2 > c_2
    assert treated.rounds((share_1 * t_1 + share_2 * t_2) / (share_1 + share_2))
    rest = (100 - share_1, 100 - share_2)
    assert control.rounds((rest[0] * c_1 + rest[1] * c_2) / sum(rest))
    assert treated < control


def test_collider_adjust() -> None:
    """The population coefficient of x, from exact covariances."""
    wrong, right = stated("collider-adjust", "gives $x$ the coefficient # instead of #")
    covariance = np.array([[1.0, 1], [1, 3]])  # of x and c = x + y + e
    with_y = np.array([0.0, 1])
    assert isclose(np.linalg.solve(covariance, with_y)[0], wrong)
    assert with_y[0] / covariance[0, 0] == right


def test_did() -> None:
    """The difference of changes is the effect if the trends are parallel."""
    stated("did", "Effect = change in the treated group - change in the control group.")
    effect, trend = 2.0, -0.7
    treated, control = (5.0, 5 + trend + effect), (9.0, 9 + trend)
    assert isclose((treated[1] - treated[0]) - (control[1] - control[0]), effect)
