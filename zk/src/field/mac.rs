//! Sums of products of base field values with extension field weights: the kernel of every pass over
//! committed columns.
//!
//! Products are summed without reduction. A weight coordinate is cut into limbs so short that a product
//! with a 32-bit half of a value leaves room for [`TERMS`] of them in 64 bits:
//!
//! | values | limbs | 32-bit products for each coordinate |
//! |---|---|---|
//! | all of a run below `2^26` | 2 of 32 bits | 2 |
//! | any | 3 of 22 bits, and halves of the value | 6 |
//!
//! The loops are plain Rust over arrays, which the compiler turns into SIMD code; both entry points reduce
//! the sums of a run once, with the packed field.

use super::lanes::{Ext, Lane, Table, ViewMut, ext, from_ext};
use super::{F, K, to_word};
use p3_field::{PackedValue, PrimeCharacteristicRing, PrimeField64};
use p3_goldilocks::Goldilocks;
use rayon::prelude::*;

/// Elements of one step of the inner loops: a multiple of every lane width.
const BLOCK: usize = 8;
/// Elements that one task computes.
const TASK: usize = 1 << 10;
/// Products that are summed before reduction.
const TERMS: usize = 1 << 6;
/// Values below this limit take the short way.
const SMALL: u64 = 1 << 26;
const HALF: u64 = 0xffff_ffff;

/// The limbs of the three coordinates of a weight.
#[derive(Clone, Copy, Debug, Default)]
struct Limbs {
    two: [u64; 6],
    three: [u64; 9],
}

impl Limbs {
    fn new(weight: K) -> Self {
        let c = ext(weight).0.map(|c| c.as_canonical_u64());
        Self {
            two: core::array::from_fn(|i| c[i / 2] >> (32 * (i % 2)) & HALF),
            three: core::array::from_fn(|i| c[i / 3] >> (22 * (i % 3)) & ((1 << 22) - 1)),
        }
    }
}

/// Adds the products of the values with every limb of their weights.
#[inline(always)]
fn accumulate<const N: usize>(
    sums: &mut [[u64; BLOCK]; N],
    values: &[u64; BLOCK],
    limbs: &[[u64; BLOCK]; N],
) {
    for (sums, limbs) in sums.iter_mut().zip(limbs) {
        for ((sum, &value), &limb) in sums.iter_mut().zip(values).zip(limbs) {
            // 32 bits each: one instruction, and no overflow.
            *sum = sum.wrapping_add((value & HALF) * (limb & HALF));
        }
    }
}

/// The same weight for a whole block.
#[inline(always)]
fn repeat<const N: usize>(limbs: &[u64; N]) -> [[u64; BLOCK]; N] {
    limbs.map(|limb| [limb; BLOCK])
}

/// `sum_i 2^(bits i) sums[i]` in each position.
#[inline(always)]
fn reduce(sums: &[[u64; BLOCK]], bits: u64) -> [Goldilocks; BLOCK] {
    let mut out = [Goldilocks::ZERO; BLOCK];
    for at in (0..BLOCK).step_by(Lane::WIDTH) {
        let mut total = Lane::ZERO;
        for (sum, shift) in sums.iter().zip(0..) {
            let lane = Lane::from_fn(|i| Goldilocks::new(sum[at + i]));
            total += lane * Lane::from(Goldilocks::TWO.exp_u64(bits * shift));
        }
        out[at..at + Lane::WIDTH].copy_from_slice(total.as_slice());
    }
    out
}

/// The sums of one block, by coordinate.
type Sums = [[Goldilocks; BLOCK]; 3];

#[inline(always)]
fn reduce_small(sums: &[[u64; BLOCK]; 6]) -> Sums {
    [0, 1, 2].map(|c| reduce(&sums[2 * c..2 * c + 2], 32))
}

#[inline(always)]
fn reduce_any(low: &[[u64; BLOCK]; 9], high: &[[u64; BLOCK]; 9]) -> Sums {
    [0, 1, 2].map(|c| {
        let low = reduce(&low[3 * c..3 * c + 3], 22);
        let high = reduce(&high[3 * c..3 * c + 3], 22);
        let shift = Goldilocks::new(1 << 32);
        core::array::from_fn(|i| low[i] + high[i] * shift)
    })
}

fn is_small(values: &[F]) -> bool {
    values.iter().fold(0, |all, &v| all | to_word(v)) < SMALL
}

/// `values[start..]`, zero beyond the end.
#[inline(always)]
fn block(values: &[F], start: usize) -> [u64; BLOCK] {
    match values.get(start..start + BLOCK) {
        Some(values) => core::array::from_fn(|i| to_word(values[i])),
        None => core::array::from_fn(|i| values.get(start + i).map_or(0, |&v| to_word(v))),
    }
}

/// `sums[i] += sum_t weight_t values_t[i]`; values beyond the end of `sums` are ignored.
pub(crate) fn add_combination(sums: &mut Table, terms: &[(&[F], K)]) {
    let terms: Vec<(&[F], Limbs)> = terms.iter().map(|&(v, w)| (v, Limbs::new(w))).collect();
    sums.chunks_mut(TASK)
        .into_par_iter()
        .enumerate()
        .for_each(|(task, mut sums)| {
            for terms in terms.chunks(TERMS) {
                let runs = terms.iter().map(|&(values, limbs)| {
                    let run = values.get(task * TASK..).unwrap_or(&[]);
                    (&run[..run.len().min(sums.len())], limbs)
                });
                let (small, any): (Vec<_>, Vec<_>) = runs
                    .filter(|(run, _)| !run.is_empty())
                    .partition(|(run, _)| is_small(run));
                for start in (0..sums.len()).step_by(BLOCK) {
                    if !small.is_empty() {
                        add_block(&mut sums, start, &small_block(&small, start));
                    }
                    if !any.is_empty() {
                        add_block(&mut sums, start, &any_block(&any, start));
                    }
                }
            }
        });
}

#[inline]
fn small_block(terms: &[(&[F], Limbs)], start: usize) -> Sums {
    let mut sums = [[0; BLOCK]; 6];
    for (values, limbs) in terms {
        accumulate(&mut sums, &block(values, start), &repeat(&limbs.two));
    }
    reduce_small(&sums)
}

#[inline]
fn any_block(terms: &[(&[F], Limbs)], start: usize) -> Sums {
    let (mut low, mut high) = ([[0; BLOCK]; 9], [[0; BLOCK]; 9]);
    for (values, limbs) in terms {
        let (values, limbs) = (block(values, start), repeat(&limbs.three));
        accumulate(&mut low, &values, &limbs);
        accumulate(&mut high, &values.map(|v| v >> 32), &limbs);
    }
    reduce_any(&low, &high)
}

/// Adds a block of results; those beyond the end are zero and dropped.
#[inline]
fn add_block(sums: &mut ViewMut<'_>, start: usize, block: &Sums) {
    if start + BLOCK <= sums.len() {
        for at in (0..BLOCK).step_by(Lane::WIDTH) {
            let lanes = block
                .each_ref()
                .map(|c| *Lane::from_slice(&c[at..at + Lane::WIDTH]));
            sums.add_lane(start + at, Ext(lanes));
        }
    } else {
        for i in start..sums.len() {
            sums.add(i, Ext(block.each_ref().map(|c| c[i - start])));
        }
    }
}

/// Weights of inner products, prepared once.
#[derive(Clone, Debug)]
pub(crate) struct Weights {
    /// By block of weights: each limb of its weights.
    two: Vec<[[u64; BLOCK]; 6]>,
    three: Vec<[[u64; BLOCK]; 9]>,
}

impl Weights {
    /// Prepares `weights`.
    pub(crate) fn new(weights: &[K]) -> Self {
        let (mut two, mut three) = (Vec::new(), Vec::new());
        for block in weights.chunks(BLOCK) {
            let mut limbs = [Limbs::default(); BLOCK];
            for (limbs, &weight) in limbs.iter_mut().zip(block) {
                *limbs = Limbs::new(weight);
            }
            two.push(core::array::from_fn(|n| limbs.map(|l| l.two[n])));
            three.push(core::array::from_fn(|n| limbs.map(|l| l.three[n])));
        }
        Self { two, three }
    }

    /// `sum_i values[i] weights[i]`, up to the end of the shorter one.
    pub(crate) fn inner(&self, values: &[F]) -> K {
        let mut total = Ext([Goldilocks::ZERO; 3]);
        for (run, at) in values.chunks(TERMS * BLOCK).zip((0..).step_by(TERMS)) {
            let sums = if is_small(run) {
                let mut sums = [[0; BLOCK]; 6];
                for (limbs, start) in self.two[at.min(self.two.len())..]
                    .iter()
                    .zip((0..run.len()).step_by(BLOCK))
                {
                    accumulate(&mut sums, &block(run, start), limbs);
                }
                reduce_small(&sums)
            } else {
                let (mut low, mut high) = ([[0; BLOCK]; 9], [[0; BLOCK]; 9]);
                for (limbs, start) in self.three[at.min(self.three.len())..]
                    .iter()
                    .zip((0..run.len()).step_by(BLOCK))
                {
                    let values = block(run, start);
                    accumulate(&mut low, &values, limbs);
                    accumulate(&mut high, &values.map(|v| v >> 32), limbs);
                }
                reduce_any(&low, &high)
            };
            total += Ext(sums.map(|c| c.into_iter().sum()));
        }
        from_ext(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{f, scale};
    use crate::multilinear::tests::elements;
    use proptest::prelude::*;

    /// Extreme, small and ordinary values.
    fn values(kind: usize, n: usize) -> Vec<F> {
        match kind {
            0 => vec![f(super::super::P - 1); n],
            1 => vec![f(SMALL - 1); n],
            _ => elements(kind as u64, n).iter().map(|v| v.c2).collect(),
        }
    }

    fn weights(kind: usize, n: usize) -> Vec<K> {
        match kind {
            0 => vec![K::new(f(super::super::P - 1), f(super::super::P - 1), f(HALF)); n],
            _ => elements(kind as u64 + 50, n),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn sums_are_the_plain_ones(
            len in 0..3000_usize,
            terms in 0..150_usize,
            value_kind in 0..4_usize,
            weight_kind in 0..3_usize,
        ) {
            let rows: Vec<Vec<F>> = (0..terms)
                .map(|t| values((value_kind + t / 100) % 4, (len + t * 7) % 3001))
                .collect();
            let weights = weights(weight_kind, terms);
            let start: Vec<K> = elements(9, len);
            let mut sums: Table = start.iter().copied().collect();
            let terms: Vec<(&[F], K)> = rows.iter().map(Vec::as_slice).zip(weights).collect();
            add_combination(&mut sums, &terms);
            for (i, &first) in start.iter().enumerate().step_by(37) {
                let plain = terms.iter().fold(first, |sum, (row, w)| {
                    row.get(i).map_or(sum, |&v| sum + scale(*w, v))
                });
                prop_assert_eq!(sums.get(i), plain);
            }
        }

        #[test]
        fn inner_products_are_the_plain_ones(
            len in 0..3000_usize,
            other in 0..3000_usize,
            value_kind in 0..4_usize,
            weight_kind in 0..3_usize,
        ) {
            let (values, weights) = (values(value_kind, len), weights(weight_kind, other));
            let plain: K = values.iter().zip(&weights).map(|(&v, &w)| scale(w, v)).sum();
            prop_assert_eq!(Weights::new(&weights).inner(&values), plain);
        }
    }

    #[test]
    #[ignore = "timing"]
    fn timing() {
        let n = 1 << 18;
        let columns: usize = 32;
        for (name, data) in [
            ("any", values(3, n * columns)),
            ("small", values(1, n * columns)),
        ] {
            let w = weights(2, columns);
            let mut sums = Table::filled(K::from(0_u64), n);
            let terms: Vec<(&[F], K)> = data.chunks(n).zip(w).collect();
            let time = std::time::Instant::now();
            add_combination(&mut sums, &terms);
            let ns = time.elapsed().as_nanos() as f64 / (n * columns) as f64;
            println!("{name}: add_combination {ns:.2} ns wall an element");
            let weights = Weights::new(&weights(2, 1 << 12));
            let time = std::time::Instant::now();
            let sum: K = data.chunks(1 << 12).map(|run| weights.inner(run)).sum();
            let ns = time.elapsed().as_nanos() as f64 / (n * columns) as f64;
            println!("{name}: inner {ns:.2} ns an element, one thread {}", sum.c0);
        }
    }
}
