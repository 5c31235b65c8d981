//! Why a file is not a network that can be used.

use std::path::PathBuf;
use thiserror::Error;

/// Why an ONNX file was rejected.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("{path}: {source}; check the path")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not an ONNX file, or a damaged one.
    #[error("not an ONNX model: {problem}; export the model again")]
    Malformed {
        /// What is wrong.
        problem: String,
    },
    /// Something outside any node.
    #[error("the graph {problem}; {remedy}")]
    Graph {
        /// What is unsupported.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// A constant.
    #[error("tensor {name:?}: {problem}; {remedy}")]
    Tensor {
        /// Its name in the file.
        name: String,
        /// What is wrong.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// A node.
    #[error("node {node:?} ({op}): {problem}; {remedy}")]
    Node {
        /// Its name in the file, or that of its first output.
        node: String,
        /// Its operator.
        op: String,
        /// What is unsupported.
        problem: String,
        /// What to do.
        remedy: String,
    },
}
