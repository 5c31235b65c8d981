//! Accuracy of a model in three forms: float, quantised in the clear, and with the noise of encrypted evaluation.
//!
//! Bounds are exact ones (Clopper-Pearson). Those of an accuracy are for images drawn like the given ones: repeats of the
//! noise are no new images, so with repeats the mean number of right images counts, rounded down for the lower bound and
//! up for the upper one. Those of changed predictions are for these images, over images and repeats.

mod compare;
mod inputs;

use std::time::Instant;

use blindproof_fhe::import::FloatModel;
use blindproof_fhe::model::{ClearModel, OutputKind};
use blindproof_fhe::simulate::{Proportion, Simulator};
use rayon::prelude::*;
use serde::Serialize;

use super::StudyError;
use super::normalise::Normalisation;
use crate::data::samples::Samples;
use crate::roles::model::LoadedModel;
use compare::{Study, layers};
pub(super) use inputs::classes_of;
use inputs::float_outputs;

/// What to measure.
#[derive(Debug, Clone)]
pub struct Options {
    /// Evaluations of each sample with noise.
    pub repeats: u32,
    /// Seed of the noise.
    pub seed: u64,
    /// Confidence of all bounds, between 0 and 1.
    pub confidence: f64,
    /// From the values of the samples to those that the float model takes.
    pub normalisation: Normalisation,
}

/// A share with its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Share {
    /// Trials with the property; a mean over repeats.
    pub count: f64,
    /// All trials.
    pub total: u64,
    /// `count / total`.
    pub share: f64,
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
}

impl Share {
    fn new(count: f64, total: u64, confidence: f64) -> Self {
        let bounds = |count: f64| {
            let count = count as u64;
            Proportion { count, total }.bounds(confidence)
        };
        Self {
            count,
            total,
            share: count / total.max(1) as f64,
            lower: bounds(count.floor()).0,
            upper: bounds(count.ceil()).1,
        }
    }
}

/// Predictions of classes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Classes {
    /// Right predictions of the float model; with labels and a float model.
    pub float: Option<Share>,
    /// Right predictions of the quantised model; with labels.
    pub clear: Option<Share>,
    /// Right predictions with noise; with labels.
    pub simulated: Option<Share>,
    /// Predictions of the quantised model that are those of the float model.
    pub agreement: Option<Share>,
}

/// Predictions of values: roots of mean squares of differences, over all outputs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Values {
    /// Float model against labels.
    pub float_error: Option<f64>,
    /// Quantised model against labels.
    pub clear_error: Option<f64>,
    /// With noise, against labels.
    pub simulated_error: Option<f64>,
    /// Quantised model against the float model.
    pub quantisation: Option<f64>,
    /// With noise against the quantised model.
    pub noise: f64,
}

/// How the tables of a layer were read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerReads {
    /// Name of the layer.
    pub name: String,
    /// Reads of all samples and repeats.
    pub reads: u64,
    /// Share of reads that noise moved by one entry.
    pub by_one: f64,
    /// The same, predicted for sums that are anywhere in their boxes; `None` where tables read exactly.
    pub predicted_by_one: Option<f64>,
    /// Reads that noise moved by more.
    pub by_more: u64,
    /// `log2` of the predicted probability of that, or of any move where tables read exactly.
    pub log2_p_fail: f64,
}

/// All that was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Accuracy {
    /// Name of the model.
    pub model: String,
    /// Its parameter set.
    pub parameters: String,
    /// Number of samples.
    pub samples: usize,
    /// Evaluations of each with noise.
    pub repeats: u32,
    /// Seed of the noise.
    pub seed: u64,
    /// Confidence of all bounds.
    pub confidence: f64,
    /// For models that predict classes.
    pub classes: Option<Classes>,
    /// For models that predict values.
    pub values: Option<Values>,
    /// Evaluations with noise whose prediction (for values: a rounded logit) differs from the clear one.
    pub changed: Share,
    /// Layers with tables.
    pub layers: Vec<LayerReads>,
    /// Elapsed seconds of the evaluation with noise.
    pub simulation_seconds: f64,
}

/// Predictions of all samples.
type Answers = Vec<Vec<f64>>;

/// Measures a model on samples, on all cores. `data`: the samples, as given.
///
/// # Errors
/// [`StudyError`] names the sample that does not fit, or the option.
pub fn measure(
    model: &LoadedModel,
    float: Option<&FloatModel>,
    samples: &Samples,
    data: &str,
    options: &Options,
) -> Result<Accuracy, StudyError> {
    check(options)?;
    let failed = |source| StudyError::Model {
        name: model.model.name.clone(),
        source,
    };
    let unfit = |sample| {
        move |source| StudyError::Sample {
            data: data.to_owned(),
            sample,
            source,
        }
    };
    let inputs: Vec<Vec<i64>> = samples
        .rows
        .par_iter()
        .enumerate()
        .map(|(index, row)| model.model.quantise(row).map_err(unfit(index)))
        .collect::<Result<_, _>>()?;
    let clear = ClearModel::new(&model.model).map_err(failed)?;
    let logits = inputs
        .par_iter()
        .map(|input| Ok(clear.predict(input)?.iter().map(|&v| v as f64).collect()))
        .collect::<Result<Answers, _>>()
        .map_err(failed)?;
    let simulator = Simulator::new(&model.model).map_err(failed)?;
    let started = Instant::now();
    let simulation = simulator
        .run(&inputs, options.seed, options.repeats)
        .map_err(failed)?;
    let simulation_seconds = started.elapsed().as_secs_f64();
    let outputs = float
        .map(|float| float_outputs(model, float, samples, data, options))
        .transpose()?;
    let study = Study {
        model,
        float: outputs.as_ref(),
        clear: &logits,
        simulation: &simulation,
        confidence: options.confidence,
    };
    let is_values = model.model.output.kind == OutputKind::Values;
    let classes = match is_values {
        true => None,
        false => Some(study.classes(classes_of(model, samples, data)?.as_deref())),
    };
    let changed = simulation.changed();
    Ok(Accuracy {
        model: model.model.name.clone(),
        parameters: model.model.parameters.clone(),
        samples: inputs.len(),
        repeats: options.repeats,
        seed: options.seed,
        confidence: options.confidence,
        classes,
        values: is_values.then(|| study.values(samples.labels.as_deref())),
        changed: Share::new(changed.count as f64, changed.total, options.confidence),
        layers: layers(model, &simulation).map_err(failed)?,
        simulation_seconds,
    })
}

fn check(options: &Options) -> Result<(), StudyError> {
    let refused = |option, problem: String| Err(StudyError::Option { option, problem });
    if options.repeats == 0 {
        return refused(
            "--noise-repeats",
            "0 shows nothing; give a number from 1 on".to_owned(),
        );
    }
    let confidence = options.confidence;
    if !(confidence > 0.0 && confidence < 1.0) {
        return refused(
            "--confidence",
            format!("{confidence} is not between 0 and 1; write 0.95, for example"),
        );
    }
    Ok(())
}
