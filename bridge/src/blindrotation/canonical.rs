//! BR-2: every word y is canonical.

use super::{prover::Proven, verifier::Claimed};
use crate::{
    proof::{ProveError, VerifyError},
    session::{ProverSession, VerifierSession},
};

pub(super) fn prove(_: &mut ProverSession, _: &[Proven<'_>]) -> Result<(), ProveError> {
    Ok(())
}

pub(super) fn verify(_: &mut VerifierSession, _: &[Claimed<'_>]) -> Result<(), VerifyError> {
    Ok(())
}
