"""Distorted copies of square grey images: affine maps and elastic deformation (Simard, Steinkraus, Platt, ICDAR 2003)."""

import numpy as np
from scipy.ndimage import gaussian_filter


def elastic(images, rng, rotation=9, scale=0.1, shear=0.08, shift=1.3, strength=24, sigma=5):
    """`(n, side, side)` grey values, each under a random map; degrees, shares, pixels."""
    n, side, _ = images.shape
    centre, margin = (side - 1) / 2, 2
    grid = np.arange(side, dtype=np.float32) - centre
    row, column = np.meshgrid(grid, grid, indexing="ij")
    angle = np.deg2rad(rng.uniform(-rotation, rotation, n))
    stretch = 1 + rng.uniform(-scale, scale, (n, 2))
    slant = rng.uniform(-shear, shear, n)
    offset = rng.uniform(-shift, shift, (n, 2)) + centre
    sine, cosine = np.sin(angle), np.cos(angle)

    def each(values):
        return values[:, None, None]

    y = each(cosine * stretch[:, 0]) * row + each((slant - sine) * stretch[:, 1]) * column + each(offset[:, 0])
    x = each(sine * stretch[:, 0]) * row + each(cosine * stretch[:, 1]) * column + each(offset[:, 1])
    field = rng.uniform(-1, 1, (2, n, side, side)).astype(np.float32)
    field = gaussian_filter(field, (0, 0, sigma, sigma), mode="constant") * strength
    padded = np.pad(images, ((0, 0), (margin, margin), (margin, margin)))
    last = side + 2 * margin - 1 - 1e-3
    y, x = np.clip(y + field[0] + margin, 0, last), np.clip(x + field[1] + margin, 0, last)
    top, left = y.astype(int), x.astype(int)
    down, right = (y - top).astype(np.float32), (x - left).astype(np.float32)
    i = np.arange(n)[:, None, None]
    return (
        padded[i, top, left] * (1 - down) * (1 - right)
        + padded[i, top + 1, left] * down * (1 - right)
        + padded[i, top, left + 1] * (1 - down) * right
        + padded[i, top + 1, left + 1] * down * right
    )


def distorted(raw, side, copies, seed):
    """The images themselves and `copies` distorted versions, `(copies + 1, n, side^2)`, grey values 0 to 255."""
    rng = np.random.default_rng(seed)
    images = raw.reshape(-1, side, side).astype(np.float32)
    versions = [np.clip(np.rint(elastic(images, rng)), 0, 255).astype(np.uint8).reshape(len(raw), -1) for _ in range(copies)]
    return np.stack([raw, *versions])


def moved_and_mirrored(raw, side):
    """The images, mirrored, and moved by one pixel in four directions."""
    images = raw.reshape(-1, side, side)
    moved = [np.roll(images, by, (1, 2)) for by in [(0, 1), (0, -1), (1, 0), (-1, 0)]]
    return np.stack([version.reshape(len(raw), -1) for version in [images, images[:, :, ::-1], *moved]])
