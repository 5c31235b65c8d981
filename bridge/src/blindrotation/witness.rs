//! The shifted accumulators of all steps: what the chunk columns are cut from.

use std::borrow::Cow;

use ark_ff::Zero;
use blindproof_fhe::{
    evaluate::{Accumulators, EvaluateError, accumulators},
    keys::BootstrappingKey,
    lut::Lut,
    modulus,
};
use blindproof_zk::{
    field::{F, f},
    stack::ColumnId,
};
use ndarray::{Array2, Axis};
use rayon::prelude::*;

use super::plan::BlindRotationPlan;
use crate::wire::WirePlan;

/// The words y of one layer, and the body polynomials of the last accumulators.
pub(crate) struct Witness {
    /// For each shard, y as (component, step, bootstrap, coefficient).
    shards: Vec<Vec<u64>>,
    /// rows x N.
    pub body: Vec<u64>,
}

impl Witness {
    /// Evaluates the layer again, shard by shard; `exponents` are all rows of the node's input.
    pub fn evaluate(
        plan: &BlindRotationPlan,
        key: &BootstrappingKey,
        luts: &[Lut],
        exponents: &Array2<u64>,
    ) -> Result<Self, EvaluateError> {
        let offset = plan.set.pbs_gadget.offset();
        let size = plan.set.polynomial_size.0;
        let mut shards = Vec::with_capacity(plan.shards.len());
        let mut body = Vec::with_capacity(plan.rows.len() * size);
        for shard in &plan.shards {
            let rows = &plan.rows[shard.start..shard.start + shard.rows()];
            let tables: Vec<Lut> = rows.iter().map(|r| luts[r % luts.len()].clone()).collect();
            let selected = exponents.select(Axis(0), rows);
            let Accumulators { mut steps, last } = accumulators(key, &tables, &selected)?;
            steps
                .par_iter_mut()
                .for_each(|word| *word = modulus::add(*word, offset));
            shards.push(steps);
            body.extend_from_slice(&last[last.len() - rows.len() * size..]);
        }
        Ok(Self { shards, body })
    }

    /// The words y of a shard.
    pub fn shard(&self, index: usize) -> Cow<'_, [u64]> {
        Cow::Borrowed(&self.shards[index])
    }

    /// The words y of a shard, to be changed by a forger.
    #[cfg(test)]
    pub fn shard_mut(&mut self, index: usize) -> &mut Vec<u64> {
        &mut self.shards[index]
    }
}

impl BlindRotationPlan {
    /// Column contents: chunks of all shards, body polynomials, exponent bits.
    pub fn witness(
        &self,
        input: &WirePlan,
        exponents: &Array2<u64>,
        witness: &Witness,
    ) -> Vec<(ColumnId, Vec<F>)> {
        let mut columns = Vec::new();
        for (index, shard) in self.shards.iter().enumerate() {
            let words = witness.shard(index);
            let component = words.len() / self.components();
            for (words, ids) in words.chunks(component).zip(&shard.columns) {
                for (chunk, id) in self.cut.chunks.iter().zip(ids) {
                    columns.push((*id, words.iter().map(|w| f(chunk.of(*w))).collect()));
                }
            }
        }
        columns.push((self.body, witness.body.iter().map(|w| f(*w)).collect()));
        for (bit, id) in self.bits.iter().enumerate() {
            columns.push((*id, self.exponent_bits(exponents, bit, input.row_stride())));
        }
        columns
    }

    /// Column contents of one exponent bit.
    pub(super) fn exponent_bits(&self, words: &Array2<u64>, bit: usize, stride: usize) -> Vec<F> {
        let mut bits = vec![F::zero(); self.rows.len() * stride];
        for (cells, row) in bits.chunks_mut(stride).zip(self.rows.iter()) {
            for (cell, word) in cells.iter_mut().zip(words.row(*row)) {
                *cell = F::from(word >> bit & 1);
            }
        }
        bits
    }
}
