//! The prover's stacks: filled from their sources when they are needed.

use super::source::{Source, SourceError};
use crate::field::F;
use crate::stack::{ColumnId, Layout};
use ark_ff::AdditiveGroup;
use rayon::prelude::*;
use std::borrow::Cow;
use std::sync::Arc;

/// Elements that one task fills.
const TASK: usize = 1 << 16;

/// All columns of a proof that is being made.
pub(super) struct Stacks {
    pub(super) layout: Layout,
    /// For each commitment: its first shard and its columns.
    sources: Vec<(usize, Arc<dyn Source>)>,
    /// Multiplicities of the last commitment, by table.
    pub(super) multiplicities: Vec<Vec<F>>,
    /// Stacks that are kept, and how many bytes more may be.
    kept: Vec<Option<Vec<F>>>,
    budget: usize,
}

impl Stacks {
    pub(super) fn new(layout: Layout, budget: usize) -> Self {
        Self {
            layout,
            sources: Vec::new(),
            multiplicities: Vec::new(),
            kept: Vec::new(),
            budget,
        }
    }

    /// Adds a commitment.
    pub(super) fn extend(&mut self, layout: &Layout, source: Arc<dyn Source>) {
        self.layout = layout.clone();
        self.sources.push((layout.last_commitment().start, source));
    }

    /// Part of a column, multiplicities included.
    pub(super) fn fill(
        &self,
        column: usize,
        start: usize,
        out: &mut [F],
    ) -> Result<(), SourceError> {
        if let Some(table) = column.checked_sub(self.layout.num_columns()) {
            let values = self
                .multiplicities
                .get(table)
                .and_then(|values| values.get(start..start + out.len()));
            out.copy_from_slice(values.ok_or("multiplicities are missing")?);
            return Ok(());
        }
        let shard = self.layout.shard_of(column).ok_or("no such column")?;
        let after = self.sources.partition_point(|(first, _)| *first <= shard);
        let (_, source) = &self.sources[after - 1];
        source.fill(ColumnId::new(column), start, out)
    }

    /// The stack of a shard.
    pub(super) fn load(&self, shard: usize) -> Result<Cow<'_, [F]>, SourceError> {
        match self.kept.get(shard) {
            Some(Some(stack)) => Ok(Cow::Borrowed(stack)),
            _ => self.build(shard).map(Cow::Owned),
        }
    }

    /// Keeps the stack of a shard if the budget allows it.
    pub(super) fn keep(&mut self, shard: usize, stack: Vec<F>) {
        let bytes = size_of_val(stack.as_slice());
        if bytes <= self.budget {
            self.budget -= bytes;
            self.kept
                .resize_with(self.layout.shards().max(self.kept.len()), || None);
            self.kept[shard] = Some(stack);
        }
    }

    /// Fills the stack of a shard.
    pub(super) fn build(&self, shard: usize) -> Result<Vec<F>, SourceError> {
        let mut stack = vec![F::ZERO; self.layout.used(shard)];
        let mut rest = stack.as_mut_slice();
        let mut parts = Vec::new();
        for piece in self.layout.pieces(shard) {
            let (cells, after) = rest.split_at_mut(1 << piece.log_size);
            rest = after;
            let len = self.layout.len_of(piece.column).unwrap_or(0);
            let used = (len - piece.start).min(cells.len());
            for (i, part) in cells[..used].chunks_mut(TASK).enumerate() {
                parts.push((piece.column, piece.start + i * TASK, part));
            }
        }
        parts
            .into_par_iter()
            .try_for_each(|(column, start, part)| self.fill(column, start, part))?;
        Ok(stack)
    }
}
