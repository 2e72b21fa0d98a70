"""Section 2, mathematics and probability: identities on small cases, worked numbers."""

from __future__ import annotations

from itertools import product
from math import comb, isclose, log, log2, sqrt

import numpy as np
from scipy import integrate, stats
from stated import number, stated

NOTES = """
expectation variance-def linearity expectation-product lln expectation-lotus expectation-vs-median
expectation-cauchy bayes monty-test bayes-odds bayes-two-tests distros poisson-overdispersion
poisson-binomial exp-memoryless likelihood likelihood-integral likelihood-ratio likelihood-log
mle-map entropy entropy-coin entropy-max-why cross-entropy entropy-differential
""".split()

DIE = np.arange(1, 7)
RNG_SEED = 0


def mean(values: np.ndarray, p: np.ndarray) -> float:
    return float((values * p).sum())


def entropy(p: np.ndarray) -> float:
    return float(-(p * np.log(p)).sum())


def divergence(p: np.ndarray, q: np.ndarray) -> float:
    return float((p * np.log(p / q)).sum())


def distributions(count: int, outcomes: int) -> np.ndarray:
    return np.random.default_rng(RNG_SEED).dirichlet(np.ones(outcomes), count)


def test_expectation() -> None:
    """A die's expectation is not a value that it can show."""
    center = number("expectation", "not always a possible value (a die's #)")
    assert DIE.mean() == center
    assert center not in DIE


def test_variance_def() -> None:
    """Both forms of the variance agree; the die's numbers; the second form can cancel."""
    stated("variance-def", r"\mathbb{E}\big[(X - \mathbb{E}[X])^2\big]")
    stated("variance-def", r"\mathbb{E}[X^2] - \mathbb{E}[X]^2")
    wording = r"For a fair die: \tfrac{#}{#} - #^2 = \tfrac{#}{#}"
    top, bottom, center, over, under = stated("variance-def", wording)
    assert (DIE**2).mean() == top / bottom
    assert DIE.mean() == center
    assert isclose(((DIE - center) ** 2).mean(), over / under)
    assert isclose(top / bottom - center**2, over / under)
    shifted = 1e9 + DIE
    assert not isclose((shifted**2).mean() - shifted.mean() ** 2, over / under, rel_tol=0.1)


def test_linearity() -> None:
    """The expectation of aX + bY splits although Y is a function of X."""
    stated("linearity", r"\mathbb{E}[aX + bY] = a\,\mathbb{E}[X] + b\,\mathbb{E}[Y]")
    x, y = DIE, DIE**2
    assert isclose((2 * x - 3 * y).mean(), 2 * x.mean() - 3 * y.mean())


def test_expectation_product() -> None:
    """Cov = E[XY] − E[X]E[Y]; it is zero for an uncorrelated pair that is dependent."""
    stated(
        "expectation-product",
        r"\operatorname{Cov}(X, Y) = \mathbb{E}[XY] - \mathbb{E}[X]\,\mathbb{E}[Y]",
    )
    stated("expectation-product", "Independence is sufficient but not necessary.")
    x, y = np.array([-1, 0, 1]), np.array([1, 0, 1])
    assert (x * y).mean() == x.mean() * y.mean()
    assert isclose(np.cov(DIE, DIE**2, ddof=0)[0, 1], (DIE**3).mean() - 3.5 * (DIE**2).mean())


def test_lln() -> None:
    """The error of the mean falls with the number of draws, while the luck of the sum does not."""
    stated("lln", "past luck is diluted, not paid back")
    flips = np.random.default_rng(RNG_SEED).integers(0, 2, (2000, 400)).cumsum(axis=1)
    excess = np.abs(flips - np.arange(1, 401) / 2).mean(axis=0)
    assert excess[399] > 1.5 * excess[99]
    assert excess[399] / 400 < 0.6 * excess[99] / 100


def test_expectation_lotus() -> None:
    """Weighting g(x) by the probabilities of X gives E[g(X)], which is not g(E[X])."""
    stated("expectation-lotus", r"\mathbb{E}[g(X)] = \sum_x g(x)\,p(x)")
    wording = r"$\mathbb{E}[X^2] = \tfrac{#}{#} \approx #$ but $\mathbb{E}[X]^2 = #$"
    top, bottom, about, other = stated("expectation-lotus", wording)
    assert mean(DIE**2, np.full(6, 1 / 6)) == top / bottom
    assert about.rounds(top / bottom)
    assert DIE.mean() ** 2 == other
    values, counts = np.unique((DIE - 3) ** 2, return_counts=True)
    assert isclose(mean(values, counts / 6), mean((DIE - 3) ** 2, np.full(6, 1 / 6)))


def test_expectation_vs_median() -> None:
    """The median of an exponential distribution with mean 1 is ln 2."""
    wording = r"with mean # has median $\ln # \approx #$"
    center, two, median = stated("expectation-vs-median", wording)
    assert isclose(stats.expon(scale=center).median(), log(two))
    assert median.rounds(log(two))


def test_expectation_cauchy() -> None:
    """The density falls like 1/x², and the integral of |x| f(x) grows without a limit."""
    stated("expectation-cauchy", r"Its density falls only like $1/x^2$")
    assert isclose(stats.cauchy.pdf(1e6) * 1e12, 1 / np.pi, rel_tol=1e-6)
    up_to = [integrate.quad(lambda x: 2 * x * stats.cauchy.pdf(x), 0, t)[0] for t in (10, 1e3)]
    assert isclose(up_to[1] - up_to[0], 2 / np.pi * log(100), rel_tol=0.01)


def test_bayes() -> None:
    """Prior times likelihood over evidence is the conditional share in a joint table."""
    stated("bayes", r"p(h\mid D)=\frac{p(D\mid h)\,p(h)}{p(D)}")
    stated("bayes", r"$p(D)=\sum_{h'}p(D\mid h')\,p(h')$")
    joint = distributions(1, 6)[0].reshape(3, 2)
    prior, likelihood = joint.sum(axis=1), joint / joint.sum(axis=1, keepdims=True)
    evidence = (likelihood * prior[:, None]).sum(axis=0)
    assert np.allclose(likelihood * prior[:, None] / evidence, joint / joint.sum(axis=0))


def test_monty_test() -> None:
    """The posterior of the heading's numbers, and the fraction of the answer."""
    sensitivity, specificity, prevalence = stated(
        "monty-test", "Sensitivity # %, specificity # %, prevalence # %"
    )
    hit, base, hit_again, base_again, alarm, healthy, posterior = stated(
        "monty-test", r"\frac{#\cdot #}{#\cdot #+#\cdot #}\approx #"
    )
    assert (hit, base) == (hit_again, base_again) == (sensitivity / 100, prevalence / 100)
    assert isclose(alarm, 1 - specificity / 100)
    assert isclose(healthy, 1 - base)
    assert posterior.rounds(hit * base / (hit * base + alarm * healthy))
    assert number("monty-test", r"$p(\text{positive}\mid\text{disease})=#$") == hit


def test_bayes_odds() -> None:
    """Prior odds times the likelihood ratio are the posterior odds; the ratio of the test."""
    sensitivity, specificity, hit, alarm, ratio = stated(
        "bayes-odds", "sensitivity # % and specificity # % multiplies the odds of disease by #/#=#"
    )
    assert np.allclose((hit, alarm), (sensitivity / 100, 1 - specificity / 100))
    assert isclose(hit / alarm, ratio)
    prior = 0.02
    posterior = hit * prior / (hit * prior + alarm * (1 - prior))
    assert isclose(posterior / (1 - posterior), ratio * prior / (1 - prior))


def test_bayes_two_tests() -> None:
    """Two independent positives, and a second that only copies the first."""
    prevalence, sensitivity, specificity, independent, copied = stated(
        "bayes-two-tests",
        "Prevalence # %, sensitivity # %, specificity # %: two positives give # % if"
        " conditionally independent, but # % if",
    )
    ratio, odds = sensitivity / (100 - specificity), prevalence / (100 - prevalence)
    assert independent.rounds(odds * ratio**2 / (1 + odds * ratio**2), 100)
    assert copied.rounds(odds * ratio / (1 + odds * ratio), 100)


def test_distros() -> None:
    """Trials to the first success start at 1; times between Poisson events are exponential."""
    stated("distros", "Geometric: trials up to and including the first success.")
    stated("distros", "Exponential: waiting time between those events.")
    assert isclose(stats.geom(0.3).pmf(1), 0.3)
    for wait in (0.5, 2.0):
        assert isclose(stats.poisson(1.7 * wait).pmf(0), stats.expon(scale=1 / 1.7).sf(wait))


def test_poisson_overdispersion() -> None:
    """A gamma-mixed Poisson has the mean of the rates and the sum of mean and variance."""
    center, spread, counts_mean, counts_variance = stated(
        "poisson-overdispersion",
        "a gamma distribution with mean # and variance # gave counts with mean # and variance #",
    )
    assert counts_mean == center
    assert counts_variance == center + spread
    size, scale = center**2 / spread, spread / center
    mixed = stats.nbinom(size, 1 / (1 + scale))
    assert np.allclose(mixed.stats(), (counts_mean, counts_variance))


def test_poisson_binomial() -> None:
    """The probabilities of no success under both distributions."""
    n, q, binomial, exponent, poisson = stated(
        "poisson-binomial",
        "$n=#$, $q=#$: the probability of no success is #, against $e^{-#}=#$",
    )
    assert isclose(exponent, n * q)
    assert binomial.rounds(stats.binom(n, q).pmf(0))
    assert poisson.rounds(stats.poisson(n * q).pmf(0))


def test_exp_memoryless() -> None:
    """Of the two waiting times, only the exponential one forgets."""
    stated("exp-memoryless", r"P(X>s+t\mid X>s)=P(X>t)")
    forgetful, wearing = stats.expon(scale=3), stats.weibull_min(2, scale=3)
    for s, t in product((0.5, 2), (1, 4)):
        assert isclose(forgetful.sf(s + t) / forgetful.sf(s), forgetful.sf(t))
        assert wearing.sf(s + t) / wearing.sf(s) < wearing.sf(t)


def test_likelihood() -> None:
    """A density can exceed 1: the normal one at its mean."""
    deviation, density = stated("likelihood", "standard deviation # has # at its mean")
    assert density.rounds(stats.norm(scale=deviation).pdf(0))


def test_likelihood_integral() -> None:
    """The integral is 1/11, and dividing by it gives the Beta density that the note names."""
    heads, tosses = stated("likelihood-integral", "likelihood of # heads in # tosses")
    n, k, power, other, part = stated(
        "likelihood-integral",
        r"\binom{#}{#}\theta^#(1-\theta)^#\,d\theta=\frac1{#}",
    )
    assert (n, k, power, other) == (tosses, heads, heads, tosses - heads)
    a, b = stated("likelihood-integral", "Beta(#, #)")

    def likelihood(theta: float) -> float:
        return comb(int(tosses), int(heads)) * theta**heads * (1 - theta) ** (tosses - heads)

    assert isclose(integrate.quad(likelihood, 0, 1)[0], 1 / part)
    assert isclose(likelihood(0.6) * part, stats.beta(a, b).pdf(0.6))


def test_likelihood_ratio() -> None:
    """The two likelihoods and their ratio."""
    heads, tosses, one, other, top, bottom, ratio = stated(
        "likelihood-ratio",
        r"# heads in # tosses, heads probability # against #: $#/#\approx#$",
    )
    likelihoods = [stats.binom(tosses, theta).pmf(heads) for theta in (one, other)]
    assert top.rounds(likelihoods[0])
    assert bottom.rounds(likelihoods[1])
    assert ratio.rounds(likelihoods[0] / likelihoods[1])
    for wording in ("a likelihood ratio of # between", "The data are # times as probable"):
        assert number("likelihood-ratio", wording) == ratio
    assert number("likelihood-ratio", "Posterior odds are # times the prior odds") == ratio


def test_likelihood_log() -> None:
    """The logarithm has the same maximizer, and does not underflow where the product does."""
    stated("likelihood-log", "Products become sums: no underflow")
    grid = np.linspace(0.01, 0.99, 99)
    few = grid**7 * (1 - grid) ** 3
    assert few.argmax() == np.log(few).argmax() == 69
    assert np.prod(np.full(2000, 0.1)) == 0
    assert isclose(np.log(np.full(2000, 0.1)).sum(), 2000 * log(0.1))


def test_mle_map() -> None:
    """The maximizers without and with the prior."""
    heads, tosses, mle, a, b, top, bottom, posterior_mode = stated(
        "mle-map",
        r"# heads in # tosses: MLE #; MAP with a Beta(#, #) prior $#/#\approx#$",
    )
    grid = np.linspace(0, 1, 100_001)
    likelihood = stats.binom(tosses, grid).pmf(heads)
    assert mle.rounds(grid[likelihood.argmax()])
    best = grid[(likelihood * stats.beta(a, b).pdf(grid)).argmax()]
    assert isclose(best, top / bottom, abs_tol=1e-5)
    assert posterior_mode.rounds(best)


def test_entropy() -> None:
    """Zero for a sure outcome, log K for equal ones, and never more."""
    stated("entropy", r"H(X)=-\sum_{i=1}^{K} p_i\log p_i")
    stated("entropy", r"Maximal, $\log K$, when all $K$ outcomes are equally likely.")
    assert isclose(entropy(np.full(5, 0.2)), log(5))
    assert entropy(np.array([1 - 4e-12, *[1e-12] * 4])) < 1e-9
    assert all(entropy(p) < log(5) for p in distributions(1000, 5))


def test_entropy_coin() -> None:
    """The bits of the biased coin and of the fair one."""
    percent = number("entropy-coin", "lands heads # % of the time")
    p, same, q, other, bits = stated("entropy-coin", r"-#\log_2 #-#\log_2 #\approx #")
    assert (p, q) == (same, other) == (percent / 100, 0.1)
    assert bits.rounds(-p * log2(p) - q * log2(q))
    assert number("entropy-coin", "A fair coin has #") == -log2(0.5)


def test_entropy_max_why() -> None:
    """log K − H(p) is the KL divergence of p from the uniform distribution."""
    stated("entropy-max-why", r"\log K-H(p)=D_{\mathrm{KL}}(p\,\Vert\,u)\ge 0")
    uniform = np.full(4, 0.25)
    for p in distributions(100, 4):
        assert isclose(log(4) - entropy(p), divergence(p, uniform), abs_tol=1e-12)


def test_cross_entropy() -> None:
    """Cross-entropy is entropy plus KL divergence, and smallest for the data's distribution."""
    stated("cross-entropy", r"-\sum_i p_i\log q_i=H(p)+D_{\mathrm{KL}}(p\,\Vert\,q)")
    p, *others = distributions(200, 4)
    for q in others:
        cross = -(p * np.log(q)).sum()
        assert isclose(cross, entropy(p) + divergence(p, q))
        assert cross > entropy(p)


def test_entropy_differential() -> None:
    """The uniform on half a unit has −1 bit; the normal beats others of equal variance."""
    bits = number("entropy-differential", r"uniform on $[0,\tfrac12]$ has $\log_2\tfrac12=#$ bit")
    assert stats.uniform(0, 0.5).entropy() / log(2) == bits
    normal = stats.norm(scale=2).entropy()
    assert normal > stats.laplace(scale=2 / sqrt(2)).entropy()
    assert normal > stats.uniform(scale=2 * sqrt(12)).entropy()
