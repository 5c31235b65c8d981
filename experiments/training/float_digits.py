"""A float network for handwritten digits as ONNX: 64 -> 32 -> 10, ReLU, on pixels divided by 16. For `blindproof model`.

    venv/bin/pip install scikit-learn==1.9.1 skl2onnx==1.20.0 onnx==1.23.2
    OMP_NUM_THREADS=1 venv/bin/python float_digits.py     # ../models/onnx/digits-mlp.onnx
"""

import numpy as np
from skl2onnx import to_onnx
from sklearn.neural_network import MLPClassifier

import datasets

SEED = 1

digits = datasets.digits()
scale = lambda part: (part.raw / 16).astype(np.float32)
network = MLPClassifier((32,), alpha=0.3, max_iter=400, random_state=SEED)
network.fit(scale(digits.train), digits.train.labels)
print("held-out accuracy", network.score(scale(digits.held_out), digits.held_out.labels))
options = {id(network): {"zipmap": False}}
model = to_onnx(network, scale(digits.train)[:1], options=options, target_opset={"": 17, "ai.onnx.ml": 3})
(datasets.HERE.parent / "models" / "onnx" / "digits-mlp.onnx").write_bytes(model.SerializeToString())
