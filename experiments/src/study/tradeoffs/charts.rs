//! The rows of a sweep as charts.

use super::{Outcome, Row};
use crate::plot::{Chart, Line, Point, Scale, Stroke};

/// Probabilities below two to this are drawn as if they were it.
const LEAST_LOG2: f64 = -128.0;

/// The charts, with the names of their files.
pub fn charts(rows: &[Row]) -> Vec<(&'static str, Chart)> {
    let chart = |title: &str, x_name: &str, y_name: &str, lines| Chart {
        title: title.to_owned(),
        x_name: x_name.to_owned(),
        y_name: y_name.to_owned(),
        x_scale: Scale::Linear,
        y_scale: Scale::Linear,
        lines,
    };
    let plain = |y: f64| (y, None);
    let simulated = |o: &Outcome| {
        (
            o.simulated.share,
            Some((o.simulated.lower, o.simulated.upper)),
        )
    };
    let by_table = |row: &Row, _: &Outcome| row.table_bits.map_or(f64::NAN, f64::from);
    let by_weight = |row: &Row, _: &Outcome| row.weight_bits.map_or(f64::NAN, f64::from);
    let table = |row: &&Row| row.weight_bits.is_none();
    let weight = |row: &&Row| row.table_bits.is_none();
    let mut accuracy = lines(
        rows,
        "with noise",
        Stroke::Solid,
        table,
        by_table,
        simulated,
    );
    accuracy.extend(lines(rows, "clear", Stroke::Dashed, table, by_table, |o| {
        plain(o.clear.share)
    }));
    let weights = lines(
        rows,
        "with noise",
        Stroke::Solid,
        weight,
        by_weight,
        simulated,
    );
    let off = lines(rows, "", Stroke::Solid, table, by_table, |o| {
        plain(o.off_by_one)
    });
    let fail = lines(rows, "", Stroke::Solid, table, by_table, |o| {
        plain(o.log2_p_fail.max(LEAST_LOG2))
    });
    let seconds = |_: &Row, o: &Outcome| o.cost.proof_cpu_seconds.unwrap_or(f64::NAN);
    let cost = lines(rows, "with noise", Stroke::Solid, table, seconds, simulated);
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
                "log2 p a read, at least -128",
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

/// A line for each parameter set, through the chosen rows.
fn lines(
    rows: &[Row],
    what: &str,
    stroke: Stroke,
    chosen: impl Fn(&&Row) -> bool,
    x: impl Fn(&Row, &Outcome) -> f64,
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
                .filter_map(|row| Some((row, row.outcome.as_ref().ok()?)))
                .map(|(row, outcome)| {
                    let (height, bounds) = y(outcome);
                    Point {
                        x: x(row, outcome),
                        y: height,
                        bounds,
                    }
                })
                .collect();
            points.sort_by(|a, b| a.x.total_cmp(&b.x));
            Line {
                name: format!("{set} {what}").trim_end().to_owned(),
                colour,
                stroke,
                points,
            }
        })
        .collect()
}
