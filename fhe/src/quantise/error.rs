//! Why a model was not quantised.

use crate::model::ModelError;
use crate::params::ParameterError;
use thiserror::Error;

/// A float model that cannot be quantised with these samples and options.
#[derive(Debug, Error)]
pub enum QuantiseError {
    /// No calibration samples.
    #[error(
        "calibration: no samples given; give at least one, better 100 to 1000, as the model will meet them"
    )]
    NoSamples,
    /// A sample of another size than the model's input.
    #[error(
        "calibration: sample {sample} has {given} values, the model's input `{input}` has {expected}"
    )]
    SampleShape {
        /// Position of the sample.
        sample: usize,
        /// Its number of values.
        given: usize,
        /// Name of the model's input.
        input: String,
        /// What the model takes.
        expected: usize,
    },
    /// As many labels as samples are needed.
    #[error("labels: {labels} given for {samples} samples; give one for each")]
    LabelCount {
        /// Labels given.
        labels: usize,
        /// Samples given.
        samples: usize,
    },
    /// A sample holds a value that is not finite.
    #[error(
        "calibration: sample {sample}, feature {feature} is {value}; remove or replace missing values first"
    )]
    SampleNotFinite {
        /// Position of the sample.
        sample: usize,
        /// Position of the value.
        feature: usize,
        /// The value.
        value: f32,
    },
    /// The float model itself gives NaN or infinity.
    #[error(
        "layer `{layer}`: value {feature} of sample {sample} is {value} in the float model; check its weights"
    )]
    LayerNotFinite {
        /// Name of the layer.
        layer: String,
        /// Position of the sample.
        sample: usize,
        /// Position of the value.
        feature: usize,
        /// The value.
        value: f64,
    },
    /// No value of the layer differs between samples.
    #[error(
        "layer `{layer}`: all {features} values are the same for every calibration sample; \
         give samples that differ, or remove the layer"
    )]
    ConstantLayer {
        /// Name of the layer.
        layer: String,
        /// Its number of values.
        features: usize,
    },
    /// More values than the evaluator accepts.
    #[error(
        "layer `{layer}`: {features} values; at most {limit} are possible: use a smaller input or more stride"
    )]
    TooManyFeatures {
        /// Name of the layer.
        layer: String,
        /// Its number of values.
        features: usize,
        /// Largest number.
        limit: usize,
    },
    /// The proven range does not fit with the precision asked for.
    #[error(
        "layer `{layer}`: its proven range needs {needed} bits, {available} are there; {remedy}"
    )]
    RangeImpossible {
        /// Name of the layer.
        layer: String,
        /// Bits that would be needed.
        needed: u32,
        /// Bits that are there.
        available: u32,
        /// What to change.
        remedy: String,
    },
    /// A layer that this version cannot quantise.
    #[error("layer `{layer}`: {problem}")]
    Unsupported {
        /// Name of the layer.
        layer: String,
        /// What is not supported, and what to do.
        problem: String,
    },
    /// An option that cannot be used.
    #[error("option `{option}`: {problem}")]
    Option {
        /// Name of the option.
        option: &'static str,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// The parameter set does not exist.
    #[error("option `parameters`: {0}")]
    Parameters(#[from] ParameterError),
    /// The resulting model is refused.
    #[error(transparent)]
    Model(#[from] ModelError),
}
