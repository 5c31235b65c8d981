//! `blindproof model import`: ONNX and samples to a model file.

use std::path::PathBuf;

use serde_json::json;

use super::super::message;
use super::args::ImportArgs;
use super::inspect::describe;
use super::{Failure, tables, text};
use crate::study::import::{self, Options, import};

pub(super) fn run(arguments: &ImportArgs) -> Result<String, Failure> {
    let mut float = import::load(&arguments.onnx)?;
    let data = arguments.quantise.calibrate.to_string();
    let column = &arguments.quantise.label_column;
    let samples = arguments.quantise.calibrate.samples(column)?;
    arguments.quantise.task.apply(&mut float, &samples);
    let options = Options {
        quantise: arguments.quantise.options(arguments.choice()),
        normalisation: arguments.quantise.normalise,
    };
    let imported = import(&float, &arguments.onnx, &samples, &data, &options)?;
    let out = arguments.out.clone().unwrap_or_else(|| {
        let stem = arguments.onnx.file_stem().unwrap_or_default();
        PathBuf::from(stem).with_extension("json")
    });
    let (inspection, prediction) = describe(&imported.model, &arguments.cost)?;
    import::write(&imported.model.model, &out)?;
    if !imported.target_reached {
        message(&format!(
            "blindproof: warning: the parameter set '{}' reads tables less reliably than it should (target: 15 dB of signal \
             to noise, 0.5 % of comparisons misread); check `blindproof model accuracy {}` before using the model",
            imported.model.parameters.name,
            out.display()
        ));
    }
    if arguments.json {
        return text::json(&json!({
            "file": out,
            "target_reached": imported.target_reached,
            "inspection": inspection,
            "prediction": prediction,
            "metrics": imported.metrics,
        }));
    }
    Ok(format!(
        "{}\n{}\nmodel file: {}\n",
        tables::inspection(&inspection, &prediction),
        tables::metrics(&imported.metrics, &data),
        out.display()
    ))
}
