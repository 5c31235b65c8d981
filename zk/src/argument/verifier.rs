//! The verifier.

#![deny(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

use super::prover::batched_value;
use super::ranges::{self, Challenges, LeafMismatch};
use super::reduction::{self, DEGREE};
use super::relation::VerifyError;
use crate::ensure;
use crate::field::K;
use crate::gkr;
use crate::pcs::interleaved::{Commitment, Interleaved, Root};
use crate::soundness::Config;
use crate::stack::{ColumnId, Layout, LinearClaim, Range};
use crate::sumcheck;
use crate::transcript::VerifierTranscript;
use ark_ff::AdditiveGroup;

/// Mirrors [`super::Prover`] with the proof bytes alone.
pub struct Verifier {
    config: Config,
    pcs: Interleaved,
    layout: Option<Layout>,
    commitments: Vec<Commitment>,
    claims: Vec<LinearClaim>,
    ranges_checked: bool,
}

impl Verifier {
    /// As [`super::Prover::new`].
    ///
    /// # Errors
    /// If the soundness level is out of reach.
    pub fn new(config: &Config, log_rows: usize) -> Result<Self, VerifyError> {
        Ok(Self {
            config: *config,
            pcs: Interleaved::new(config, log_rows)?,
            layout: None,
            commitments: Vec::new(),
            claims: Vec::new(),
            ranges_checked: false,
        })
    }

    /// Reads the root of the layout's last commitment.
    ///
    /// # Errors
    /// If the proof is malformed, or the layout does not extend the one before.
    pub fn commit(
        &mut self,
        layout: &Layout,
        t: &mut VerifierTranscript<'_>,
    ) -> Result<(), VerifyError> {
        t.absorb("layout", &super::shape(layout, &self.config, &self.pcs));
        // ARG-1
        let root = self.pcs.receive(t)?;
        self.extend(layout, root)
    }

    /// Binds a root that the verifier has already.
    ///
    /// # Errors
    /// If the layout does not extend the one before.
    pub fn commit_known(
        &mut self,
        layout: &Layout,
        root: &Root,
        t: &mut VerifierTranscript<'_>,
    ) -> Result<(), VerifyError> {
        t.absorb("layout", &super::shape(layout, &self.config, &self.pcs));
        t.absorb("known root", root);
        self.extend(layout, *root)
    }

    fn extend(&mut self, layout: &Layout, root: Root) -> Result<(), VerifyError> {
        ensure!(
            "ARG-1 commitments before the range check",
            !self.ranges_checked,
            VerifyError::RangeCheck
        );
        let extends = self.layout.as_ref().is_none_or(|l| l.begins(layout));
        ensure!("ARG-1 layouts extend", extends, VerifyError::Layout);
        let shards = layout.last_commitment();
        self.commitments.push(Commitment {
            root,
            lengths: shards.map(|shard| layout.used(shard)).collect(),
        });
        self.layout = Some(layout.clone());
        Ok(())
    }

    /// Number of claims so far, those of the range check included.
    #[must_use]
    pub const fn claims(&self) -> usize {
        self.claims.len()
    }

    fn layout(&self) -> Result<&Layout, VerifyError> {
        self.layout.as_ref().ok_or(VerifyError::Layout)
    }

    /// Checks all ranges, up to the opening.
    ///
    /// # Errors
    /// If the lookup argument is wrong, or it was called before.
    pub fn range_check(&mut self, t: &mut VerifierTranscript<'_>) -> Result<(), VerifyError> {
        let layout = self.layout.as_ref().ok_or(VerifyError::Layout)?;
        ensure!(
            "ARG-2 tables are committed",
            !layout.lacks_tables(),
            VerifyError::RangeCheck
        );
        let again = core::mem::replace(&mut self.ranges_checked, true);
        ensure!("ARG-2 once", !again, VerifyError::RangeCheck);
        if layout.widths().is_empty() {
            return Ok(());
        }
        // ARG-2
        let challenges = Challenges {
            x: t.challenge("x"),
            alpha: t.challenge("alpha"),
        };
        let reject = |mismatch| match mismatch {
            LeafMismatch::Numerators => VerifyError::RangeNumerators,
            LeafMismatch::Denominators => VerifyError::RangeDenominators,
        };
        // ARG-3
        let shards: Vec<usize> = ranges::checked_shards(layout).collect();
        let branches: Vec<_> = shards.iter().map(|&shard| t.fork(number(shard))).collect();
        let mut sum = (K::ZERO, K::from(1_u64));
        for (shard, branch) in shards.into_iter().zip(branches) {
            let mut branch = t.enter(branch);
            let leaf = gkr::verify(layout.num_vars(shard), &mut branch)?;
            t.join(branch);
            sum = ranges::add(sum, leaf.sum);
            let claim = ranges::lookup_claim(layout, shard, &challenges, &leaf);
            self.claims.push(claim.map_err(reject)?);
        }
        let tables = gkr::verify(ranges::table_vars(layout), t)?;
        // ARG-4
        ensure!(
            "ARG-4 sums of lookups and tables",
            ranges::same(sum, tables.sum),
            VerifyError::RangeSums
        );
        let table_claim = ranges::table_claim(layout, &challenges, &tables);
        self.claims.push(table_claim.map_err(reject)?);
        Ok(())
    }

    /// Adds a claim, as [`super::Prover::claim_multiplicity`].
    ///
    /// # Errors
    /// If there is no such table or entry.
    pub fn claim_multiplicity(
        &mut self,
        range: Range,
        value: usize,
        count: u64,
    ) -> Result<(), VerifyError> {
        let claim = super::multiplicity_claim(self.layout()?, range, value, count);
        self.claims.push(claim.ok_or(VerifyError::BadMultiplicity)?);
        Ok(())
    }

    /// Adds a claim, as [`super::Prover::claim`].
    ///
    /// # Errors
    /// If the column is of another layout or the point has the wrong size.
    pub fn claim(&mut self, column: ColumnId, point: &[K], value: K) -> Result<(), VerifyError> {
        let claim = self.layout()?.column_claim(column, point, value);
        self.claims.push(claim.ok_or_else(|| bad(column, point))?);
        Ok(())
    }

    /// Adds a claim, as [`super::Prover::claim_rows`].
    ///
    /// # Errors
    /// If the column is of another layout or a row does not lie in it.
    pub fn claim_rows(
        &mut self,
        column: ColumnId,
        rows: &[(usize, K)],
        point: &[K],
        value: K,
    ) -> Result<(), VerifyError> {
        let claim = self.layout()?.rows_claim(column, rows, point, value);
        self.claims.push(claim.ok_or_else(|| bad(column, point))?);
        Ok(())
    }

    /// Checks all claims. Nothing is established before this returns `Ok`, and
    /// the transcript must be finished afterwards.
    ///
    /// # Errors
    /// If a claim is false or the proof is malformed.
    pub fn open(self, t: &mut VerifierTranscript<'_>) -> Result<(), VerifyError> {
        ensure!(
            "ARG-6 ranges are checked",
            self.ranges_checked,
            VerifyError::RangeCheck
        );
        let layout = self.layout()?;
        let log_rows = self.pcs.log_rows();
        self.config
            .report(layout, log_rows, self.claims.len(), &[])?;
        // ARG-6
        for claim in &self.claims {
            t.absorb("claim", &claim.bytes());
        }
        let gamma = t.challenge("batch");
        let claim = batched_value(&self.claims, gamma);
        // ARG-7
        let vars = super::point_vars(layout, log_rows);
        let low = reduction::low_vars(vars);
        let (r_low, claim) = sumcheck::verify(claim, low, DEGREE, t)?;
        let high = vars.saturating_sub(low);
        let (r_high, expected) = sumcheck::verify(claim, high, DEGREE, t)?;
        let point = [r_high, r_low].concat();
        // ARG-8
        let values = t.receive_ext("stack values", layout.shards())?;
        let mut sum = K::ZERO;
        let mut power = K::from(1_u64);
        for claim in &self.claims {
            let value = values.get(claim.shard).copied().unwrap_or(K::ZERO);
            sum += power * claim.evaluate(&point) * value;
            power *= gamma;
        }
        ensure!("ARG-8 claims", sum == expected, VerifyError::Claims);
        // ARG-9
        Ok(self.pcs.verify(&self.commitments, &point, &values, t)?)
    }
}

fn number(shard: usize) -> u64 {
    u64::try_from(shard).unwrap_or(u64::MAX)
}

fn bad(column: ColumnId, point: &[K]) -> VerifyError {
    VerifyError::BadClaim {
        column,
        coordinates: point.len(),
    }
}
