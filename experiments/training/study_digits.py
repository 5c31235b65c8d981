"""How the settings of digits-mlp were chosen, and how its accuracy varies with the split. Writes nothing.

    python study_digits.py --select     validation accuracy (a quarter of the training part), mean of three seeds, 200 epochs
    python study_digits.py --compare    the shipped settings on all five splits, with and without rounding
"""

import argparse
from dataclasses import replace

import numpy as np

import datasets
from network import accuracy, logits, train
from train import DIGITS_MLP, SEED, quantised

AMPLITUDE = 127
RAW_MAX = 16


def select():
    part = datasets.digits().train
    validation = np.arange(len(part.labels)) % 4 == 3
    for hidden in (16, 24, 32, 48, 64):
        for input_max in (2, 4):
            for limit in (2, 3):
                settings = replace(
                    DIGITS_MLP, hidden=hidden, input_max=input_max, output_limit=limit, spread=2 / input_max, epochs=200
                )
                x = quantised(part.raw, RAW_MAX, input_max)
                scores = []
                for seed in (1, 2, 3):
                    network = train(x[~validation][None], part.labels[~validation], settings, seed)
                    found = logits(x[validation], network.rounded(settings.levels), settings, AMPLITUDE)
                    scores.append(accuracy(found, part.labels[validation]))
                print(f"{np.mean(scores):.4f}  hidden {hidden}, input_max {input_max}, output_limit {limit}", flush=True)


def compare():
    rows = np.loadtxt(datasets.DATA / "digits" / "digits.csv", delimiter=",", dtype=np.int64)
    labels, raw = rows[:, 0], rows[:, 1:]
    settings = DIGITS_MLP
    x, reals = quantised(raw, RAW_MAX, settings.input_max), raw * settings.input_max / RAW_MAX
    figures = []
    for residue in range(5):
        test = np.arange(len(raw)) % 5 == residue
        network = train(x[~test][None], labels[~test], settings, SEED).rounded(settings.levels)
        scores = logits(x[test], network, settings, AMPLITUDE)
        real = train(reals[~test][None], labels[~test], settings, SEED, rounding=lambda values: values)
        phase = 2 * np.pi / settings.levels * (reals[test] @ real.hidden.T + real.hidden_bias)
        real_scores = np.cos(phase) @ real.output.T
        per_class = [accuracy(scores[labels[test] == c], c) for c in range(settings.classes)]
        figures.append([accuracy(scores, labels[test]), np.mean(per_class), accuracy(real_scores, labels[test])])
        print("index %% 5 = %d: integers %.4f (mean over classes %.4f), reals %.4f" % (residue, *figures[-1]), flush=True)
    print("mean:          integers %.4f (mean over classes %.4f), reals %.4f" % tuple(np.mean(figures, axis=0)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--select", action="store_true")
    parser.add_argument("--compare", action="store_true")
    arguments = parser.parse_args()
    if arguments.select:
        select()
    if arguments.compare:
        compare()
