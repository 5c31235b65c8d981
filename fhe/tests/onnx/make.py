"""Writes the ONNX files of this folder and, by onnxruntime, their outputs (NAME.json). Run: python make.py"""
import json
import pathlib

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

HERE = pathlib.Path(__file__).parent
random = np.random.default_rng(1)


def save(name, model, samples, classes):
    data = model.SerializeToString()
    (HERE / f"{name}.onnx").write_bytes(data)
    session = ort.InferenceSession(data)
    want = [session.run(None, {session.get_inputs()[0].name: x[None]})[0].ravel() for x in samples]
    case = {"classes": classes, "inputs": [x.ravel().tolist() for x in samples], "want": [w.tolist() for w in want]}
    (HERE / f"{name}.json").write_text(json.dumps(case))


def sklearn(name, estimator, load, classes=True):
    x, y = load(return_X_y=True)
    x = x.astype(np.float32)
    model = to_onnx(estimator.fit(x, y), x[:1], target_opset={"": 17, "ai.onnx.ml": 3})
    save(name, model, x[:: len(x) // 12], classes)


scaled = lambda last: make_pipeline(StandardScaler(), last)
sklearn("logistic", scaled(LogisticRegression()), load_wine)
sklearn("logistic-binary", scaled(LogisticRegression()), load_breast_cancer)
sklearn("mlp", scaled(MLPClassifier((8,), max_iter=300, random_state=1)), load_wine)
sklearn("mlp-binary", scaled(MLPClassifier((8,), max_iter=300, random_state=1)), load_breast_cancer)
sklearn("mlp-regressor", scaled(MLPRegressor(hidden_layer_sizes=(6,), activation="tanh", max_iter=300, random_state=1)), load_diabetes, False)
sklearn("tree", DecisionTreeClassifier(max_depth=4, random_state=1), load_wine)
sklearn("forest", RandomForestClassifier(8, max_depth=4, random_state=1), load_wine)
sklearn("forest-binary", RandomForestClassifier(8, max_depth=4, random_state=1), load_breast_cancer)
sklearn("forest-regressor", RandomForestRegressor(4, max_depth=3, random_state=1), load_diabetes, False)
sklearn("boosting-binary", GradientBoostingClassifier(n_estimators=8, random_state=1), load_breast_cancer)
sklearn("boosting", GradientBoostingClassifier(n_estimators=4, random_state=1), load_wine)


def network(name, shape, nodes, constants):
    tensors = [numpy_helper.from_array(random.normal(0, 0.4, s).astype(np.float32) if isinstance(s, tuple) else s, n)
               for n, s in constants.items()]
    value = lambda n, s: helper.make_tensor_value_info(n, TensorProto.FLOAT, s)
    graph = helper.make_graph(nodes, name, [value("x", ["n", *shape])], [value("y", None)], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    save(name, model, random.normal(size=(5, *shape)).astype(np.float32), False)


node = helper.make_node
network("cnn", [2, 8, 8], [
    node("Conv", ["x", "k", "kb"], ["c"], strides=[1, 1], pads=[1, 1, 1, 1]),
    node("BatchNormalization", ["c", "s", "b", "m", "v"], ["n"]), node("Relu", ["n"], ["r"]),
    node("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
    node("Conv", ["p", "g"], ["d"], group=2, auto_pad="SAME_UPPER", strides=[2, 2]),
    node("AveragePool", ["d"], ["a"], kernel_shape=[2, 2]),
    node("Flatten", ["a"], ["f"]), node("Gemm", ["f", "w", "wb"], ["y"], transB=1, alpha=0.5, beta=2.0),
], {"k": (4, 2, 3, 3), "kb": (4,), "s": (4,), "b": (4,), "m": (4,), "v": np.ones(4, np.float32), "g": (4, 2, 3, 3),
    "w": (3, 4), "wb": (1, 3)})
network("residual", [6], [
    node("MatMul", ["x", "w"], ["a"]), node("Add", ["b", "a"], ["c"]), node("Sigmoid", ["c"], ["s"]),
    node("Add", ["s", "x"], ["t"]), node("Clip", ["t", "low"], ["u"]), node("Mul", ["u", "h"], ["y"]),
], {"w": (6, 6), "b": (6,), "low": np.float32(-0.5), "h": (6,)})
