//! The verifier.

#![deny(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

use super::relation::{GkrError, LeafClaim, State, TOP, combine, next_claim, quadratic, top};
use crate::ensure;
use crate::field::lanes::LOG_CHUNK;
use crate::transcript::VerifierTranscript;
use ark_ff::AdditiveGroup;

/// Reads the proof about `2^num_vars` fractions (`num_vars >= MIN_VARS`).
///
/// # Errors
/// If a layer is inconsistent or the proof is malformed. The returned claim is
/// **not yet checked**.
pub(crate) fn verify(
    num_vars: usize,
    t: &mut VerifierTranscript<'_>,
) -> Result<LeafClaim, GkrError> {
    // GKR-1
    let numerators = t.receive_ext("numerators", TOP)?;
    let denominators = t.receive_ext("denominators", TOP)?;
    // GKR-2
    let position_point = t.challenges("position", LOG_CHUNK);
    let (sum, children) = top(&numerators, &denominators, &position_point);
    let mut state = State::top(position_point, children);
    for layer in 1..num_vars.saturating_sub(LOG_CHUNK) {
        let inconsistent = GkrError::Inconsistent { layer };
        // GKR-3
        let lambda = t.challenge("lambda");
        // GKR-4
        let message = t.receive_ext("first round", 1)?;
        let &[q2] = message.as_slice() else {
            return Err(inconsistent);
        };
        let s = t.challenge("layer");
        let mut claim = quadratic(state.ends(lambda), q2, s);
        let mut bound = vec![s];
        for r in state.binding_order() {
            // GKR-5
            let message = t.receive_ext("layer round", 2)?;
            let &[q0, q2] = message.as_slice() else {
                return Err(inconsistent);
            };
            let s = t.challenge("layer");
            claim = next_claim(claim, r, [q0, q2], s).ok_or(GkrError::ZeroChallenge)?;
            bound.push(s);
        }
        // GKR-6
        let children = t.receive_ext("children", 4)?;
        let &[n0, n1, d0, d1] = children.as_slice() else {
            return Err(inconsistent);
        };
        let children = [n0, n1, d0, d1];
        ensure!(
            "GKR-6 layer",
            combine(lambda, children) == claim,
            inconsistent
        );
        state = State::descend(&bound, children);
    }
    ensure!(
        "GKR-7 denominator",
        sum.1 != AdditiveGroup::ZERO,
        GkrError::ZeroDenominator
    );
    // GKR-7
    Ok(state.into_claim(t.challenge("child"), sum))
}
