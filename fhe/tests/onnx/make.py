"""Writes the ONNX files of this folder as scikit-learn (skl2onnx), PyTorch (both exporters) and onnxruntime's quantiser make them, and what
onnxruntime computes with them (NAME.json). Files named `refused-*` must be refused.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt && venv/bin/python make.py     # Python 3.11
"""

import io
import json
import logging
import pathlib
import tempfile
import warnings

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Perceptron, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
torch.manual_seed(1)
torch.set_num_threads(1)


def save(name, data, samples, classes):
    """The file, a few samples and what onnxruntime makes of them: a class, or all values."""
    (HERE / f"{name}.onnx").write_bytes(data)
    if name.startswith("refused-"):
        return
    session = ort.InferenceSession(data)
    samples = [np.round(sample, 4).astype(np.float32) for sample in samples]
    want = [np.asarray(session.run(None, {session.get_inputs()[0].name: x[None]})[0]).ravel() for x in samples]
    if classes and want[0].size > 1:
        want = [w.argmax(keepdims=True) for w in want]
    case = {
        "classes": classes,
        "inputs": [[float(f"{v:.4f}") for v in x.ravel()] for x in samples],
        "want": [[float(f"{v:.7g}") for v in w] for w in want],
    }
    (HERE / f"{name}.json").write_text(json.dumps(case) + "\n")


def sklearn(name, estimator, load, classes=True, **options):
    x, y = load(return_X_y=True)
    x = x.astype(np.float32)
    estimator.fit(x, y)
    options = {"options": {id(estimator): options}} if options else {}
    save(name, to_onnx(estimator, x[:1], **options).SerializeToString(), x[:: len(x) // 10], classes)


def scaled(last, scaler=StandardScaler):
    return make_pipeline(scaler(), last)


def mlp(*hidden, **options):
    return MLPClassifier(hidden_layer_sizes=hidden, max_iter=300, random_state=1, **options)


sklearn("logistic", scaled(LogisticRegression()), load_wine)
sklearn("logistic-binary", scaled(LogisticRegression()), load_breast_cancer)
sklearn("logistic-arrays", LogisticRegression(max_iter=5000), load_iris, zipmap=False)
sklearn("logistic-columns", LogisticRegression(max_iter=5000), load_iris, zipmap="columns")
sklearn("linear", LinearRegression(), load_diabetes, False)
sklearn("sgd", scaled(SGDClassifier(random_state=1)), load_wine)
sklearn("perceptron", scaled(Perceptron(random_state=1)), load_breast_cancer)
sklearn("mlp-wine", scaled(mlp(8)), load_wine)
sklearn("mlp-breast-cancer", scaled(mlp(8)), load_breast_cancer)
sklearn("mlp-digits", scaled(mlp(16, 12, activation="tanh"), MinMaxScaler), load_digits)
sklearn("mlp-regressor", scaled(MLPRegressor(hidden_layer_sizes=(6,), max_iter=300, random_state=1)), load_diabetes, False)
sklearn("tree", DecisionTreeClassifier(max_depth=4, random_state=1), load_wine)
sklearn("forest", RandomForestClassifier(8, max_depth=4, random_state=1), load_wine)
sklearn("forest-binary", RandomForestClassifier(8, max_depth=4, random_state=1), load_breast_cancer)
sklearn("forest-regressor", RandomForestRegressor(4, max_depth=3, random_state=1), load_diabetes, False)
sklearn("boosting-binary", GradientBoostingClassifier(n_estimators=8, random_state=1), load_breast_cancer)
sklearn("boosting", GradientBoostingClassifier(n_estimators=4, random_state=1), load_wine)
sklearn("refused-bayes", GaussianNB(), load_wine)
sklearn("refused-kernel", SVC(), load_iris)


class Function(nn.Module):
    """`function(x, *modules)`."""

    def __init__(self, function, *modules):
        super().__init__()
        self.function, self.parts = function, nn.ModuleList(modules)

    def forward(self, x):
        return self.function(x, *self.parts)


def export(network, x, dynamo, any_batch=True):
    if not dynamo:
        file = io.BytesIO()
        axes = {"input": {0: "batch"}} if any_batch else None
        torch.onnx.export(network, (x,), file, dynamo=False, input_names=["input"], dynamic_axes=axes)
        return file.getvalue()
    shapes = ({0: torch.export.Dim("batch")},) if any_batch else None
    program = torch.onnx.export(network, (x,), dynamo=True, input_names=["input"], dynamic_shapes=shapes, verbose=False)
    model = program.model_proto
    for node in model.graph.node:  # where in the script it comes from
        del node.metadata_props[:]
        node.doc_string = ""
    return model.SerializeToString()


def pytorch(name, network, shape, dynamo=True, any_batch=True):
    network.eval()
    for module in network.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            module.running_mean.uniform_(-0.3, 0.3)
            module.running_var.uniform_(0.5, 1.5)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.uniform_(-0.3, 0.3)
    samples = np.random.default_rng(1).normal(size=(5, *shape)).astype(np.float32)
    kind = "dynamo" if dynamo else "script"
    save(f"{name}-{kind}", export(network, torch.tensor(samples[:1]), dynamo, any_batch), samples, False)


def both(name, network, shape):
    for dynamo in (True, False):
        pytorch(name, network, shape, dynamo)


both("mlp", nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 3), nn.Softmax(1)), (6,))
pytorch("one-batch", nn.Sequential(nn.Linear(6, 8), nn.ELU(), nn.Linear(8, 1), nn.Sigmoid()), (6,), any_batch=False)
both("cnn", nn.Sequential(
    nn.Conv2d(1, 3, 3, padding=1, bias=False), nn.BatchNorm2d(3), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(48, 4)), (1, 8, 8))  # fmt: skip
pytorch("cnn-groups", nn.Sequential(
    nn.Conv2d(2, 4, 3, stride=2, groups=2), nn.LeakyReLU(0.1), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(4, 3)), (2, 8, 8))  # fmt: skip
pytorch("cnn-means", Function(lambda x, c, l: l(F.relu6(c(x)).mean(dim=(2, 3))), nn.Conv2d(1, 3, 3), nn.Linear(3, 4)), (1, 6, 6))
pytorch("cnn-slopes", nn.Sequential(nn.Conv2d(1, 3, 3), nn.PReLU(3), nn.AdaptiveAvgPool2d(1), nn.Flatten()), (1, 6, 6))
pytorch("view", Function(lambda x, c, l: l(F.relu(c(x)).view(x.size(0), -1)), nn.Conv2d(1, 2, 3), nn.Linear(32, 3)), (1, 6, 6), dynamo=False)
pytorch("channels-last", Function(
    lambda x, c, l: l(F.relu(c(x.permute(0, 3, 1, 2))).permute(0, 2, 3, 1).flatten(1)), nn.Conv2d(2, 2, 3), nn.Linear(18, 3)), (5, 5, 2), dynamo=False)  # fmt: skip
pytorch("padded", Function(lambda x, c: F.relu(c(F.pad(x, (1, 0, 2, 1)))).flatten(1), nn.Conv2d(1, 1, 3)), (1, 4, 4), dynamo=False)
pytorch("residual", Function(
    lambda x, a, b, l: l((F.relu(b(F.relu(a(x)))) + F.relu(a(x))).flatten(1)),
    nn.Conv2d(1, 2, 3, padding=1), nn.Conv2d(2, 2, 3, padding=1), nn.Linear(32, 3)), (1, 4, 4))  # fmt: skip
pytorch("sequence", nn.Sequential(nn.Conv1d(2, 3, 3), nn.ReLU(), nn.MaxPool1d(2), nn.Flatten(), nn.Linear(9, 3)), (2, 8))
pytorch("joined", Function(
    lambda x, a, b, c: c(torch.cat([F.relu(a(x[:, :4])), torch.tanh(b(x[:, 2:]))], 1)),
    nn.Linear(4, 5), nn.Linear(4, 4), nn.Linear(9, 3)), (6,))  # fmt: skip
pytorch("maximum", Function(lambda x, a, b: torch.maximum(a(x), 0.5 - b(x)), nn.Linear(4, 3), nn.Linear(4, 3)), (4,))
FUNCTIONS = [
    nn.GELU(), nn.GELU("tanh"), nn.SiLU(), nn.Hardswish(), nn.Mish(), nn.SELU(), nn.CELU(0.7), nn.Softplus(), nn.Softsign(),
    nn.PReLU(), nn.Tanhshrink(), nn.LogSigmoid(), nn.Hardsigmoid(), nn.Hardtanh(), nn.Tanh(),
]  # fmt: skip
both("functions", Function(lambda x, a, *functions: torch.cat([f(a(x)) for f in functions], 1), nn.Linear(4, 2), *FUNCTIONS), (4,))
pytorch("arithmetic", Function(
    lambda x, a, b: b(torch.sin(a((x - 0.13) / 0.31)) * 2 + torch.abs(a(x)) ** 1.5 - a(x) * a(x)), nn.Linear(4, 5), nn.Linear(5, 3)), (4,))  # fmt: skip
pytorch("refused-dilation", nn.Sequential(nn.Conv2d(1, 1, 3, dilation=2), nn.Flatten()), (1, 6, 6))
pytorch("refused-ceil", nn.Sequential(nn.MaxPool2d(2, ceil_mode=True), nn.Flatten()), (1, 5, 5))
pytorch("refused-lstm", Function(lambda x, l: l(x)[0][:, -1], nn.LSTM(3, 2, batch_first=True)), (4, 3))
pytorch("refused-attention", Function(lambda x, l: l(x, x, x)[0][:, -1], nn.MultiheadAttention(4, 2, batch_first=True)), (3, 4))
pytorch("refused-layernorm", nn.Sequential(nn.Linear(6, 4), nn.LayerNorm(4)), (6,))
pytorch("refused-product", Function(lambda x, a, b: a(x) * b(x), nn.Linear(6, 4), nn.Linear(6, 4)), (6,))


class Samples(CalibrationDataReader):
    def __init__(self, samples):
        self.rest = iter([{"input": sample[None]} for sample in samples])

    def get_next(self):
        return next(self.rest, None)


def quantised(name, network, shape, activations):
    """QDQ format. Only classes are compared: what the quantiser rounds is not what we round."""
    samples = np.random.default_rng(2).normal(size=(64, *shape)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        source, target = f"{folder}/float.onnx", f"{folder}/qdq.onnx"
        pathlib.Path(source).write_bytes(export(network.eval(), torch.tensor(samples[:1]), False))
        quantize_static(source, target, Samples(samples), quant_format=QuantFormat.QDQ, activation_type=activations, weight_type=QuantType.QInt8)
        save(name, pathlib.Path(target).read_bytes(), samples[:8], True)


quantised("qdq-unsigned", nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)), (6,), QuantType.QUInt8)
quantised("qdq-signed", nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 3)), (1, 6, 6), QuantType.QInt8)

# Data in another file, and a dimension that is not fixed.
model = onnx.load(HERE / "mlp-script.onnx")
tensor = model.graph.initializer[0]
tensor.ClearField("raw_data")
tensor.data_location = onnx.TensorProto.EXTERNAL
entry = tensor.external_data.add()
entry.key, entry.value = "location", "weights.bin"
(HERE / "refused-external.onnx").write_bytes(model.SerializeToString())
model = onnx.load(HERE / "cnn-script.onnx")
model.graph.input[0].type.tensor_type.shape.dim[2].dim_param = "height"
(HERE / "refused-dynamic.onnx").write_bytes(model.SerializeToString())
