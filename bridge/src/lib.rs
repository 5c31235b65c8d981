//! Proofs that TFHE ciphertext operations were evaluated correctly.
//!
//! `bridge` is the only crate that knows both `fhe` and `zk`: it turns the trace of an exact homomorphic evaluation into
//! a statement and a proof, and checks them.
//!
//! # Example
//!
//! A server evaluates one layer on a ciphertext and proves it; a wrong result is rejected.
//!
//! ```
//! use std::sync::Arc;
//! use blindproof_bridge::{ProverData, prove, verify, statement::{PublicData, Statement}};
//! use blindproof_fhe::{evaluate::evaluate, keys::{ClientKey, SeedSource}, lwe::LweMatrix, model::QuantisedModel, modulus};
//!
//! let model = QuantisedModel::from_json(r#"{"format": 2, "name": "demo", "parameters": "insecure_tiny", "output": {"kind": "argmax"},
//!   "input": {"features": 2, "min": 0, "max": 3, "quantise": {"scale": [1], "offset": [0]}},
//!   "layers": [{"type": "dense", "name": "hidden", "weights": [[1, 2], [3, -1], [1, 1]], "bias": [0, 1, 0]},
//!              {"type": "lut", "name": "activation", "mode": "negacyclic", "tables": [[3, 2, -1, -2]], "output_bits": 7},
//!              {"type": "dense", "name": "output", "weights": [[1, 0, 2], [0, 1, -1]], "bias": [0, 0]}]}"#)?;
//! let program = model.compile()?;
//!
//! // Client: keys and an encrypted input.
//! let mut seeds = SeedSource::from_os()?;
//! let client = ClientKey::generate(program.parameter_set()?, &mut seeds)?;
//! let keys = Arc::new(client.generate_server_key(&mut seeds));
//! let input = client.encrypt(&model.encode_input(&[1, 3])?, &mut seeds)?;
//!
//! // Server: output and proof.
//! let (trace, _) = evaluate(&program, &keys, &input, &())?;
//! let mut output = LweMatrix::new(trace.wires[program.output.0].clone())?;
//! let honest = output.clone();
//! let public = PublicData { program: &program, keys: keys.as_ref().into(), input: &input, output: &honest };
//! let statement = Statement::new(&public, "all".parse()?, 128)?;
//! let proof = prove(&statement, &public, &ProverData::new(&keys, &trace), &())?;
//!
//! // Verifier: accepted, and nothing is left unproven.
//! let verified = verify(&statement, &public, &proof)?;
//! assert!(verified.not_proven.is_empty());
//!
//! // One coefficient of the output changed: rejected, even with a statement about the changed output.
//! output.words[(0, 5)] = modulus::add(output.words[(0, 5)], 1);
//! let public = PublicData { output: &output, ..public };
//! assert!(verify(&statement, &public, &proof).is_err());
//! assert!(verify(&Statement::new(&public, "all".parse()?, 128)?, &public, &proof).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Modules
//!
//! | module | what it is for | source |
//! |---|---|---|
//! | [`selection`] | which operations are proven | `papers/protocol.pdf` |
//! | [`statement`] | everything public a proof is bound to | `papers/protocol.pdf` |
//! | [`coverage`] | what is and what is not proven | |
//! | [`soundness`] | error terms of a whole proof, in bits | `papers/protocol.pdf` |
//! | `linear`, `keyswitch`, `modswitch`, `blindrotation` | one relation each: text, prover, verifier, attacks | `papers/protocol.pdf` |
//! | [`index`] | a commitment to the evaluation keys, so that a verifier needs 32 bytes of them | `papers/protocol.pdf` |
//! | `split` | canonical bit fields of a field element, used by key switch and modulus switch | `papers/protocol.pdf` |
//! | [`prove`], [`verify`] | one proof for all selected operations | `papers/protocol.pdf` |
//! | [`backend`] | proof systems to compare with, behind one trait: native, Groth16 | eprint 2016/260 |
//! | [`artefact`] | files: header, limits, digests, atomic writes | |
//!
//! What a selection leaves out is **not proven**; [`Verified::not_proven`] lists it. Proofs are **not zero-knowledge**.

pub mod artefact;
pub mod backend;
#[cfg(test)]
mod battery;
mod blindrotation;
pub mod clear;
mod columns;
pub mod coverage;
pub mod index;
mod kernels;
mod keyswitch;
mod linear;
mod modswitch;
mod plan;
mod proof;
pub mod resources;
mod rows;
pub mod selection;
mod session;
pub mod soundness;
mod split;
pub mod statement;
#[cfg(test)]
mod testkit;
mod wire;
pub mod work;

pub use plan::PlanError;
pub use proof::{
    ProveError, ProveObserver, ProveStep, ProverData, Verified, VerifyError, prove, verify,
};

/// Domain separator of the transcript.
const PROTOCOL: &str = "blindproof/v3";
