//! How accuracy, bits, failure probability and cost trade against each other: one network, quantised in many ways.

use std::fmt::Write as _;

use blindproof_fhe::import::FloatModel;
use blindproof_fhe::params::ParameterSet;
use blindproof_fhe::quantise;
use serde::Serialize;

use super::StudyError;
use super::accuracy::{self, Share};
use super::cost::{Calibration, Cost};
use super::import;
use super::plot::{Chart, Line, Point};
use crate::data::samples::Samples;

/// What to sweep.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// Names of parameter sets.
    pub parameters: Vec<String>,
    /// Bits of weights; `None`: chosen for each layer.
    pub weight_bits: Vec<Option<u32>>,
    /// Bits of tables; `None`: chosen for the set.
    pub table_bits: Vec<Option<u32>>,
    /// Everything else of quantisation.
    pub import: import::Options,
    /// How accuracy is measured.
    pub accuracy: accuracy::Options,
}

/// The samples of a sweep.
#[derive(Debug)]
pub struct Data<'a> {
    /// For calibration, and as given.
    pub calibration: (&'a Samples, &'a str),
    /// For measuring, and as given.
    pub measuring: (&'a Samples, &'a str),
}

/// One way to quantise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Parameter set.
    pub parameters: String,
    /// Bits of weights, as asked for; `None`: chosen.
    pub weight_bits: Option<u32>,
    /// Bits of tables, as asked for; `None`: chosen.
    pub table_bits: Option<u32>,
    /// What came out, or why nothing.
    pub outcome: Result<Outcome, String>,
}

/// What came out of one way to quantise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// Largest bits of a weight, sign included.
    pub largest_weight_bits: u32,
    /// Largest bits of a table.
    pub largest_table_bits: u32,
    /// Accuracy of the float network.
    pub float: Share,
    /// Accuracy in the clear.
    pub clear: Share,
    /// Accuracy with noise.
    pub simulated: Share,
    /// Predictions changed by noise.
    pub changed: Share,
    /// Reads moved by one entry, the worst layer.
    pub off_by_one: f64,
    /// `log2` of the predicted probability that noise moves a read by more than one entry (exact tables: at all), the
    /// worst layer.
    pub log2_p_fail: f64,
    /// Predicted cost of one image.
    pub cost: Cost,
}

/// Quantises and measures every combination. `done` is told the number of finished ones, and of all.
///
/// # Errors
/// [`StudyError`] for samples that do not fit. Ways that cannot be quantised are rows, no errors.
pub fn sweep(
    float: &FloatModel,
    source: &std::path::Path,
    data: &Data<'_>,
    sweep: &Sweep,
    calibration: &Calibration,
    done: &dyn Fn(usize, usize),
) -> Result<Vec<Row>, StudyError> {
    let mut rows = Vec::new();
    let all = sweep.parameters.len() * sweep.weight_bits.len() * sweep.table_bits.len();
    for parameters in &sweep.parameters {
        let set = ParameterSet::by_name(parameters)?;
        for &weight_bits in &sweep.weight_bits {
            for &table_bits in &sweep.table_bits {
                let mut options = sweep.import.clone();
                options.quantise = quantise::Options {
                    parameters: Some(parameters.clone()),
                    weight_bits,
                    table_bits,
                    ..options.quantise
                };
                let (samples, name) = data.calibration;
                let outcome = match import::import(float, source, samples, name, &options) {
                    Ok(imported) => Ok(outcome(float, &imported, data, sweep, calibration, set)?),
                    Err(StudyError::Quantise { source, .. }) if is_impossible(&source) => {
                        Err(source.to_string())
                    }
                    Err(error) => return Err(error),
                };
                rows.push(Row {
                    parameters: parameters.clone(),
                    weight_bits,
                    table_bits,
                    outcome,
                });
                done(rows.len(), all);
            }
        }
    }
    Ok(rows)
}

/// Whether this way to quantise is impossible, rather than all.
fn is_impossible(error: &quantise::QuantiseError) -> bool {
    matches!(error, quantise::QuantiseError::RangeImpossible { .. })
}

fn outcome(
    float: &FloatModel,
    imported: &import::Imported,
    data: &Data<'_>,
    sweep: &Sweep,
    calibration: &Calibration,
    set: &ParameterSet,
) -> Result<Outcome, StudyError> {
    let model = &imported.model;
    let (samples, name) = data.measuring;
    let measured = accuracy::measure(model, Some(float), samples, name, &sweep.accuracy)?;
    let classes = measured
        .classes
        .and_then(|classes| Some((classes.float?, classes.clear?, classes.simulated?)));
    let Some((float, clear, simulated)) = classes else {
        return Err(StudyError::Option {
            option: "--data",
            problem: format!(
                "{name} has no labels, or the network predicts no classes; accuracy needs both"
            ),
        });
    };
    let inspection = quantise::inspect(&model.model).map_err(|source| StudyError::Model {
        name: model.model.name.clone(),
        source,
    })?;
    let layers = &inspection.layers;
    let tables = layers.iter().filter(|layer| layer.bootstraps > 0);
    let p_fail = measured.layers.iter().map(|layer| layer.log2_p_fail);
    let off_by_one = measured.layers.iter().map(|layer| layer.by_one);
    Ok(Outcome {
        largest_weight_bits: layers.iter().map(|l| l.weight_bits).max().unwrap_or(0),
        largest_table_bits: tables
            .map(|layer| layer.size.max(1).ilog2())
            .max()
            .unwrap_or(0),
        float,
        clear,
        simulated,
        changed: measured.changed,
        off_by_one: off_by_one.fold(0.0, f64::max),
        log2_p_fail: p_fail.fold(f64::NEG_INFINITY, f64::max),
        cost: calibration.cost(set, inspection.bootstraps),
    })
}

/// Columns of the table files.
const COLUMNS: [&str; 14] = [
    "parameters",
    "weight bits",
    "table bits",
    "accuracy float",
    "accuracy clear",
    "accuracy simulated",
    "lower",
    "upper",
    "changed by noise",
    "off by one",
    "log2 p_fail",
    "bootstraps",
    "evaluation CPU-s",
    "proof CPU-s",
];

fn cells(row: &Row) -> Vec<String> {
    let bits = |asked: Option<u32>, got: Option<u32>| match (asked, got) {
        (Some(asked), _) => asked.to_string(),
        (None, Some(got)) => format!("auto ({got})"),
        (None, None) => "auto".to_owned(),
    };
    let known = row.outcome.as_ref().ok();
    let mut cells = vec![
        row.parameters.clone(),
        bits(
            row.weight_bits,
            known.map(|known| known.largest_weight_bits),
        ),
        bits(row.table_bits, known.map(|known| known.largest_table_bits)),
    ];
    let share = |share: f64| format!("{share:.4}");
    match &row.outcome {
        Ok(outcome) => cells.extend([
            share(outcome.float.share),
            share(outcome.clear.share),
            share(outcome.simulated.share),
            share(outcome.simulated.lower),
            share(outcome.simulated.upper),
            share(outcome.changed.share),
            share(outcome.off_by_one),
            format!("{:.1}", outcome.log2_p_fail),
            outcome.cost.bootstraps.to_string(),
            format!("{:.2}", outcome.cost.evaluation_cpu_seconds),
            format!("{:.1}", outcome.cost.proof_cpu_seconds.unwrap_or_default()),
        ]),
        Err(_) => cells.resize(COLUMNS.len(), String::new()),
    }
    cells
}

/// All rows as CSV, with the reason of those that are impossible.
pub fn csv(rows: &[Row]) -> String {
    let mut text = COLUMNS.join(",") + ",impossible because\n";
    for row in rows {
        let reason = row.outcome.as_ref().err().cloned().unwrap_or_default();
        let _ = writeln!(
            text,
            "{},\"{}\"",
            cells(row).join(","),
            reason.replace('"', "'")
        );
    }
    text
}

/// All rows as a Markdown table.
pub fn markdown(rows: &[Row]) -> String {
    let mut text = format!(
        "| {} |\n|{}\n",
        COLUMNS.join(" | "),
        "---|".repeat(COLUMNS.len())
    );
    for row in rows {
        match &row.outcome {
            Ok(_) => {
                let _ = writeln!(text, "| {} |", cells(row).join(" | "));
            }
            Err(reason) => {
                let known = cells(row)[..3].join(" | ");
                let _ = writeln!(
                    text,
                    "| {known} | impossible: {} |",
                    reason.replace('|', "/")
                );
            }
        }
    }
    text
}

/// The charts, with the names of their files.
pub fn charts(rows: &[Row]) -> Vec<(&'static str, Chart)> {
    let chart = |title: &str, x_name: &str, y_name: &str, lines| Chart {
        title: title.to_owned(),
        x_name: x_name.to_owned(),
        y_name: y_name.to_owned(),
        lines,
    };
    let plain = |y: f64| (y, None);
    let simulated = |o: &Outcome| {
        (
            o.simulated.share,
            Some((o.simulated.lower, o.simulated.upper)),
        )
    };
    let by_table = |o: &Outcome| f64::from(o.largest_table_bits);
    let table = |row: &&Row| row.weight_bits.is_none() && row.table_bits.is_some();
    let weight = |row: &&Row| row.table_bits.is_none();
    let mut accuracy = lines(rows, "with noise", false, table, by_table, simulated);
    accuracy.extend(lines(rows, "clear", true, table, by_table, |o| {
        plain(o.clear.share)
    }));
    let weights = lines(rows, "with noise", false, weight, weight_bits, simulated);
    let off = lines(rows, "", false, table, by_table, |o| plain(o.off_by_one));
    let fail = lines(rows, "", false, table, by_table, |o| plain(o.log2_p_fail));
    let seconds = |o: &Outcome| o.cost.proof_cpu_seconds.unwrap_or(f64::NAN);
    let cost = lines(rows, "with noise", false, table, seconds, simulated);
    vec![
        (
            "accuracy-table-bits.svg",
            chart(
                "Accuracy by bits of tables (weights: auto)",
                "bits of tables",
                "accuracy",
                accuracy,
            ),
        ),
        (
            "accuracy-weight-bits.svg",
            chart(
                "Accuracy by bits of weights (tables: auto)",
                "bits of weights",
                "accuracy",
                weights,
            ),
        ),
        (
            "off-by-one.svg",
            chart(
                "Reads that noise moves by one entry",
                "bits of tables",
                "share of reads",
                off,
            ),
        ),
        (
            "p-fail.svg",
            chart(
                "Reads that noise moves by more than one entry",
                "bits of tables",
                "log2 of the probability",
                fail,
            ),
        ),
        (
            "cost.svg",
            chart(
                "Accuracy by predicted proof, a point for each bits of tables",
                "proof, CPU-s an image",
                "accuracy",
                cost,
            ),
        ),
    ]
}

fn weight_bits(outcome: &Outcome) -> f64 {
    f64::from(outcome.largest_weight_bits)
}

/// A line for each parameter set, through the chosen rows.
fn lines(
    rows: &[Row],
    what: &str,
    dashed: bool,
    chosen: impl Fn(&&Row) -> bool,
    x: impl Fn(&Outcome) -> f64,
    y: impl Fn(&Outcome) -> (f64, Option<(f64, f64)>),
) -> Vec<Line> {
    let mut sets: Vec<&str> = rows.iter().map(|row| row.parameters.as_str()).collect();
    sets.dedup();
    sets.iter()
        .enumerate()
        .map(|(colour, set)| {
            let own = rows.iter().filter(|row| row.parameters == *set);
            let mut points: Vec<Point> = own
                .filter(&chosen)
                .filter_map(|row| row.outcome.as_ref().ok())
                .map(|outcome| {
                    let (height, bounds) = y(outcome);
                    Point {
                        x: x(outcome),
                        y: height,
                        bounds,
                    }
                })
                .collect();
            points.sort_by(|a, b| a.x.total_cmp(&b.x));
            Line {
                name: format!("{set} {what}").trim_end().to_owned(),
                colour,
                dashed,
                points,
            }
        })
        .collect()
}
