//! The isomorphism between our `K = F[X]/(X^3 - 2)` and the cubic extension
//! `F[Y]/(Y^3 - Y - 1)` that `p3-goldilocks` is built for.
//!
//! `K` has a root `y` of `Y^3 - Y - 1`, so `Y -> y` is a ring homomorphism between fields
//! of the same size; [`TO_INNER`] is the matrix of its inverse. Only points and
//! values at the border of WHIR pass through.

use crate::field::lanes::base;
use crate::field::{F, K, f};
use p3_field::BasedVectorSpace;
use p3_field::extension::CubicTrinomialExtensionField;
use p3_goldilocks::Goldilocks;

/// The extension field inside WHIR.
pub(crate) type Inner = CubicTrinomialExtensionField<Goldilocks>;

/// Images of `1, X, X^2` in the basis `1, Y, Y^2`.
const TO_INNER: [[u64; 3]; 3] = [
    [1, 0, 0],
    [
        14728476642182482248,
        15846017978130314457,
        14800773175555445270,
    ],
    [
        5199249543000116034,
        11722431145858805597,
        10647869754914410270,
    ],
];

fn apply(matrix: &[[u64; 3]; 3], v: [F; 3]) -> [F; 3] {
    [0, 1, 2].map(|j| v.iter().zip(matrix).map(|(&v, row)| v * f(row[j])).sum())
}

/// Into WHIR's field.
pub(super) fn to_inner(value: K) -> Inner {
    let c = apply(&TO_INNER, [value.c0, value.c1, value.c2]);
    Inner::from_basis_coefficients_fn(|i| base(c[i]))
}
