//! Experiments on real data: the command line, the three roles on files, data sets, models, runs and reports.
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
//! | [`bench`] | what bootstraps cost |
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
