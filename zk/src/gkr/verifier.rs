//! The verifier.

use super::relation::{GkrError, LeafClaim, State, TOP, combine, next_claim, top};
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
    let (sum, numerator, denominator) = top(&numerators, &denominators, &position_point);
    let mut state = State {
        chunk_point: Vec::new(),
        position_point,
        numerator,
        denominator,
    };
    for layer in 0..num_vars.saturating_sub(LOG_CHUNK) {
        // GKR-3
        let lambda = t.challenge("lambda");
        let mut claim = state.numerator + lambda * state.denominator;
        let mut bound = Vec::new();
        for r in state.binding_order() {
            // GKR-4
            let message = t.receive_ext("layer round", 2)?;
            let s = t.challenge("layer");
            let &[q0, q2] = message.as_slice() else {
                return Err(GkrError::Inconsistent { layer });
            };
            claim = next_claim(claim, r, [q0, q2], s).ok_or(GkrError::ZeroChallenge)?;
            bound.push(s);
        }
        // GKR-5
        let children = t.receive_ext("children", 4)?;
        let &[n0, n1, d0, d1] = children.as_slice() else {
            return Err(GkrError::Inconsistent { layer });
        };
        let children = [n0, n1, d0, d1];
        if combine(lambda, children) != claim {
            return Err(GkrError::Inconsistent { layer });
        }
        // GKR-6
        state = State::descend(&bound, t.challenge("child"), children);
    }
    if sum.1 == AdditiveGroup::ZERO {
        return Err(GkrError::ZeroDenominator);
    }
    Ok(state.into_claim(sum))
}
