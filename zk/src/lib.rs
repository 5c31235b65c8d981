//! Commit to columns of field elements, prove their ranges and evaluations, open once: the proof
//! system under blindproof, over the Goldilocks field.
//!
//! ```
//! use blindproof_zk::argument::{Prover, Verifier};
//! use blindproof_zk::field::f;
//! use blindproof_zk::stack::LayoutBuilder;
//! use blindproof_zk::transcript::{ProverTranscript, VerifierTranscript};
//! use blindproof_zk::{Config, multilinear::num_vars};
//! use std::sync::Arc;
//!
//! // Public: two columns; every element of the first is below 2^8.
//! let mut builder = LayoutBuilder::new();
//! let bytes = builder.column(100, Some(8));
//! let words = builder.column(7, None);
//! let layout = builder.build()?;
//! let config = Config::default(); // 128 bits, proven
//!
//! // Prover: commit, prove the ranges, claim an evaluation, open.
//! let columns: Vec<Vec<_>> = vec![(0..100).map(f).collect(), (0..7).map(|i| f(u64::MAX - i)).collect()];
//! let mut t = ProverTranscript::new("example", b"statement");
//! let log_rows = Config::log_rows(layout.total()); // stacks are matrices of 2^log_rows rows
//! let mut prover = Prover::new(&config, log_rows)?;
//! prover.commit(&layout, Arc::new(columns), &mut t)?;
//! prover.range_check(&mut t, &())?; // (): no checkpoints
//! let point = t.challenges("point", num_vars(100));
//! let value = prover.evaluate(bytes, &point)?;
//! t.send_ext("value", &[value]);
//! prover.claim(bytes, &point, value)?;
//! prover.open(&mut t)?;
//! let proof = t.finish();
//!
//! // Verifier: the same steps from the bytes alone.
//! let verify = |proof: &[u8]| -> Result<(), Box<dyn std::error::Error>> {
//!     let mut t = VerifierTranscript::new("example", b"statement", proof);
//!     let mut verifier = Verifier::new(&config, log_rows)?;
//!     verifier.commit(&layout, &mut t)?;
//!     verifier.range_check(&mut t)?;
//!     let point = t.challenges("point", num_vars(100));
//!     let value = t.receive_ext("value", 1)?[0];
//!     verifier.claim(bytes, &point, value)?;
//!     verifier.open(&mut t)?;
//!     Ok(t.finish()?)
//! };
//! verify(&proof)?;
//!
//! // A changed bit is rejected, wherever it is.
//! let mut forged = proof.clone();
//! forged[proof.len() / 2] ^= 1;
//! assert!(verify(&forged).is_err());
//! # let _ = words;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | module | what it is for | paper |
//! |---|---|---|
//! | [`field`] | `F`, its extensions `K` and `K2` as `ark-ff` fields | |
//! | [`transcript`] | Fiat-Shamir, bound to the whole statement | eprint 2025/536 |
//! | [`multilinear`] | extensions, their closed forms and evaluation | Thaler's book, 3.5 |
//! | [`sumcheck`] | sums of polynomial combinations of tables | LFKN 1992 |
//! | [`stack`] | the columns of each shard in one polynomial | |
//! | [`argument`] | commitment, ranges (LogUp), claims, one opening | eprints 2022/1530, 2023/1284 |
//! | `gkr` (private) | sums of fractions | eprint 2023/1284 |
//! | [`pcs`] | polynomial commitment: the trait, and WHIR | eprint 2024/1586 |
//! | [`pcs::interleaved`] | many stacks in one Merkle tree, opened together | eprints 2022/1608, 2020/654 |
//! | [`checks`] | names for the checks of verifiers, for mutation testing | |
//! | [`soundness`] | every error term, from proven bounds | see there |
//!
//! **Proven** (in the random-oracle model, with the theorems that [`soundness`] names): soundness of
//! at least 128 bits by default, and never below 100. **Not claimed:** post-quantum
//! bits of the Fiat-Shamir transform; anything about conjectured proximity bounds, which
//! are not offered. **Trusted code:** WHIR's prover and verifier are Plonky3's
//! `p3-whir` (a release candidate); the tests feed it malformed proofs, but it has not
//! been audited here.
//!
//! **Not zero-knowledge.** Proofs reveal evaluations and cells of the committed columns.

pub mod argument;
pub mod checks;
pub mod field;
mod gkr;
pub mod multilinear;
pub mod pcs;
pub mod soundness;
pub mod stack;
pub mod sumcheck;
pub mod transcript;

pub use soundness::{Config, SoundnessReport};
