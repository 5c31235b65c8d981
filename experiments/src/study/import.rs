//! ONNX and samples to a quantised model.

use std::path::Path;

use blindproof_bridge::artefact::{Existing, Problem, write_atomically};
use blindproof_fhe::import::{FloatModel, ImportError};
use blindproof_fhe::model::{OutputKind, QuantisedModel};
use blindproof_fhe::quantise::{self, Metrics, quantise};

use super::StudyError;
use super::accuracy::classes_of;
use super::normalise::Normalisation;
use crate::data::samples::Samples;
use crate::roles::RoleError;
use crate::roles::model::LoadedModel;

/// How to quantise.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Bits, calibration and parameters.
    pub quantise: quantise::Options,
    /// From the values of the samples to those that the network takes.
    pub normalisation: Normalisation,
}

/// A quantised model, with what quantisation has cost.
#[derive(Debug)]
pub struct Imported {
    /// The model; it takes the values of the samples, before normalisation.
    pub model: LoadedModel,
    /// Against the float model, on the samples.
    pub metrics: Metrics,
    /// Whether the set reaches the target; if not, none that is shipped does, or the set was given.
    pub target_reached: bool,
}

/// Reads a network.
///
/// # Errors
/// [`StudyError::Onnx`] names file, node and remedy; [`StudyError::OnnxFile`] for a file that cannot be read.
pub fn load(path: &Path) -> Result<FloatModel, StudyError> {
    FloatModel::load(path).map_err(|source| match source {
        // It names the file itself.
        ImportError::Io { .. } => StudyError::OnnxFile(source),
        source => StudyError::Onnx {
            path: path.to_path_buf(),
            source,
        },
    })
}

/// Quantises a network. `source`: its file; `data`: the samples, as given.
///
/// # Errors
/// [`StudyError`] names the sample, the layer or the option.
pub fn import(
    float: &FloatModel,
    source: &Path,
    samples: &Samples,
    data: &str,
    options: &Options,
) -> Result<Imported, StudyError> {
    let refused = |problem| StudyError::Quantise {
        path: source.to_path_buf(),
        data: data.to_owned(),
        source: Box::new(problem),
    };
    let rows: Vec<Vec<f32>> = samples
        .rows
        .iter()
        .map(|row| options.normalisation.apply(row))
        .collect();
    let quantised = quantise(float, &rows, &options.quantise).map_err(refused)?;
    let mut model = quantised.model.clone();
    let stem = source.file_stem().unwrap_or_default();
    model.name = stem.to_string_lossy().into_owned();
    model.input.quantise = options.normalisation.of_raw(&model.input.quantise);
    if let Some(provenance) = model.provenance.as_object_mut() {
        let name = source.file_name().unwrap_or_default().to_string_lossy();
        provenance.insert("onnx".to_owned(), name.into());
        provenance.insert("calibrated_on".to_owned(), data.into());
        let normalised = options.normalisation.to_string();
        provenance.insert("normalise".to_owned(), normalised.into());
    }
    let model = LoadedModel::new(model).map_err(|source| StudyError::Model {
        name: float.name.clone(),
        source,
    })?;
    let labels = match float.output.kind {
        OutputKind::Values => None,
        _ => classes_of(&model, samples, data)?,
    };
    let metrics = quantised
        .metrics(&rows, labels.as_deref())
        .map_err(refused)?;
    Ok(Imported {
        model,
        metrics,
        target_reached: quantised.target_reached,
    })
}

/// Writes a model file, in one step.
///
/// # Errors
/// [`StudyError::Role`] when the file cannot be written.
pub fn write(model: &QuantisedModel, path: &Path) -> Result<(), StudyError> {
    let failed = |problem| RoleError::unwritable(path, problem);
    let text = serde_json::to_string(model).map_err(|error| {
        failed(Problem::Inconsistent {
            reason: error.to_string(),
        })
    })? + "\n";
    write_atomically(path, &[text.as_bytes()], false, Existing::Replace).map_err(failed)?;
    Ok(())
}
