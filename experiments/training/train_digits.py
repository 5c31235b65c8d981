"""Trains ../models/digits-mlp.json: a quantised 64-H-10 network whose bootstraps are exact.

Every hidden neuron computes an integer phase t = W x + b and the table entry round(A cos(2 pi t / 32)). The table is
negacyclic (entry t+16 is minus entry t), so the 32 levels around the torus are read exactly whatever the range of t.
Weights are rounded in the forward pass and trained through the rounding (straight-through estimator).

    python train_digits.py            trains on the whole training part, writes the model, reports the held-out part once
    python train_digits.py --select   compares settings on a validation slice of the training part, writes nothing
    python train_digits.py --compare  the shipped settings on all five splits, with and without rounding, writes nothing

Same seed, same versions: same bytes.
"""

import argparse
import json
import pathlib

import numpy as np
import sklearn

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent / "data" / "digits" / "digits.csv"
MODEL = HERE.parent / "models" / "digits-mlp.json"
ANSWERS = HERE.parent / "models" / "digits-mlp.answers.json"

PARAMETERS = "message_4"
LEVELS = 32  # around the torus
BOOTSTRAP_NOISE = 2.0**-14  # standard deviation of a bootstrap's output, fraction of the torus (default set)
RAW_MAX = 16
CLASSES = 10


def load():
    """Labels, pixels and the split: images whose index is 4 modulo 5 are held out."""
    rows = np.loadtxt(DATA, delimiter=",", dtype=np.int64)
    held_out = np.arange(len(rows)) % 5 == 4
    return rows[:, 0], rows[:, 1:], held_out


def quantise(raw, maximum):
    """round(raw * maximum / 16), halves up, on integers."""
    return (2 * raw * maximum + RAW_MAX) // (2 * RAW_MAX)


class Adam:
    def __init__(self, parameters):
        self.parameters = parameters
        self.first = [np.zeros_like(p) for p in parameters]
        self.second = [np.zeros_like(p) for p in parameters]
        self.step = 0

    def update(self, gradients, rate):
        self.step += 1
        for p, g, m, v in zip(self.parameters, gradients, self.first, self.second):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            mean = m / (1 - 0.9**self.step)
            scale = np.sqrt(v / (1 - 0.999**self.step)) + 1e-8
            p -= rate * mean / scale


def train(x, labels, settings, seed, epochs=400, batch=128, rounding=np.rint):
    """Weights, biases and output weights as real numbers; the forward pass sees them after `rounding`."""
    rng = np.random.default_rng(seed)
    hidden, spread, limit = settings["hidden"], settings["spread"], settings["output_limit"]
    w = rng.normal(0, spread, (hidden, x.shape[1]))
    b = rng.uniform(0, LEVELS, hidden)
    v = rng.normal(0, limit / 2, (CLASSES, hidden))
    log_gain = np.full(1, np.log(4.0 / (limit * np.sqrt(hidden))))
    optimiser = Adam([w, b, v, log_gain])
    targets = np.eye(CLASSES)[labels]
    total = epochs * -(-len(x) // batch)
    for epoch in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), batch):
            picked = order[start : start + batch]
            inputs, wanted = x[picked].astype(float), targets[picked]
            if settings["noise"]:
                moved = rng.integers(-1, 2, inputs.shape) * (rng.random(inputs.shape) < settings["noise"])
                inputs = np.clip(inputs + moved, 0, settings["input_max"])
            phase = 2 * np.pi / LEVELS * (inputs @ rounding(w).T + rounding(b))
            activation, slope = np.cos(phase), -np.sin(phase)
            kept = rng.random(activation.shape) >= settings["dropout"]
            activation, slope = activation * kept, slope * kept
            used = np.clip(rounding(v), -limit, limit)
            gain = np.exp(log_gain[0])
            logits = gain * (activation @ used.T)
            odds = np.exp(logits - logits.max(axis=1, keepdims=True))
            error = (odds / odds.sum(axis=1, keepdims=True) - wanted) / len(picked)
            back = gain * (error @ used) * slope * (2 * np.pi / LEVELS)
            rate = 0.02 * 0.5 * (1 + np.cos(np.pi * optimiser.step / total))
            optimiser.update(
                [
                    back.T @ inputs + settings["decay"] * w,
                    back.sum(axis=0),
                    gain * (error.T @ activation) + settings["decay"] * v,
                    np.array([(error * logits).sum()]),
                ],
                rate,
            )
            np.clip(v, -limit, limit, out=v)
    return w, b, v


def rounded(network):
    """The integer network; the output weights are inside their limit already."""
    w, b, v = (np.rint(part).astype(np.int64) for part in network)
    return w, b % LEVELS, v


def table(amplitude):
    """16 entries of the negacyclic activation."""
    return np.rint(amplitude * np.cos(2 * np.pi * np.arange(LEVELS // 2) / LEVELS)).astype(np.int64)


def logits(x, network, entries):
    """Exact integer logits."""
    w, b, v = network
    both = np.concatenate([entries, -entries])
    return both[(x @ w.T + b) % LEVELS] @ v.T


def accuracy(scores, labels):
    return float((scores.argmax(axis=1) == labels).mean())


def select():
    """Validation accuracy of some settings, mean of three seeds; the held-out part is not touched."""
    labels, raw, held_out = load()
    labels, raw = labels[~held_out], raw[~held_out]
    validation = np.arange(len(raw)) % 4 == 3
    for hidden in (16, 24, 32, 48, 64):
        for input_max in (2, 4):
            for output_limit in (2, 3):
                settings = dict(SETTINGS, hidden=hidden, input_max=input_max, output_limit=output_limit)
                settings["spread"] = 2 / input_max
                x = quantise(raw, input_max)
                scores = []
                for seed in (1, 2, 3):
                    network = rounded(train(x[~validation], labels[~validation], settings, seed, epochs=200))
                    scores.append(accuracy(logits(x[validation], network, table(AMPLITUDE)), labels[validation]))
                print(f"{np.mean(scores):.4f}  hidden {hidden}, input_max {input_max}, output_limit {output_limit}", flush=True)


def compare():
    """Accuracy on every fifth image after training on the others, for all five residues: integers, and reals."""
    labels, raw, _ = load()
    x = quantise(raw, SETTINGS["input_max"])
    reals = raw * SETTINGS["input_max"] / RAW_MAX
    figures = []
    for residue in range(5):
        test = np.arange(len(raw)) % 5 == residue
        network = rounded(train(x[~test], labels[~test], SETTINGS, SEED))
        scores = logits(x[test], network, table(AMPLITUDE))
        w, b, v = train(reals[~test], labels[~test], SETTINGS, SEED, rounding=lambda values: values)
        real_scores = np.cos(2 * np.pi / LEVELS * (reals[test] @ w.T + b)) @ v.T
        per_class = [accuracy(scores[labels[test] == c], c) for c in range(CLASSES)]
        figures.append([accuracy(scores, labels[test]), np.mean(per_class), accuracy(real_scores, labels[test])])
        print("index %% 5 = %d: integers %.4f (mean over classes %.4f), reals %.4f" % (residue, *figures[-1]), flush=True)
    print("mean:          integers %.4f (mean over classes %.4f), reals %.4f" % tuple(np.mean(figures, axis=0)))


SETTINGS = {"hidden": 64, "input_max": 4, "spread": 0.5, "output_limit": 3, "noise": 0.2, "dropout": 0.1, "decay": 1e-5}
AMPLITUDE = 127
SEED = 2026


def rows(matrix):
    """One row of the matrix per line."""
    return "[\n" + ",\n".join("      " + json.dumps([int(v) for v in row]) for row in matrix) + "\n    ]"


def main():
    labels, raw, held_out = load()
    x = quantise(raw, SETTINGS["input_max"])
    network = rounded(train(x[~held_out], labels[~held_out], SETTINGS, SEED))
    w, b, v = network
    entries = table(AMPLITUDE)
    bound = int(np.abs(v).sum(axis=1).max()) * AMPLITUDE
    output_bits = bound.bit_length() + 1  # |logit| <= bound < 2^(output_bits - 1)

    scores = logits(x[held_out], network, entries)
    clear = accuracy(scores, labels[held_out])
    rng = np.random.default_rng(SEED)
    deviation = BOOTSTRAP_NOISE * np.sqrt((v * v).sum(axis=1)) * 2.0**output_bits
    noisy = [scores + rng.normal(0, 1, scores.shape) * deviation for _ in range(50)]
    provenance = {
        "script": "experiments/training/train_digits.py",
        "seed": SEED,
        "settings": SETTINGS,
        "versions": {"numpy": np.__version__, "scikit-learn": sklearn.__version__},
        "train_images": int((~held_out).sum()),
        "held_out_images": int(held_out.sum()),
        "train_accuracy": accuracy(logits(x[~held_out], network, entries), labels[~held_out]),
        "held_out_accuracy": clear,
        "held_out_accuracy_with_bootstrap_noise": float(np.mean([accuracy(s, labels[held_out]) for s in noisy])),
        "held_out_agreement_with_bootstrap_noise": float(np.mean([accuracy(s, scores.argmax(axis=1)) for s in noisy])),
    }
    zeros = [0] * CLASSES
    MODEL.write_text(
        f"""{{
  "format": 2,
  "name": "digits-mlp",
  "parameters": "{PARAMETERS}",
  "input": {{"features": 64, "min": 0, "max": {SETTINGS["input_max"]}, "shape": [1, 8, 8], "quantise": {{"scale": [{RAW_MAX // SETTINGS["input_max"]}], "offset": [0]}}}},
  "output": {{"kind": "argmax"}},
  "layers": [
    {{"type": "dense", "name": "hidden", "weights": {rows(w)},
    "bias": {json.dumps(b.tolist())}}},
    {{"type": "lut", "name": "activation", "mode": "negacyclic", "tables": [{json.dumps(entries.tolist())}], "output_bits": {output_bits}}},
    {{"type": "dense", "name": "output", "weights": {rows(v)},
    "bias": {json.dumps(zeros)}}}
  ],
  "provenance": {json.dumps(provenance)}
}}
"""
    )
    indices = np.flatnonzero(held_out)[:20]
    answers = [{"index": int(i), "logits": s.tolist()} for i, s in zip(indices, logits(x[indices], network, entries))]
    ANSWERS.write_text("[\n" + ",\n".join(json.dumps(a) for a in answers) + "\n]\n")
    print(json.dumps(provenance, indent=2))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--select", action="store_true", help="compare settings on a validation slice")
    parser.add_argument("--compare", action="store_true", help="all five splits, with and without rounding")
    arguments = parser.parse_args()
    if arguments.select:
        select()
    elif arguments.compare:
        compare()
    else:
        main()
