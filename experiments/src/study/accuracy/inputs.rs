//! Labels as classes, and what the float model says.

use blindproof_fhe::import::FloatModel;
use blindproof_fhe::model::OutputKind;
use rayon::prelude::*;

use super::{Answers, Options};
use crate::data::samples::Samples;
use crate::roles::model::LoadedModel;
use crate::study::StudyError;

/// Labels as classes of the model; `None` without labels.
///
/// # Errors
/// [`StudyError::Label`] for a label that is none.
pub(in crate::study) fn classes_of(
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
pub(super) fn float_outputs(
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
    if found != model.model.outputs() {
        return refused(format!(
            "the model gives {found} outputs, the quantised one {}; give the file that it was made of",
            model.model.outputs()
        ));
    }
    Ok(outputs)
}
