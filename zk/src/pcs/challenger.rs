//! Our transcript as the challenger of the `p3` crates: one transcript, bound
//! both ways.

use super::whir::Cap;
use crate::field::lanes::{base, from_base};
use crate::field::{F, f, to_word};
use crate::transcript::{ProverTranscript, State, TranscriptError, VerifierTranscript};
use p3_challenger::{
    CanObserve, CanSample, CanSampleBits, CanSampleUniformBits, FieldChallenger,
    GrindingChallenger, ResamplingError,
};
use p3_field::PrimeField64;
use p3_goldilocks::Goldilocks;
use rayon::prelude::*;

/// Owns the transcript state while WHIR runs.
#[derive(Clone)]
pub(crate) struct Challenger(pub(super) State);

impl CanObserve<Goldilocks> for Challenger {
    fn observe(&mut self, value: Goldilocks) {
        self.0
            .absorb("whir", &value.as_canonical_u64().to_le_bytes());
    }

    fn observe_slice(&mut self, values: &[Goldilocks]) {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|v| v.as_canonical_u64().to_le_bytes())
            .collect();
        self.0.absorb("whir", &bytes);
    }
}

impl CanObserve<Cap> for Challenger {
    fn observe(&mut self, value: Cap) {
        self.0.absorb("whir root", &value.roots().concat());
    }
}

impl CanSample<Goldilocks> for Challenger {
    fn sample(&mut self) -> Goldilocks {
        base(self.0.base_challenge("whir"))
    }
}

impl CanSampleBits<usize> for Challenger {
    fn sample_bits(&mut self, bits: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.squeeze("whir bits", &mut bytes);
        let mask = u32::try_from(bits)
            .ok()
            .and_then(|b| 1_usize.checked_shl(b));
        usize::from_le_bytes(bytes) & mask.map_or(usize::MAX, |m| m - 1)
    }
}

impl CanSampleUniformBits<Goldilocks> for Challenger {
    /// Bits of a hash are uniform as they are.
    fn sample_uniform_bits<const RESAMPLE: bool>(
        &mut self,
        bits: usize,
    ) -> Result<usize, ResamplingError> {
        Ok(self.sample_bits(bits))
    }
}

impl FieldChallenger<Goldilocks> for Challenger {}

impl Challenger {
    /// A seed bound to everything so far; a witness is tried against it.
    fn grinding_seed(&mut self) -> [u8; 32] {
        let mut seed = [0; 32];
        self.0.squeeze("grinding seed", &mut seed);
        seed
    }
}

/// Whether `BLAKE3(seed || witness)` starts with `bits` zero bits.
fn meets(seed: &[u8; 32], witness: F, bits: usize) -> bool {
    let mut input = [0; 40];
    input[..32].copy_from_slice(seed);
    input[32..].copy_from_slice(&to_word(witness).to_le_bytes());
    let hash = blake3::hash(&input);
    let leading = hash
        .as_bytes()
        .iter()
        .take(8)
        .fold(0_u64, |v, &b| v << 8 | u64::from(b));
    leading.leading_zeros() as usize >= bits
}

/// The smallest witness.
fn search(seed: &[u8; 32], bits: usize) -> F {
    // About 2^bits <= 2^20 candidates are expected, of 2^32.
    let found = (0..u32::MAX)
        .into_par_iter()
        .by_exponential_blocks()
        .find_first(|&w| meets(seed, f(u64::from(w)), bits));
    f(u64::from(found.unwrap_or(0)))
}

/// Proof of work outside WHIR: sends a witness, if `bits` are asked for.
pub(super) fn grind(label: &str, bits: u32, t: &mut ProverTranscript) {
    if bits > 0 {
        let mut seed = [0; 32];
        t.state.squeeze(label, &mut seed);
        t.send_base(label, &[search(&seed, bits as usize)]);
    }
}

/// Reads what [`grind`] sends; whether the work was done.
pub(super) fn check_grinding(
    label: &str,
    bits: u32,
    t: &mut VerifierTranscript<'_>,
) -> Result<bool, TranscriptError> {
    if bits == 0 {
        return Ok(true);
    }
    let mut seed = [0; 32];
    t.state.squeeze(label, &mut seed);
    let witness = t.receive_base(label, 1)?;
    Ok(meets(&seed, witness[0], bits as usize))
}

impl GrindingChallenger for Challenger {
    type Witness = Goldilocks;

    /// The smallest witness, so that proofs are reproducible.
    fn grind(&mut self, bits: usize) -> Goldilocks {
        if bits == 0 {
            return Goldilocks::default();
        }
        let witness = base(search(&self.grinding_seed(), bits));
        self.observe(witness);
        witness
    }

    fn check_witness(&mut self, bits: usize, witness: Goldilocks) -> bool {
        if bits == 0 {
            return true;
        }
        let seed = self.grinding_seed();
        self.observe(witness);
        meets(&seed, from_base(witness), bits)
    }
}
