//! Experiments as grids: a configuration spans cells, each cell is measured in a process of its own and becomes one record.
//!
//! ```text
//! FILE.toml ── config ──> cells ── runner ──> `blindproof cell` (one process each) ── store ──> results.jsonl ──> report
//! ```
//!
//! | module | what it is for |
//! |---|---|
//! | [`config`], [`shipped`] | TOML files, and those that come with the program |
//! | [`cell`] | one point of the grid: what is run, how, how often |
//! | [`workload`] | what a cell computes |
//! | [`measure`] | how each system does it, with the same clock for all |
//! | [`plan`] | what cells will cost |
//! | [`runner`], [`store`] | runs cells, keeps records |
//! | [`record`] | what was measured, with where each number comes from |

pub mod cell;
pub mod config;
pub mod measure;
pub mod plan;
pub mod record;
pub mod runner;
pub mod shipped;
pub mod store;
pub mod workload;
