//! The products of one blind rotation step, point by point.

use crate::keys::Prepared;
use crate::modulus;
use crate::params::ParameterSet;

/// An unsigned sum of products of words, reduced once at the end.
#[derive(Clone, Copy)]
struct Sum {
    low: u128,
    /// Carries: multiples of `2^128`.
    carries: u64,
}

impl Sum {
    const ZERO: Self = Self { low: 0, carries: 0 };

    #[inline(always)]
    fn add_product(&mut self, a: u64, b: u64) {
        let (low, carry) = self.low.overflowing_add(u128::from(a) * u128::from(b));
        self.low = low;
        self.carries += u64::from(carry);
    }

    /// The sum modulo `p`; `2^128 = -2^32`. Good for fewer than `2^31` products.
    #[inline(always)]
    fn reduce(self) -> u64 {
        modulus::sub(modulus::reduce(self.low), self.carries << 32)
    }
}

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
    const BLOCK: usize = Prepared::BLOCK;
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
    let blocks = key
        .ntt
        .orders()
        .chunks_exact(BLOCK)
        .zip(group.chunks_exact(columns * rows * PATTERNS * BLOCK));
    for (block, (orders, keys)) in blocks.enumerate() {
        let start = block * BLOCK;
        let weights: [[u64; BLOCK]; PATTERNS] = std::array::from_fn(|u| {
            std::array::from_fn(|i| table[(orders[i] as usize * monomials[u]) & last])
        });
        for (column, keys) in keys.chunks_exact(rows * PATTERNS * BLOCK).enumerate() {
            let out = &mut product[column * size + start..][..BLOCK];
            for (i, out) in out.iter_mut().enumerate() {
                let mut sum = Sum::ZERO;
                for (row, keys) in keys.chunks_exact(PATTERNS * BLOCK).enumerate() {
                    let mut bundle = Sum::ZERO;
                    for u in 0..PATTERNS {
                        bundle.add_product(weights[u][i], keys[u * BLOCK + i]);
                    }
                    sum.add_product(bundle.reduce(), digits[row * size + start + i]);
                }
                *out = sum.reduce();
            }
        }
    }
}
