//! One layer of the fraction tree and the kernels of its sumcheck.

use crate::field::K;
use crate::field::lanes::{self, CHUNK, Ext, LANES, LOG_CHUNK, Lane, Table, View};
use crate::multilinear::{eq_table, index_eq, prefix_indicator};
use ark_ff::{AdditiveGroup, Field};
use p3_field::PackedValue;
use rayon::prelude::*;

/// Elements of one group: two parents (bound and unbound half) of two children.
pub(super) const GROUP: usize = 4 * CHUNK;
/// `log2` of the groups in one task.
const LOG_TASK: usize = 6;

/// Numerators and denominators of `2^chunk_bits` chunks; those beyond the stored
/// prefix (a multiple of [`GROUP`] elements) are `0/1`.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(super) numerators: Table,
    pub(super) denominators: Table,
    pub(super) chunk_bits: usize,
}

impl Layer {
    /// A layer of `2^num_vars` fractions that starts with the given ones.
    pub(crate) fn new(mut numerators: Table, mut denominators: Table, num_vars: usize) -> Self {
        let chunk_bits = num_vars - LOG_CHUNK;
        let len = stored(numerators.len().max(denominators.len()), chunk_bits);
        numerators.resize(len, K::ZERO);
        denominators.resize(len, K::ONE);
        Self {
            numerators,
            denominators,
            chunk_bits,
        }
    }

    /// The parents' layer.
    pub(super) fn parents(&self) -> Self {
        let half = self.numerators.len() / 2;
        let mut numerators = Table::filled(K::ZERO, half);
        let mut denominators = Table::filled(K::ONE, half);
        let (n, d) = (self.numerators.view(), self.denominators.view());
        let size = CHUNK << LOG_TASK;
        numerators
            .chunks_mut(size)
            .into_par_iter()
            .zip(denominators.chunks_mut(size))
            .enumerate()
            .for_each(|(task, (mut numerators, mut denominators))| {
                for chunk in 0..numerators.len() / CHUNK {
                    for lane in 0..LANES {
                        let out = chunk * CHUNK + lane * Lane::WIDTH;
                        let left = 2 * (task * size + chunk * CHUNK) + lane * Lane::WIDTH;
                        let right = left + CHUNK;
                        let (n0, n1) = (n.lane(left), n.lane(right));
                        let (d0, d1) = (d.lane(left), d.lane(right));
                        numerators.set_lane(out, n0 * d1 + n1 * d0);
                        denominators.set_lane(out, d0 * d1);
                    }
                }
            });
        Self::new(numerators, denominators, self.chunk_bits - 1 + LOG_CHUNK)
    }

    /// `q(0)` and the leading coefficient of `q` for the round that binds the
    /// second-lowest chunk bit.
    pub(super) fn round(&self, weights: &Weights, lambda: K) -> [K; 2] {
        let (n, d) = (self.numerators.view(), self.denominators.view());
        let lambda_lane = lanes::broadcast(lambda);
        let groups = self.numerators.len() / GROUP;
        let [q0, q2] = weights.sum(groups, |group, weights| {
            let at = |chunk| group * GROUP + chunk * CHUNK;
            let mut q0 = Ext::<Lane>::ZERO;
            let mut q2 = Ext::<Lane>::ZERO;
            for lane in (0..CHUNK).step_by(Lane::WIDTH) {
                let h = |n0, n1, d0, d1| n0 * d1 + d0 * (n1 + lambda_lane * d1);
                let children = |first: usize| {
                    let (left, right) = (at(first) + lane, at(first + 1) + lane);
                    [n.lane(left), n.lane(right), d.lane(left), d.lane(right)]
                };
                let [n0, n1, d0, d1] = children(0);
                let [m0, m1, f0, f1] = children(2);
                let e = weights.lane(lane);
                q0 += e * h(n0, n1, d0, d1);
                q2 += e * h(m0 - n0, m1 - n1, f0 - d0, f1 - d1);
            }
            [q0, q2]
        });
        // The fractions 0/1 beyond the stored prefix.
        [q0 + lambda * (K::ONE - weights.total(groups)), q2]
    }

    /// Binds the second-lowest chunk bit to `s`.
    pub(super) fn fold(mut self, s: K) -> Self {
        let vars = self.chunk_bits - 1 + LOG_CHUNK;
        rayon::join(
            || self.numerators.fold_pairs(GROUP / 2, s),
            || self.denominators.fold_pairs(GROUP / 2, s),
        );
        Self::new(self.numerators, self.denominators, vars)
    }

    /// All elements, once two chunks are left: `n0, n1, d0, d1`.
    pub(super) fn last(&self) -> [Vec<K>; 4] {
        let part = |t: &Table, chunk: usize| (0..CHUNK).map(|p| t.get(chunk * CHUNK + p)).collect();
        let (n, d) = (&self.numerators, &self.denominators);
        [part(n, 0), part(n, 1), part(d, 0), part(d, 1)]
    }

    /// The two vectors of a layer with one chunk.
    pub(super) fn top(&self) -> [Vec<K>; 2] {
        [&self.numerators, &self.denominators].map(|t| (0..CHUNK).map(|p| t.get(p)).collect())
    }
}

/// Elements stored for `len` used ones: whole groups, at most all chunks.
fn stored(len: usize, chunk_bits: usize) -> usize {
    len.div_ceil(GROUP)
        .max(1)
        .saturating_mul(GROUP)
        .min(CHUNK << chunk_bits)
}

/// The weights `eq((upper, position), (group, p))` of one round, in two factors.
pub(super) struct Weights {
    /// Point of the group index, most significant coordinate first.
    upper: Vec<K>,
    /// `eq` over the lowest group bits and the position.
    low: Table,
    /// `log2` of the groups that `low` covers.
    low_bits: usize,
}

impl Weights {
    pub(super) fn new(upper: &[K], position: &[K]) -> Self {
        let low_bits = upper.len().min(LOG_TASK);
        let low_point = [&upper[upper.len() - low_bits..], position].concat();
        Self {
            upper: upper.to_vec(),
            low: eq_table(&low_point).into_iter().collect(),
            low_bits,
        }
    }

    /// Sums over groups and positions of the quantities that `term` computes for
    /// one group; it applies the weights itself.
    pub(super) fn sum<const N: usize, T>(&self, groups: usize, term: T) -> [K; N]
    where
        T: Fn(usize, GroupWeights<'_>) -> [Ext<Lane>; N] + Sync,
    {
        let size = 1 << self.low_bits;
        let low = self.low.view();
        let add = |a: [K; N], b: [K; N]| core::array::from_fn(|i| a[i] + b[i]);
        (0..groups.div_ceil(size))
            .into_par_iter()
            .map(|task| {
                let mut sums = [Ext::<Lane>::ZERO; N];
                for group in task * size..groups.min((task + 1) * size) {
                    let offset = (group - task * size) * CHUNK;
                    let terms = term(group, GroupWeights { low, offset });
                    for (sum, term) in sums.iter_mut().zip(terms) {
                        *sum += term;
                    }
                }
                let factor = self.task_factor(task);
                sums.map(|s| lanes::horizontal_sum(s) * factor)
            })
            .reduce(|| [K::ZERO; N], add)
    }

    /// The factor common to the groups of one task.
    fn task_factor(&self, task: usize) -> K {
        index_eq(task, &self.upper[..self.upper.len() - self.low_bits])
    }

    /// The sum of the weights of the first `groups` groups.
    pub(super) fn total(&self, groups: usize) -> K {
        prefix_indicator(groups, &self.upper)
    }
}

/// The weights of one group, up to the task's factor.
#[derive(Clone, Copy)]
pub(super) struct GroupWeights<'a> {
    low: View<'a>,
    offset: usize,
}

impl GroupWeights<'_> {
    /// Weights of the positions from `position`.
    #[inline(always)]
    pub(super) fn lane(&self, position: usize) -> Ext<Lane> {
        self.low.lane(self.offset + position)
    }
}
