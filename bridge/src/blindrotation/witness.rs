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
    argument::SourceError,
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
    /// k + 1.
    components: usize,
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
        Ok(Self {
            shards,
            components: plan.components(),
            body,
        })
    }

    /// The words y of a shard.
    pub fn shard(&self, index: usize) -> Cow<'_, [u64]> {
        Cow::Borrowed(&self.shards[index])
    }

    /// Words `start..start + len` of one component of a shard, by (step, bootstrap, coefficient).
    pub fn words(
        &self,
        shard: usize,
        component: usize,
        start: usize,
        len: usize,
    ) -> Result<Cow<'_, [u64]>, SourceError> {
        let words = self.shards.get(shard).ok_or("a shard is missing")?;
        let first = component * (words.len() / self.components) + start;
        let words = words
            .get(first..first + len)
            .ok_or("a shard is too short")?;
        Ok(Cow::Borrowed(words))
    }

    /// The words y of a shard, to be changed by a forger.
    #[cfg(test)]
    pub fn shard_mut(&mut self, index: usize) -> &mut Vec<u64> {
        &mut self.shards[index]
    }
}

impl BlindRotationPlan {
    /// Column contents in the main shard: body polynomials and exponent bits.
    pub fn witness(
        &self,
        input: &WirePlan,
        exponents: &Array2<u64>,
        witness: &Witness,
    ) -> Vec<(ColumnId, Vec<F>)> {
        let mut columns = Vec::new();
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
