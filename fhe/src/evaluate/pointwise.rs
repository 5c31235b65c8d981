//! The products of one blind rotation step, point by point.

use super::lanes::{LANES, Lanes, ProductSums};
use super::vectors::{Kernel, Vectors, dispatch};
use crate::keys::Prepared;
use crate::params::ParameterSet;

/// One step of a blind rotation for one accumulator, at all points.
pub(super) struct Step<'a> {
    pub(super) set: &'a ParameterSet,
    pub(super) key: &'a Prepared,
    /// The prepared key of the group.
    pub(super) group: &'a [u64],
    /// Exponents of the group, `g` of them.
    pub(super) exponents: &'a [u64],
    /// Point values of the digits: one polynomial for each row `(r, j)`.
    pub(super) digits: &'a [u64],
    /// Where the point values of the product go: one polynomial for each column.
    pub(super) product: &'a mut [u64],
}

impl Kernel for Step<'_> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vectors>(self, vectors: V) {
        match self.exponents.len() {
            1 => self.patterns::<V, 1>(vectors),
            2 => self.patterns::<V, 3>(vectors),
            3 => self.patterns::<V, 7>(vectors),
            4 => self.patterns::<V, 15>(vectors),
            _ => unreachable!("parameter sets have grouping factors from 1 to 4"),
        }
    }
}

impl Step<'_> {
    /// `product[c] = sum_{r,j} digits[r,j] * sum_{u != 0} (X^<u, exponents> - 1) K_u[r][j][c]`, at every point.
    pub(super) fn external_product(self) {
        dispatch(self);
    }

    #[inline(always)]
    fn patterns<V: Vectors, const PATTERNS: usize>(self, v: V) {
        let columns = self.set.glwe_dimension.0 + 1;
        let rows = columns * self.set.pbs_gadget.levels.0;
        let blocks = self.set.polynomial_size.0 / LANES;
        let table = self.key.ntt.powers_minus_one();
        let last = table.len() - 1;
        // Exponent of the monomial of pattern u = index + 1.
        let monomials: [usize; PATTERNS] = std::array::from_fn(|index| {
            let exponents = self.exponents.iter().enumerate();
            exponents
                .map(|(i, &exponent)| exponent as usize * ((index + 1) >> i & 1))
                .sum()
        });
        let (group, _) = self.group.as_chunks::<LANES>();
        let (digits, _) = self.digits.as_chunks::<LANES>();
        let (product, _) = self.product.as_chunks_mut::<LANES>();
        let (orders, _) = self.key.ntt.orders().as_chunks::<LANES>();
        let keys = group.chunks_exact(columns * rows * PATTERNS);
        for (block, (orders, keys)) in orders.iter().zip(keys).enumerate() {
            let mut weights = [[0; LANES]; PATTERNS];
            for (weights, monomial) in weights.iter_mut().zip(monomials) {
                for (weight, &order) in weights.iter_mut().zip(orders) {
                    *weight = table[(order as usize * monomial) & last];
                }
            }
            for (column, keys) in keys.chunks_exact(rows * PATTERNS).enumerate() {
                let mut sum = ProductSums::zero(v);
                for (row, keys) in keys.chunks_exact(PATTERNS).enumerate() {
                    let mut bundle = ProductSums::zero(v);
                    for (weight, key) in weights.iter().zip(keys) {
                        bundle.add_products(v, v.load(weight), v.load(key));
                    }
                    let digits: &Lanes = &digits[row * blocks + block];
                    sum.add_products(v, bundle.reduce(v), v.load(digits));
                }
                product[column * blocks + block] = v.store(sum.reduce(v));
            }
        }
    }
}
