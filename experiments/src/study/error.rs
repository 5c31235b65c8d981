//! What can go wrong in a study.

use std::path::PathBuf;

use blindproof_bridge::ProveError;
use blindproof_fhe::import::ImportError;
use blindproof_fhe::model::ModelError;
use blindproof_fhe::params::ParameterError;
use blindproof_fhe::quantise::QuantiseError;
use thiserror::Error;

use crate::roles::RoleError;

/// A study that gave no result.
#[derive(Debug, Error)]
pub enum StudyError {
    /// Samples, a model or a file cannot be used.
    #[error(transparent)]
    Role(#[from] RoleError),
    /// The samples do not fit the model.
    #[error("{data}: sample {sample}: {source}")]
    Sample {
        /// The samples, as given.
        data: String,
        /// Position of the sample.
        sample: usize,
        /// What does not fit.
        source: ModelError,
    },
    /// Labels that are no classes, for a model that predicts classes.
    #[error(
        "{data}: the label of sample {sample} is {label}, but the model predicts one of {classes} classes; \
         number them from 0, or choose another --label-column"
    )]
    Label {
        /// The samples, as given.
        data: String,
        /// Position of the sample.
        sample: usize,
        /// Its label.
        label: f64,
        /// Number of classes.
        classes: usize,
    },
    /// An option that cannot be used.
    #[error("{option}: {problem}")]
    Option {
        /// The option.
        option: &'static str,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// The model cannot be used.
    #[error("model '{name}': {source}")]
    Model {
        /// Name or path of the model, as given.
        name: String,
        /// What is wrong with it.
        source: ModelError,
    },
    /// The file of the network cannot be read.
    #[error(transparent)]
    OnnxFile(ImportError),
    /// The network cannot be used.
    #[error("{}: {source}", path.display())]
    Onnx {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        source: ImportError,
    },
    /// The network cannot be quantised with these samples and options.
    #[error("{} with {data}: {source}", path.display())]
    Quantise {
        /// The file of the network.
        path: PathBuf,
        /// The samples, as given.
        data: String,
        /// What is wrong, and what to do.
        source: Box<QuantiseError>,
    },
    /// Measured costs cannot be used.
    #[error(
        "--cost {}: {problem}; make it with `blindproof bench pbs --json`",
        path.display()
    )]
    Cost {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The parameter set does not exist.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// No proof of the model is possible.
    #[error("proof of '{name}': {source}")]
    Proof {
        /// The model.
        name: String,
        /// Why.
        source: Box<ProveError>,
    },
}
