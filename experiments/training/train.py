"""Trains the shipped models on their training parts, writes ../models, and reports the held-out part once.

    python train.py digits-mlp digits-cnn mnist-mlp mnist-cnn fashion-mlp digits-logistic breast-cancer-logistic breast-cancer-forest

Same seed, same versions, same kind of processor: same bytes.
"""

import sys
import time

import numpy as np
import scipy
import sklearn
from skl2onnx import to_onnx
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

import augment
import datasets
import model_file
from network import Conv, Settings, accuracy, logits, table, train

SEED = 2026
FOREST_TREES, FOREST_LEAVES = 10, 6
PARAMETERS = "message_4"
BOOTSTRAP_NOISE = 2.0**-14  # standard deviation of a bootstrap's output, fraction of the torus
FASHION = ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"]

DIGITS_MLP = Settings(
    hidden=64, levels=32, input_max=4, spread=0.5, output_limit=3, epochs=400, noise=0.2, dropout=0.1, dtype="float64"
)
DIGITS_CNN = Settings(
    hidden=48, levels=32, input_max=4, spread=0.5, output_limit=3, epochs=400, noise=0.2, dropout=0.1,
    conv=Conv(side=8, kernel=4, stride=2, channels=3, amplitude=2, spread=0.5),
)  # fmt: skip
MNIST_MLP = Settings(hidden=64, levels=64, input_max=1, spread=0.4, output_limit=7, epochs=400)
MNIST_CNN = Settings(
    hidden=64, levels=64, input_max=1, spread=0.4, output_limit=7, epochs=400,
    conv=Conv(side=28, kernel=10, stride=6, channels=2, amplitude=4, spread=0.5),
)  # fmt: skip
FASHION_MLP = Settings(hidden=64, levels=64, input_max=2, spread=0.25, output_limit=7, epochs=150, rate=0.006)


def quantised(raw, raw_max, input_max):
    """round(raw * input_max / raw_max), halves up, on integers."""
    return (2 * raw.astype(np.int64) * input_max + raw_max) // (2 * raw_max)


def noisy(scores, output, bits):
    """Accuracy inputs: logits with the noise of the bootstraps that feed them, 50 times."""
    rng = np.random.default_rng(SEED)
    deviation = BOOTSTRAP_NOISE * np.sqrt((output * output).sum(axis=1)) * 2.0**bits
    return [scores + rng.normal(0, 1, scores.shape) * deviation for _ in range(50)]


def provenance(data, figures, **more):
    return {
        "script": "experiments/training/train.py",
        "seed": SEED,
        **more,
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
        "train_samples": len(data.train.labels),
        "held_out_samples": len(data.held_out.labels),
        **figures,
    }


def cosine_network(name, data, raw_max, side, settings, labels, versions=lambda raw: raw[None]):
    """Trains and writes a network of cosine tables."""
    inputs = quantised(versions(data.train.raw), raw_max, settings.input_max).astype(np.uint8)
    network = train(inputs, data.train.labels, settings, SEED).rounded(settings.levels)
    norm = int(np.abs(network.output).sum(axis=1).max())
    bits = model_file.signed_bits(100 * norm)
    amplitude = (2 ** (bits - 1) - 1) // norm  # the largest that keeps |logit| < 2^(bits - 1)
    held_out, wanted = quantised(data.held_out.raw, raw_max, settings.input_max), data.held_out.labels
    scores = logits(held_out, network, settings, amplitude)
    with_noise = noisy(scores, network.output, bits)
    figures = {
        "train_accuracy": accuracy(logits(inputs[0].astype(np.int64), network, settings, amplitude), data.train.labels),
        "held_out_accuracy": accuracy(scores, wanted),
        "held_out_accuracy_with_bootstrap_noise": float(np.mean([accuracy(s, wanted) for s in with_noise])),
        "held_out_agreement_with_bootstrap_noise": float(np.mean([accuracy(s, scores.argmax(axis=1)) for s in with_noise])),
    }
    wire_bits = settings.levels.bit_length() - 1

    def lut(layer, amplitude, output_bits):
        entries = table(amplitude, settings.levels)
        return {"type": "lut", "name": layer, "mode": "negacyclic", "tables": [entries], "output_bits": output_bits}

    layers = []
    hidden = {"type": "dense", "name": "hidden", "weights": network.hidden, "bias": network.hidden_bias}
    if settings.conv:
        conv = settings.conv
        kernel = network.kernel.reshape(conv.channels, 1, conv.kernel, conv.kernel)
        layers += [
            {
                "type": "conv", "name": "convolution", "input": [1, side, side], "kernel": kernel, "bias": network.kernel_bias,
                "stride": [conv.stride] * 2, "padding": [0] * 4, "groups": 1,
            },
            lut("convolution-activation", conv.amplitude, wire_bits),
        ]  # fmt: skip
        hidden["inputs"] = [0, 2]
    layers += [
        hidden,
        lut("activation", amplitude, bits),
        {"type": "dense", "name": "output", "weights": network.output, "bias": [0] * settings.classes},
    ]
    inputs = {
        "features": side * side, "shape": [1, side, side], "min": 0, "max": settings.input_max, "bits": wire_bits,
        "quantise": {"scale": [raw_max / settings.input_max], "offset": [0]},
    }  # fmt: skip
    output = {"kind": "argmax", "labels": labels}
    described = {"settings": repr(settings)}
    model_file.write(name, PARAMETERS, inputs, layers, output, provenance(data, figures, **described), scores)
    return figures


def logistic(name, data, scale, offset, input_max, weight_limit, labels):
    """Trains scikit-learn's logistic regression on quantised inputs and rounds its weights; no bootstrap is needed."""

    def prepared(raw):
        return np.clip(np.floor((raw - offset) / scale + 0.5), 0, input_max).astype(np.int64)

    regression = LogisticRegression(C=5, max_iter=10_000).fit(prepared(data.train.raw) / input_max, data.train.labels)
    unit = np.abs(regression.coef_).max() / weight_limit
    weights = np.rint(regression.coef_ / unit).astype(np.int64)
    bias = np.rint(regression.intercept_ / unit * input_max).astype(np.int64)
    bits = model_file.signed_bits((np.abs(weights).sum(axis=1) * input_max + np.abs(bias)).max())
    binary = len(weights) == 1

    def correct(part):
        scores = prepared(part.raw) @ weights.T + bias
        return float(np.mean((scores[:, 0] > 0 if binary else scores.argmax(axis=1)) == part.labels)), scores

    held_out, scores = correct(data.held_out)
    figures = {
        "train_accuracy": correct(data.train)[0],
        "held_out_accuracy": held_out,
        "held_out_accuracy_float": float(
            regression.score(prepared(data.held_out.raw) / input_max, data.held_out.labels)
        ),
    }
    features = data.train.raw.shape[1]
    inputs = {
        "features": features, "min": 0, "max": input_max, "bits": bits,
        "quantise": {"scale": np.atleast_1d(scale), "offset": np.atleast_1d(offset)},
    }  # fmt: skip
    if features == 64:
        inputs["shape"] = [1, 8, 8]
    layers = [{"type": "dense", "name": "output", "weights": weights, "bias": bias}]
    output = {"kind": "sign" if binary else "argmax", "labels": labels, "scale": [unit / input_max]}
    model_file.write(name, PARAMETERS, inputs, layers, output, provenance(data, figures), scores)
    return figures


def breast_cancer_forest(name):
    """Writes an ONNX file for `blindproof model import`: a model as any user of scikit-learn would bring it."""
    data = datasets.breast_cancer()
    forest = RandomForestClassifier(FOREST_TREES, max_leaf_nodes=FOREST_LEAVES, random_state=SEED)
    forest.fit(data.train.raw.astype(np.float32), data.train.labels)
    model = to_onnx(forest, data.train.raw[:1].astype(np.float32), options={id(forest): {"zipmap": False}})
    (model_file.MODELS / "onnx" / f"{name}.onnx").write_bytes(model.SerializeToString())
    return {
        "train_accuracy": forest.score(data.train.raw.astype(np.float32), data.train.labels),
        "held_out_accuracy": forest.score(data.held_out.raw.astype(np.float32), data.held_out.labels),
    }


def breast_cancer_logistic(name):
    data, steps = datasets.breast_cancer(), 63
    low, high = data.train.raw.min(axis=0), data.train.raw.max(axis=0)
    return logistic(name, data, (high - low) / steps, low, steps, 63, ["malignant", "benign"])


def mnist(name, settings):
    return cosine_network(
        name, datasets.mnist(), 255, 28, settings, [], lambda raw: augment.distorted(raw, 28, 40, SEED)
    )


MODELS = {
    "digits-mlp": lambda name: cosine_network(name, datasets.digits(), 16, 8, DIGITS_MLP, []),
    "digits-cnn": lambda name: cosine_network(name, datasets.digits(), 16, 8, DIGITS_CNN, []),
    "digits-logistic": lambda name: logistic(name, datasets.digits(), 1.0, 0.0, 16, 31, []),
    "breast-cancer-logistic": breast_cancer_logistic,
    "breast-cancer-forest": breast_cancer_forest,
    "mnist-mlp": lambda name: mnist(name, MNIST_MLP),
    "mnist-cnn": lambda name: mnist(name, MNIST_CNN),
    "fashion-mlp": lambda name: cosine_network(
        name, datasets.fashion_mnist(), 255, 28, FASHION_MLP, FASHION, lambda raw: augment.moved_and_mirrored(raw, 28)
    ),
}

if __name__ == "__main__":
    names = sys.argv[1:]
    if not names or set(names) - set(MODELS):
        raise SystemExit(f"usage: python train.py NAME...; names: {', '.join(MODELS)}")
    for name in names:
        started = time.time()
        figures = MODELS[name](name)
        print(name, *(f"{key} {value:.4f}" for key, value in figures.items()), f"{time.time() - started:.0f} s", flush=True)
