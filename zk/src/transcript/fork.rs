//! Branches of a transcript: independent parts of a proof that may be made in any order.
//!
//! All branches start from the same state and their number; they are joined in order, so that what follows depends on
//! every byte of every branch.

use super::{ProverTranscript, State, VerifierTranscript};

const FORK: &str = "fork";
const JOIN: &str = "join";

impl State {
    fn fork(&self, number: u64) -> Self {
        let mut state = self.clone();
        state.absorb(FORK, &number.to_le_bytes());
        state
    }
}

impl ProverTranscript {
    /// Branch `number`, with a proof of its own. Take all branches before the first is joined.
    #[must_use]
    pub fn fork(&self, number: u64) -> Self {
        Self {
            state: self.state.fork(number),
            proof: Vec::new(),
        }
    }

    /// A name for everything so far: what follows depends on it and on later messages alone.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.state.digest()
    }

    /// The bytes sent so far.
    pub(crate) fn proof(&self) -> &[u8] {
        &self.proof
    }

    /// Reads a branch's proof again.
    pub(crate) fn reader<'a>(&self, proof: &'a [u8]) -> VerifierTranscript<'a> {
        VerifierTranscript {
            state: self.state.clone(),
            rest: proof,
        }
    }

    /// This branch after its `proof` was read again.
    pub(crate) fn replayed(&self, read: VerifierTranscript<'_>, proof: &[u8]) -> Self {
        Self {
            state: read.state,
            proof: proof.to_vec(),
        }
    }

    /// Appends the proof of a branch.
    pub fn join(&mut self, mut branch: Self) {
        self.state.absorb(JOIN, &branch.state.digest());
        self.proof.append(&mut branch.proof);
    }
}

impl<'a> VerifierTranscript<'a> {
    /// Branch `number`. Take all branches before the first is joined.
    pub(crate) fn fork(&self, number: u64) -> State {
        self.state.fork(number)
    }

    /// A branch, reading on where this transcript stands.
    pub(crate) fn enter(&self, branch: State) -> Self {
        Self {
            state: branch,
            rest: self.rest,
        }
    }

    /// Continues after a branch that was read.
    pub(crate) fn join(&mut self, branch: Self) {
        self.state.absorb(JOIN, &branch.state.digest());
        self.rest = branch.rest;
    }
}
