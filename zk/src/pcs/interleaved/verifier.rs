//! The verifier.

#![deny(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

use super::error::InterleavedError;
use super::hash::Digest;
use super::{
    BATCHING, CLAIM, COORDINATES, Commitment, GRINDING, Interleaved, NODES, ROWS, SHARD,
    column_weights, draw_positions, from_coordinates, leaf, tree, weights,
};
use crate::ensure;
use crate::field::{F, K};
use crate::multilinear::{evaluate_ext, num_vars};
use crate::pcs::{MultilinearPcs, challenger};
use crate::sumcheck;
use crate::transcript::{VerifierTranscript, ext_bytes};

impl Interleaved {
    /// Checks that the committed stacks have the `values` at `point`.
    ///
    /// # Errors
    /// If the shapes do not fit, or the proof does not show it.
    pub fn verify(
        &self,
        commitments: &[Commitment],
        point: &[K],
        values: &[K],
        t: &mut VerifierTranscript<'_>,
    ) -> Result<(), InterleavedError> {
        let lengths = commitments.iter().flat_map(|c| c.lengths.iter().copied());
        let lengths: Vec<usize> = lengths.collect();
        let kappa = self.check_shapes(&lengths, point, values)?;
        let (r_col, r_row) = point.split_at(kappa);
        // IRS-2
        t.absorb(CLAIM, &ext_bytes(&[point, values].concat()));
        // IRS-3
        let r_shard = t.challenges(SHARD, num_vars(lengths.len()));
        let columns: Vec<usize> = lengths.iter().map(|&len| self.columns(len)).collect();
        let weights = column_weights(&columns, &r_shard, r_col);
        // IRS-4
        let tier_2 = self.whir.receive(t)?;
        // IRS-5
        ensure!(
            "IRS-5 proof of work",
            challenger::check_grinding(GRINDING, self.parameters.grinding, t)?,
            InterleavedError::Grinding
        );
        let positions = draw_positions(&mut t.state, self.parameters.queries, self.log_positions());
        // IRS-6
        let width = columns.iter().sum();
        let rows = positions
            .iter()
            .map(|_| t.receive_base(ROWS, width))
            .collect::<Result<Vec<Vec<F>>, _>>()?;
        self.check_rows(commitments, &positions, &rows, t)?;
        // IRS-7
        let gamma = t.challenge(BATCHING);
        let claim = weights::claim(&weights, &rows, &r_shard, values, gamma);
        // IRS-8
        let (rho, expected) = sumcheck::verify(claim, self.log_rows(), 2, t)?;
        // IRS-9
        let ends = t.receive_ext(COORDINATES, 3)?;
        let form = weights::evaluate(self.log_rows(), &positions, gamma, r_row, &rho);
        ensure!(
            "IRS-9 combination",
            form * from_coordinates(&ends) == expected,
            InterleavedError::Combination
        );
        let coordinate = t.challenges(COORDINATES, 2);
        let value = evaluate_ext(&ends, &coordinate);
        self.whir
            .verify(&tier_2, &[coordinate, rho].concat(), value, t)?;
        Ok(())
    }

    /// Reads the tree openings and compares the roots.
    fn check_rows(
        &self,
        commitments: &[Commitment],
        positions: &[usize],
        rows: &[Vec<F>],
        t: &mut VerifierTranscript<'_>,
    ) -> Result<(), InterleavedError> {
        let height = self.log_positions();
        let expected = tree::opening_len(height, positions);
        let mut rests: Vec<&[F]> = rows.iter().map(Vec::as_slice).collect();
        for (i, commitment) in commitments.iter().enumerate() {
            let columns = || commitment.lengths.iter().map(|&len| self.columns(len));
            let width = columns().sum::<usize>();
            let mut leaves = Vec::with_capacity(rests.len());
            for rest in &mut rests {
                let (row, others) = rest
                    .split_at_checked(width)
                    .ok_or(InterleavedError::Nodes(i))?;
                leaves.push(leaf::leaf(columns(), row));
                *rest = others;
            }
            let bytes = t.receive_bytes(NODES, expected.saturating_mul(size_of::<Digest>()))?;
            let (nodes, rest) = bytes.as_chunks::<{ size_of::<Digest>() }>();
            ensure!(
                "IRS-6 number of nodes",
                nodes.len() == expected && rest.is_empty(),
                InterleavedError::Nodes(i)
            );
            ensure!(
                "IRS-6 root",
                tree::root_of_opening(height, positions, leaves, nodes) == commitment.root,
                InterleavedError::Rejected(i)
            );
        }
        Ok(())
    }
}
