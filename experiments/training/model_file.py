"""Model files (format 2 of `blindproof_fhe::model`) and the answers that tests compare with."""

import json
import pathlib

import numpy as np

MODELS = pathlib.Path(__file__).resolve().parent.parent / "models"
ANSWERS = 20  # logits of so many held-out samples


def text(value, depth=0):
    """JSON with lists of plain values on one line."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    pad, end = "  " * (depth + 1), "  " * depth
    if isinstance(value, dict) and value:
        inner = ",\n".join(f"{pad}{json.dumps(key)}: {text(item, depth + 1)}" for key, item in value.items())
        return "{\n" + inner + f"\n{end}" + "}"
    if isinstance(value, list) and any(isinstance(item, (list, dict, np.ndarray)) for item in value):
        return "[\n" + ",\n".join(pad + text(item, depth + 1) for item in value) + f"\n{end}]"
    return json.dumps(value)


def write(name, parameters, inputs, layers, output, provenance, scores):
    """Writes NAME.json and NAME.answers.json; `scores` are the exact logits of the held-out part."""
    model = {
        "format": 2,
        "name": name,
        "parameters": parameters,
        "input": inputs,
        "output": output,
        "layers": layers,
        "provenance": provenance,
    }
    MODELS.mkdir(exist_ok=True)
    (MODELS / f"{name}.json").write_text(text(model) + "\n")
    (MODELS / f"{name}.answers.json").write_text(text([row.tolist() for row in scores[:ANSWERS]]) + "\n")


def signed_bits(bound):
    """Bits b with |v| <= bound < 2^(b-1)."""
    return int(bound).bit_length() + 1
