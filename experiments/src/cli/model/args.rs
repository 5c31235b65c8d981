//! The options of `blindproof model`.

use std::path::PathBuf;
use std::str::FromStr;

use blindproof_fhe::quantise::{Calibration, Options};
use clap::{Args, Subcommand};

use crate::data::samples::LabelColumn;
use crate::memory_size::Size;
use crate::roles::images::ImageSource;
use crate::study::normalise::Normalisation;
use crate::study::task::Task;

/// What can be done with a model.
#[derive(Debug, Subcommand)]
pub enum ModelCommand {
    /// Read a network in ONNX, quantise it with samples, and write a model file.
    Import(ImportArgs),
    /// Each layer's shape, bits, proven ranges, operations and predicted noise; what evaluation and proof will cost.
    Inspect(InspectModelArgs),
    /// Accuracy of the quantised model, in the clear and with the noise of encrypted evaluation.
    Accuracy(AccuracyArgs),
    /// Quantise a network in many ways: accuracy, failure probability and cost by parameter set and bits, as tables and charts.
    Tradeoffs(TradeoffsArgs),
}

/// How to quantise.
#[derive(Debug, Clone, Args)]
pub struct QuantiseArgs {
    /// Samples as the model will meet them, 100 to 1000 of them: a data set such as digits:train, or a file (CSV, NPY, NPZ or IDX, also with .gz); either with a range, such as FILE:0..500.
    #[arg(long, value_name = "DATA")]
    pub calibrate: ImageSource,
    /// Where a CSV file has labels: first, last, none or the name of a column; auto: the one named label, target or class.
    #[arg(long, value_name = "COLUMN", default_value = "auto")]
    pub label_column: LabelColumn,
    /// What the outputs are: classes (logits), values, or auto: what the file says, and where it does not, logits if the labels are classes.
    #[arg(long, value_name = "TASK", default_value = "auto")]
    pub task: Task,
    /// What the network takes: (raw - MEAN) / DEVIATION. The model file takes raw values.
    #[arg(
        long,
        value_name = "MEAN,DEVIATION",
        default_value = "0,1",
        allow_hyphen_values = true
    )]
    pub normalise: Normalisation,
    /// How ranges follow from the samples: minmax, percentile:P such as percentile:99.9, or mse.
    #[arg(long, value_name = "METHOD", default_value = "minmax", value_parser = calibration)]
    pub calibration: Calibration,
    /// Bits of inputs, 1 to 16; auto: 8, for trees as few as are enough.
    #[arg(long, value_name = "BITS", default_value = "auto")]
    pub input_bits: Bits,
    /// Bits of what tables give, 2 to 16; auto: three more than those of the table.
    #[arg(long, value_name = "BITS", default_value = "auto")]
    pub output_bits: Bits,
    /// One scale and one table for each layer instead of each channel.
    #[arg(long)]
    pub per_layer: bool,
}

/// What a sweep varies.
#[derive(Debug, Clone, Default)]
pub(super) struct Choice {
    /// Parameter set.
    pub parameters: Option<String>,
    /// Bits of weights.
    pub weight_bits: Option<u32>,
    /// Bits of tables.
    pub table_bits: Option<u32>,
}

impl QuantiseArgs {
    /// The options of the quantiser.
    pub(super) fn options(&self, choice: Choice) -> Options {
        Options {
            calibration: self.calibration,
            input_bits: self.input_bits.0,
            output_bits: self.output_bits.0,
            per_channel: !self.per_layer,
            parameters: choice.parameters,
            weight_bits: choice.weight_bits,
            table_bits: choice.table_bits,
            ..Options::default()
        }
    }
}

/// A number of bits, or `auto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bits(pub Option<u32>);

impl FromStr for Bits {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Self(None));
        }
        let bits = text.parse().ok().filter(|bits| (1..=16).contains(bits));
        bits.map(|bits| Self(Some(bits)))
            .ok_or_else(|| format!("'{text}' is not a number of bits; write auto or 1 to 16"))
    }
}

fn calibration(text: &str) -> Result<Calibration, String> {
    let percentile = |text: &str| {
        let percent = text.strip_prefix("percentile:")?.parse().ok()?;
        (percent > 50.0 && percent <= 100.0).then_some(Calibration::Percentile(percent))
    };
    match text {
        "minmax" => Ok(Calibration::MinMax),
        "mse" => Ok(Calibration::Mse),
        text => percentile(text).ok_or_else(|| {
            format!("'{text}' is not understood; write minmax, mse or percentile:99.9 (above 50, at most 100)")
        }),
    }
}

/// Options of `model import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The network (ONNX).
    pub onnx: PathBuf,
    #[command(flatten)]
    pub(super) quantise: QuantiseArgs,
    /// Parameter set; auto: the cheapest that reads tables reliably.
    #[arg(long, value_name = "NAME", default_value = "auto")]
    pub parameters: String,
    /// Bits of weights, sign included, 2 to 16; auto: 10 for inputs, then where rounding and noise are smallest.
    #[arg(long, value_name = "BITS", default_value = "auto")]
    pub weight_bits: Bits,
    /// Bits of tables, 1 to 12: they have 2^BITS entries; auto: as many as the noise allows.
    #[arg(
        long,
        value_name = "BITS",
        default_value = "auto",
        visible_alias = "bits"
    )]
    pub table_bits: Bits,
    /// Where the model goes [default: the name of the network, with .json, in the current folder].
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub(super) cost: CostArgs,
    /// Print as JSON on standard output.
    #[arg(long)]
    pub json: bool,
}

impl ImportArgs {
    /// Set and bits.
    pub(super) fn choice(&self) -> Choice {
        Choice {
            parameters: (self.parameters != "auto").then(|| self.parameters.clone()),
            weight_bits: self.weight_bits.0,
            table_bits: self.table_bits.0,
        }
    }
}

/// Options of `model tradeoffs`.
#[derive(Debug, Args)]
pub struct TradeoffsArgs {
    /// The network (ONNX).
    pub onnx: PathBuf,
    #[command(flatten)]
    pub(super) quantise: QuantiseArgs,
    /// Samples to measure accuracy on, with labels; as for --calibrate, but others.
    #[arg(long, value_name = "DATA")]
    pub data: ImageSource,
    /// Use the first N samples of them only.
    #[arg(long, value_name = "N")]
    pub samples: Option<usize>,
    /// Parameter sets [default: all that are secure].
    #[arg(long, value_name = "NAME,..", value_delimiter = ',')]
    pub parameters: Vec<String>,
    /// Bits of weights to try.
    #[arg(
        long,
        value_name = "BITS,..",
        value_delimiter = ',',
        default_value = "auto,2,3,4,5,6,8"
    )]
    pub weight_bits: Vec<Bits>,
    /// Bits of tables to try.
    #[arg(
        long,
        value_name = "BITS,..",
        value_delimiter = ',',
        default_value = "auto,2,3,4,5,6,7"
    )]
    pub table_bits: Vec<Bits>,
    /// Evaluate each sample so often with noise, each time with another key.
    #[arg(long, value_name = "R", default_value_t = 1)]
    pub noise_repeats: u32,
    /// Seed of the noise.
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Confidence of the bounds.
    #[arg(long, value_name = "C", default_value_t = 0.95)]
    pub confidence: f64,
    /// Measured costs, as `blindproof bench pbs --json` prints them on the machine in question [default: shipped ones].
    #[arg(long, value_name = "FILE")]
    pub cost: Option<PathBuf>,
    /// Folder for tradeoffs.csv, tradeoffs.md and charts.
    #[arg(short, long, value_name = "DIR")]
    pub out: PathBuf,
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
