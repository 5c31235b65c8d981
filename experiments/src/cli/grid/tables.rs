//! Experiments, plans and summaries as tables.

use std::path::Path;

use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};

use crate::grid::cell::Cell;
use crate::grid::config::Experiment;
use crate::grid::plan::Prediction;
use crate::grid::record::{Metric, Outcome, Record, subject};
use crate::grid::runner::Summary;
use crate::grid::workload::WorkloadError;
use crate::summary::statistics::Spread;

fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(header);
    table
}

fn align_right(table: &mut Table, from: usize) {
    for column in table.column_iter_mut().skip(from) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

/// Name, question, size.
pub(super) fn experiments(experiments: &[Experiment]) -> String {
    let mut table = table(["run", "question", "cells", "minutes"]);
    for experiment in experiments {
        table.add_row([
            experiment.name.clone(),
            experiment.question.clone(),
            experiment.cells.len().to_string(),
            experiment
                .minutes
                .map_or("-".to_owned(), |minutes| minutes.to_string()),
        ]);
    }
    table.to_string()
}

/// What a cell is, in five columns.
fn describe(cell: &Cell) -> [String; 5] {
    let proof = match (&cell.proof, cell.vote) {
        (Some(proof), _) => format!(
            "{}, {}, {} keys, {} bits",
            proof.select, proof.backend, proof.keys, proof.bits
        ),
        (None, Some(vote)) => format!("vote {}/{}", vote.quorum, vote.providers),
        (None, None) => "-".to_owned(),
    };
    [
        cell.workload.to_string(),
        cell.system.to_string(),
        cell.parameters.clone().unwrap_or_else(|| "-".to_owned()),
        proof,
        match cell.batch == cell.images {
            true => cell.images.to_string(),
            false => format!("{} by {}", cell.images, cell.batch),
        },
    ]
}

/// Every cell with its predicted cost.
pub(super) fn plan(experiment: &Experiment) -> Result<String, WorkloadError> {
    let mut table = table([
        "model",
        "system",
        "parameters",
        "proof",
        "images",
        "CPU-s",
        "prover MiB",
    ]);
    let mut total = 0.0;
    let mut unpredicted = 0;
    for cell in &experiment.cells {
        let prediction = Prediction::of(cell)?;
        match prediction.cpu_seconds {
            Some(seconds) => total += seconds,
            None => unpredicted += 1,
        }
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let mut row = describe(cell).to_vec();
        row.push(or_dash(
            prediction
                .cpu_seconds
                .map(|seconds| format!("{seconds:.1}")),
        ));
        row.push(or_dash(
            prediction.peak.map(|bytes| (bytes >> 20).to_string()),
        ));
        table.add_row(row);
    }
    align_right(&mut table, 4);
    Ok(format!(
        "{}: {}\n{table}\n{} cells. Predicted from the shipped measurement of bootstraps, nothing was run: {total:.0} CPU-seconds of \
         evaluation and proof, all repetitions; {unpredicted} cells (-) and key generation and linear layers are not predicted.\n",
        experiment.name,
        experiment.question,
        experiment.cells.len()
    ))
}

/// The medians of a finished run.
pub(super) fn summary(experiment: &Experiment, summary: &Summary, results: &Path) -> String {
    let mut table = table([
        "model",
        "system",
        "parameters",
        "proof",
        "images",
        "evaluate s",
        "prove s",
        "verify s",
        "proof bytes",
    ]);
    for record in &summary.records {
        let mut row = describe(&record.cell).to_vec();
        match &record.outcome {
            Outcome::Failed(reason) => row.push(format!("failed: {reason}")),
            Outcome::Measured => {
                for phase in [subject::EVALUATE, subject::PROVE, subject::VERIFY] {
                    row.push(median(record, phase, Metric::Wall).map_or("-".into(), seconds));
                }
                let bytes = median(record, subject::PROOF, Metric::Bytes);
                row.push(bytes.map_or("-".into(), |bytes| format!("{bytes:.0}")));
            }
        }
        table.add_row(row);
    }
    align_right(&mut table, 4);
    format!(
        "{}: {}\n{table}\nmedians of {}; a report with everything else:\n  blindproof report {} -o {}\n",
        experiment.name,
        experiment.question,
        match experiment.cells.first().map_or(1, |cell| cell.repeat) {
            1 => "1 repetition".to_owned(),
            repeat => format!("{repeat} repetitions"),
        },
        results.display(),
        results.with_file_name("report").display()
    )
}

/// Elapsed seconds, short ones with more digits.
fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 0.001 => format!("{s:.1e}"),
        s if s < 1.0 => format!("{s:.4}"),
        s => format!("{s:.2}"),
    }
}

fn median(record: &Record, subject: &str, metric: Metric) -> Option<f64> {
    Some(Spread::of(&record.find(subject, metric)?.samples)?.median)
}
