//! What experiments have shown: tables, charts, comparisons, in the forms that papers and people need.
//!
//! | module | what it is for |
//! |---|---|
//! | [`statistics`] | medians with spread, exact tests, fitted exponents |
//! | [`table`] | one table: Markdown, LaTeX, CSV |
//! | [`tables`], `trust`, [`quoted`] | which tables there are |
//! | [`charts`] | which charts there are |
//! | [`report`] | all of it as a folder with one page |
//! | [`compare`] | what changed between two results |
//! | [`paper`] | the tables and figures of `papers/` |

pub mod charts;
pub mod compare;
mod labels;
pub mod paper;
pub mod quoted;
pub mod report;
pub mod statistics;
pub mod table;
pub mod tables;
#[cfg(test)]
mod tests;
mod trust;

use std::path::PathBuf;

use crate::grid::record::Record;
use crate::grid::store::StoreError;

/// A report that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SummaryError {
    /// Results cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file holds no results.
    #[error("{}: no results in it; run an experiment first (blindproof list names them)", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be written.
    #[error("{}: cannot write: {problem}; choose a place you may write to", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A text of the papers cannot be brought up to date.
    #[error("{}:{line}: {problem}", path.display())]
    Marker {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// A template is wrong: a mistake of this program.
    #[error("template: {0}")]
    Template(#[from] minijinja::Error),
    /// The shipped list of quoted figures is wrong: a mistake of this program.
    #[error("quoted figures: {0}")]
    Quoted(String),
}

/// The records of one experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    /// Name of the experiment.
    pub experiment: String,
    /// Its records, in the order of its file.
    pub records: Vec<Record>,
}

/// Reads results files; records of the same experiment are put together.
///
/// # Errors
/// [`SummaryError::Store`] and [`SummaryError::Empty`].
pub fn read(paths: &[PathBuf]) -> Result<Vec<Results>, SummaryError> {
    let mut all: Vec<Results> = Vec::new();
    for path in paths {
        let path = match path.is_dir() {
            true => path.join(crate::grid::runner::RESULTS),
            false => path.clone(),
        };
        let records = crate::grid::store::read(&path)?;
        if records.is_empty() {
            return Err(SummaryError::Empty { path });
        }
        for record in records {
            match all
                .iter_mut()
                .find(|results| results.experiment == record.experiment)
            {
                Some(results) => {
                    results.records.retain(|known| known.id != record.id);
                    results.records.push(record);
                }
                None => all.push(Results {
                    experiment: record.experiment.clone(),
                    records: vec![record],
                }),
            }
        }
    }
    Ok(all)
}
