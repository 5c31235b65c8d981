//! Secret keys, evaluation keys, encryption and decryption.
//!
//! Secret keys, LWE encryption and the key-switching key come from `tfhe::core_crypto` over `p` (the functions
//! that are exact there). The keys of the grouped blind rotation are generated here, because tfhe has them only
//! modulo `2^64`; masks and noise come from tfhe's generators, each with a seed of its own.

mod bootstrapping;
mod client;
mod key_switching;
mod seed;

#[cfg(test)]
mod tests;

pub use bootstrapping::BootstrappingKey;
pub(crate) use bootstrapping::Prepared;
pub use client::ClientKey;
pub use key_switching::KeySwitchingKey;
pub use seed::SeedSource;

use crate::lwe::LweError;
use crate::modulus::{self, P};
use crate::params::{Gadget, ParameterError, ParameterSet};
use tfhe::core_crypto::prelude as tfhe_core;
use thiserror::Error;

/// A key cannot be made, read or used.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The parameter set breaks a rule.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// The operating system gave no randomness.
    #[error("no randomness from the operating system: {0}")]
    Entropy(String),
    /// A key has the wrong number of words.
    #[error("{key}: {given} words, a key of set `{set}` has {expected}")]
    Length {
        /// Which key.
        key: &'static str,
        /// Name of the parameter set.
        set: &'static str,
        /// Words given.
        given: usize,
        /// Words needed.
        expected: usize,
    },
    /// A word of a key has a value that it cannot have.
    #[error("{key}: word {index} {problem}")]
    Word {
        /// Which key.
        key: &'static str,
        /// Position of the word.
        index: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// Two keys, or a key and ciphertexts, belong to different parameter sets.
    #[error("{what}: set `{given}` given, set `{expected}` needed")]
    OtherParameters {
        /// What was given.
        what: &'static str,
        /// Its set.
        given: &'static str,
        /// The needed set.
        expected: &'static str,
    },
    /// Ciphertexts have the wrong dimension.
    #[error("ciphertexts have dimension {given}; this key needs {expected}")]
    Dimension {
        /// Dimension given.
        given: usize,
        /// Dimension needed.
        expected: usize,
    },
    /// Words are not canonical, or not ciphertexts.
    #[error(transparent)]
    Lwe(#[from] LweError),
}

/// The keys that a server needs; none of them reveals a message.
#[derive(Debug, Clone)]
pub struct ServerKey {
    /// From the big key to the small key.
    pub key_switching: KeySwitchingKey,
    /// From the small key to the big key.
    pub bootstrapping: BootstrappingKey,
}

impl ServerKey {
    /// Puts two keys of the same client together.
    ///
    /// # Errors
    /// [`KeyError::OtherParameters`] when they belong to different parameter sets.
    pub fn new(
        key_switching: KeySwitchingKey,
        bootstrapping: BootstrappingKey,
    ) -> Result<Self, KeyError> {
        let (given, expected) = (key_switching.parameters(), bootstrapping.parameters());
        if given == expected {
            Ok(Self {
                key_switching,
                bootstrapping,
            })
        } else {
            Err(KeyError::OtherParameters {
                what: "key-switching key",
                given: given.name,
                expected: expected.name,
            })
        }
    }

    /// The parameter set of both keys.
    pub fn parameters(&self) -> &'static ParameterSet {
        self.bootstrapping.parameters()
    }
}

/// `p` as a tfhe ciphertext modulus.
pub(crate) fn tfhe_modulus() -> tfhe_core::CiphertextModulus<u64> {
    tfhe_core::CiphertextModulus::new(u128::from(P))
}

/// A noise distribution of tfhe.
pub(crate) fn tfhe_noise(noise: crate::params::StdDevLog2) -> tfhe_core::Gaussian<f64> {
    tfhe_core::Gaussian::from_dispersion_parameter(tfhe_core::StandardDev(noise.std_dev()), 0.0)
}

/// A gadget in tfhe's types.
pub(crate) fn tfhe_gadget(
    gadget: Gadget,
) -> (
    tfhe_core::DecompositionBaseLog,
    tfhe_core::DecompositionLevelCount,
) {
    (
        tfhe_core::DecompositionBaseLog(gadget.base_log.0 as usize),
        tfhe_core::DecompositionLevelCount(gadget.levels.0),
    )
}

/// Checks the length of a key and that its words are canonical.
fn check_words(
    key: &'static str,
    parameters: &'static ParameterSet,
    words: &[u64],
    expected: usize,
) -> Result<(), KeyError> {
    if words.len() != expected {
        return Err(KeyError::Length {
            key,
            set: parameters.name,
            given: words.len(),
            expected,
        });
    }
    match modulus::first_non_canonical(words) {
        None => Ok(()),
        Some(index) => Err(KeyError::Word {
            key,
            index,
            problem: "is not below p",
        }),
    }
}
