//! Accuracy of a model in three forms: float, quantised in the clear, and with the noise of encrypted evaluation.
//!
//! Bounds are exact ones (Clopper-Pearson). Those of an accuracy are for images drawn like the given ones: repeats of the
//! noise are no new images, so with repeats the mean number of right images counts, rounded down for the lower bound and
//! up for the upper one. Those of changed predictions are for these images, over images and repeats.

use std::time::Instant;

use blindproof_fhe::import::FloatModel;
use blindproof_fhe::model::{ClearModel, LayerNoise, OutputKind, Prediction, Reading};
use blindproof_fhe::simulate::{Proportion, Simulation, Simulator};
use rayon::prelude::*;
use serde::Serialize;

use super::StudyError;
use super::normalise::Normalisation;
use crate::data::samples::Samples;
use crate::roles::model::LoadedModel;

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

/// Labels as classes of the model; `None` without labels.
///
/// # Errors
/// [`StudyError::Label`] for a label that is none.
pub(super) fn classes_of(
    model: &LoadedModel,
    samples: &Samples,
    data: &str,
) -> Result<Option<Vec<usize>>, StudyError> {
    let classes = match model.model.output.kind {
        OutputKind::Sign => 2,
        _ => model.model.outputs(),
    };
    let refused = |sample: usize, label: f64| StudyError::Label {
        data: data.to_owned(),
        sample,
        label,
        classes,
    };
    let Some(labels) = samples.classes() else {
        return Ok(None);
    };
    let labels = labels.map_err(|(sample, label)| refused(sample, label))?;
    match labels.iter().position(|&label| label >= classes) {
        Some(sample) => Err(refused(sample, labels[sample] as f64)),
        None => Ok(Some(labels)),
    }
}

/// Outputs of the float model.
fn float_outputs(
    model: &LoadedModel,
    float: &FloatModel,
    samples: &Samples,
    data: &str,
    options: &Options,
) -> Result<Answers, StudyError> {
    let features: usize = float.input.shape.iter().product();
    let given = samples.shape.iter().product::<usize>();
    let refused = |problem| {
        Err(StudyError::Option {
            option: "--float",
            problem,
        })
    };
    if features != given {
        return refused(format!(
            "the model takes {features} values, the samples of {data} have {given}"
        ));
    }
    let outputs: Answers = samples
        .rows
        .par_iter()
        .map(|row| {
            let values = float.evaluate(&options.normalisation.apply(row));
            let output = values.get(float.output.node).map_or(&[][..], Vec::as_slice);
            output.iter().map(|&v| f64::from(v)).collect()
        })
        .collect();
    let found = outputs.first().map_or(0, Vec::len);
    if found != model.model.outputs() || float.output.kind != model.model.output.kind {
        return refused(format!(
            "the model gives {found} outputs ({:?}), the quantised one {} ({:?}); give the file that it was made of",
            float.output.kind,
            model.model.outputs(),
            model.model.output.kind
        ));
    }
    Ok(outputs)
}

/// Everything that was evaluated.
struct Study<'a> {
    model: &'a LoadedModel,
    float: Option<&'a Answers>,
    clear: &'a Answers,
    simulation: &'a Simulation,
    confidence: f64,
}

impl Study<'_> {
    fn class(&self, logits: &[f64]) -> Option<usize> {
        match self.model.model.prediction(logits) {
            Some(Prediction::Class(class)) => Some(class),
            _ => None,
        }
    }

    fn classes(&self, labels: Option<&[usize]>) -> Classes {
        let of = |answers: &Answers| -> Vec<_> {
            answers.iter().map(|logits| self.class(logits)).collect()
        };
        let (float, clear) = (self.float.map(of), of(self.clear));
        let total = clear.len() as u64;
        let share = |count: f64| Share::new(count, total, self.confidence);
        let right = |classes: &[Option<usize>]| {
            let labels = labels?.iter().map(|&label| Some(label));
            let right = classes.iter().zip(labels).filter(|(a, b)| *a == b);
            Some(share(right.count() as f64))
        };
        let simulated = labels.map(|labels| {
            let images = labels.iter().cycle();
            let right = self.simulation.outcomes.iter().zip(images);
            let right =
                right.filter(|(outcome, label)| self.class(&outcome.logits) == Some(**label));
            let repeats = self.simulation.outcomes.len() as f64 / total as f64;
            share(right.count() as f64 / repeats)
        });
        Classes {
            float: float.as_deref().and_then(right),
            clear: right(&clear),
            simulated,
            agreement: float.map(|float| {
                let same = float.iter().zip(&clear).filter(|(a, b)| a == b);
                share(same.count() as f64)
            }),
        }
    }

    fn values(&self, labels: Option<&[f64]>) -> Values {
        let of = |logits: &[f64]| match self.model.model.prediction(logits) {
            Some(Prediction::Values(values)) => values,
            _ => Vec::new(),
        };
        let clear: Answers = self.clear.iter().map(|logits| of(logits)).collect();
        let noisy: Answers = (self.simulation.outcomes.iter())
            .map(|outcome| of(&outcome.logits))
            .collect();
        // A label says what the only output should be.
        let labels: Option<Answers> = labels
            .filter(|_| clear.iter().all(|values| values.len() == 1))
            .map(|labels| labels.iter().map(|&label| vec![label]).collect());
        let against = |answers: &Answers| Some(difference(answers, labels.as_ref()?));
        Values {
            float_error: self.float.and_then(against),
            clear_error: against(&clear),
            simulated_error: against(&noisy),
            quantisation: self.float.map(|float| difference(&clear, float)),
            noise: difference(&noisy, &clear),
        }
    }
}

/// Root of the mean square difference; the second list is repeated as often as needed.
fn difference(answers: &Answers, others: &Answers) -> f64 {
    let pairs = answers.iter().zip(others.iter().cycle());
    let squares = pairs.flat_map(|(a, b)| a.iter().zip(b).map(|(x, y)| (x - y).powi(2)));
    let (count, sum) = squares.fold((0.0, 0.0), |(n, sum), square| (n + 1.0, sum + square));
    (sum / f64::max(count, 1.0)).sqrt()
}

/// Reads of every layer with tables, beside what was predicted.
fn layers(
    model: &LoadedModel,
    simulation: &Simulation,
) -> Result<Vec<LayerReads>, blindproof_fhe::model::ModelError> {
    let budget = model.model.noise_budget()?;
    let layers = model.model.layers.iter().enumerate();
    let read = |((index, layer), reads): ((usize, &blindproof_fhe::model::Layer), _)| {
        let reads: blindproof_fhe::simulate::Reads = reads;
        let source = layer.inputs(index).first()?.checked_sub(1);
        let noise: Option<&LayerNoise> =
            source.and_then(|source| budget.iter().find(|noise| noise.layer == source));
        (reads.total > 0).then(|| LayerReads {
            name: layer.name().to_owned(),
            reads: reads.total,
            by_one: reads.noise_by_one as f64 / reads.total as f64,
            predicted_by_one: noise.and_then(|noise| match noise.reading {
                Reading::Rounded { off_by_one, .. } => Some(off_by_one),
                _ => None,
            }),
            by_more: reads.noise_by_more,
            log2_p_fail: noise.map_or(f64::NEG_INFINITY, |noise| noise.log2_p_fail),
        })
    };
    Ok(layers.zip(simulation.reads()).filter_map(read).collect())
}
