//! What `blindproof model` prints for people.

mod accuracy;
mod inspection;
mod metrics;

pub(super) use accuracy::accuracy;
pub(super) use inspection::inspection;
pub(super) use metrics::metrics;

use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// A probability.
fn power(log2: f64) -> String {
    // Beyond this, only what the model of the noise leaves out matters.
    const LEAST: f64 = -256.0;
    if log2 < LEAST {
        format!("< 2^{LEAST}")
    } else {
        format!("2^{log2:.1}")
    }
}
