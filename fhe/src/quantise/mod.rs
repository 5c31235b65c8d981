//! Post-training quantisation: a [`FloatModel`] and calibration samples become a [`QuantisedModel`].
//!
//! ```text
//! 1. lower      layers -> stages: affine maps of real numbers, each followed by tables
//! 2. calibrate  ranges of inputs and table outputs on the samples; clients clamp inputs, tables clamp outputs
//! 3. scale      real units for the torus at each table, so that the range proven by interval arithmetic just fits;
//!               a share of the torus for each channel, where rounding of weights and noise together are smallest
//! 4. round      integer weights and biases, row by row with a scale of its own; the range is proven again
//! 5. tables     the functions at box centres, clamped
//! ```
//!
//! Inputs are fresh ciphertexts with hardly any noise, so their weights are fine. Later sums pay for large weights
//! with noise. A table is read to the nearest of its `2^m` entries ("rounded" reading); its noise in index steps,
//! and how much of the torus the proven range wastes, are in [`LayerMetrics`]. Only comparisons and leaves of trees
//! are read exactly.
//!
//! ```
//! use blindproof_fhe::import::{FloatInput, FloatModel, FloatNode, FloatOperation, FloatOutput, UnaryFunction};
//! use blindproof_fhe::model::OutputKind;
//! use blindproof_fhe::quantise::{Options, inspect, quantise};
//!
//! // tanh of two inputs.
//! let model = FloatModel {
//!     name: "tanh".to_owned(),
//!     input: FloatInput { name: "x".to_owned(), shape: vec![2] },
//!     nodes: vec![FloatNode {
//!         name: "tanh".to_owned(),
//!         inputs: vec![0],
//!         shape: vec![2],
//!         operation: FloatOperation::Unary(UnaryFunction::Tanh),
//!     }],
//!     output: FloatOutput { node: 1, kind: OutputKind::Values, labels: Vec::new() },
//! };
//! let samples: Vec<Vec<f32>> = (0..200).map(|i| vec![0.01 * i as f32, 1.0 - 0.01 * i as f32]).collect();
//! let quantised = quantise(&model, &samples, &Options::default())?;
//! assert!(quantised.metrics(&samples, None)?.output_max_error < 0.05);
//! assert_eq!(inspect(&quantised.model)?.bootstraps, 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is proven, measured, estimated
//! * Proven: no sum leaves its half of the torus for any input that the client can send, and it stays
//!   13.1 standard deviations of noise away from its ends.
//! * Measured: differences between float and quantised values, on the given samples.
//! * Estimated: noise and failure probabilities ([`crate::noise`], Gaussian).

mod calibrate;
mod emit;
mod error;
mod graph;
mod input;
mod inspect;
mod integers;
mod linear;
mod lower;
mod metrics;
mod options;
mod pool;
mod reading;
mod scale;
mod thresholds;
mod trees;

#[cfg(test)]
mod tests;

pub use error::QuantiseError;
pub use inspect::{Inspection, LayerInspection, NoiseInspection, inspect};
pub use metrics::{LayerMetrics, Metrics};
pub use options::{Calibration, Options, Target};
pub use reading::Reliability;

use crate::import::FloatModel;
use crate::model::{FORMAT, InputSpec, OutputKind, OutputSpec, Quantise, QuantisedModel};
use crate::params::ParameterSet;
use emit::{Bits, StageScale};
use graph::{Graph, Row};
use input::InputPlan;
use integers::IntegerRows;
use scale::Scales;

/// Most samples whose every value is kept for statistics; evenly spaced ones are taken from more.
const MAX_STATISTICS: usize = 1000;

/// Bits of inputs that are only compared, at most.
const COMPARISON_BITS: u32 = 12;

/// A quantised model with what is known about it.
#[derive(Debug, Clone)]
pub struct Quantised {
    /// The model.
    pub model: QuantisedModel,
    /// How reliably its tables are read.
    pub reliability: Reliability,
    /// Whether the target was reached; if not, no shipped set reaches it, or the set was given.
    pub target_reached: bool,
    /// Of each stage.
    readings: Vec<Reliability>,
    graph: Graph,
    input: InputPlan,
    stages: Vec<StageScale>,
    output: IntegerRows,
}

/// Quantises a model.
///
/// `samples`: raw inputs as the model will meet them, one value for each input feature; 100 to 1000 are
/// enough for most models. For trees, all of the training data give exact comparisons on them.
///
/// # Errors
/// [`QuantiseError`] names the sample, option or layer, and what to change.
pub fn quantise(
    model: &FloatModel,
    samples: &[Vec<f32>],
    options: &Options,
) -> Result<Quantised, QuantiseError> {
    options.validate()?;
    let features = model.input.shape.iter().product();
    calibrate::check_samples(&model.input.name, features, samples)?;
    let mut best: Option<Result<Quantised, QuantiseError>> = None;
    for set in options.candidates()? {
        match attempt(model, samples, options, set) {
            Ok(quantised) if quantised.target_reached => return Ok(quantised),
            Ok(quantised) => {
                let better = match &best {
                    Some(Ok(known)) => quantised.reliability.is_better(&known.reliability),
                    _ => true,
                };
                if better {
                    best = Some(Ok(quantised));
                }
            }
            Err(error @ QuantiseError::RangeImpossible { .. }) => {
                best = Some(best.unwrap_or(Err(error)));
            }
            Err(error) => return Err(error),
        }
    }
    best.unwrap_or(Err(QuantiseError::Option {
        option: "parameters",
        problem: "no parameter set is shipped".to_owned(),
    }))
}

/// At most [`MAX_STATISTICS`] of the samples.
fn subset(samples: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let count = samples.len().min(MAX_STATISTICS);
    (0..count)
        .map(|i| samples[i * samples.len() / count].clone())
        .collect()
}

fn attempt(
    model: &FloatModel,
    samples: &[Vec<f32>],
    options: &Options,
    set: &'static ParameterSet,
) -> Result<Quantised, QuantiseError> {
    let table_bits = options
        .table_bits
        .unwrap_or_else(|| scale::automatic_table_bits(set))
        .min(set.polynomial_size.log2() - 1);
    let mut graph = lower::lower(model, set.message_bits.0, options.per_channel)?;
    let input = plan_input(&mut graph, samples, options)?;
    let read_noise = scale::Noise::of(set).reading.sqrt() * 8.0;
    let statistics =
        calibrate::calibrate(&graph, &subset(samples), options.calibration, read_noise)?;
    let common = model.output.kind == OutputKind::Argmax;
    let constants = Scales::new(&graph, &statistics, &input, set, table_bits, common).constants();
    for (stage, row) in constants {
        graph.stages[stage].rows[row] = Row {
            terms: Vec::new(),
            constant: statistics.sums[stage][row].mean,
        };
    }
    let mut scales = Scales::new(&graph, &statistics, &input, set, table_bits, common);
    let bits = Bits {
        fresh_weights: options.weight_bits.unwrap_or(10),
        weights: options.weight_bits,
        output: options.output_bits.unwrap_or(table_bits + 3),
    };
    let emitted = emit::emit(&mut scales, bits, common)?;
    let output_offset: Vec<f64> = (emitted.output.zero.iter().zip(&emitted.output.step))
        .map(|(&zero, step)| -(zero as f64) * step)
        .collect();
    let quantised = QuantisedModel {
        format: FORMAT,
        name: model.name.clone(),
        parameters: set.name.to_owned(),
        input: InputSpec {
            features: graph.features(),
            shape: Some(graph.shape.clone()),
            min: least(&input.ranges),
            max: most(&input.ranges),
            ranges: (input.ranges.windows(2))
                .any(|pair| pair[0] != pair[1])
                .then(|| input.ranges.clone()),
            bits: Some(emitted.input_bits),
            quantise: Quantise {
                scale: input.scale.clone(),
                offset: input.offset.clone(),
            },
        },
        layers: emitted.layers,
        output: OutputSpec {
            kind: model.output.kind,
            labels: model.output.labels.clone(),
            scale: emitted.output.step.clone(),
            offset: output_offset,
        },
        provenance: options.provenance(samples.len(), table_bits),
    };
    quantised.validate()?;
    let readings = Reliability::of_stages(&scales, &emitted.stages, &subset(samples));
    let reliability = Reliability::worst(&readings);
    Ok(Quantised {
        target_reached: reliability.reaches(&options.target),
        reliability,
        readings,
        model: quantised,
        input: input.clone(),
        stages: emitted.stages,
        output: emitted.output,
        graph,
    })
}

fn least(ranges: &[(i64, i64)]) -> i64 {
    ranges.iter().map(|range| range.0).min().unwrap_or(0)
}

fn most(ranges: &[(i64, i64)]) -> i64 {
    ranges.iter().map(|range| range.1).max().unwrap_or(0)
}

fn plan_input(
    graph: &mut Graph,
    samples: &[Vec<f32>],
    options: &Options,
) -> Result<InputPlan, QuantiseError> {
    if input::only_compared(graph) {
        let bits = options.input_bits.unwrap_or(COMPARISON_BITS);
        return Ok(thresholds::plan(graph, samples, bits));
    }
    let samples = subset(samples);
    let summaries: Vec<_> = (0..graph.features())
        .map(|f| calibrate::Summary::of(samples.iter().map(|s| f64::from(s[f]))))
        .collect();
    let bits = options.input_bits.unwrap_or(8);
    input::plan_ranges(graph, &samples, &summaries, options.calibration, bits)
}
