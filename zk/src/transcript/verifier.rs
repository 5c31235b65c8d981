//! The verifier's side.

#![deny(
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

use super::State;
#[cfg(any(test, feature = "insecure-testkit"))]
use super::audit::Element;
use crate::ensure;
use crate::field::{F, K, P, f};

/// Why proof bytes could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TranscriptError {
    /// The proof ends inside the message `label`.
    #[error("proof ends inside message `{label}`: {needed} bytes needed, {left} left")]
    Truncated {
        /// Which message.
        label: String,
        /// Bytes the message needs.
        needed: usize,
        /// Bytes left.
        left: usize,
    },
    /// A field element is not below the modulus.
    #[error("non-canonical field element in message `{label}`")]
    NonCanonical {
        /// Which message.
        label: String,
    },
    /// A byte string is longer than allowed.
    #[error("message `{label}` is {length} bytes, at most {limit} allowed")]
    TooLong {
        /// Which message.
        label: String,
        /// Announced length.
        length: usize,
        /// Largest accepted length.
        limit: usize,
    },
    /// Bytes follow the last message.
    #[error("{0} bytes follow the proof")]
    TrailingBytes(usize),
}

/// Reads a proof; every byte read is also absorbed.
#[derive(Clone)]
pub struct VerifierTranscript<'a> {
    pub(crate) state: State,
    pub(super) rest: &'a [u8],
}

impl<'a> VerifierTranscript<'a> {
    /// Starts checking `proof` against `statement`; see
    /// [`super::ProverTranscript::new`].
    pub fn new(protocol: &'static str, statement: &[u8], proof: &'a [u8]) -> Self {
        Self {
            state: State::new(protocol, statement),
            rest: proof,
        }
    }

    /// Binds public data that the prover knows too.
    pub fn absorb(&mut self, label: &str, data: &[u8]) {
        self.state.absorb(label, data);
    }

    fn receive(&mut self, label: &str, needed: usize) -> Result<&'a [u8], TranscriptError> {
        let Some((data, rest)) = self.rest.split_at_checked(needed) else {
            let left = self.rest.len();
            return Err(TranscriptError::Truncated {
                label: label.into(),
                needed,
                left,
            });
        };
        self.rest = rest;
        self.state.sent(label, data);
        Ok(data)
    }

    /// Reads `n` base field elements.
    ///
    /// # Errors
    /// If the proof is too short or an element is not canonical.
    pub fn receive_base(&mut self, label: &str, n: usize) -> Result<Vec<F>, TranscriptError> {
        #[cfg(any(test, feature = "insecure-testkit"))]
        super::audit::received(label, self.rest, n.saturating_mul(8), Element::Word);
        let data = self.receive(label, n.saturating_mul(8))?;
        data.chunks_exact(8)
            .map(|bytes| {
                let value = bytes.iter().rev().fold(0, |v, &b| v << 8 | u64::from(b));
                let error = || TranscriptError::NonCanonical {
                    label: label.into(),
                };
                ensure!("TR canonical elements", value < P, error());
                Ok(f(value))
            })
            .collect()
    }

    /// Reads `n` extension field elements.
    ///
    /// # Errors
    /// As [`Self::receive_base`].
    pub fn receive_ext(&mut self, label: &str, n: usize) -> Result<Vec<K>, TranscriptError> {
        let coordinates = self.receive_base(label, n.saturating_mul(3))?;
        let (elements, _) = coordinates.as_chunks::<3>();
        Ok(elements
            .iter()
            .map(|&[c0, c1, c2]| K::new(c0, c1, c2))
            .collect())
    }

    /// Reads a byte string of at most `limit` bytes.
    ///
    /// # Errors
    /// If the proof is too short or the announced length exceeds `limit`.
    pub fn receive_bytes(&mut self, label: &str, limit: usize) -> Result<Vec<u8>, TranscriptError> {
        #[cfg(any(test, feature = "insecure-testkit"))]
        super::audit::received(label, self.rest, 4, Element::Length);
        let length = self.receive(label, 4)?;
        let length = length.iter().rev().fold(0, |v, &b| v << 8 | usize::from(b));
        let error = || TranscriptError::TooLong {
            label: label.into(),
            length,
            limit,
        };
        ensure!("TR length limit", length <= limit, error());
        #[cfg(any(test, feature = "insecure-testkit"))]
        super::audit::received(label, self.rest, length, Element::Byte);
        Ok(self.receive(label, length)?.to_vec())
    }

    /// A challenge in `K`.
    pub fn challenge(&mut self, label: &str) -> K {
        self.state.challenge(label)
    }

    /// `n` challenges in `K`.
    pub fn challenges(&mut self, label: &str, n: usize) -> Vec<K> {
        (0..n).map(|_| self.challenge(label)).collect()
    }

    /// Ends the proof.
    ///
    /// # Errors
    /// If bytes are left over.
    pub fn finish(self) -> Result<(), TranscriptError> {
        let left = self.rest.len();
        ensure!("TR end", left == 0, TranscriptError::TrailingBytes(left));
        Ok(())
    }
}
