//! Chunks at the univariate point, and what is linear in them: accumulators and digits.

use ark_ff::Zero;
use blindproof_zk::{
    argument::SourceError,
    field::{F, K, k},
};
use rayon::prelude::*;

use super::{challenges::Univariate, plan::BlindRotationPlan, witness::Witness};
use crate::{kernels::inner_words, split::scale};

/// Accumulators and digits at a point, from chunks at that point.
pub(super) struct Fields {
    /// acc_c.
    pub accumulators: Vec<K>,
    /// d_{c,j}, by (c, j).
    pub digits: Vec<K>,
}

impl Fields {
    /// `chunks[c][m]` are evaluations of chunk columns; `ones` is that of the constant one on all used cells.
    pub fn new(plan: &BlindRotationPlan, chunks: &[Vec<K>], ones: K) -> Self {
        let gadget = plan.cut.gadget();
        let offset = ones * k(F::from(gadget.offset()));
        let half = scale(ones, gadget.base_log.0 - 1);
        let mut digits = Vec::with_capacity(plan.components() * plan.levels());
        let mut accumulators = Vec::with_capacity(plan.components());
        for chunks in chunks {
            let mut accumulator = -offset;
            let first = digits.len();
            digits.resize(first + plan.levels(), -half);
            for (index, value) in chunks.iter().enumerate() {
                accumulator += scale(*value, plan.cut.chunks[index].shift);
                if let Some((level, shift)) = plan.cut.digit_shift(index) {
                    digits[first + level - 1] += scale(*value, shift);
                }
            }
            accumulators.push(accumulator);
        }
        Self {
            accumulators,
            digits,
        }
    }
}

/// Every chunk at a, for all (h, t) of one layer: tables by component and chunk over h 2^row_vars + t.
pub(super) struct Collapsed(pub Vec<Vec<Vec<K>>>);

impl Collapsed {
    /// One pass over all words.
    pub fn new(
        plan: &BlindRotationPlan,
        witness: &Witness,
        point: &Univariate,
    ) -> Result<Self, SourceError> {
        let size = plan.set.polynomial_size.0;
        let powers = point.powers();
        let chunks = plan.cut.chunks.len();
        let stride = 1 << plan.row_vars();
        let table = || vec![K::zero(); plan.steps() * stride];
        let mut tables: Vec<Vec<Vec<K>>> = (0..plan.components())
            .map(|_| (0..chunks).map(|_| table()).collect())
            .collect();
        for (index, shard) in plan.shards.iter().enumerate() {
            let cells = plan.shard_words(shard) / plan.components();
            for (component, tables) in tables.iter_mut().enumerate() {
                let words = witness.words(plan, index, component, 0, cells)?;
                let values: Vec<Vec<K>> = words
                    .par_chunks(size)
                    .map(|words| {
                        let chunks = plan.cut.chunks.iter();
                        chunks
                            .map(|chunk| inner_words(words.iter().map(|w| chunk.of(*w)), &powers))
                            .collect()
                    })
                    .collect();
                for (place, values) in values.into_iter().enumerate() {
                    let (step, row) = (place / shard.rows(), place % shard.rows());
                    let cell = step * stride + shard.start + row;
                    for (table, value) in tables.iter_mut().zip(values) {
                        table[cell] = value;
                    }
                }
            }
        }
        Ok(Self(tables))
    }

    /// The value of each chunk column of a shard at (s_h, local s_t, z_a), by component and chunk.
    pub fn shard_values(
        &self,
        plan: &BlindRotationPlan,
        shard: usize,
        eq_steps: &[K],
        eq_local: &[K],
        scale: K,
    ) -> Vec<K> {
        let shard = &plan.shards[shard];
        let stride = 1 << plan.row_vars();
        let value = |table: &Vec<K>| {
            let mut sum = K::zero();
            for (rows, step) in table.chunks(stride).zip(eq_steps) {
                let rows = &rows[shard.start..shard.start + shard.rows()];
                sum += *step * rows.iter().zip(eq_local).map(|(v, e)| *v * e).sum::<K>();
            }
            sum * scale
        };
        self.0.iter().flatten().map(value).collect()
    }

    /// Accumulators and digits at cell `h 2^row_vars + t`; zero beyond the used bootstraps.
    pub fn fields(&self, plan: &BlindRotationPlan, cell: usize, ones: K) -> Fields {
        let used = cell % (1 << plan.row_vars()) < plan.rows.len();
        let chunks: Vec<Vec<K>> = self
            .0
            .iter()
            .map(|tables| tables.iter().map(|table| table[cell]).collect())
            .collect();
        Fields::new(plan, &chunks, if used { ones } else { K::zero() })
    }
}
