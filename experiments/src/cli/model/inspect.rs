//! `blindproof model inspect`: the layers of a quantised model, and what running it will cost.

use blindproof_fhe::quantise;
use serde_json::json;

use super::args::{CostArgs, InspectModelArgs};
use super::{Failure, tables, text};
use crate::roles::model::LoadedModel;
use crate::study::StudyError;
use crate::study::cost::{Calibration, Prediction};

pub(super) fn inspect(arguments: &InspectModelArgs) -> Result<String, Failure> {
    let model = LoadedModel::open(&arguments.model)?;
    let (inspection, prediction) = describe(&model, &arguments.cost)?;
    if arguments.json {
        return text::json(&json!({ "inspection": inspection, "prediction": prediction }));
    }
    Ok(tables::inspection(&inspection, &prediction))
}

/// A model's layers, and its predicted cost.
pub(super) fn describe(
    model: &LoadedModel,
    arguments: &CostArgs,
) -> Result<(quantise::Inspection, Prediction), StudyError> {
    let inspection = quantise::inspect(&model.model).map_err(|source| StudyError::Model {
        name: model.model.name.clone(),
        source,
    })?;
    let loaded = arguments
        .cost
        .as_deref()
        .map(Calibration::load)
        .transpose()?;
    let calibration = loaded.as_ref().unwrap_or_else(|| Calibration::shipped());
    let prediction = calibration.predict(
        model,
        inspection.bootstraps,
        arguments.images as usize,
        arguments.soundness,
        arguments.memory.0,
    )?;
    Ok((inspection, prediction))
}
