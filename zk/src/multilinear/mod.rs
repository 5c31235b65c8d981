//! Multilinear extensions and the closed forms verifiers need.
//!
//! A vector `v` of length `L` is the multilinear polynomial in
//! `n = ceil(log2 L)` variables with `v~(bits of i) = v[i]`, zero beyond `L`.
//! `point[0]` belongs to the most significant bit of the index, so a row-major
//! index `(row, column)` belongs to the point `row_point ++ column_point`.

#[cfg(test)]
pub(crate) mod tests;

use crate::field::mac::Weights;
use crate::field::{F, K};
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;

/// Variables of the extension of a vector of `len` elements: `ceil(log2 len)`.
#[must_use]
pub const fn num_vars(len: usize) -> usize {
    match len {
        0 | 1 => 0,
        _ => (usize::BITS - (len - 1).leading_zeros()) as usize,
    }
}

/// `eq(a, b) = prod_i (a_i b_i + (1 - a_i)(1 - b_i))`; coordinates beyond the
/// shorter argument are ignored.
#[must_use]
pub fn eq(a: &[K], b: &[K]) -> K {
    a.iter().zip(b).fold(K::ONE, |product, (&a, &b)| {
        let ab = a * b;
        product * (K::ONE - a - b + ab + ab)
    })
}

/// `eq(index, .)` at `point`: the extension of the unit vector at `index`.
/// Zero if `index >= 2^point.len()`.
#[must_use]
pub fn index_eq(index: usize, point: &[K]) -> K {
    let mut rest = index;
    let mut product = K::ONE;
    for &r in point.iter().rev() {
        product *= if rest & 1 == 1 { r } else { K::ONE - r };
        rest >>= 1;
    }
    if rest == 0 { product } else { K::ZERO }
}

/// `eq(point, i)` for all `i` in `0..2^point.len()`.
#[must_use]
pub fn eq_table(point: &[K]) -> Vec<K> {
    let mut table = Vec::with_capacity(1 << point.len());
    table.push(K::ONE);
    for &r in point.iter().rev() {
        for i in 0..table.len() {
            let high = table[i] * r;
            table[i] -= high;
            table.push(high);
        }
    }
    table
}

/// The extension of the indicator of `index < len` at `point`.
/// One if `len >= 2^point.len()`.
#[must_use]
pub fn prefix_indicator(len: usize, point: &[K]) -> K {
    if num_vars(len) > point.len() || len == 1 << point.len() {
        return K::ONE;
    }
    // Follow the bits of `len`: where a bit is 1, all indices with 0 there count.
    let mut sum = K::ZERO;
    let mut path = K::ONE;
    for (i, &r) in point.iter().enumerate() {
        if len >> (point.len() - 1 - i) & 1 == 1 {
            sum += path * (K::ONE - r);
            path *= r;
        } else {
            path *= K::ONE - r;
        }
    }
    sum
}

/// Evaluates the extension of `values` (zero beyond its length) at `point`.
/// Elements at or beyond `2^point.len()` are ignored.
#[must_use]
pub fn evaluate_base(values: &[F], point: &[K]) -> K {
    let values = &values[..values.len().min(
        1_usize
            .checked_shl(point.len() as u32)
            .unwrap_or(usize::MAX),
    )];
    let low = point.len().min(12);
    let (high_point, low_point) = point.split_at(point.len() - low);
    let weights = Weights::new(&eq_table(low_point));
    values
        .par_chunks(1 << low)
        .enumerate()
        .map(|(i, values)| index_eq(i, high_point) * weights.inner(values))
        .reduce(|| K::ZERO, |a, b| a + b)
}

/// Evaluates the extension of extension-field `values` (zero beyond its length)
/// at `point`.
#[must_use]
pub fn evaluate_ext(values: &[K], point: &[K]) -> K {
    let low = point.len().min(12);
    let (high_point, low_point) = point.split_at(point.len() - low);
    let low_table = eq_table(low_point);
    values
        .par_chunks(1 << low)
        .enumerate()
        .map(|(i, values)| {
            let inner: K = values.iter().zip(&low_table).map(|(&v, &w)| v * w).sum();
            index_eq(i, high_point) * inner
        })
        .reduce(|| K::ZERO, |a, b| a + b)
}
