//! Verifier of the canonical split.

#![deny(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

use ark_ff::Zero;
use blindproof_zk::{
    ensure,
    field::{K, scale as times},
    multilinear, sumcheck,
};

use super::relation::{ALL_ONES, DEGREE, Split, SplitOpening, constraint, halves, scale};
use crate::{
    proof::{VerifyError, failed},
    session::VerifierSession,
};

/// Checks the split and returns the evaluations left to the caller.
pub(crate) fn verify(
    session: &mut VerifierSession,
    split: &Split,
) -> Result<SplitOpening, VerifyError> {
    // SPLIT-2
    let r = session.challenges("split eq", split.num_vars());
    let rho = session.challenge("split rho");
    // SPLIT-3
    let (point, expected) =
        sumcheck::verify(K::zero(), split.num_vars(), DEGREE, &mut session.transcript)?;
    // SPLIT-4
    let mut columns = split.columns.chunks.clone();
    columns.push(split.columns.inverse);
    let mut values = session.receive_columns("split chunks", &columns, &point)?;
    let inverse = values.pop().unwrap_or_default();
    let (high, low) = halves(&split.shape, &values);
    let gap = times(multilinear::prefix_indicator(split.cells, &point), ALL_ONES) - high;
    ensure!(
        "SPLIT-4 constraint",
        constraint(multilinear::eq(&r, &point), gap, inverse, low, rho) == expected,
        failed("canonical split")
    );
    Ok(SplitOpening {
        point,
        word: scale(high, 32) + low,
        top: values.first().copied().unwrap_or_default(),
    })
}
