"""Quantised networks whose tables are negacyclic cosines, trained through their rounding.

Every table entry is round(A cos(2 pi t / LEVELS)) of an integer phase t = W x + b. The table is negacyclic (entry
t + LEVELS/2 is minus entry t), so a bootstrap reads every accumulator exactly, whatever its range. Weights are rounded
in the forward pass and trained through the rounding (straight-through estimator).

Shapes: a network has an optional convolution with tables of its own, one hidden layer that reads the image and what the
convolution made of it, and a linear output. `Network` holds real weights; the forward pass rounds them.
"""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Conv:
    """A convolution without padding, and its tables."""

    side: int  # of the square image, one channel
    kernel: int
    stride: int
    channels: int
    amplitude: int  # its tables' A
    spread: float  # standard deviation of the initial weights

    def positions(self):
        return (self.side - self.kernel) // self.stride + 1

    def outputs(self):
        return self.channels * self.positions() ** 2

    def patches(self):
        """Pixel numbers, one row for each position."""
        starts = np.arange(self.positions()) * self.stride
        corner = (starts[:, None] * self.side + starts[None, :]).reshape(-1, 1)
        offset = (np.arange(self.kernel)[:, None] * self.side + np.arange(self.kernel)[None, :]).reshape(1, -1)
        return corner + offset


@dataclasses.dataclass(frozen=True)
class Settings:
    """Shape of a network and how it is trained."""

    hidden: int
    levels: int  # of a table, around the torus; a power of two
    input_max: int
    spread: float  # standard deviation of the hidden layer's initial weights
    output_limit: int  # largest output weight
    epochs: int
    batch: int = 128
    rate: float = 0.02
    noise: float = 0.0  # share of inputs that are moved by one step
    dropout: float = 0.0
    decay: float = 1e-5
    conv: Conv | None = None
    classes: int = 10
    dtype: str = "float32"


@dataclasses.dataclass
class Network:
    """`kernel (channels, kernel^2)`, `hidden (hidden, features)`, `output (classes, hidden)`."""

    kernel: np.ndarray
    kernel_bias: np.ndarray
    hidden: np.ndarray
    hidden_bias: np.ndarray
    output: np.ndarray

    def parts(self):
        return [getattr(self, field.name) for field in dataclasses.fields(self)]

    def rounded(self, levels):
        """The integer network; the output weights are inside their limit already."""
        kernel, kernel_bias, hidden, hidden_bias, output = (np.rint(part).astype(np.int64) for part in self.parts())
        return Network(kernel, kernel_bias % levels, hidden, hidden_bias % levels, output)


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


def initial(features, settings, rng):
    """A random network."""
    dtype, conv, levels = settings.dtype, settings.conv, settings.levels
    kernel, kernel_bias, width = np.zeros((0, 0), dtype), np.zeros(0, dtype), features
    if conv:
        kernel = rng.normal(0, conv.spread, (conv.channels, conv.kernel**2)).astype(dtype)
        kernel_bias = rng.uniform(0, levels, conv.channels).astype(dtype)
        width += conv.outputs()
    hidden = rng.normal(0, settings.spread, (settings.hidden, width)).astype(dtype)
    hidden_bias = rng.uniform(0, levels, settings.hidden).astype(dtype)
    output = rng.normal(0, settings.output_limit / 2, (settings.classes, settings.hidden)).astype(dtype)
    return Network(kernel, kernel_bias, hidden, hidden_bias, output)


class Forward:
    """Phases of both stages for a batch of integer inputs. Features of the convolution are channel-major."""

    def __init__(self, x, network, settings, rounding):
        step = np.asarray(2 * np.pi / settings.levels, settings.dtype)
        self.conv_phase, self.inputs = None, x
        if settings.conv:
            self.patches = x[:, settings.conv.patches()]
            phase = self.patches @ rounding(network.kernel).T + rounding(network.kernel_bias)
            self.conv_phase = step * phase.transpose(0, 2, 1)  # image, channel, position
            activation = rounding(settings.conv.amplitude * np.cos(self.conv_phase))
            self.inputs = np.concatenate([x, activation.reshape(len(x), -1)], axis=1)
        self.phase = step * (self.inputs @ rounding(network.hidden).T + rounding(network.hidden_bias))


def train(copies, labels, settings, seed, rounding=np.rint, log=None):
    """A network of real weights; the forward pass sees them after `rounding`.

    `copies`: versions of the training inputs, each `(images, features)` and already integers `0..input_max`; every
    epoch takes each image from a version drawn at random. `log(epoch, network)` is called after each epoch.
    """
    rng = np.random.default_rng(seed)
    features, dtype, conv = copies[0].shape[1], settings.dtype, settings.conv
    network = initial(features, settings, rng)
    limit = settings.output_limit
    log_gain = np.full(1, np.log(4.0 / (limit * np.sqrt(settings.hidden))), dtype)
    optimiser = Adam([*network.parts(), log_gain])
    targets = np.eye(settings.classes, dtype=dtype)[labels]
    total = settings.epochs * -(-len(labels) // settings.batch)
    step = np.asarray(2 * np.pi / settings.levels, dtype)
    for epoch in range(settings.epochs):
        order = rng.permutation(len(labels))
        version = rng.integers(len(copies), size=len(labels)) if len(copies) > 1 else np.zeros(len(labels), np.int64)
        for start in range(0, len(labels), settings.batch):
            picked = order[start : start + settings.batch]
            inputs = copies[version[picked], picked].astype(dtype)
            if settings.noise:
                moved = rng.integers(-1, 2, inputs.shape) * (rng.random(inputs.shape) < settings.noise)
                inputs = np.clip(inputs + moved, 0, settings.input_max).astype(dtype)
            forward = Forward(inputs, network, settings, rounding)
            activation, slope = np.cos(forward.phase), -np.sin(forward.phase)
            if settings.dropout:
                kept = rng.random(activation.shape) >= settings.dropout
                activation, slope = activation * kept, slope * kept
            used = np.clip(rounding(network.output), -limit, limit)
            gain = np.exp(log_gain[0])
            logits = gain * (activation @ used.T)
            odds = np.exp(logits - logits.max(axis=1, keepdims=True))
            error = (odds / odds.sum(axis=1, keepdims=True) - targets[picked]) / np.asarray(len(picked), dtype)
            back = gain * (error @ used) * slope * step
            kernel_gradient, kernel_bias_gradient = network.kernel, network.kernel_bias
            if conv:
                wide = (back @ rounding(network.hidden)[:, features:]).reshape(forward.conv_phase.shape)
                wide = (wide * -np.sin(forward.conv_phase) * conv.amplitude * step).transpose(0, 2, 1)
                wide = wide.reshape(-1, conv.channels)
                patches = forward.patches.reshape(-1, conv.kernel**2)
                kernel_gradient = wide.T @ patches + settings.decay * network.kernel
                kernel_bias_gradient = wide.sum(axis=0)
            rate = np.asarray(settings.rate * 0.5 * (1 + np.cos(np.pi * optimiser.step / total)), dtype)
            optimiser.update(
                [
                    kernel_gradient,
                    kernel_bias_gradient,
                    back.T @ forward.inputs + settings.decay * network.hidden,
                    back.sum(axis=0),
                    gain * (error.T @ activation) + settings.decay * network.output,
                    np.array([(error * logits).sum()], dtype),
                ],
                rate,
            )
            np.clip(network.output, -limit, limit, out=network.output)
        if log:
            log(epoch, network)
    return network


def table(amplitude, levels):
    """The first half of the negacyclic activation."""
    return np.rint(amplitude * np.cos(2 * np.pi * np.arange(levels // 2) / levels)).astype(np.int64)


def logits(x, network, settings, amplitude):
    """Exact integer logits of an integer network, from tables only."""
    levels, conv = settings.levels, settings.conv
    inputs = x
    if conv:
        entries = table(conv.amplitude, levels)
        phase = x[:, conv.patches()] @ network.kernel.T + network.kernel_bias
        values = np.concatenate([entries, -entries])[phase.transpose(0, 2, 1) % levels]
        inputs = np.concatenate([x, values.reshape(len(x), -1)], axis=1)
    entries = table(amplitude, levels)
    phase = inputs @ network.hidden.T + network.hidden_bias
    return np.concatenate([entries, -entries])[phase % levels] @ network.output.T


def accuracy(scores, labels):
    """Share of rows whose largest score is the label's."""
    return float((scores.argmax(axis=1) == labels).mean())
