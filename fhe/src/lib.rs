//! Exact TFHE over `p = 2^64 - 2^32 + 1`: programmable bootstraps whose every word is a function of integers, so
//! that a proof can state what was computed.
//!
//! # Example
//!
//! Encrypt a message, look up its square while it is encrypted, decrypt.
//!
//! ```
//! use blindproof_fhe::evaluate::{blind_rotation, key_switch, modulus_switch};
//! use blindproof_fhe::keys::{ClientKey, SeedSource};
//! use blindproof_fhe::lut::Lut;
//! use blindproof_fhe::lwe::LweMatrix;
//! use blindproof_fhe::params::ParameterSet;
//!
//! // Real use: ParameterSet::default_set(), 4-bit messages at 128-bit security.
//! let set = ParameterSet::by_name("insecure_message_4")?;
//! // log2 of the probability that a bootstrap reads a wrong entry of its table:
//! assert!(set.log2_p_fail(1.0) < -64.0);
//!
//! let mut seeds = SeedSource::from_os()?;
//! let client = ClientKey::generate(set, &mut seeds)?;
//! let server = client.generate_server_key(&mut seeds);
//! let input = client.encrypt(&[3 * set.delta()], &mut seeds)?;
//!
//! let squares = Lut::new((0..16).map(|v| (v * v % 16) * set.delta()).collect())?;
//! let small = key_switch(&server.key_switching, &input.words)?;
//! let exponents = modulus_switch(set, &small)?;
//! let luts = std::slice::from_ref(&squares);
//! let output = blind_rotation(&server.bootstrapping, luts, &exponents, &|_, _| {})?;
//!
//! let phase = client.decrypt_phase(&LweMatrix::new(output.clone())?)?[0];
//! assert_eq!((phase + set.delta() / 2) / set.delta(), 9);
//!
//! // Exact: whoever has the evaluation keys can evaluate again and compare every word. (A proof spares them that: `bridge`.)
//! let again = |claimed: &ndarray::Array2<u64>| -> Result<bool, Box<dyn std::error::Error>> {
//!     let exponents = modulus_switch(set, &key_switch(&server.key_switching, &input.words)?)?;
//!     let luts = std::slice::from_ref(&squares);
//!     Ok(blind_rotation(&server.bootstrapping, luts, &exponents, &|_, _| {})? == *claimed)
//! };
//! let mut claimed = output.clone();
//! assert!(again(&claimed)?);
//! claimed[(0, 5)] ^= 1;
//! assert!(!again(&claimed)?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Whole networks: [`model::QuantisedModel`] → [`program::Program`] → [`evaluate::evaluate`], which returns the
//! [`evaluate::Trace`] that the proofs are about.
//!
//! # Modules
//!
//! | module | what it is for | source |
//! |---|---|---|
//! | [`modulus`] | arithmetic modulo `p` | |
//! | [`params`] | parameter sets, gadget decomposition | |
//! | [`noise`] | noise, failure probability, security estimates | tfhe 1.8.2 `noise_formulas` |
//! | [`keys`] | secret and evaluation keys, encryption | Chillotti, Gama, Georgieva, Izabachène: TFHE (2020) |
//! | [`evaluate`] | linear layers, key switch, modulus switch, grouped blind rotation | Zhou et al., *Faster bootstrapping with multiple addends* (2018) for the groups |
//! | [`lut`], [`lwe`] | tables and ciphertexts | |
//! | [`seeded`] | ciphertexts whose masks come from a public seed | |
//! | [`program`] | what to compute, as a chain of operations | |
//! | [`model`] | quantised networks: JSON, clear evaluation, compilation | |
//! | [`import`] | float networks, as they come from training | |
//! | [`quantise`] | float networks and samples to quantised models; what running them costs | |
//! | [`simulate`] | models with the noise of encrypted evaluation, without encryption | |
//! | [`fast`] | tfhe's own bootstraps, as baseline and oracle | tfhe 1.8.2 |
//!
//! # What is exact, tested, estimated
//!
//! * Exact: every operation of [`evaluate`]; equal, bit for bit, to schoolbook references in the tests, on several
//!   dimensions, gadgets and group sizes, and equal to tfhe's exact bootstrap after decryption.
//! * Tested: measured noise follows [`noise`] (variances; tails of `2^-128` are a Gaussian model).
//! * Estimated: security, from tfhe's published line for 132 bits. No lattice estimator is run here. Like all
//!   of TFHE, bootstrapping keys rely on circular security: they encrypt bits of one key under the other.
//! * Not constant time. Secret keys are not erased from memory.

pub mod evaluate;
pub mod fast;
pub mod import;
pub mod keys;
pub mod lut;
pub mod lwe;
pub mod model;
pub mod modulus;
pub mod noise;
pub mod ntt;
pub mod params;
pub mod program;
pub mod quantise;
pub mod seeded;
pub mod simulate;
