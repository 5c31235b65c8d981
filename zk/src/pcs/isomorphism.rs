//! The isomorphism between our `K = F[X]/(X^3 - 2)` and the cubic extension
//! `F[Y]/(Y^3 - Y - 1)` that `p3-goldilocks` is built for.
//!
//! [`ROOT`] is a root of `Y^3 - Y - 1` in `K`, so `Y -> ROOT` is a ring
//! homomorphism between fields of the same size; the constants are its matrix
//! and the inverse. Only points and values at the border of WHIR pass through.

use crate::field::lanes::{base, from_base};
use crate::field::{F, K, f};
use p3_field::BasedVectorSpace;
use p3_field::extension::CubicTrinomialExtensionField;
use p3_goldilocks::Goldilocks;

/// The extension field inside WHIR.
pub(crate) type Inner = CubicTrinomialExtensionField<Goldilocks>;

/// Images of `1, Y, Y^2` in the basis `1, X, X^2`.
const TO_OURS: [[u64; 3]; 3] = [
    [1, 0, 0],
    [0, 15380326615881668441, 12682392580487827454],
    [6148914689804861441, 14218046017136675620, 14691634916742035681],
];

/// Images of `1, X, X^2` in the basis `1, Y, Y^2`.
const TO_INNER: [[u64; 3]; 3] = [
    [1, 0, 0],
    [14728476642182482248, 15846017978130314457, 14800773175555445270],
    [5199249543000116034, 11722431145858805597, 10647869754914410270],
];

fn apply(matrix: &[[u64; 3]; 3], v: [F; 3]) -> [F; 3] {
    [0, 1, 2].map(|j| v.iter().zip(matrix).map(|(&v, row)| v * f(row[j])).sum())
}

/// Into WHIR's field.
pub(super) fn to_inner(value: K) -> Inner {
    let c = apply(&TO_INNER, [value.c0, value.c1, value.c2]);
    Inner::from_basis_coefficients_fn(|i| base(c[i]))
}

/// Back into ours.
#[cfg(test)]
pub(super) fn to_ours(value: Inner) -> K {
    let c: &[Goldilocks] = value.as_basis_coefficients_slice();
    let [c0, c1, c2] = apply(&TO_OURS, [c[0], c[1], c[2]].map(from_base));
    K::new(c0, c1, c2)
}
