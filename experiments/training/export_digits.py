"""Writes ../data/digits/digits.csv from scikit-learn's copy of the UCI handwritten digits.

One line per image: label, then 64 pixels 0..16 row by row. The order is scikit-learn's.
"""

import hashlib
import pathlib

from sklearn.datasets import load_digits

TARGET = pathlib.Path(__file__).resolve().parent.parent / "data" / "digits" / "digits.csv"


def main():
    digits = load_digits()
    rows = [
        ",".join(str(int(value)) for value in [label, *pixels])
        for label, pixels in zip(digits.target, digits.data)
    ]
    text = "\n".join(rows) + "\n"
    TARGET.write_text(text)
    print(f"{len(rows)} images, SHA-256 {hashlib.sha256(text.encode()).hexdigest()}")


if __name__ == "__main__":
    main()
