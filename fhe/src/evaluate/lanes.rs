//! Arithmetic on several words at once.

use super::vectors::Vectors;
use crate::modulus::{EPSILON, P};

/// Words handled at once; it divides every polynomial size.
pub(super) const LANES: usize = 8;

/// One word for each lane.
pub(super) type Lanes = [u64; LANES];

/// `LANES` words of a row from `start`, with zeros after its end.
#[inline(always)]
pub(super) fn load(row: &[u64], start: usize) -> Lanes {
    match row[start..].first_chunk() {
        Some(words) => *words,
        None => {
            let mut words = [0; LANES];
            words[..row.len() - start].copy_from_slice(&row[start..]);
            words
        }
    }
}

/// In each lane an unsigned sum of products of words: `sum_i limbs[i] 2^(32 i)`, each product adding less than
/// `2^32` to a limb.
#[derive(Clone, Copy)]
pub(super) struct ProductSums<V: Vectors> {
    limbs: [V::Words; 4],
}

impl<V: Vectors> ProductSums<V> {
    #[inline(always)]
    pub(super) fn zero(v: V) -> Self {
        Self {
            limbs: [v.splat(0); 4],
        }
    }

    /// Adds `a * b` in each lane; any words.
    #[inline(always)]
    pub(super) fn add_products(&mut self, v: V, a: V::Words, b: V::Words) {
        let (a_high, b_high) = (v.high(a), v.high(b));
        let first = v.mul_low(a, b);
        let second = v.add(v.mul_low(a, b_high), v.high(first));
        let third = v.add(v.mul_low(a_high, b), v.low(second));
        let fourth = v.add(
            v.add(v.mul_low(a_high, b_high), v.high(second)),
            v.high(third),
        );
        let terms = [v.low(first), v.low(third), v.low(fourth), v.high(fourth)];
        for (limb, term) in self.limbs.iter_mut().zip(terms) {
            *limb = v.add(*limb, term);
        }
    }

    /// The sums modulo `p`, canonical, for at most 256 products.
    ///
    /// ```text
    /// 2^64 = 2^32 - 1, 2^96 = -1:   l0 + (l1 + l2) 2^32 - l2 - l3
    /// ```
    #[inline(always)]
    pub(super) fn reduce(&self, v: V) -> V::Words {
        let [l0, l1, l2, l3] = self.limbs;
        let epsilon = v.splat(EPSILON);
        let sum = v.add(l1, l2);
        let (middle, carry) = (v.raise(sum), v.high(sum));
        let positive = v.add(l0, v.raise(carry));
        let negative = v.add(v.add(l2, l3), carry);
        let sum = v.add(middle, positive);
        let sum = v.if_less(sum, middle, v.add(sum, epsilon), sum);
        let difference = v.sub(sum, negative);
        let difference = v.if_less(sum, negative, v.sub(difference, epsilon), difference);
        let p = v.splat(P);
        v.if_less(difference, p, difference, v.sub(difference, p))
    }
}

#[cfg(test)]
mod tests {
    use super::super::vectors::Portable;
    use super::*;
    use crate::modulus::{add, mul};
    use proptest::prelude::*;

    /// Sums of products in each lane, by vectors.
    fn vector_sums<V: Vectors>(v: V, factors: &[(Lanes, Lanes)]) -> Lanes {
        let mut sums = ProductSums::zero(v);
        for (a, b) in factors {
            sums.add_products(v, v.load(a), v.load(b));
        }
        v.store(sums.reduce(v))
    }

    proptest! {
        #[test]
        fn sums_equal_scalar_sums(
            seed in proptest::collection::vec((0..P, 0..P), 1..40),
            extreme in proptest::bool::ANY,
        ) {
            let word = |x: u64, shift: usize| if extreme { P - 1 } else { (x + shift as u64) % P };
            let factors: Vec<(Lanes, Lanes)> = (0..256)
                .zip(seed.iter().cycle())
                .map(|(i, &(a, b))| {
                    (
                        std::array::from_fn(|lane| word(a, i * lane)),
                        std::array::from_fn(|lane| word(b, i + lane)),
                    )
                })
                .collect();
            let expected: Lanes = std::array::from_fn(|lane| {
                factors.iter().fold(0, |sum, (a, b)| add(sum, mul(a[lane], b[lane])))
            });
            prop_assert_eq!(vector_sums(Portable, &factors), expected);
            #[cfg(target_arch = "x86_64")]
            {
                if let Some(simd) = pulp::x86::V4::try_new() {
                    prop_assert_eq!(vector_sums(simd, &factors), expected);
                }
                if let Some(simd) = pulp::x86::V3::try_new() {
                    prop_assert_eq!(vector_sums(simd, &factors), expected);
                }
            }
        }
    }

    #[test]
    fn load_pads_with_zeros() {
        let row: Vec<u64> = (1..=10).collect();
        assert_eq!(load(&row, 0), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(load(&row, 8), [9, 10, 0, 0, 0, 0, 0, 0]);
    }
}
