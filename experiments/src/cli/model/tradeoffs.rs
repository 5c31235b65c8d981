//! `blindproof model tradeoffs`: tables and charts of a sweep.

use std::path::Path;

use blindproof_bridge::artefact::{Existing, write_atomically};
use blindproof_fhe::params::ParameterSet;

use super::super::progress::Progress;
use super::Failure;
use super::accuracy::first;
use super::args::{Choice, TradeoffsArgs};
use crate::roles::RoleError;
use crate::roles::session::make_folder_of;
use crate::study::cost::Calibration;
use crate::study::tradeoffs::{Data, Sweep, charts, csv, markdown, sweep};
use crate::study::{accuracy, import as study};

pub(super) fn run(arguments: &TradeoffsArgs) -> Result<String, Failure> {
    let mut float = study::load(&arguments.onnx)?;
    let column = &arguments.quantise.label_column;
    let names = [&arguments.quantise.calibrate, &arguments.data].map(ToString::to_string);
    let calibration = arguments.quantise.calibrate.samples(column)?;
    arguments.quantise.task.apply(&mut float, &calibration);
    let measuring = first(arguments.data.samples(column)?, arguments.samples)?;
    let parameters = match arguments.parameters.is_empty() {
        false => arguments.parameters.clone(),
        true => ParameterSet::recommended()
            .map(|set| set.name.to_owned())
            .collect(),
    };
    let plan = Sweep {
        parameters,
        weight_bits: arguments.weight_bits.iter().map(|bits| bits.0).collect(),
        table_bits: arguments.table_bits.iter().map(|bits| bits.0).collect(),
        import: study::Options {
            quantise: arguments.quantise.options(Choice::default()),
            normalisation: arguments.quantise.normalise,
        },
        accuracy: accuracy::Options {
            repeats: arguments.noise_repeats,
            seed: arguments.seed,
            confidence: arguments.confidence,
            normalisation: arguments.quantise.normalise,
        },
    };
    let data = Data {
        calibration: (&calibration, &names[0]),
        measuring: (&measuring, &names[1]),
    };
    let measured = arguments
        .cost
        .as_deref()
        .map(Calibration::load)
        .transpose()?;
    let costs = measured.as_ref().unwrap_or_else(|| Calibration::shipped());
    let progress = Progress::new(true);
    let rows = sweep(
        &float,
        &arguments.onnx,
        &data,
        &plan,
        costs,
        &|done, all| {
            progress.count("quantising and measuring", done, all);
        },
    )?;
    progress.finish();
    let mut text = markdown(&rows);
    write(&arguments.out, "tradeoffs.csv", &csv(&rows))?;
    write(&arguments.out, "tradeoffs.md", &text)?;
    let mut files = vec!["tradeoffs.csv", "tradeoffs.md"];
    for (name, chart) in charts(&rows) {
        if let Some(svg) = chart.svg().map_err(Failure::misuse)? {
            write(&arguments.out, name, &svg)?;
            files.push(name);
        }
    }
    for name in files {
        text += &format!("{}\n", arguments.out.join(name).display());
    }
    Ok(text)
}

/// Writes a file below the folder, in one step.
fn write(folder: &Path, name: &str, content: &str) -> Result<(), RoleError> {
    let path = folder.join(name);
    make_folder_of(&path)?;
    write_atomically(&path, &[content.as_bytes()], false, Existing::Replace)
        .map_err(|problem| RoleError::unwritable(&path, problem))
}
