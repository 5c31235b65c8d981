//! The same operations from their definition: plain integers, schoolbook products, no transform.

use crate::keys::{BootstrappingKey, KeySwitchingKey};
use crate::modulus::{P, add, from_i64, mul, neg, sub};
use crate::params::Gadget;
use crate::params::ParameterSet;
use crate::program::LinearMap;

/// `X^exponent * polynomial` modulo `X^N + 1`.
fn rotate(polynomial: &[u64], exponent: u64) -> Vec<u64> {
    let size = polynomial.len();
    let mut out = vec![0; size];
    for (j, &word) in polynomial.iter().enumerate() {
        let place = j + exponent as usize;
        let negative = place / size % 2 == 1;
        out[place % size] = if negative { neg(word) } else { word };
    }
    out
}

fn digits(gadget: Gadget, word: u64) -> Vec<i64> {
    // The sum of the formula, not the crate's offset function.
    let mut offset = 1u128 << (63 - gadget.base_log.0 * gadget.levels.0 as u32);
    for j in 1..=gadget.levels.0 as u32 {
        offset += (1u128 << (gadget.base_log.0 - 1)) << (64 - gadget.base_log.0 * j);
    }
    let y = ((u128::from(word) + offset) % u128::from(P)) as u64;
    (1..=gadget.levels.0 as u32)
        .map(|j| {
            let field = (y >> (64 - gadget.base_log.0 * j)) & ((1u64 << gadget.base_log.0) - 1);
            field as i64 - (1i64 << (gadget.base_log.0 - 1))
        })
        .collect()
}

pub(super) fn linear(map: &LinearMap, rows: &[Vec<u64>]) -> Vec<Vec<u64>> {
    let (outputs, inputs) = map.weights.dim();
    rows.chunks(inputs)
        .flat_map(|rows| {
            (0..outputs).map(|o| {
                let mut out = vec![0; rows[0].len()];
                for (i, row) in rows.iter().enumerate() {
                    for (word, &x) in out.iter_mut().zip(row) {
                        *word = add(*word, mul(from_i64(map.weights[[o, i]]), x));
                    }
                }
                let body = out.last_mut().unwrap();
                *body = add(*body, map.bias[o]);
                out
            })
        })
        .collect()
}

pub(super) fn key_switch(key: &KeySwitchingKey, row: &[u64]) -> Vec<u64> {
    let set = key.parameters();
    let (body, mask) = row.split_last().unwrap();
    let mut out = vec![0; set.lwe_dimension.0 + 1];
    *out.last_mut().unwrap() = *body;
    for (i, &word) in mask.iter().enumerate() {
        for (j, digit) in digits(set.ks_gadget, word).into_iter().enumerate() {
            for (word, &k) in out.iter_mut().zip(key.row(i, j + 1)) {
                *word = sub(*word, mul(from_i64(digit), k));
            }
        }
    }
    out
}

pub(super) fn modulus_switch(set: &ParameterSet, row: &[u64]) -> Vec<u64> {
    let p = i128::from(P);
    let n = set.lwe_dimension.0 as i128;
    let step = (1i128 << 64) / (2 * set.polynomial_size.0 as i128);
    let half = step / 2;
    let (body, mask) = row.split_last().unwrap();
    let shifted: Vec<i128> = mask.iter().map(|&a| (i128::from(a) + half) % p).collect();
    let low_sum: i128 = shifted.iter().map(|y| y % step).sum();
    let body = (i128::from(*body) + half + n * half / 2 - low_sum / 2).rem_euclid(p);
    shifted
        .into_iter()
        .chain([body])
        .map(|y| (y / step) as u64)
        .collect()
}

/// Blind rotation and sample extraction of one row of exponents.
pub(super) fn blind_rotation(key: &BootstrappingKey, table: &[u64], exponents: &[u64]) -> Vec<u64> {
    let accumulators = accumulators(key, table, exponents);
    extract(accumulators.last().expect("acc_0 is always there"))
}

/// `acc_0, .., acc_H` of one row of exponents: `k + 1` polynomials each.
pub(super) fn accumulators(
    key: &BootstrappingKey,
    table: &[u64],
    exponents: &[u64],
) -> Vec<Vec<Vec<u64>>> {
    let set = key.parameters();
    let (k, size) = (set.glwe_dimension.0, set.polynomial_size.0);
    let two_n = 2 * size as u64;
    let (body, mask) = exponents.split_last().unwrap();
    let mut accumulator = vec![vec![0; size]; k + 1];
    accumulator[k] = rotate(table, (two_n - body) % two_n);
    let mut all = vec![accumulator.clone()];
    for (h, group) in mask.chunks(set.grouping_factor.0).enumerate() {
        let mut next = accumulator.clone();
        for pattern in 1..1 << set.grouping_factor.0 {
            let exponent: u64 = group
                .iter()
                .enumerate()
                .filter(|(i, _)| pattern >> i & 1 == 1)
                .map(|(_, &e)| e)
                .sum();
            for (r, polynomial) in accumulator.iter().enumerate() {
                let digits: Vec<Vec<i64>> = polynomial
                    .iter()
                    .map(|&word| digits(set.pbs_gadget, word))
                    .collect();
                for level in 1..=set.pbs_gadget.levels.0 {
                    let row = key.row(h, pattern, r, level);
                    for (c, column) in row.chunks(size).enumerate() {
                        let turned = rotate(column, exponent % two_n);
                        for (d, digit) in digits.iter().enumerate() {
                            let digit = from_i64(digit[level - 1]);
                            for j in 0..size {
                                let factor = sub(turned[j], column[j]);
                                let term = mul(digit, factor);
                                let place = &mut next[c][(d + j) % size];
                                *place = if d + j < size {
                                    add(*place, term)
                                } else {
                                    sub(*place, term)
                                };
                            }
                        }
                    }
                }
            }
        }
        all.push(next.clone());
        accumulator = next;
    }
    all
}

/// Coefficient 0 of a GLWE ciphertext as a big LWE ciphertext.
pub(super) fn extract(accumulator: &[Vec<u64>]) -> Vec<u64> {
    let (body, mask) = accumulator.split_last().unwrap();
    let mut out = Vec::new();
    for polynomial in mask {
        out.push(polynomial[0]);
        out.extend((1..polynomial.len()).map(|j| neg(polynomial[polynomial.len() - j])));
    }
    out.push(body[0]);
    out
}
