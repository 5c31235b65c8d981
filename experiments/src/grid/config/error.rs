//! What is wrong with a configuration.

use std::path::PathBuf;

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: cannot read: {source}; name an existing file, or one of the shipped experiments (blindproof list)", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error(
        "{file}:{line}: not valid TOML: {problem}; `blindproof init` writes a file to start from"
    )]
    Syntax {
        /// The file.
        file: String,
        /// From 1.
        line: usize,
        /// What the parser says.
        problem: String,
    },
    /// A field is missing, unknown or wrong.
    #[error("{file}:{line}: field '{field}': {problem}")]
    Field {
        /// The file.
        file: String,
        /// From 1.
        line: usize,
        /// The field.
        field: String,
        /// What is wrong, and what to do.
        problem: String,
    },
}
