"""Writes the shipped data: ../data/{digits,breast-cancer}/*.csv and the held-out parts of ../data/{mnist,fashion-mnist}.

    python export.py digits breast-cancer mnist fashion-mnist

CSV: one sample a line, label first. IDX: as the official MNIST files, gzipped. Prints the SHA-256 of each file.
"""

import hashlib
import sys

from sklearn.datasets import load_breast_cancer, load_digits

import datasets


def csv(name, loaded, number):
    path = datasets.DATA / name / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [",".join([str(int(label)), *map(number, values)]) for label, values in zip(loaded.target, loaded.data)]
    path.write_text("\n".join(rows) + "\n")
    return [path]


def idx(name, part):
    folder = datasets.DATA / name
    images, labels = folder / "held-out-images-idx3-ubyte.gz", folder / "held-out-labels-idx1-ubyte.gz"
    datasets.write_idx(images, part.raw.reshape(-1, 28, 28))
    datasets.write_idx(labels, part.labels)
    return [images, labels]


EXPORTS = {
    "digits": lambda: csv("digits", load_digits(), lambda value: str(int(value))),
    "breast-cancer": lambda: csv("breast-cancer", load_breast_cancer(), lambda value: repr(float(value))),
    "mnist": lambda: idx("mnist", datasets.mnist().held_out),
    "fashion-mnist": lambda: idx("fashion-mnist", datasets.fashion_mnist().held_out),
}

if __name__ == "__main__":
    names = sys.argv[1:]
    if not names or set(names) - set(EXPORTS):
        raise SystemExit(f"usage: python export.py NAME...; names: {', '.join(EXPORTS)}")
    for name in names:
        for path in EXPORTS[name]():
            print(hashlib.sha256(path.read_bytes()).hexdigest(), path.relative_to(datasets.DATA.parent))
