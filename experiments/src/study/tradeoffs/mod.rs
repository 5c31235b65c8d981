//! How accuracy, bits, failure probability and cost trade against each other: one network, quantised in many ways.

mod charts;
mod tables;

pub use charts::charts;
pub use tables::{csv, markdown};

use blindproof_fhe::import::FloatModel;
use blindproof_fhe::params::ParameterSet;
use blindproof_fhe::quantise;
use serde::Serialize;

use super::StudyError;
use super::accuracy::{self, Share};
use super::cost::{Calibration, Cost};
use super::import;
use crate::data::samples::Samples;

/// What to sweep.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// Names of parameter sets.
    pub parameters: Vec<String>,
    /// Bits of weights; `None`: chosen for each layer.
    pub weight_bits: Vec<Option<u32>>,
    /// Bits of tables; `None`: chosen for the set.
    pub table_bits: Vec<Option<u32>>,
    /// Everything else of quantisation.
    pub import: import::Options,
    /// How accuracy is measured.
    pub accuracy: accuracy::Options,
}

/// The samples of a sweep.
#[derive(Debug)]
pub struct Data<'a> {
    /// For calibration, and as given.
    pub calibration: (&'a Samples, &'a str),
    /// For measuring, and as given.
    pub measuring: (&'a Samples, &'a str),
}

/// One way to quantise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Parameter set.
    pub parameters: String,
    /// Bits of weights, as asked for; `None`: chosen.
    pub weight_bits: Option<u32>,
    /// Bits of tables, as asked for; `None`: chosen.
    pub table_bits: Option<u32>,
    /// What came out, or why nothing.
    pub outcome: Result<Outcome, String>,
}

/// What came out of one way to quantise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// Largest bits of a weight, sign included.
    pub largest_weight_bits: u32,
    /// Largest bits of a table.
    pub largest_table_bits: u32,
    /// Accuracy of the float network.
    pub float: Share,
    /// Accuracy in the clear.
    pub clear: Share,
    /// Accuracy with noise.
    pub simulated: Share,
    /// Predictions changed by noise.
    pub changed: Share,
    /// Reads moved by one entry, the worst layer.
    pub off_by_one: f64,
    /// `log2` of the predicted probability that noise moves a read by more than one entry (exact tables: at all), the
    /// worst layer.
    pub log2_p_fail: f64,
    /// Predicted cost of one image.
    pub cost: Cost,
}

/// Quantises and measures every combination. `done` is told the number of finished ones, and of all.
///
/// # Errors
/// [`StudyError`] for samples that do not fit. Ways that cannot be quantised are rows, no errors.
pub fn sweep(
    float: &FloatModel,
    source: &std::path::Path,
    data: &Data<'_>,
    sweep: &Sweep,
    calibration: &Calibration,
    done: &dyn Fn(usize, usize),
) -> Result<Vec<Row>, StudyError> {
    let mut rows = Vec::new();
    let all = sweep.parameters.len() * sweep.weight_bits.len() * sweep.table_bits.len();
    for parameters in &sweep.parameters {
        let set = ParameterSet::by_name(parameters)?;
        for &weight_bits in &sweep.weight_bits {
            for &table_bits in &sweep.table_bits {
                let mut options = sweep.import.clone();
                options.quantise = quantise::Options {
                    parameters: Some(parameters.clone()),
                    weight_bits,
                    table_bits,
                    ..options.quantise
                };
                let (samples, name) = data.calibration;
                let outcome = match import::import(float, source, samples, name, &options) {
                    Ok(imported) => Ok(outcome(float, &imported, data, sweep, calibration, set)?),
                    Err(StudyError::Quantise { source, .. }) if is_impossible(&source) => {
                        Err(source.to_string())
                    }
                    Err(error) => return Err(error),
                };
                rows.push(Row {
                    parameters: parameters.clone(),
                    weight_bits,
                    table_bits,
                    outcome,
                });
                done(rows.len(), all);
            }
        }
    }
    Ok(rows)
}

/// Whether this way to quantise is impossible, rather than all.
fn is_impossible(error: &quantise::QuantiseError) -> bool {
    matches!(error, quantise::QuantiseError::RangeImpossible { .. })
}

fn outcome(
    float: &FloatModel,
    imported: &import::Imported,
    data: &Data<'_>,
    sweep: &Sweep,
    calibration: &Calibration,
    set: &ParameterSet,
) -> Result<Outcome, StudyError> {
    let model = &imported.model;
    let (samples, name) = data.measuring;
    let measured = accuracy::measure(model, Some(float), samples, name, &sweep.accuracy)?;
    let classes = measured
        .classes
        .and_then(|classes| Some((classes.float?, classes.clear?, classes.simulated?)));
    let Some((float, clear, simulated)) = classes else {
        return Err(StudyError::Option {
            option: "--data",
            problem: format!(
                "{name} has no labels, or the network predicts no classes; accuracy needs both"
            ),
        });
    };
    let inspection = quantise::inspect(&model.model).map_err(|source| StudyError::Model {
        name: model.model.name.clone(),
        source,
    })?;
    let layers = &inspection.layers;
    let tables = layers.iter().filter(|layer| layer.bootstraps > 0);
    let p_fail = measured.layers.iter().map(|layer| layer.log2_p_fail);
    let off_by_one = measured.layers.iter().map(|layer| layer.by_one);
    Ok(Outcome {
        largest_weight_bits: layers.iter().map(|l| l.weight_bits).max().unwrap_or(0),
        largest_table_bits: tables
            .map(|layer| layer.size.max(1).ilog2())
            .max()
            .unwrap_or(0),
        float,
        clear,
        simulated,
        changed: measured.changed,
        off_by_one: off_by_one.fold(0.0, f64::max),
        log2_p_fail: p_fail.fold(f64::NEG_INFINITY, f64::max),
        cost: calibration.cost(set, inspection.bootstraps),
    })
}
