//! Experiments on real data: the command line, the three roles on files, data sets, models, runs and reports.
//!
//! # Example
//!
//! A shipped model on one of its held-out samples, evaluated in the clear and proven; another output is rejected. (Encrypted
//! inference and its proof: the first page of `blindproof_bridge`.)
//!
//! ```
//! use blindproof_bridge::clear::{InputMode, Public, prove, verify};
//! use blindproof_experiments::{data::Split, models};
//!
//! let shipped = models::find("digits-mlp").ok_or("a shipped model")?;
//! let model = shipped.load()?;
//! let samples = shipped.dataset.samples(Split::HeldOut).ok_or("shipped samples")?;
//! let inputs = vec![model.quantise(&samples.rows[0])?];
//!
//! let proven = prove(&model, &inputs, InputMode::Public, 128, &())?;
//! let mut outputs = proven.outputs;
//! let check = |outputs: &[Vec<i64>]| {
//!     let public = Public { inputs: Some(inputs.as_slice()), outputs, level: 128 };
//!     verify(&model, &public, &proven.proof).map(|verified| verified.soundness.total_bits())
//! };
//! assert!(check(&outputs)? >= 128.0);
//!
//! outputs[0][3] += 1;
//! assert!(check(&outputs).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Modules
//!
//! | module | what it is for |
//! |---|---|
//! | [`cli`] | the `blindproof` command |
//! | [`roles`] | client, server and verifier, from files to files |
//! | [`run`] | whole experiments, made of the roles |
//! | [`data`], [`models`] | shipped data sets and models |
//! | [`result`], [`report`] | what a run has shown, as JSON and as a page |
//! | [`study`] | what models cost, how accurate they are |
//! | [`grid`] | experiments as grids of cells, each measured by itself |
//! | [`summary`] | tables and charts of experiments, comparisons, the tables of `papers/` |
//! | [`plot`] | charts as SVG |
//! | [`mod@bench`] | what bootstraps cost |
//! | [`memory_size`] | sizes of memory, as people write them |
//! | [`allocator`] | settings of the system's allocator |

pub mod allocator;
pub mod bench;
pub mod cli;
pub mod data;
pub mod grid;
pub mod memory_size;
pub mod models;
pub mod plot;
pub mod report;
pub mod result;
pub mod roles;
pub mod run;
pub mod study;
pub mod summary;
