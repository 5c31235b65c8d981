//! `blindproof model accuracy`: how often the model is right, in the clear and with noise.

use super::args::AccuracyArgs;
use super::{Failure, tables, text};
use crate::roles::model::LoadedModel;
use crate::study::StudyError;
use crate::study::accuracy::{Options, measure};

pub(super) fn accuracy(arguments: &AccuracyArgs) -> Result<String, Failure> {
    let model = LoadedModel::open(&arguments.model)?;
    let data = arguments.data.data.to_string();
    let mut samples = arguments.data.data.samples(&arguments.data.label_column)?;
    if let Some(count) = arguments.samples {
        if count == 0 || count > samples.rows.len() {
            return Err(Failure::misuse(StudyError::Option {
                option: "--samples",
                problem: format!(
                    "{count} of {} samples cannot be used; give a number from 1 to {}",
                    samples.rows.len(),
                    samples.rows.len()
                ),
            }));
        }
        samples.rows.truncate(count);
        if let Some(labels) = &mut samples.labels {
            labels.truncate(count);
        }
    }
    let options = Options {
        repeats: arguments.noise_repeats,
        seed: arguments.seed,
        confidence: arguments.confidence,
        normalisation: arguments.normalise,
    };
    let measured = measure(&model, None, &samples, &data, &options)?;
    if arguments.json {
        return text::json(&measured);
    }
    Ok(tables::accuracy(&measured))
}
