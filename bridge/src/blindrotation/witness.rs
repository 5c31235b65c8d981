//! The shifted accumulators of all steps: what the chunk columns are cut from.

use std::borrow::Cow;

use ark_ff::Zero;
use blindproof_fhe::{
    evaluate::{Accumulators, accumulators},
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

use super::plan::{BlindRotationPlan, ShardPlan};
use crate::{
    proof::ProveError,
    statement::Digest,
    wire::WirePlan,
    work::{StoredWords, WorkFolder},
};

/// The words y of one layer, and the body polynomials of the last accumulators.
pub(crate) struct Witness {
    /// For each shard, y as (component, step, bootstrap, coefficient).
    shards: Vec<Words>,
    /// k + 1.
    components: usize,
    /// rows x N.
    pub body: Vec<u64>,
}

/// Words in memory or on disk.
enum Words {
    Held(Vec<u64>),
    Stored(StoredWords),
}

impl Words {
    fn len(&self) -> usize {
        match self {
            Self::Held(words) => words.len(),
            Self::Stored(words) => words.len(),
        }
    }

    fn read(&self, start: usize, len: usize) -> Result<Cow<'_, [u64]>, SourceError> {
        match self {
            Self::Held(words) => {
                let words = words
                    .get(start..start + len)
                    .ok_or("a shard is too short")?;
                Ok(Cow::Borrowed(words))
            }
            Self::Stored(words) => Ok(Cow::Owned(words.read(start, len)?)),
        }
    }
}

/// Where finished shards are kept: a folder, and what their names depend on.
#[derive(Clone, Copy)]
pub(crate) struct Store<'a> {
    pub folder: &'a WorkFolder,
    pub statement: &'a Digest,
}

impl Store<'_> {
    fn name(&self, node: usize, shard: usize) -> Digest {
        let mut hasher = blake3::Hasher::new_derive_key("blindproof v2 accumulators of a shard");
        hasher.update(self.statement);
        hasher.update(&(node as u64).to_le_bytes());
        hasher.update(&(shard as u64).to_le_bytes());
        *hasher.finalize().as_bytes()
    }
}

impl Witness {
    /// Evaluates the layer again, shard by shard; `exponents` are all rows of the node's input. Shards that are stored
    /// already are read, others are stored when there is a store. `count` is told the bootstraps of each finished shard.
    pub fn evaluate(
        plan: &BlindRotationPlan,
        node: usize,
        key: &BootstrappingKey,
        luts: &[Lut],
        exponents: &Array2<u64>,
        store: Option<Store<'_>>,
        count: &dyn Fn(usize),
    ) -> Result<Self, ProveError> {
        let size = plan.set.polynomial_size.0;
        let mut shards = Vec::with_capacity(plan.shards.len());
        let mut body = Vec::with_capacity(plan.rows.len() * size);
        let disk = |error: std::io::Error| ProveError::Columns(Box::new(error));
        for (index, shard) in plan.shards.iter().enumerate() {
            // The body polynomials are stored behind the words.
            let (words, bodies) = (plan.shard_words(shard), shard.rows() * size);
            let name = store.map(|store| (store.folder, store.name(node, index)));
            let stored = match &name {
                Some((folder, name)) => folder.words(name, words + bodies).map_err(disk)?,
                None => None,
            };
            let words = match (stored, name) {
                (Some(stored), _) => Words::Stored(stored),
                (None, name) => {
                    let all = evaluate_shard(plan, shard, key, luts, exponents)?;
                    match name {
                        Some((folder, name)) => {
                            Words::Stored(folder.store_words(&name, &all).map_err(disk)?)
                        }
                        None => Words::Held(all),
                    }
                }
            };
            let start = words.len() - bodies;
            body.extend_from_slice(&words.read(start, bodies).map_err(ProveError::Columns)?);
            shards.push(words);
            count(shard.rows());
        }
        Ok(Self {
            shards,
            components: plan.components(),
            body,
        })
    }

    /// Words `start..start + len` of one component of a shard, by (step, bootstrap, coefficient).
    pub fn words(
        &self,
        plan: &BlindRotationPlan,
        shard: usize,
        component: usize,
        start: usize,
        len: usize,
    ) -> Result<Cow<'_, [u64]>, SourceError> {
        let words = self.shards.get(shard).ok_or("a shard is missing")?;
        let component_words = plan.shard_words(&plan.shards[shard]) / self.components;
        words.read(component * component_words + start, len)
    }
}

/// The words of one shard, and behind them its body polynomials.
fn evaluate_shard(
    plan: &BlindRotationPlan,
    shard: &ShardPlan,
    key: &BootstrappingKey,
    luts: &[Lut],
    exponents: &Array2<u64>,
) -> Result<Vec<u64>, ProveError> {
    let offset = plan.set.pbs_gadget.offset();
    let rows = &plan.rows[shard.start..shard.start + shard.rows()];
    let tables: Vec<Lut> = rows.iter().map(|r| luts[r % luts.len()].clone()).collect();
    let selected = exponents.select(Axis(0), rows);
    let Accumulators { mut steps, last } = accumulators(key, &tables, &selected)?;
    steps
        .par_iter_mut()
        .for_each(|word| *word = modulus::add(*word, offset));
    let bodies = rows.len() * plan.set.polynomial_size.0;
    steps.extend_from_slice(&last[last.len() - bodies..]);
    Ok(steps)
}

impl BlindRotationPlan {
    /// Words y of a shard.
    pub fn shard_words(&self, shard: &ShardPlan) -> usize {
        self.components() * self.steps() * shard.rows() * self.set.polynomial_size.0
    }

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

#[cfg(test)]
impl Witness {
    /// The words of a shard, to be changed by a forger.
    pub fn shard_mut(&mut self, index: usize) -> &mut Vec<u64> {
        match &mut self.shards[index] {
            Words::Held(words) => words,
            Words::Stored(_) => panic!("a forger holds its words in memory"),
        }
    }
}
