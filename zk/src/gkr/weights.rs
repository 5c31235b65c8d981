//! The weights of one round of a layer's sumcheck.

use crate::field::K;
use crate::field::lanes::{self, Ext, LANES, Lane, Multiplier};
use crate::multilinear::{eq_table, index_eq, prefix_indicator};
use core::ops::Range;
use p3_field::PackedValue;
use p3_goldilocks::Goldilocks;
use rayon::prelude::*;

/// Chunks of one group: two parents (bound and unbound half) of two children.
pub(super) const GROUP_CHUNKS: usize = 4;
/// `log2` of the groups in one task.
const LOG_TASK: usize = 7;
/// Fewest tasks that are worth waking other threads for.
const PARALLEL: usize = 4;

/// Sums over the positions of one chunk, by lane; not yet weighted.
pub(super) type ChunkSums<const N: usize> = [[Ext<Lane>; LANES]; N];

/// The weights `eq((upper, position), (group, p))` of one round, in three factors: the
/// high bits of the group (one factor a task), its low bits, and the position.
pub(super) struct Weights {
    /// Point of the group index, most significant coordinate first.
    upper: Vec<K>,
    /// `eq` over the lowest group bits.
    low: Vec<Multiplier<Goldilocks>>,
    /// `log2` of the groups that `low` covers.
    low_bits: usize,
    positions: [Ext<Lane>; LANES],
}

impl Weights {
    pub(super) fn new(upper: &[K], position: &[K]) -> Self {
        let low_bits = upper.len().min(LOG_TASK);
        let low = eq_table(&upper[upper.len() - low_bits..]);
        let positions = eq_table(position);
        Self {
            upper: upper.to_vec(),
            low: low
                .into_iter()
                .map(|w| Multiplier::new(lanes::ext(w)))
                .collect(),
            low_bits,
            positions: core::array::from_fn(|lane| {
                lanes::pack(|i| positions[lane * Lane::WIDTH + i])
            }),
        }
    }

    /// The groups of one task.
    pub(super) const fn task_size(&self) -> usize {
        1 << self.low_bits
    }

    /// The groups of task `task` if there are `groups` in all.
    fn range(&self, task: usize, groups: usize) -> Range<usize> {
        task * self.task_size()..groups.min((task + 1) * self.task_size())
    }

    /// The factor of one group.
    #[inline(always)]
    pub(super) fn group(&self, group: usize) -> Multiplier<Lane> {
        self.low[group & (self.task_size() - 1)].broadcast()
    }

    /// The sums of one task: `sums` get the weights of task and position.
    fn finish<const N: usize>(&self, task: usize, sums: ChunkSums<N>) -> [K; N] {
        let factor = index_eq(task, &self.upper[..self.upper.len() - self.low_bits]);
        sums.map(|by_lane| {
            let mut sum = Ext::<Lane>::ZERO;
            for (value, weight) in by_lane.into_iter().zip(self.positions) {
                sum += value * weight;
            }
            lanes::horizontal_sum(sum) * factor
        })
    }

    /// Sums what `term` computes for the groups of each task with their factors.
    pub(super) fn sum<const N: usize, T>(&self, groups: usize, term: T) -> [K; N]
    where
        T: Fn(Range<usize>) -> ChunkSums<N> + Sync,
    {
        let tasks = groups.div_ceil(self.task_size());
        let run = |task| self.finish(task, term(self.range(task, groups)));
        if tasks < PARALLEL {
            (0..tasks).map(run).fold([K::from(0_u64); N], add)
        } else {
            let zero = || [K::from(0_u64); N];
            (0..tasks).into_par_iter().map(run).reduce(zero, add)
        }
    }

    /// As [`Self::sum`]; each group also writes its `words` lanes of `out`.
    pub(super) fn sum_and_write<const N: usize, T>(
        &self,
        groups: usize,
        out: &mut [Lane],
        words: usize,
        term: T,
    ) -> [K; N]
    where
        T: Fn(Range<usize>, &mut [Lane]) -> ChunkSums<N> + Sync,
    {
        let tasks = groups.div_ceil(self.task_size());
        let size = self.task_size() * words;
        let run = |(task, out): (usize, &mut [Lane])| {
            self.finish(task, term(self.range(task, groups), out))
        };
        if tasks < PARALLEL {
            let parts = out.chunks_mut(size).enumerate();
            parts.map(run).fold([K::from(0_u64); N], add)
        } else {
            let zero = || [K::from(0_u64); N];
            let parts = out.par_chunks_mut(size).enumerate();
            parts.map(run).reduce(zero, add)
        }
    }

    /// The sum of the weights of the first `groups` groups.
    pub(super) fn total(&self, groups: usize) -> K {
        prefix_indicator(groups, &self.upper)
    }
}

fn add<const N: usize>(a: [K; N], b: [K; N]) -> [K; N] {
    core::array::from_fn(|i| a[i] + b[i])
}
