"""Section 13, LLM engineering: budgets, index sizes, preference losses, exact sampling."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, exp, isclose, log, sqrt

import numpy as np
from scipy import optimize, special, stats
from stated import number, stated

NOTES = """
scaling-laws scaling-6nd scaling-budget icl-cost cot-self-consistency halluc-threshold chunk-overlap
ann-nprobe ann-pq-bytes ann-pq-tables ann-hnsw-when-not hybrid hybrid-rrf-k hybrid-rrf-margin
bm25-params bm25-vs-tfidf lora lora-params lora-init lora-merge lora-memory quant-groups
quant-double quant-qlora-lora rlhf-rm-loss rlhf-optimum dpo dpo-normalizer dpo-likelihood dpo-beta
moe-aux-loss moe-batch pd-intensity pd-speed batch-static paged-waste spec-decode spec-proof
spec-alpha spec-expected spec-when-not flash-online eval-ci agent-compound agent-passk
ctx-interpolation ctx-base ctx-cost llm-cost-weights llm-cost-requests llm-cost-per-token
""".split()

STEP = 1e-6


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def shares(outcomes: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.ones(outcomes))


def gradient(function: Callable[[np.ndarray], float], at: np.ndarray) -> np.ndarray:
    """All partial derivatives by central differences."""
    moves = [STEP * e.reshape(at.shape) for e in np.eye(at.size)]
    rises = [function(at + m) - function(at - m) for m in moves]
    return np.array(rises).reshape(at.shape) / (2 * STEP)


def test_scaling_laws() -> None:
    """With equal exponents the best size grows as the root of the compute; the example."""
    stated("scaling-laws", r"L(N,D) = E + \frac{A}{N^{\alpha}} + \frac{B}{D^{\beta}}")
    times, growth = stated("scaling-laws", r"$\sqrt{#} \approx #$ times each")
    assert growth.rounds(sqrt(times))

    def best(compute: float) -> float:
        def loss(magnitude: float) -> float:
            size = 10**magnitude
            return 400 / size**0.3 + 900 / (compute / 6 / size) ** 0.3

        return 10 ** optimize.minimize_scalar(loss, (8, 11), tol=1e-9).x

    assert isclose(best(1e22 * times) / best(1e22), sqrt(times), rel_tol=1e-3)


def test_scaling_6nd() -> None:
    """Multiply-adds of a matrix layer forward, and of its two gradients backward."""
    forward = number("scaling-6nd", "Per weight and token: # forward")
    backward = number("scaling-6nd", "and # backward")
    assert forward + backward == number("scaling-6nd", "about $#ND$ FLOPs")
    w, x, delta = normal(3, 5), normal(5, 7), normal(3, 7)

    def flops(left: np.ndarray, right: np.ndarray) -> int:
        return 2 * left.shape[0] * left.shape[1] * right.shape[1]

    per_weight_and_token = w.size * x.shape[1]
    assert flops(w, x) == forward * per_weight_and_token
    assert flops(delta, x.T) + flops(w.T, delta) == backward * per_weight_and_token


def test_scaling_budget() -> None:
    """The size and the tokens of the budget."""
    power, ratio = stated("scaling-budget", "for $10^{#}$ FLOPs at # tokens per parameter")
    mantissa, exponent = stated("scaling-budget", r"N \approx # \cdot 10^{#}")
    size, tokens = stated("scaling-budget", "About # billion parameters, on # billion tokens")
    n = sqrt(10**power / (6 * ratio))
    assert mantissa.rounds(n / 10**exponent)
    assert size.rounds(n, 1e-9)
    assert tokens.rounds(ratio * n, 1e-9)


def test_icl_cost() -> None:
    """The input tokens of the examples."""
    examples, tokens, billions = stated(
        "icl-cost", "# examples of # tokens over a million requests are # billion"
    )
    assert examples * tokens * 1e6 == billions * 1e9


def test_cot_self_consistency() -> None:
    """The majority of independent chains."""
    chains, right, majority = stated(
        "cot-self-consistency",
        "If # chains were independent, each right with probability # on a two-way question, the"
        " majority would be right with #",
    )
    assert majority.rounds(stats.binom(chains, right).sf(chains // 2))


def test_halluc_threshold() -> None:
    """The expected score changes sign at t; the penalty of the example."""
    stated("halluc-threshold", r"p - (1-p)\,\frac{t}{1-t} > 0 \iff p > t")
    t, penalty = stated("halluc-threshold", "With $t = #$, a wrong answer costs #")
    assert isclose(t / (1 - t), penalty)
    for p in np.linspace(0.005, 0.995, 100):
        assert (p - (1 - p) * t / (1 - t) > 0) == (p > t)


def test_chunk_overlap() -> None:
    """The factor of the example, and the chunks of a long text."""
    size, overlap, factor = stated("chunk-overlap", "$s = #$, $o = #$: #")
    assert factor == size / (size - overlap)
    text = 1_000_000
    apart, overlapping = ceil(text / size), ceil((text - overlap) / (size - overlap))
    assert factor.is_about(overlapping / apart, 0.001)


def test_ann_nprobe() -> None:
    """The share of full cells."""
    cells, probes = stated("ann-nprobe", "with # cells and nprobe #")
    percent, centroids = stated("ann-nprobe", "About #%, if the cells are equally full, plus #")
    assert percent == 100 * probes / cells
    assert centroids == cells


def test_ann_pq_bytes() -> None:
    """Bytes before and after."""
    floats, parts, centroids = stated(
        "ann-pq-bytes", "a #-float vector after product quantization into # parts, # centroids"
    )
    after, before, bits = stated("ann-pq-bytes", "#, instead of # as #-bit floats")
    assert floats % parts == 0
    assert before == floats * bits / 8
    assert after == parts * np.log2(centroids) / 8


def test_ann_pq_tables() -> None:
    """The distance to the decoded vector is the sum of one table entry per part."""
    stated("ann-pq-tables", "each code then costs only look-ups and additions")
    query, books, code = normal(6), normal(3, 4, 2, seed=1), np.array([3, 0, 2])
    decoded = np.concatenate([book[c] for book, c in zip(books, code, strict=True)])
    table = ((query.reshape(3, 1, 2) - books) ** 2).sum(axis=2)
    assert isclose(((query - decoded) ** 2).sum(), table[range(3), code].sum())


def test_ann_hnsw_when_not() -> None:
    """Vectors and links of the bottom layer, and the codes instead."""
    millions, floats, links, gigabytes, code, less = stated(
        "ann-hnsw-when-not",
        "# million vectors of # floats with `M` = #, plain HNSW: # GB; as #-byte codes: about # GB",
    )
    assert gigabytes.rounds(millions * 1e6 * (floats * 4 + 2 * links * 4) / 1e9)
    assert less.rounds(millions * 1e6 * code / 1e9)


def fused(*ranks: float, k: float) -> float:
    return sum(1 / (k + rank) for rank in ranks)


def test_hybrid() -> None:
    """Only ranks count, the first most."""
    stated("hybrid", r"\operatorname{RRF}(d) = \sum_{i} \frac{1}{k + r_i(d)}")
    k = number("hybrid", "Often $k = #$")
    assert fused(1, 1, k=k) > fused(1, 2, k=k) > fused(2, 2, k=k) > fused(1, k=k)


def test_hybrid_rrf_k() -> None:
    """Both documents at both constants."""
    a, b, c, d, large, first, second, small, other, rest = stated(
        "hybrid-rrf-k",
        "Ranks # and # against # and #: at $k = #$, # < #; at $k = #$, # > #",
    )
    assert first.rounds(fused(a, b, k=large))
    assert second.rounds(fused(c, d, k=large))
    assert other.rounds(fused(a, b, k=small))
    assert rest.rounds(fused(c, d, k=small))
    assert first < second
    assert other > rest


def test_hybrid_rrf_margin() -> None:
    """A clear and a narrow first place fuse to the same."""
    stated("hybrid-rrf-margin", "a clear first place counts no more than a narrow one")
    clear, narrow = np.array([9.0, 1, 0.5]), np.array([1.01, 1, 0.5])
    ranks = [stats.rankdata(-scores) for scores in (clear, narrow)]
    assert fused(ranks[0][0], 4, k=60) == fused(ranks[1][0], 4, k=60)


def saturated(count: float, k1: float) -> float:
    return count * (k1 + 1) / (count + k1)


def test_bm25_params() -> None:
    """The weights of the counts, and their limit."""
    k1, b, *values, limit = stated(
        "bm25-params",
        "With $k_1 = #$, $b = #$, a term occurring #, #, # times counts #, #, #; the limit is #",
    )
    assert b == 0
    for count, weight in zip(values[:3], values[3:], strict=True):
        assert weight.rounds(saturated(count, k1))
    assert isclose(limit, k1 + 1)
    assert saturated(1e9, k1) < limit


def test_bm25_vs_tfidf() -> None:
    """Each repetition adds less; with raw counts it adds the same."""
    stated("bm25-vs-tfidf", "Its weight saturates: each repetition adds less.")
    gains = np.diff([saturated(count, 1.2) for count in range(12)])
    assert (np.diff(gains) < 0).all()


def lora(r: int = 2, alpha: float = 8) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """W₀ (5 × 7), B, A, and the scale α/r."""
    return normal(5, 7), normal(5, r, seed=1), normal(r, 7, seed=2), alpha / r


def test_lora() -> None:
    """The rank of the update and the count of trained weights."""
    stated("lora", r"W = W_0 + \frac{\alpha}{r}\,BA")
    stated("lora", r"Only $r(d_{out} + d_{in})$ weights train")
    _, b, a, scale = lora()
    assert np.linalg.matrix_rank(scale * b @ a) == 2
    assert b.size + a.size == 2 * (5 + 7)


def test_lora_params() -> None:
    """The trained weights, their share, and the matrix."""
    rank, rows, columns = stated("lora-params", "rank-# LoRA train for a # × # matrix")
    r, one, other, trained, percent, millions = stated(
        "lora-params", r"$#\,(# + #) = #$: #% of the matrix's # million"
    )
    assert (r, one, other) == (rank, rows, columns)
    assert trained == rank * (rows + columns)
    assert percent.rounds(trained / (rows * columns), 100)
    assert millions.rounds(rows * columns, 1e-6)


def test_lora_init() -> None:
    """Gradients by differences: one zero matrix lets the other move, two let none."""
    stated("lora-init", "with both zero, both gradients are zero and nothing moves")
    w, b, a, scale = lora()
    x = normal(7, seed=3)

    def gradients(b: np.ndarray, a: np.ndarray) -> tuple[float, float]:
        def loss(b: np.ndarray, a: np.ndarray) -> float:
            return float((np.sin((w + scale * b @ a) @ x)).sum())

        of_b, of_a = gradient(lambda v: loss(v, a), b), gradient(lambda v: loss(b, v), a)
        return np.abs(of_b).max(), np.abs(of_a).max()

    assert gradients(0 * b, 0 * a) == (0, 0)
    of_b, of_a = gradients(0 * b, a)
    assert of_b > 0.1
    assert of_a == 0


def test_lora_merge() -> None:
    """One matrix of the old shape does the same."""
    stated("lora-merge", "The update is added into the weights: one matrix of the old shape")
    w, b, a, scale = lora()
    x, merged = normal(7, seed=3), w + scale * b @ a
    assert merged.shape == w.shape
    assert np.allclose(merged @ x, w @ x + scale * b @ (a @ x))


def test_lora_memory() -> None:
    """Full and low-rank training in bytes per weight."""
    billions, each, full = stated(
        "lora-memory", "# billion weights with Adam in mixed precision, # bytes each: # GB"
    )
    millions, frozen, trained = stated("lora-memory", "With # million LoRA weights: # + # GB")
    assert full == billions * each
    assert frozen == billions * 2
    assert trained.rounds(millions * each, 1e-3)


def rounding_error(weights: np.ndarray, group: int, bits: float) -> float:
    blocks = weights.reshape(-1, group)
    step = np.abs(blocks).max(axis=1, keepdims=True) / (2 ** (bits - 1) - 1)
    return float(np.sqrt(((np.round(blocks / step) * step - blocks) ** 2).mean()))


def test_quant_groups() -> None:
    """The growth of each scheme's own error, one scale or one per group, on the mean of draws."""
    count, bits, outlier, whole, grouped, group = stated(
        "quant-groups",
        r"# weights uniform in $[-1, 1]$ at # bits: one of them set to # raised the error (RMSE)"
        " about #-fold with one scale, #-fold with one scale per # weights",
    )
    rng = np.random.default_rng(0)
    ratios = []
    for _ in range(200):
        weights = rng.uniform(-1, 1, int(count))
        spoiled = weights.copy()
        spoiled[0] = outlier
        ratios.append(
            [
                rounding_error(spoiled, int(size), bits) / rounding_error(weights, int(size), bits)
                for size in (count, group)
            ]
        )
    assert whole.rounds(np.mean(ratios, axis=0)[0])
    assert grouped.rounds(np.mean(ratios, axis=0)[1])


def test_quant_double() -> None:
    """Bits per weight before and after."""
    about, before = stated("quant-double", "about # instead of # bits per weight")
    wide, block = stated("quant-double", "A #-bit scale per # weights")
    assert stated("quant-double", "costs $#/#$") == (wide, block)
    narrow, size, constant, same, scales, after = stated(
        "quant-double", r"$#/# + #/(# \cdot #) = #$"
    )
    assert before == wide / block
    assert (size, same, constant) == (block, block, wide)
    assert after.rounds(narrow / block + wide / (block * scales))
    assert about.rounds(after)


def test_quant_qlora_lora() -> None:
    """The bytes at both precisions."""
    billions, before, after, bits = stated(
        "quant-qlora-lora", "# billion weights: # GB becomes # GB, at # bits with scales"
    )
    assert before == billions * 2
    assert after.rounds(billions * bits / 8)
    assert bits.rounds(4 + 8 / 64 + 32 / (64 * 256))


def test_rlhf_rm_loss() -> None:
    """Adding a constant to both rewards changes nothing; the loss falls with the margin."""
    stated("rlhf-rm-loss", r"-\log \sigma\big(r(x, y_w) - r(x, y_l)\big)")
    stated("rlhf-rm-loss", "adding a constant to all rewards of a prompt changes nothing")

    def loss(won: float, lost: float) -> float:
        return -log(special.expit(won - lost))

    assert isclose(loss(2, 0.5), loss(2 + 9, 0.5 + 9))
    assert loss(3, 0.5) < loss(2, 0.5) < loss(0.5, 0.5)


BETA = 0.7


def best_policy(reference: np.ndarray, reward: np.ndarray, beta: float = BETA) -> np.ndarray:
    weights = reference * np.exp(reward / beta)
    return weights / weights.sum()


def test_rlhf_optimum() -> None:
    """No other policy reaches a higher objective; both limits of beta."""
    stated(
        "rlhf-optimum",
        r"\pi^*(y \mid x) = \frac{\pi_{ref}(y \mid x)\; e^{r(x,y)/\beta}}{Z(x)}",
    )
    reference, reward = shares(6), normal(6, seed=1)

    def objective(policy: np.ndarray) -> float:
        return policy @ reward - BETA * (policy * np.log(policy / reference)).sum()

    best = best_policy(reference, reward)
    assert all(objective(best) > objective(shares(6, seed)) for seed in range(200))
    found = optimize.minimize(lambda z: -objective(special.softmax(z)), np.zeros(6), tol=1e-12).x
    assert np.allclose(special.softmax(found), best, atol=1e-5)
    assert np.allclose(best_policy(reference, reward, 1e6), reference, atol=1e-5)
    assert best_policy(reference, reward, 0.01)[reward.argmax()] > 0.99


def dpo_loss(policy: np.ndarray, reference: np.ndarray, reward: np.ndarray) -> float:
    """The expected loss over all pairs, labeled by the Bradley–Terry model of the reward."""
    margin = BETA * np.log(policy / reference)
    gaps, implied = reward[:, None] - reward, margin[:, None] - margin
    return float(-(special.expit(gaps) * special.log_expit(implied)).sum())


def test_dpo() -> None:
    """Its minimum is the optimal policy of the objective with a reward."""
    stated("dpo", r"-\log \sigma\big(\beta\,(\Delta_w - \Delta_l)\big)")
    stated("dpo", r"\Delta_i = \log \frac{\pi(y_i \mid x)}{\pi_{ref}(y_i \mid x)}")
    reference, reward = shares(5), normal(5, seed=1)
    found = optimize.minimize(
        lambda z: dpo_loss(special.softmax(z), reference, reward), np.zeros(5), tol=1e-12
    ).x
    assert np.allclose(special.softmax(found), best_policy(reference, reward), atol=1e-4)


def test_dpo_normalizer() -> None:
    """The reward is recovered from the optimal policy, and differences without Z."""
    stated(
        "dpo-normalizer",
        r"r(x,y) = \beta \log\frac{\pi(y \mid x)}{\pi_{ref}(y \mid x)} + \beta \log Z(x)",
    )
    reference, reward = shares(5), normal(5, seed=1)
    implicit = BETA * np.log(best_policy(reference, reward) / reference)
    z = (reference * np.exp(reward / BETA)).sum()
    assert np.allclose(implicit + BETA * log(z), reward)
    assert np.allclose(np.diff(implicit), np.diff(reward))


def test_dpo_likelihood() -> None:
    """Both log-ratios fall and the loss falls too."""
    beta, won, lost, loss, initial = stated(
        "dpo-likelihood",
        r"With $\beta = #$, log-ratios of # (preferred) and # (rejected) give a loss of #, below"
        " the initial #",
    )
    assert max(won, lost) < 0
    assert loss.rounds(-special.log_expit(beta * (won - lost)))
    assert initial.rounds(log(2))


def test_dpo_beta() -> None:
    """The log-ratios of the optimum shrink as beta grows."""
    stated("dpo-beta", "smaller log-ratios already satisfy the loss")
    reference, reward = shares(5), normal(5, seed=1)
    sizes = [
        np.abs(np.log(best_policy(reference, reward, b) / reference)).max() for b in (0.1, 1, 10)
    ]
    assert sizes == sorted(sizes, reverse=True)


def test_moe_aux_loss() -> None:
    """Uniform use, collapse, and no smaller value for equal shares and probabilities."""
    stated("moe-aux-loss", r"$E \sum_i f_i P_i$")
    uniform = number("moe-aux-loss", "Uniform use gives #")
    experts = 8
    even, one = np.full(experts, 1 / experts), np.eye(experts)[0]
    assert isclose(experts * even @ even, uniform)
    assert experts * one @ one == experts
    assert all(experts * p @ p >= uniform for p in (shares(experts, s) for s in range(50)))


def test_moe_batch() -> None:
    """The expected number of experts hit."""
    chosen, experts, tokens, about = stated("moe-batch", "at # of # each, # tokens hit about #")
    exact = number("moe-batch", "$64\\,(1 - (62/64)^{64}) = #$")
    hit = experts * (1 - (1 - chosen / experts) ** tokens)
    assert exact.rounds(hit)
    assert about.rounds(hit)


def test_pd_intensity() -> None:
    """FLOPs per byte at a batch size, and what the GPU of the example needs."""
    teraflops, terabytes = stated("pd-intensity", "At # TFLOP/s and # TB/s")
    batch = number("pd-intensity", "About #: a batch of $B$ does $B$ FLOPs per byte of weights")
    size, factor = stated("pd-intensity", "Each #-byte weight is read once and used for $#B$")
    assert factor / size == 1
    assert batch == teraflops / terabytes


def test_pd_speed() -> None:
    """The time of one reading, and tokens per second."""
    gigabytes, terabytes = stated("pd-speed", "# GB of weights at # TB/s")
    milliseconds, tokens = stated("pd-speed", "# ms, so at most # tokens per second")
    assert milliseconds == gigabytes / terabytes
    assert tokens.rounds(1000 / (gigabytes / terabytes))


def test_batch_static() -> None:
    """The useful share of the slots."""
    *short, longest = stated("batch-static", "outputs of #, #, # and # tokens")
    percent, useful, slots, length = stated("batch-static", r"#%: # of $# \cdot #$ slots")
    assert useful == sum(short) + longest
    assert (slots, length) == (len(short) + 1, longest)
    assert percent.rounds(useful / (slots * length), 100)


def test_paged_waste() -> None:
    """The most a block can waste, and what a reservation wastes."""
    block, waste = stated("paged-waste", "with blocks of #, at most # token slots")
    assert waste == max(-tokens % block for tokens in range(1, 200))
    slots, used, percent = stated(
        "paged-waste", "Reserving # slots for a sequence that uses # wastes #%"
    )
    assert percent.rounds(1 - used / slots, 100)


def output(p: np.ndarray, q: np.ndarray) -> tuple[np.ndarray, float]:
    """The exact distribution after accept-or-resample, and the chance of acceptance."""
    accepted = q * np.minimum(1, p / q)
    rest = np.maximum(p - q, 0)
    return accepted + (1 - accepted.sum()) * rest / rest.sum(), float(accepted.sum())


def test_spec_decode() -> None:
    """The output follows the target exactly, whatever the draft."""
    stated("spec-decode", r"\min\!\left(1, \frac{p(x)}{q(x)}\right)")
    stated("spec-decode", "the normalized positive part of $p - q$")
    for seed in range(20):
        p, q = shares(8, seed), shares(8, seed + 100)
        assert np.allclose(output(p, q)[0], p)


def test_spec_proof() -> None:
    """The identity of the proof, and the normalizer of the resampling."""
    stated("spec-proof", r"\min(p, q) + \max(p - q, 0) = p")
    p, q = shares(8), shares(8, 1)
    assert np.allclose(np.minimum(p, q) + np.maximum(p - q, 0), p)
    assert np.allclose(q * np.minimum(1, p / q), np.minimum(p, q))
    assert isclose(1 - np.minimum(p, q).sum(), np.maximum(p - q, 0).sum())


def test_spec_alpha() -> None:
    """The overlap is 1 minus the total variation distance."""
    stated("spec-alpha", r"\alpha = \sum_x \min\big(p(x), q(x)\big)")
    p, q = shares(8), shares(8, 1)
    assert isclose(output(p, q)[1], np.minimum(p, q).sum())
    assert isclose(np.minimum(p, q).sum(), 1 - np.abs(p - q).sum() / 2)


def expected_tokens(alpha: float, drafted: int) -> float:
    """One more than the accepted run, by the probability of each length."""
    runs = [alpha**n * (1 - alpha) for n in range(drafted)]
    return sum((n + 1) * p for n, p in enumerate(runs)) + (drafted + 1) * alpha**drafted


def test_spec_expected() -> None:
    """The formula against the distribution of run lengths, and the example."""
    stated("spec-expected", r"\frac{1 - \alpha^{\gamma+1}}{1 - \alpha}")
    alpha, drafted, tokens = stated("spec-expected", r"$\alpha = #$, $\gamma = #$ gives #")
    assert tokens.rounds(expected_tokens(alpha, int(drafted)))
    for a, g in ((0.3, 1), (0.9, 7)):
        assert isclose(expected_tokens(a, g), (1 - a ** (g + 1)) / (1 - a))


def test_spec_when_not() -> None:
    """The speed-up of a good and of a bad draft."""
    stated("spec-when-not", r"\frac{1-\alpha^{\gamma+1}}{(1-\alpha)(\gamma c+1)}")
    drafted, good, alpha, cost, bad, same = stated(
        "spec-when-not",
        r"$\gamma = #$: # for $\alpha = #$, $c = #$; #, a slowdown, for $\alpha = c = #$",
    )
    assert good.rounds(expected_tokens(alpha, int(drafted)) / (drafted * cost + 1))
    assert bad.rounds(expected_tokens(same, int(drafted)) / (drafted * same + 1))


def test_flash_online() -> None:
    """Blockwise with a running maximum, the exact weighted sum."""
    stated("flash-online", "e^{m_{old} - m_{new}}")
    scores, values = 50 * normal(40), normal(40, 3, seed=1)
    top, total, result = -np.inf, 0.0, np.zeros(3)
    for block in range(0, 40, 8):
        s, v = scores[block : block + 8], values[block : block + 8]
        new = max(top, s.max())
        total = total * exp(top - new) + np.exp(s - new).sum()
        result = result * exp(top - new) + np.exp(s - new) @ v
        top = new
    assert np.allclose(result / total, special.softmax(scores) @ values)


def test_eval_ci() -> None:
    """Both half-widths."""
    percent, prompts = stated("eval-ci", "an accuracy of #% measured on # prompts")
    half, z, p, q, n = stated("eval-ci", r"About ±# percentage points: $#\sqrt{# \cdot #/#}$")
    more, less = stated("eval-ci", "On # prompts: ±#")
    assert (p, n) == (percent / 100, prompts)
    assert isclose(p + q, 1)
    assert z.rounds(stats.norm.ppf(0.975))
    assert half.rounds(z * sqrt(p * q / n), 100)
    assert less.rounds(z * sqrt(p * q / more), 100)


def test_agent_compound() -> None:
    """The product of the steps."""
    steps, percent = stated("agent-compound", "a #-step agent run succeed at #% per step")
    total, base, power, exact = stated("agent-compound", "#%, as $#^{#} = #$")
    assert (base, power) == (percent / 100, steps)
    assert exact.rounds(base**power)
    assert total.rounds(base**power, 100)


def test_agent_passk() -> None:
    """At least one, and all, of the tries."""
    percent, k, one, same, all_ = stated(
        "agent-passk", "At #% per independent try: pass@# is #%, pass^# #%"
    )
    p = percent / 100
    assert k == same
    assert one.rounds(1 - (1 - p) ** k, 100)
    assert all_.rounds(p**k, 100)


def test_ctx_interpolation() -> None:
    """The position after rescaling."""
    stated("ctx-interpolation", r"m \mapsto m \cdot \frac{L}{L'}")
    trained, longer, position, mapped = stated(
        "ctx-interpolation", "From # to #, position # becomes #"
    )
    assert position * trained / longer == mapped
    assert longer * trained / longer == trained


def test_ctx_base() -> None:
    """Tokens per turn of the slowest pair at both bases."""
    width, tokens, base, millions, larger = stated(
        "ctx-base",
        "Head width #, slowest pair: one turn in # tokens at base #, in # million at #",
    )
    turns = [2 * np.pi * b ** ((width - 2) / width) for b in (base, larger)]
    assert tokens.is_about(turns[0], 0.001)
    assert millions.rounds(turns[1], 1e-6)


def test_ctx_cost() -> None:
    """The factors of a longer prompt."""
    short, long, linear, quadratic = stated(
        "ctx-cost", "From # to # tokens: # times the cache, # times the attention FLOPs"
    )
    assert long / short == linear
    assert linear**2 == quadratic


def test_llm_cost_weights() -> None:
    """Bytes at both precisions."""
    billions, many, few = stated(
        "llm-cost-weights", "# billion weights take in # bits and in # bits"
    )
    large, small, two, half = stated("llm-cost-weights", "# GB and # GB: # and # bytes each")
    assert (two, half) == (many / 8, few / 8)
    assert (large, small) == (billions * two, billions * half)


def test_llm_cost_requests() -> None:
    """Whole requests in what is left of the memory."""
    gpu, percent, weights, cache = stated(
        "llm-cost-requests", "An # GB GPU, #% reserved, holds # GB of weights: how many # GB KV"
    )
    fit, usable, same, each = stated("llm-cost-requests", "#: $(# - #)/#$")
    small, more = stated("llm-cost-requests", "With 4-bit weights (# GB): #")
    assert usable == gpu * (100 - percent) / 100
    assert (same, each) == (weights, cache)
    assert fit == (usable - weights) // cache
    assert more == (usable - small) // cache


def test_llm_cost_per_token() -> None:
    """The price at both speeds."""
    stated("llm-cost-per-token", r"{3600 \cdot \text{tokens per second}}")
    dollars, speed, price = stated(
        "llm-cost-per-token", "At # dollars an hour and # tokens per second: # dollars"
    )
    slow, dear = stated("llm-cost-per-token", "one user at # tokens per second costs # dollars")
    assert price.rounds(dollars / (3600 * speed) * 1e6)
    assert dear.rounds(dollars / (3600 * slow) * 1e6)
