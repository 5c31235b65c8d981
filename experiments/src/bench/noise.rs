//! `bench noise`: the variance of every operation against its formula.

use std::fmt;

use blindproof_fhe::keys::SeedSource;
use blindproof_fhe::noise::measure::{MeasureError, Measured, measure};
use blindproof_fhe::params::ParameterSet;
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

/// Probability that any of the comparisons fails although all formulas are right.
const ALPHA: f64 = 1e-4;

/// What was measured of one operation of one set.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Parameter set.
    pub parameters: &'static str,
    /// Operation.
    pub operation: &'static str,
    /// Number of errors.
    pub samples: usize,
    /// `log2` of the measured standard deviation, relative to `p`.
    pub log2_measured: f64,
    /// `log2` of the predicted one.
    pub log2_predicted: f64,
    /// Measured over predicted variance.
    pub ratio: f64,
    /// Probability of a ratio at least as far from 1 if the prediction is right.
    pub probability: f64,
}

impl Row {
    fn new(set: &'static ParameterSet, measured: &Measured) -> Self {
        Self {
            parameters: set.name,
            operation: measured.operation.name(),
            samples: measured.errors.len(),
            log2_measured: measured.variance().log2() / 2.0,
            log2_predicted: measured.operation.predicted(set).log2() / 2.0,
            ratio: measured.ratio(set),
            probability: measured.probability(set),
        }
    }
}

/// All rows.
#[derive(Debug, Clone, Serialize)]
pub struct Rows(pub Vec<Row>);

impl Rows {
    /// Measures sets one after the other; `done` is called with the name of each.
    ///
    /// # Errors
    /// [`MeasureError`] when a set cannot be used or the system gives no randomness.
    pub fn measure(
        sets: &[&'static ParameterSet],
        samples: usize,
        mut done: impl FnMut(&str),
    ) -> Result<Self, MeasureError> {
        let mut rows = Vec::new();
        for &set in sets {
            let mut seeds = SeedSource::from_os()?;
            let measured = measure(set, samples, &mut seeds)?;
            rows.extend(measured.iter().map(|measured| Row::new(set, measured)));
            done(set.name);
        }
        Ok(Self(rows))
    }

    /// The rows that contradict the formulas.
    pub fn wrong(&self) -> impl Iterator<Item = &Row> {
        let least = ALPHA / self.0.len().max(1) as f64;
        self.0.iter().filter(move |row| row.probability < least)
    }

    fn cells(&self) -> impl Iterator<Item = [String; 7]> + '_ {
        self.0.iter().map(|row| {
            [
                row.parameters.to_owned(),
                row.operation.to_owned(),
                row.samples.to_string(),
                format!("{:.3}", row.log2_measured),
                format!("{:.3}", row.log2_predicted),
                format!("{:.3}", row.ratio),
                format!("{:.2}", row.probability),
            ]
        })
    }

    /// As comma-separated values.
    pub fn csv(&self) -> String {
        let lines = self.cells().map(|cells| cells.join(",") + "\n");
        HEAD.join(",") + "\n" + &lines.collect::<String>()
    }
}

const HEAD: [&str; 7] = [
    "parameters",
    "operation",
    "samples",
    "log2 std. dev. measured",
    "predicted",
    "variance ratio",
    "probability",
];

impl fmt::Display for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(HEAD);
        for cells in self.cells() {
            table.add_row(cells);
        }
        for column in table.column_iter_mut().skip(2) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        writeln!(f, "{table}")?;
        writeln!(
            f,
            "standard deviations relative to p; the probability is that of a ratio at least as far from 1 if the formula holds"
        )
    }
}
