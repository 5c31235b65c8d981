//! The products of one blind rotation step, point by point.

use super::lanes::{LANES, Lanes, ProductSums};
use crate::keys::Prepared;
use crate::params::ParameterSet;

/// `product[c] = sum_{r,j} digits[r,j] * sum_{u != 0} (X^<u, exponents> - 1) K_u[r][j][c]`, at every point.
///
/// `group` is the prepared key of one group, `digits` and `product` hold one polynomial for each row and column.
pub(super) fn external_product(
    set: &ParameterSet,
    key: &Prepared,
    group: &[u64],
    exponents: &[u64],
    digits: &[u64],
    product: &mut [u64],
) {
    match *exponents {
        [a] => patterns::<1>(set, key, group, &[a], digits, product),
        [a, b] => patterns::<3>(set, key, group, &[a, b], digits, product),
        [a, b, c] => patterns::<7>(set, key, group, &[a, b, c], digits, product),
        [a, b, c, d] => patterns::<15>(set, key, group, &[a, b, c, d], digits, product),
        _ => unreachable!("parameter sets have grouping factors from 1 to 4"),
    }
}

fn patterns<const PATTERNS: usize>(
    set: &ParameterSet,
    key: &Prepared,
    group: &[u64],
    exponents: &[u64],
    digits: &[u64],
    product: &mut [u64],
) {
    let size = set.polynomial_size.0;
    let columns = set.glwe_dimension.0 + 1;
    let rows = columns * set.pbs_gadget.levels.0;
    let table = key.ntt.powers_minus_one();
    let last = table.len() - 1;
    // Exponent of the monomial of pattern u = index + 1.
    let monomials: [usize; PATTERNS] = std::array::from_fn(|index| {
        let bits = exponents.iter().enumerate();
        bits.map(|(i, &exponent)| exponent as usize * ((index + 1) >> i & 1))
            .sum()
    });
    let (group, _) = group.as_chunks::<LANES>();
    let (digits, _) = digits.as_chunks::<LANES>();
    let (product, _) = product.as_chunks_mut::<LANES>();
    let (orders, _) = key.ntt.orders().as_chunks::<LANES>();
    let blocks = size / LANES;
    let keys = group.chunks_exact(columns * rows * PATTERNS);
    for (block, (orders, keys)) in orders.iter().zip(keys).enumerate() {
        let weights: [Lanes; PATTERNS] = std::array::from_fn(|u| {
            orders.map(|order| table[(order as usize * monomials[u]) & last])
        });
        for (column, keys) in keys.chunks_exact(rows * PATTERNS).enumerate() {
            let mut sum = ProductSums::ZERO;
            for (row, keys) in keys.chunks_exact(PATTERNS).enumerate() {
                let mut bundle = ProductSums::ZERO;
                for (weight, key) in weights.iter().zip(keys) {
                    bundle.add_products(weight, key);
                }
                sum.add_products(&bundle.reduce(), &digits[row * blocks + block]);
            }
            product[column * blocks + block] = sum.reduce();
        }
    }
}
