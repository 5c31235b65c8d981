//! `blindproof model accuracy`: how often the model is right, in the clear and with noise.

use super::args::AccuracyArgs;
use super::{Failure, tables, text};
use crate::data::samples::Samples;
use crate::roles::model::LoadedModel;
use crate::study::accuracy::{Options, measure};
use crate::study::{StudyError, import};

pub(super) fn accuracy(arguments: &AccuracyArgs) -> Result<String, Failure> {
    let model = LoadedModel::open(&arguments.model)?;
    let data = arguments.data.data.to_string();
    let samples = first(
        arguments.data.data.samples(&arguments.data.label_column)?,
        arguments.samples,
    )?;

    let options = Options {
        repeats: arguments.noise_repeats,
        seed: arguments.seed,
        confidence: arguments.confidence,
        normalisation: arguments.normalise,
    };
    let float = arguments.float.as_deref().map(import::load).transpose()?;
    let measured = measure(&model, float.as_ref(), &samples, &data, &options)?;
    if arguments.json {
        return text::json(&measured);
    }
    Ok(tables::accuracy(&measured))
}

/// The first so many samples; all if no number is given.
pub(super) fn first(mut samples: Samples, count: Option<usize>) -> Result<Samples, StudyError> {
    let Some(count) = count else {
        return Ok(samples);
    };
    let all = samples.rows.len();
    if count == 0 || count > all {
        return Err(StudyError::Option {
            option: "--samples",
            problem: format!("there are {all} samples; give a number from 1 to {all}"),
        });
    }
    samples.rows.truncate(count);
    if let Some(labels) = &mut samples.labels {
        labels.truncate(count);
    }
    Ok(samples)
}
