//! Arithmetic on several words at once, written so that the compiler turns it into vector instructions.

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
pub(super) struct ProductSums {
    limbs: [Lanes; 4],
}

impl ProductSums {
    pub(super) const ZERO: Self = Self {
        limbs: [[0; LANES]; 4],
    };

    /// Adds `a * b` in each lane; any words.
    #[inline(always)]
    pub(super) fn add_products(&mut self, a: &Lanes, b: &Lanes) {
        for lane in 0..LANES {
            let (a_low, a_high) = (a[lane] & EPSILON, a[lane] >> 32);
            let (b_low, b_high) = (b[lane] & EPSILON, b[lane] >> 32);
            let first = a_low * b_low;
            let second = a_low * b_high + (first >> 32);
            let third = a_high * b_low + (second & EPSILON);
            let fourth = a_high * b_high + (second >> 32) + (third >> 32);
            self.limbs[0][lane] += first & EPSILON;
            self.limbs[1][lane] += third & EPSILON;
            self.limbs[2][lane] += fourth & EPSILON;
            self.limbs[3][lane] += fourth >> 32;
        }
    }

    /// The sums modulo `p`, canonical, for at most 256 products.
    ///
    /// ```text
    /// 2^64 = 2^32 - 1, 2^96 = -1:   l0 + (l1 + l2) 2^32 - l2 - l3
    /// ```
    #[inline(always)]
    pub(super) fn reduce(&self) -> Lanes {
        std::array::from_fn(|lane| {
            let [l0, l1, l2, l3] = self.limbs.map(|limb| limb[lane]);
            let (middle, carry) = ((l1 + l2) << 32, (l1 + l2) >> 32);
            let positive = l0 + (carry << 32);
            let negative = l2 + l3 + carry;
            let mut sum = middle.wrapping_add(positive);
            if sum < middle {
                sum = sum.wrapping_add(EPSILON);
            }
            let mut difference = sum.wrapping_sub(negative);
            if sum < negative {
                difference = difference.wrapping_sub(EPSILON);
            }
            if difference >= P {
                difference - P
            } else {
                difference
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modulus::{add, mul};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sums_equal_scalar_sums(
            seed in proptest::collection::vec((0..P, 0..P), 1..40),
            extreme in proptest::bool::ANY,
        ) {
            let mut sums = ProductSums::ZERO;
            let mut expected = [0; LANES];
            for (index, &(a, b)) in seed.iter().cycle().take(256).enumerate() {
                let word = |x: u64, lane: usize| {
                    if extreme { P - 1 } else { (x + (index * lane) as u64 % 5) % P }
                };
                let (a, b): (Lanes, Lanes) = (
                    std::array::from_fn(|lane| word(a, lane)),
                    std::array::from_fn(|lane| word(b, lane)),
                );
                sums.add_products(&a, &b);
                expected = std::array::from_fn(|lane| add(expected[lane], mul(a[lane], b[lane])));
            }
            prop_assert_eq!(sums.reduce(), expected);
        }
    }

    #[test]
    fn load_pads_with_zeros() {
        let row: Vec<u64> = (1..=10).collect();
        assert_eq!(load(&row, 0), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(load(&row, 8), [9, 10, 0, 0, 0, 0, 0, 0]);
    }
}
