//! The prover's side.

use super::State;
use super::state::{base_bytes, ext_bytes};
use crate::field::{F, K};

/// Collects the proof; every byte of it is also absorbed.
#[derive(Clone)]
pub struct ProverTranscript {
    pub(crate) state: State,
    pub(super) proof: Vec<u8>,
}

impl ProverTranscript {
    /// Starts a proof of `statement` (its full canonical bytes) with the
    /// protocol named `protocol`.
    pub fn new(protocol: &'static str, statement: &[u8]) -> Self {
        Self {
            state: State::new(protocol, statement),
            proof: Vec::new(),
        }
    }

    /// Binds public data that the verifier knows too.
    pub fn absorb(&mut self, label: &str, data: &[u8]) {
        self.state.absorb(label, data);
    }

    fn send(&mut self, label: &str, data: &[u8]) {
        self.state.sent(label, data);
        self.proof.extend_from_slice(data);
    }

    /// Sends extension field elements; their number must be public.
    pub fn send_ext(&mut self, label: &str, values: &[K]) {
        self.send(label, &ext_bytes(values));
    }

    /// Sends base field elements; their number must be public.
    pub fn send_base(&mut self, label: &str, values: &[F]) {
        self.send(label, &base_bytes(values));
    }

    /// Sends a byte string with a 4-byte length before it.
    ///
    /// # Panics
    /// If `data` is longer than `u32::MAX` bytes.
    pub fn send_bytes(&mut self, label: &str, data: &[u8]) {
        let length = u32::try_from(data.len()).expect("a message is shorter than 4 GiB");
        self.send(label, &length.to_le_bytes());
        self.send(label, data);
    }

    /// A challenge in `K`.
    pub fn challenge(&mut self, label: &str) -> K {
        self.state.challenge(label)
    }

    /// `n` challenges in `K`.
    pub fn challenges(&mut self, label: &str, n: usize) -> Vec<K> {
        (0..n).map(|_| self.challenge(label)).collect()
    }

    /// The proof bytes.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.proof
    }
}
