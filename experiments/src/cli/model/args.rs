//! The options of `blindproof model`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::super::size::Size;
use crate::data::samples::LabelColumn;
use crate::roles::images::ImageSource;
use crate::study::normalise::Normalisation;

/// What can be done with a model.
#[derive(Debug, Subcommand)]
pub enum ModelCommand {
    /// Each layer's shape, bits, proven ranges, operations and predicted noise; what evaluation and proof will cost.
    Inspect(InspectModelArgs),
    /// Accuracy of the quantised model, in the clear and with the noise of encrypted evaluation.
    Accuracy(AccuracyArgs),
}

/// Options of `model inspect`.
#[derive(Debug, Args)]
pub struct InspectModelArgs {
    /// Built-in model, or path of a model file (JSON).
    pub model: String,
    #[command(flatten)]
    pub(super) cost: CostArgs,
    /// Print as JSON on standard output.
    #[arg(long)]
    pub json: bool,
}

/// For which proof, and from which measurement, costs are predicted.
#[derive(Debug, Clone, Args)]
pub struct CostArgs {
    /// Predict for so many images, evaluated and proven together.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub images: u32,
    /// Most memory the prover may use, such as 4GiB or 900MiB.
    #[arg(long, value_name = "SIZE", default_value = "4GiB")]
    pub memory: Size,
    /// Proven soundness level in bits, 100 to 128.
    #[arg(long, value_name = "BITS", default_value_t = 128, value_parser = clap::value_parser!(u32).range(100..=128))]
    pub soundness: u32,
    /// Measured costs, as `blindproof bench pbs --json` prints them on the machine in question [default: shipped ones].
    #[arg(long, value_name = "FILE")]
    pub cost: Option<PathBuf>,
}

/// Samples with labels.
#[derive(Debug, Clone, Args)]
pub struct DataArgs {
    /// Samples: a data set such as digits:held-out, or a file (CSV, NPY, NPZ or IDX, also with .gz); either with a range, such as FILE:0..100.
    #[arg(long, value_name = "DATA")]
    pub data: ImageSource,
    /// Where a CSV file has labels: first, last, none or the name of a column; auto: the one named label, target or class.
    #[arg(long, value_name = "COLUMN", default_value = "auto")]
    pub label_column: LabelColumn,
}

/// Options of `model accuracy`.
#[derive(Debug, Args)]
pub struct AccuracyArgs {
    /// Built-in model, or path of a model file (JSON).
    pub model: String,
    #[command(flatten)]
    pub(super) data: DataArgs,
    /// Use the first N samples only.
    #[arg(long, value_name = "N")]
    pub samples: Option<usize>,
    /// The ONNX file that the model was made of, to compare with.
    #[arg(long, value_name = "ONNX")]
    pub float: Option<PathBuf>,
    /// What that network takes: (raw - MEAN) / DEVIATION.
    #[arg(
        long,
        value_name = "MEAN,DEVIATION",
        default_value = "0,1",
        allow_hyphen_values = true
    )]
    pub normalise: Normalisation,
    /// Evaluate each sample so often with noise, each time with another key.
    #[arg(long, value_name = "R", default_value_t = 1)]
    pub noise_repeats: u32,
    /// Seed of the noise.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Confidence of the bounds.
    #[arg(long, value_name = "C", default_value_t = 0.95)]
    pub confidence: f64,
    /// Print as JSON on standard output.
    #[arg(long)]
    pub json: bool,
}
