"""Section 12, NLP and transformers: counts, losses, attention and decoding on small cases."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from math import exp, isclose, log, log2, sqrt

import numpy as np
from scipy import optimize, special, stats
from stated import number, stated

NOTES = """
tok-bpe-example tok-wordpiece w2v-softmax w2v-two-vectors neg-loss neg-power neg-pmi
embed-static-when ngram-ppl ppl-example ppl-nats ppl-tokenizers ngram-smoothing attention scaled-dot
multihead mask positional rope-relative rope-length pos-causal block-params tfr-path cost-crossover
cost-heads cost-linear ed-first-token bert-gpt dec-greedy dec-topk-topp dec-tail dec-beam-short
temperature temp-ratio temp-topp kv-size kv-causal kv-passes nm-clip nm-brevity nm-sentence
nm-negation ss-passes ss-in-batch
""".split()

STEP = 1e-6


def normal(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def attend(x: np.ndarray, causal: bool, seed: int = 1) -> np.ndarray:
    """One attention layer with random projections and a residual connection."""
    q, k, v = (x @ w for w in normal(3, x.shape[1], x.shape[1], seed=seed))
    scores = q @ k.T / sqrt(x.shape[1])
    if causal:
        scores[np.triu_indices(len(x), 1)] = -np.inf
    return x + special.softmax(scores, axis=1) @ v


def stack(x: np.ndarray, causal: bool, layers: int) -> np.ndarray:
    for layer in range(layers):
        x = attend(x, causal, seed=layer + 1)
    return x


def pairs(words: dict[tuple[str, ...], int]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for parts, count in words.items():
        for pair in pairwise(parts):
            found[pair] += count
    return found


def merged(parts: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    out: list[str] = []
    for part in parts:
        if out and (out[-1], part) == pair:
            out[-1] += part
        else:
            out.append(part)
    return tuple(out)


def test_tok_bpe_example() -> None:
    """Both merges with their counts, and the counts of the rivals."""
    sat, cat, can = stated("tok-bpe-example", '"sat" ×#, "cat" ×#, "can" ×#')
    stated("tok-bpe-example", "a + t (seven times)")
    stated("tok-bpe-example", "s + at (four times)")
    stated("tok-bpe-example", "c + at counts three and c + a only two")
    words = {tuple(word): int(n) for word, n in (("sat", sat), ("cat", cat), ("can", can))}
    first = pairs(words).most_common(2)
    assert first[0] == (("a", "t"), 7)
    words = {merged(parts, ("a", "t")): n for parts, n in words.items()}
    second = pairs(words)
    assert second.most_common(1) == [(("s", "at"), 4)]
    assert (second["c", "at"], second["c", "a"]) == (3, 2)


def test_tok_wordpiece() -> None:
    """The two criteria choose different pairs of the same text."""
    stated("tok-wordpiece", "highest relative to the product of its parts' counts")
    words = {("a", "b"): 10, ("a", "c"): 10, ("x", "y"): 3}
    parts: Counter[str] = Counter()
    for word, count in words.items():
        for part in word:
            parts[part] += count
    found = pairs(words)
    wordpiece = max(found, key=lambda p: found[p] / (parts[p[0]] * parts[p[1]]))
    assert found.most_common(1)[0][1] == 10
    assert wordpiece == ("x", "y")


def test_w2v_softmax() -> None:
    """A distribution over the vocabulary; the log's gradient is u_o minus the expected u."""
    stated("w2v-softmax", r"\frac{\exp(u_o^\top v_c)}{\sum_{w=1}^{V} \exp(u_w^\top v_c)}")
    u, v = normal(6, 3), normal(3, seed=1)
    p = special.softmax(u @ v)
    assert isclose(p.sum(), 1)
    moves = STEP * np.eye(3)
    rises = [
        special.log_softmax(u @ (v + m))[2] - special.log_softmax(u @ (v - m))[2] for m in moves
    ]
    assert np.allclose(np.array(rises) / (2 * STEP), u[2] - p @ u)


def test_w2v_two_vectors() -> None:
    """A vector's product with itself is never negative, so never below one half."""
    stated("w2v-two-vectors", r"$v^\top v$, could not be negative")
    assert all(special.expit(v @ v) >= 0.5 for v in normal(100, 4))


def test_neg_loss() -> None:
    """The loss is binary cross-entropy of one positive and k negatives."""
    stated(
        "neg-loss",
        r"-\log \sigma(u_o^\top v_c) - \sum_{i=1}^{k} \log \sigma(-u_{w_i}^\top v_c)",
    )
    scores, labels = normal(5), np.array([1, 0, 0, 0, 0])
    loss = -special.log_expit(scores[0]) - special.log_expit(-scores[1:]).sum()
    p = special.expit(scores)
    assert isclose(loss, -(labels * np.log(p) + (1 - labels) * np.log(1 - p)).sum())


def test_neg_power() -> None:
    """The shares of the two words after the power."""
    one, other, more, less = stated("neg-power", "shares of #% and #% are drawn with #% and #%")
    top, bottom = stated("neg-power", "raised to the power #/#")
    raised = np.array([one, other]) ** (top / bottom)
    assert more.rounds(raised[0] / raised.sum(), 100)
    assert less.rounds(raised[1] / raised.sum(), 100)


def test_neg_pmi() -> None:
    """The expected loss of free scores is smallest at the note's value."""
    stated("neg-pmi", r"u_o^\top v_c = \log \frac{p(o, c)}{p(o)\,p(c)} - \log k")
    joint = np.random.default_rng(0).dirichlet(np.ones(12)).reshape(3, 4)
    noise, k = np.outer(joint.sum(axis=1), joint.sum(axis=0)), 5
    claimed = np.log(joint / noise) - log(k)
    for p, q, best in zip(joint.flat, noise.flat, claimed.flat, strict=True):

        def loss(s: float, p: float = p, q: float = q) -> float:
            return -p * special.log_expit(s) - k * q * special.log_expit(-s)

        assert isclose(optimize.minimize_scalar(loss).x, best, abs_tol=1e-4)


def test_embed_static_when() -> None:
    """The size of the table, four bytes a float."""
    floats, gigabytes = stated("embed-static-when", "with # floats each takes # GB")
    stated("embed-static-when", "a table of a million words")
    assert gigabytes.rounds(1e6 * floats * 4 / 1e9)


def perplexity(p: np.ndarray) -> float:
    return float(np.exp(-np.log(p).mean()))


def test_ngram_ppl() -> None:
    """1 for certainty, and the number of choices for an even guess."""
    stated("ngram-ppl", r"\exp\left(-\frac{1}{N} \sum_{t=1}^{N} \ln p(w_t \mid w_{\lt t})\right)")
    best = number("ngram-ppl", "Lower is better; # means every token")
    unsure, tokens = stated(
        "ngram-ppl",
        "At #, the model is on average as unsure as if choosing evenly among # tokens",
    )
    assert perplexity(np.ones(4)) == best
    assert isclose(perplexity(np.full(7, 1 / tokens)), unsure)


def test_ppl_example() -> None:
    """The perplexity of the three tokens, by three ways."""
    parts = stated("ppl-example", "probabilities 1/#, 1/# and 1/#")
    inverse, result = stated("ppl-example", r"= #^{1/3} = #")
    assert isclose(perplexity(1 / np.array(parts)), result)
    assert np.prod(parts) == inverse
    bits = number("ppl-example", r"$(1 + 2 + 3)/3 = #$ per token")
    assert np.mean([log2(part) for part in parts]) == bits
    assert stated("ppl-example", "and $#^# = #$") == (2, bits, result)
    assert 2**bits == result


def test_ppl_nats() -> None:
    """The right exponential and the wrong one."""
    loss = number("ppl-nats", "a mean cross-entropy of # per token")
    power, right = stated("ppl-nats", r"$e^{#} \approx #$")
    same, wrong = stated("ppl-nats", r"$2^{#} \approx #$")
    assert power == same == loss
    assert right == number("ppl-nats", "About #: the loss is in nats")
    assert right.rounds(exp(loss))
    assert wrong.rounds(2**loss)


def test_ppl_tokenizers() -> None:
    """One probability, two numbers of tokens."""
    power, high, few, low, many = stated(
        "ppl-tokenizers", "$2^{#}$, gives perplexity # over # tokens and # over #"
    )
    assert 2 ** (-power / few) == high
    assert 2 ** (-power / many) == low


def test_ngram_smoothing() -> None:
    """One zero makes the text impossible; adding to the counts makes it possible."""
    stated("ngram-smoothing", "so has the whole text, and perplexity is infinite")
    counts = np.array([5.0, 3, 0])
    with np.errstate(divide="ignore"):
        assert perplexity(counts / counts.sum()) == np.inf
    assert perplexity((counts + 1) / (counts + 1).sum()) < 10


def test_attention() -> None:
    """Rows of weights sum to 1, so each output lies between the values."""
    stated("attention", r"\operatorname{softmax}\!\left(\frac{QK^\top}{\sqrt{d_k}}\right)V")
    stated("attention", "The softmax runs over the keys, row by row.")
    q, k, v = normal(3, 5, 4)
    weights = special.softmax(q @ k.T / sqrt(4), axis=1)
    assert np.allclose(weights.sum(axis=1), 1)
    assert ((weights @ v <= v.max(axis=0)) & (weights @ v >= v.min(axis=0))).all()


def test_scaled_dot() -> None:
    """Exactly, over all sign vectors: variance d_k, and 1 after the division."""
    stated("scaled-dot", "mean 0 and variance 1 give dot products of variance $d_k$")
    back = number("scaled-dot", "dividing brings the variance back to #")
    width = 6
    signs = np.array(np.meshgrid(*[[-1, 1]] * width)).reshape(width, -1).T
    products = signs @ signs.T
    assert products.var() == width
    assert isclose((products / sqrt(width)).var(), back)
    sharp, soft = (special.softmax(s * np.array([3.0, 1, 0])) for s in (10, 1))
    assert (sharp * (1 - sharp)).max() < 0.01 < (soft * (1 - soft)).max()


def test_multihead() -> None:
    """The projections of h heads have as many weights as those of one head."""
    stated("multihead", "With $h$ heads of width $d/h$ the parameter count is the same")
    d, h = 12, 4
    heads = [normal(3, d, d // h) for _ in range(h)]
    assert sum(head.size for head in heads) == normal(3, d, d).size


def test_mask() -> None:
    """Later tokens change nothing; zeroing after the softmax leaks and loses mass."""
    stated("mask", r"their scores become $-\infty$ before the softmax")
    stated("mask", "the rows no longer sum to 1")
    x = normal(5, 4)
    changed = x.copy()
    changed[4] += 3
    assert np.allclose(attend(x, True)[:4], attend(changed, True)[:4])
    assert not np.allclose(attend(x, False)[:4], attend(changed, False)[:4])
    scores = normal(5, 5)
    zeroed = np.tril(special.softmax(scores, axis=1))
    other = scores.copy()
    other[0, 4] += 5
    assert zeroed[0].sum() < 1
    assert not isclose(np.tril(special.softmax(other, axis=1))[0, 0], zeroed[0, 0])


def test_positional() -> None:
    """Without a mask, permuting the tokens permutes the outputs."""
    stated("positional", "permuting the tokens just permutes the outputs")
    x, order = normal(6, 4), np.random.default_rng(0).permutation(6)
    assert np.allclose(stack(x, False, 3)[order], stack(x[order], False, 3))


def rotated(x: np.ndarray, position: float, base: float = 10_000) -> np.ndarray:
    half = x.reshape(-1, 2)
    angle = position * base ** (-np.arange(len(half)) * 2 / x.size)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.einsum("ijk,kj->ki", turn, half).ravel()


def test_rope_relative() -> None:
    """The identity, and that equal offsets give equal scores."""
    stated("rope-relative", r"(R_m q)^\top (R_n k) = q^\top R_{n-m}\,k")
    q, k = normal(2, 8)
    for m, n in ((3, 7), (100, 90), (5, 5)):
        score = rotated(q, m) @ rotated(k, n)
        assert isclose(score, q @ rotated(k, n - m))
        assert isclose(score, rotated(q, m + 50) @ rotated(k, n + 50))


def slowest_turn(base: float, width: float) -> float:
    return float(2 * np.pi * base ** ((width - 2) / width))


def test_rope_length() -> None:
    """Tokens per turn of the slowest pair, and the share seen in training."""
    base, width, tokens, trained, percent = stated(
        "rope-length",
        "With base # and head width #, the slowest pair turns once in about # tokens: # training"
        " tokens show it #% of a turn",
    )
    turn = slowest_turn(base, width)
    assert tokens.is_about(turn, 0.001)
    assert percent.rounds(trained / turn, 100)
    unit = np.zeros(int(width))
    unit[-2] = 1
    assert np.allclose(rotated(unit, turn, base), unit, atol=1e-6)


def test_pos_causal() -> None:
    """Permuted earlier tokens: one causal layer does not notice, two do."""
    stated("pos-causal", "from two layers on, it does")
    x = normal(6, 4)
    other = np.vstack([x[[2, 0, 4, 1, 3]], x[5]])
    assert np.allclose(stack(x, True, 1)[5], stack(other, True, 1)[5])
    assert not np.allclose(stack(x, True, 2)[5], stack(other, True, 2)[5])


def test_block_params() -> None:
    """The sum of the parts, and the exact count with biases and norms."""
    whole, attention, forward = stated(
        "block-params", "About $#d^2$: $#d^2$ in attention ($Q$, $K$, $V$, output) and $#d^2$ in"
    )
    assert whole == attention + forward
    d, millions, exact = stated("block-params", "$d = #$: # million; with biases and norms #")
    matrices = 4 * d * d + 2 * d * 4 * d
    assert matrices == whole * d**2
    assert millions.rounds(matrices, 1e-6)
    assert exact == matrices + 4 * d + 4 * d + d + 2 * 2 * d


def test_tfr_path() -> None:
    """In one layer the last token sees the first; a recurrence needs one step per token."""
    stated("tfr-path", "| Self-attention | $O(n^2 d)$ | $O(1)$ |")
    stated("tfr-path", "| Recurrent | $O(n d^2)$ | $O(n)$ |")
    n, d = 50, 4
    x = normal(n, d)
    changed = x.copy()
    changed[0] += 2
    assert not np.allclose(attend(x, True)[-1], attend(changed, True)[-1])
    products = n * n * d, n * d * d
    assert products == ((x @ x.T).size * d, x.size * d)


def test_cost_crossover() -> None:
    """Where the two counts meet, and the example."""
    factor = number("cost-crossover", "At about $n = #d$ tokens")
    scores, matrices = stated("cost-crossover", "take $#nd$ multiply-adds, the weight matrices $#d")
    d, tokens = stated("cost-crossover", "$d = #$: # tokens")
    causal = number("cost-crossover", "If a causal mask's empty half is skipped, $#d$ on average")
    assert matrices / scores == factor
    assert tokens == factor * d
    assert causal == 2 * factor


def test_cost_heads() -> None:
    """The multiply-adds of h narrow heads and of one wide one; the stored scores differ."""
    stated("cost-heads", r"h \cdot n^2 \cdot \frac{d}{h} = n^2 d")
    n, d = 10, 12
    work = {h: sum(n * n * (d // h) for _ in range(h)) for h in (1, 3, 12)}
    assert set(work.values()) == {n * n * d}
    assert special.softmax(normal(3, n, n), axis=2).size == 3 * n * n


def test_cost_linear() -> None:
    """The two orders of multiplication agree; only one makes the n × n matrix."""
    stated("cost-linear", r"\phi(Q)\,\bigl(\phi(K)^\top V\bigr)")
    q, k, v = np.abs(normal(3, 40, 4))
    scores = q @ k.T
    state = k.T @ v
    assert np.allclose(scores @ v, q @ state)
    assert scores.shape == (40, 40)
    assert state.shape == (4, 4)
    row = scores / scores.sum(axis=1, keepdims=True)
    assert np.allclose(row @ v, q @ state / (q @ k.sum(axis=0))[:, None])


def test_ed_first_token() -> None:
    """Later tokens change the first vector only without the causal mask."""
    stated("ed-first-token", "Encoder-only: on the whole text")
    stated("ed-first-token", "Decoder-only: on that token alone")
    x = normal(6, 4)
    other = np.vstack([x[0], normal(5, 4, seed=9)])
    assert np.allclose(stack(x, True, 3)[0], stack(other, True, 3)[0])
    assert not np.allclose(stack(x, False, 3)[0], stack(other, False, 3)[0])


def test_bert_gpt() -> None:
    """Predicted tokens of both objectives."""
    percent = number("bert-gpt", "select about #% of the tokens")
    length, hidden, shifted = stated("bert-gpt", "In # tokens BERT predicts about #, GPT #")
    assert hidden.rounds(length * percent / 100)
    assert shifted == length - 1


def test_dec_greedy() -> None:
    """The greedy path and the better one."""
    first, then, product, other, next_, better = stated(
        "dec-greedy", r"$# \cdot # = #$ loses to $# \cdot # = #$"
    )
    assert isclose(first * then, product)
    assert isclose(other * next_, better)
    assert first > other
    assert product < better


def nucleus(p: np.ndarray, mass: float) -> int:
    return int(np.searchsorted(np.sort(p)[::-1].cumsum().round(12), mass) + 1)


def test_dec_topk_topp() -> None:
    """How many tokens the nucleus keeps of both distributions."""
    stated("dec-topk-topp", "keeps three tokens; with five equal ones, four")
    *p, mass = stated("dec-topk-topp", "With probabilities #, #, #, #, #, top-p # keeps three")
    assert isclose(sum(p), 1)
    assert nucleus(np.array(p), mass) == 3
    assert nucleus(np.full(5, 0.2), mass) == 4


def test_dec_tail() -> None:
    """How soon a small share of the mass is hit."""
    percent, steps, kept, power, chance = stated(
        "dec-tail",
        r"With #% of the mass at every step, # independent steps hit the tail with probability"
        r" $1 - #^{#} \approx #$",
    )
    assert (kept, power) == (1 - percent / 100, steps)
    assert chance.rounds(1 - kept**power)


def test_dec_beam_short() -> None:
    """A longer text has the lower sum; a larger length power brings it closer to 0."""
    stated("dec-beam-short", r"divide the sum by $L^\alpha$")
    short, long = np.log([0.4, 0.4]), np.log([0.5] * 6)
    assert long.sum() < short.sum()
    assert long.sum() / 6 > short.sum() / 2
    assert long.sum() / 6**0.5 < long.sum() / 6**1.0 < 0


def test_temperature() -> None:
    """Sharper below 1, flatter above; the limits; the order stays."""
    stated("temperature", r"p_i = \frac{e^{z_i/T}}{\sum_j e^{z_j/T}}")
    z = np.array([2.0, 0.5, 1.5])
    entropies = [stats.entropy(special.softmax(z / t)) for t in (0.5, 1, 2)]
    assert entropies == sorted(entropies)
    assert np.allclose(special.softmax(z / 0.01), [1, 0, 0])
    assert np.allclose(special.softmax(z / 1e6), 1 / 3, atol=1e-5)
    assert (special.softmax(z / 3).argsort() == z.argsort()).all()


def test_temp_ratio() -> None:
    """The ratio at both temperatures."""
    ratio, low, high = stated(
        "temp-ratio", "Token A is # times as likely as B at temperature 1: what ratio at # and #"
    )
    cold, hot = stated("temp-ratio", "# and #: a ratio is raised to the power $1/T$")
    for t, expected in ((low, cold), (high, hot)):
        p = special.softmax(np.array([log(ratio), 0]) / t)
        assert isclose(p[0] / p[1], expected)


def test_temp_topp() -> None:
    """Temperature keeps every token, top-p keeps the ratios."""
    stated("temp-topp", "Temperature: changes the ratios, removes no token")
    stated("temp-topp", "Top-p: removes the tail, keeps the ratios among the rest")
    p = np.array([0.5, 0.3, 0.15, 0.05])
    warm = p ** (1 / 2) / (p ** (1 / 2)).sum()
    assert (warm > 0).all()
    assert not isclose(warm[0] / warm[1], p[0] / p[1])
    kept = p[:2] / p[:2].sum()
    assert isclose(kept[0] / kept[1], p[0] / p[1])


def test_kv_size() -> None:
    """Bytes per token, per sequence, and with as many heads as queries."""
    stated("kv-size", r"2 \cdot L \cdot h_{kv} \cdot d_h \cdot n \cdot b")
    layers, heads, width, bits, kib, gib, tokens = stated(
        "kv-size",
        "# layers, # key–value heads of width #, # bits: # KiB per token, # GiB at # tokens",
    )
    many, larger = stated("kv-size", "With # such heads, # GiB")

    def size(n: float, key_value_heads: float) -> float:
        return 2 * layers * key_value_heads * width * n * bits / 8

    assert size(1, heads) == kib * 2**10
    assert size(tokens, heads) == gib * 2**30
    assert size(tokens, many) == larger * 2**30


def test_kv_causal() -> None:
    """Appending a token leaves earlier vectors alone only under the mask."""
    stated("kv-causal", "If earlier tokens saw new ones")
    x = normal(5, 4)
    longer = np.vstack([x, normal(1, 4, seed=3)])
    assert np.allclose(stack(longer, True, 3)[:5], stack(x, True, 3))
    assert not np.allclose(stack(longer, False, 3)[:5], stack(x, False, 3))


def test_kv_passes() -> None:
    """The sum of the lengths."""
    generated = number("kv-passes", "From a one-token prompt to # generated tokens")
    with_it, last, without = stated("kv-passes", r"# with it; without, $1 + 2 + \dots + # = #$")
    assert with_it == last == generated
    assert sum(range(1, int(generated) + 1)) == without


def unigrams(candidate: str, reference: str) -> int:
    """The clipped count of matching words."""
    return (Counter(candidate.split()) & Counter(reference.split())).total()


def test_nm_clip() -> None:
    """The plain and the clipped precision."""
    plain_hits, n, clipped, same = stated(
        "nm-clip",
        '"yes yes yes yes" against "yes I do" has unigram precision #/#; clipped, #/#',
    )
    words = "yes yes yes yes".split()
    assert n == same == len(words)
    assert plain_hits == sum(word in "yes I do".split() for word in words)
    assert clipped == unigrams("yes yes yes yes", "yes I do")


def test_nm_brevity() -> None:
    """The penalty of the example, and none at equal length."""
    stated("nm-brevity", "e^{1 - r/c}")
    c, r, penalty = stated("nm-brevity", "$c = #$, $r = #$: #")
    assert penalty.rounds(exp(1 - r / c))
    assert exp(1 - r / r) == 1


def test_nm_sentence() -> None:
    """A geometric mean with one zero is zero."""
    stated("nm-sentence", "Without a matching 4-gram the geometric mean is 0")
    assert stats.gmean([1, 0.9, 0.8, 0]) == 0


def test_nm_negation() -> None:
    """Recall and precision of the summary that says the opposite."""
    hits, total = stated("nm-negation", "ROUGE-1 recall #/#")
    right, said = stated("nm-negation", "Its precision is even #/#")
    stated("nm-negation", '"the drug is safe" against "the drug is not safe"')
    summary, reference = "the drug is safe", "the drug is not safe"
    assert unigrams(summary, reference) == hits == right
    assert (len(reference.split()), len(summary.split())) == (total, said)


def test_ss_passes() -> None:
    """A sum against a product."""
    queries, documents = stated("ss-passes", "for # queries against # documents")
    one, other, apart = stated("ss-passes", "# + # = #")
    left, right, together = stated("ss-passes", r"# \cdot # = #")
    assert (one, other) == (left, right) == (queries, documents)
    assert apart == queries + documents
    assert together == queries * documents


def test_ss_in_batch() -> None:
    """Each row of the batch's score matrix has one positive and B − 1 negatives."""
    stated("ss-in-batch", "$B$ pairs give each query $B - 1$ negatives")
    scores = normal(8, 3) @ normal(8, 3, seed=1).T
    assert (~np.eye(8, dtype=bool)).sum(axis=1).tolist() == [scores.shape[1] - 1] * 8
