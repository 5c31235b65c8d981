//! Sums of products of base field values with extension field weights: the kernel of every pass over
//! committed columns.
//!
//! Where all values of a run are below `2^26`, as range-checked ones are, products are summed without
//! reduction: a weight coordinate is cut into two limbs of 32 bits, and [`TERMS`] products of a limb and a value
//! fit in 64 bits. These loops are plain Rust over arrays, which the compiler turns into SIMD code; a run
//! is reduced once. Other values take the packed field.

use super::lanes::{Ext, Lane, Table, ViewMut, broadcast, ext, horizontal_sum};
use super::{F, K, to_word};
use ark_ff::AdditiveGroup;
use p3_field::{PackedValue, PrimeField64};
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

/// The limbs of the three coordinates of a weight, low and high.
fn limbs(weight: K) -> [u64; 6] {
    let c = ext(weight).0.map(|c| c.as_canonical_u64());
    core::array::from_fn(|i| c[i / 2] >> (32 * (i % 2)) & HALF)
}

/// Adds the products of the values with every limb of their weights.
#[inline(always)]
fn accumulate(sums: &mut Wide, values: &[u64; BLOCK], limbs: &[[u64; BLOCK]; 6]) {
    for (sums, limbs) in sums.iter_mut().zip(limbs) {
        for ((sum, &value), &limb) in sums.iter_mut().zip(values).zip(limbs) {
            // 32 bits each: one instruction, and no overflow.
            *sum = sum.wrapping_add((value & HALF) * (limb & HALF));
        }
    }
}

/// Unreduced sums for each limb and position.
type Wide = [[u64; BLOCK]; 6];
/// Reduced sums by lane of a block.
type Sums = [Ext<Lane>; BLOCK / Lane::WIDTH];

/// The sums of the limbs, put together.
#[inline(always)]
fn reduce(sums: &Wide) -> Sums {
    let shift = Lane::from(Goldilocks::new(1 << 32));
    core::array::from_fn(|lane| {
        let at = lane * Lane::WIDTH;
        let limb = |n: usize| Lane::from_fn(|i| Goldilocks::new(sums[n][at + i]));
        Ext([0, 1, 2].map(|c| limb(2 * c) + limb(2 * c + 1) * shift))
    })
}

/// The values of a block by lane.
#[inline(always)]
fn lanes_of(values: &[u64; BLOCK]) -> [Lane; BLOCK / Lane::WIDTH] {
    core::array::from_fn(|lane| Lane::from_fn(|i| Goldilocks::new(values[lane * Lane::WIDTH + i])))
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
    sums.chunks_mut(TASK)
        .into_par_iter()
        .enumerate()
        .for_each(|(task, mut sums)| {
            for terms in terms.chunks(TERMS) {
                let runs = terms.iter().filter_map(|&(values, weight)| {
                    let run = values.get(task * TASK..)?;
                    Some((&run[..run.len().min(sums.len())], weight))
                });
                let (small, any): (Vec<_>, Vec<_>) = runs.partition(|(run, _)| is_small(run));
                let small: Vec<_> = small.into_iter().map(|(v, w)| (v, limbs(w))).collect();
                let any: Vec<_> = any.into_iter().map(|(v, w)| (v, broadcast(w))).collect();
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
fn small_block(terms: &[(&[F], [u64; 6])], start: usize) -> Sums {
    let mut sums = [[0; BLOCK]; 6];
    for (values, limbs) in terms {
        accumulate(
            &mut sums,
            &block(values, start),
            &limbs.map(|limb| [limb; BLOCK]),
        );
    }
    reduce(&sums)
}

#[inline]
fn any_block(terms: &[(&[F], Ext<Lane>)], start: usize) -> Sums {
    let mut sums = [Ext::ZERO; BLOCK / Lane::WIDTH];
    for (values, weight) in terms {
        for (sum, lane) in sums.iter_mut().zip(lanes_of(&block(values, start))) {
            *sum += weight.scale(lane);
        }
    }
    sums
}

/// Adds a block of results; those beyond the end are zero and dropped.
#[inline]
fn add_block(sums: &mut ViewMut<'_>, start: usize, block: &Sums) {
    for (lane, at) in block.iter().zip((start..).step_by(Lane::WIDTH)) {
        if at + Lane::WIDTH <= sums.len() {
            sums.add_lane(at, *lane);
        } else {
            for i in at..sums.len() {
                sums.add(i, Ext(lane.0.map(|c| c.as_slice()[i - at])));
            }
        }
    }
}

/// Weights of inner products, prepared once.
#[derive(Clone, Debug)]
pub(crate) struct Weights {
    /// By block of weights: each limb of its weights.
    limbs: Vec<[[u64; BLOCK]; 6]>,
    /// The same by lane.
    lanes: Vec<Sums>,
}

impl Weights {
    /// Prepares `weights`.
    pub(crate) fn new(weights: &[K]) -> Self {
        let blocks = weights.chunks(BLOCK).map(|block| {
            let at = |i| block.get(i).copied().unwrap_or(K::ZERO);
            let limbs: [_; BLOCK] = core::array::from_fn(|i| limbs(at(i)));
            let lanes = core::array::from_fn(|lane| {
                let c: [_; Lane::WIDTH] =
                    core::array::from_fn(|i| ext(at(lane * Lane::WIDTH + i)).0);
                Ext([0, 1, 2].map(|n| Lane::from_fn(|i| c[i][n])))
            });
            (core::array::from_fn(|n| limbs.map(|l| l[n])), lanes)
        });
        let (limbs, lanes) = blocks.unzip();
        Self { limbs, lanes }
    }

    /// `sum_i values[i] weights[i]`, up to the end of the shorter one.
    pub(crate) fn inner(&self, values: &[F]) -> K {
        let mut total = [Ext::ZERO; BLOCK / Lane::WIDTH];
        let runs = values.chunks(TERMS * BLOCK);
        let limbs = self.limbs.chunks(TERMS);
        for ((run, limbs), lanes) in runs.zip(limbs).zip(self.lanes.chunks(TERMS)) {
            let starts = (0..run.len()).step_by(BLOCK);
            if is_small(run) {
                let mut sums = [[0; BLOCK]; 6];
                for (limbs, start) in limbs.iter().zip(starts) {
                    accumulate(&mut sums, &block(run, start), limbs);
                }
                for (total, sum) in total.iter_mut().zip(reduce(&sums)) {
                    *total += sum;
                }
            } else {
                for (weights, start) in lanes.iter().zip(starts) {
                    let values = lanes_of(&block(run, start));
                    for ((total, weight), value) in total.iter_mut().zip(weights).zip(values) {
                        *total += weight.scale(value);
                    }
                }
            }
        }
        total.into_iter().map(horizontal_sum).sum()
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
}
