//! The verifier.

#![deny(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

use super::SumcheckError;
use super::relation::interpolate;
use crate::field::K;
use crate::transcript::VerifierTranscript;

/// Reads the rounds for the sum `claim` over `num_vars` variables.
///
/// Returns the point (most significant variable first) and the value that the
/// combination of the tables must have there. **The caller must check it.**
///
/// # Errors
/// If the proof is malformed or `degree` is zero.
pub fn verify(
    claim: K,
    num_vars: usize,
    degree: usize,
    t: &mut VerifierTranscript<'_>,
) -> Result<(Vec<K>, K), SumcheckError> {
    if degree == 0 {
        return Err(SumcheckError::ZeroDegree);
    }
    let mut claim = claim;
    let mut point = Vec::new();
    for _ in 0..num_vars {
        // SC-1
        let sent = t.receive_ext("sumcheck round", degree)?;
        let Some((&at_zero, rest)) = sent.split_first() else {
            return Err(SumcheckError::ZeroDegree);
        };
        let values = [&[at_zero, claim - at_zero], rest].concat();
        // SC-2
        let r = t.challenge("sumcheck");
        claim = interpolate(&values, r);
        point.push(r);
    }
    Ok((point, claim))
}
