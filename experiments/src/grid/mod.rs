//! Experiments as grids: a configuration spans cells, each cell is measured in a process of its own and becomes one record.
//!
//! ```text
//! FILE.toml ── config ──> cells ── runner ──> `blindproof cell` (one process each) ── store ──> results.jsonl ──> report
//! ```
//!
//! | module | what it is for |
//! |---|---|
//! | [`cell`] | one point of the grid: what is run, how, how often |
//! | [`workload`] | what a cell computes |
//! | [`measure`] | how each system does it, with the same clock for all |
//! | [`record`] | what was measured, with where each number comes from |

pub mod cell;
pub mod measure;
pub mod record;
pub mod workload;
