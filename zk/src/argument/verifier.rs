//! The verifier.

use super::prover::batched_value;
use super::ranges::{self, Challenges, LeafMismatch};
use super::relation::VerifyError;
use super::weights::point_from_binding_order;
use crate::field::K;
use crate::gkr;
use crate::pcs::{MultilinearPcs, Whir, WhirRoot};
use crate::soundness::Config;
use crate::stack::{ColumnId, Layout, LinearClaim};
use crate::sumcheck;
use crate::transcript::VerifierTranscript;
use ark_ff::AdditiveGroup;

/// Mirrors [`super::Prover`] with the proof bytes alone.
pub struct Verifier {
    layout: Layout,
    pcs: Whir,
    root: WhirRoot,
    claims: Vec<LinearClaim>,
    config: Config,
    ranges_checked: bool,
}

impl Verifier {
    /// Reads the commitment.
    ///
    /// # Errors
    /// If the proof is malformed or the soundness level is not reached.
    pub fn commit(
        layout: &Layout,
        config: &Config,
        t: &mut VerifierTranscript<'_>,
    ) -> Result<Self, VerifyError> {
        let pcs = Whir::new(config.whir(layout.num_vars())?)?;
        t.absorb("layout", &layout.bytes());
        t.absorb("config", &config.bytes());
        // ARG-1
        let root = pcs.receive(t)?;
        let layout = layout.clone();
        let claims = Vec::new();
        Ok(Self {
            layout,
            pcs,
            root,
            claims,
            config: *config,
            ranges_checked: false,
        })
    }

    /// Checks all ranges, up to the opening.
    ///
    /// # Errors
    /// If the lookup argument is wrong, or it was called before.
    pub fn range_check(&mut self, t: &mut VerifierTranscript<'_>) -> Result<(), VerifyError> {
        if core::mem::replace(&mut self.ranges_checked, true) {
            return Err(VerifyError::RangeCheck);
        }
        if self.layout.widths().is_empty() {
            return Ok(());
        }
        // ARG-2
        let challenges = Challenges {
            x: t.challenge("x"),
            alpha: t.challenge("alpha"),
        };
        // ARG-3
        let lookups = gkr::verify(self.layout.num_vars(), t)?;
        let tables = gkr::verify(ranges::table_vars(&self.layout), t)?;
        // ARG-4
        if !ranges::same(lookups.sum, tables.sum) {
            return Err(VerifyError::RangeSums);
        }
        let reject = |mismatch| match mismatch {
            LeafMismatch::Numerators => VerifyError::RangeNumerators,
            LeafMismatch::Denominators => VerifyError::RangeDenominators,
        };
        let lookup_claim = ranges::lookup_claim(&self.layout, &challenges, &lookups);
        let table_claim = ranges::table_claim(&self.layout, &challenges, &tables);
        self.claims.push(lookup_claim.map_err(reject)?);
        self.claims.push(table_claim.map_err(reject)?);
        Ok(())
    }

    /// Adds a claim, as [`super::Prover::claim`].
    ///
    /// # Errors
    /// If the column is of another layout or the point has the wrong size.
    pub fn claim(&mut self, column: ColumnId, point: &[K], value: K) -> Result<(), VerifyError> {
        let terms = self
            .layout
            .claim_terms(column, point)
            .ok_or(VerifyError::BadClaim {
                column,
                coordinates: point.len(),
            })?;
        self.claims.push(LinearClaim { terms, value });
        Ok(())
    }

    /// Checks all claims. Nothing is established before this returns `Ok`, and
    /// the transcript must be finished afterwards.
    ///
    /// # Errors
    /// If a claim is false or the proof is malformed.
    pub fn open(self, t: &mut VerifierTranscript<'_>) -> Result<(), VerifyError> {
        if !self.ranges_checked {
            return Err(VerifyError::RangeCheck);
        }
        self.config.report(&self.layout, self.claims.len(), &[])?;
        // ARG-6
        for claim in &self.claims {
            t.absorb("claim", &claim.bytes());
        }
        let gamma = t.challenge("batch");
        let claim = batched_value(&self.claims, gamma);
        // ARG-7
        let (bound, expected) = sumcheck::verify(claim, self.layout.num_vars(), 2, t)?;
        let point = point_from_binding_order(&bound);
        // ARG-8
        let value = t
            .receive_ext("stack value", 1)?
            .first()
            .copied()
            .unwrap_or(K::ZERO);
        let weight = self
            .claims
            .iter()
            .rev()
            .fold(K::ZERO, |sum, c| sum * gamma + c.evaluate(&point));
        if weight * value != expected {
            return Err(VerifyError::Claims);
        }
        // ARG-9
        Ok(self.pcs.verify(&self.root, &point, value, t)?)
    }
}
