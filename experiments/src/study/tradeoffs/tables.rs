//! The rows of a sweep as CSV and Markdown.

use std::fmt::Write as _;

use super::Row;

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
