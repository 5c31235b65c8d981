//! The prover.

use super::code::{Encoder, row_width};
use super::error::{InterleavedError, LoadError};
use super::hash::Digest;
use super::leaf::{self, BATCH};
use super::{
    BATCHING, CLAIM, COORDINATES, GRINDING, Interleaved, NODES, ROWS, Root, SHARD, column_weights,
    draw_positions, tree, weights,
};
use crate::field::lanes::{Table, from_base};
use crate::field::mac::add_combination;
use crate::field::{F, K};
use crate::multilinear::{evaluate_base, evaluate_ext, num_vars};
use crate::pcs::{MultilinearPcs, challenger};
use crate::sumcheck;
use crate::transcript::{ProverTranscript, ext_bytes};
use ark_ff::AdditiveGroup;
use std::borrow::Cow;

/// What the prover keeps of one commitment: the leaves of its tree.
#[derive(Clone, Debug)]
pub struct TreeData {
    lengths: Vec<usize>,
    leaves: Vec<Digest>,
}

impl TreeData {
    /// Length of the stack of each shard.
    #[must_use]
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }
}

impl Interleaved {
    /// Commits to the stacks of several shards, without a transcript. `load(i)` hands out the stack of the `i`-th
    /// shard of this commitment; it is called once for each, in order.
    ///
    /// # Errors
    /// If a stack cannot be loaded or has not the announced length.
    pub fn commit<'a>(
        &self,
        lengths: &[usize],
        mut load: impl FnMut(usize) -> Result<Cow<'a, [F]>, LoadError>,
    ) -> Result<(Root, TreeData), InterleavedError> {
        self.commit_with(lengths, |shard, absorb| {
            absorb(&load(shard)?);
            Ok(())
        })
    }

    /// As [`Self::commit`], for a caller that keeps its stacks: `visit(i, absorb)` calls `absorb` with the stack.
    ///
    /// # Errors
    /// As [`Self::commit`].
    pub fn commit_with(
        &self,
        lengths: &[usize],
        mut visit: impl FnMut(usize, &mut dyn FnMut(&[F])) -> Result<(), LoadError>,
    ) -> Result<(Root, TreeData), InterleavedError> {
        let encoder = Encoder::new(self.log_rows());
        let rows = 1 << self.log_rows();
        let mut leaves = vec![[0; 32]; 2 * rows];
        let mut codeword = Vec::new();
        for (shard, &expected) in lengths.iter().enumerate() {
            let mut actual = 0;
            let mut absorb = |stack: &[F]| {
                actual = stack.len();
                if actual != expected {
                    return;
                }
                for batch in batches(stack, rows) {
                    for (half, states) in leaves.chunks_mut(rows).enumerate() {
                        encoder.encode(&batch, half, &mut codeword);
                        leaf::absorb(states, &codeword, batch.len());
                    }
                }
            };
            visit(shard, &mut absorb).map_err(|source| InterleavedError::Load { shard, source })?;
            if actual != expected {
                return Err(InterleavedError::StackLength {
                    shard,
                    expected,
                    actual,
                });
            }
        }
        let root = tree::root(&leaves);
        let lengths = lengths.to_vec();
        Ok((root, TreeData { lengths, leaves }))
    }

    /// Proves that the committed stacks have the `values` at `point`. `load(s)` hands out the stack of shard `s`, numbered
    /// through all commitments; it is called twice for each.
    ///
    /// # Errors
    /// If the shapes do not fit, a stack cannot be loaded or has not its length, or a value is wrong.
    pub fn open<'a>(
        &self,
        trees: Vec<TreeData>,
        mut load: impl FnMut(usize) -> Result<Cow<'a, [F]>, LoadError>,
        point: &[K],
        values: &[K],
        t: &mut ProverTranscript,
    ) -> Result<(), InterleavedError> {
        let lengths: Vec<usize> = trees.iter().flat_map(|t| t.lengths.clone()).collect();
        let kappa = self.check_shapes(&lengths, point, values)?;
        let (r_col, r_row) = point.split_at(kappa);
        // IRS-2
        t.absorb(CLAIM, &ext_bytes(&[point, values].concat()));
        // IRS-3
        let r_shard = t.challenges(SHARD, num_vars(lengths.len()));
        let columns: Vec<usize> = lengths.iter().map(|&len| self.columns(len)).collect();
        let weights = column_weights(&columns, &r_shard, r_col);
        // IRS-4
        let rows = 1 << self.log_rows();
        let mut g = Table::filled(K::ZERO, rows);
        for (shard, (weights, &len)) in weights.iter().zip(&lengths).enumerate() {
            let stack = load_checked(&mut load, shard, len)?;
            let terms: Vec<(&[F], K)> = stack.chunks(rows).zip(weights.iter().copied()).collect();
            add_combination(&mut g, &terms);
        }
        let coordinates: Vec<F> = g.0.iter().flatten().map(|&v| from_base(v)).collect();
        let data = self.whir.commit(&coordinates, t)?;
        // IRS-5
        challenger::grind(GRINDING, self.parameters.grinding, t);
        let positions = draw_positions(&mut t.state, self.parameters.queries, self.log_positions());
        // IRS-6
        let opened = self.opened_rows(&lengths, &mut load, &positions)?;
        for row in &opened {
            t.send_base(ROWS, row);
        }
        for tree in trees {
            let nodes = tree::open(tree.leaves, &positions);
            t.send_bytes(NODES, nodes.as_flattened());
        }
        // IRS-7
        let gamma = t.challenge(BATCHING);
        let claim = weights::claim(&weights, &opened, &r_shard, values, gamma);
        let form = weights::table(self.log_rows(), &positions, gamma, r_row);
        // IRS-8
        let parts: Vec<&[F]> = coordinates.chunks(rows).collect();
        let pair = [sumcheck::table(&form), g];
        drop(form);
        let (rho, _) = sumcheck::prove_products(vec![pair], self.log_rows(), claim, t)?;
        // IRS-9
        let ends: Vec<K> = parts.iter().map(|c| evaluate_base(c, &rho)).collect();
        t.send_ext(COORDINATES, &ends);
        let coordinate = t.challenges(COORDINATES, 2);
        let value = evaluate_ext(&ends, &coordinate);
        self.whir
            .open(data, &[coordinate, rho].concat(), value, t)?;
        Ok(())
    }

    /// The rows of all codewords at `positions`, encoded again.
    fn opened_rows<'a>(
        &self,
        lengths: &[usize],
        load: &mut impl FnMut(usize) -> Result<Cow<'a, [F]>, LoadError>,
        positions: &[usize],
    ) -> Result<Vec<Vec<F>>, InterleavedError> {
        let encoder = Encoder::new(self.log_rows());
        let rows = 1 << self.log_rows();
        let mut opened = vec![Vec::new(); positions.len()];
        let mut codeword = Vec::new();
        let (first, second) = positions.split_at(positions.partition_point(|&p| p < rows));
        let second: Vec<usize> = second.iter().map(|p| p - rows).collect();
        for (shard, &len) in lengths.iter().enumerate() {
            let stack = load_checked(load, shard, len)?;
            for batch in batches(&stack, rows) {
                let width = row_width(batch.len());
                let mut rows = opened.iter_mut();
                for (half, wanted) in [first, &second].into_iter().enumerate() {
                    encoder.encode_at(&batch, half, wanted, &mut codeword);
                    for (&position, row) in wanted.iter().zip(rows.by_ref()) {
                        let values = &codeword[position * width..][..batch.len()];
                        row.extend(values.iter().map(|&v| from_base(v)));
                    }
                }
            }
        }
        Ok(opened)
    }
}

/// The stack of a shard, with the announced length.
fn load_checked<'a>(
    load: &mut impl FnMut(usize) -> Result<Cow<'a, [F]>, LoadError>,
    shard: usize,
    expected: usize,
) -> Result<Cow<'a, [F]>, InterleavedError> {
    let stack = load(shard).map_err(|source| InterleavedError::Load { shard, source })?;
    if stack.len() != expected {
        return Err(InterleavedError::StackLength {
            shard,
            expected,
            actual: stack.len(),
        });
    }
    Ok(stack)
}

/// The columns of a stack, in batches.
fn batches(stack: &[F], rows: usize) -> impl Iterator<Item = Vec<&[F]>> {
    stack
        .chunks(BATCH * rows)
        .map(move |batch| batch.chunks(rows).collect())
}
