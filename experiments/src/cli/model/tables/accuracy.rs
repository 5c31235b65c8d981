//! Accuracy, and how tables were read.

use std::fmt::Write as _;

use comfy_table::Table;

use super::{power, table};
use crate::study::accuracy::{Accuracy, Classes, LayerReads, Share, Values};

/// Accuracy and reads.
pub(in crate::cli::model) fn accuracy(measured: &Accuracy) -> String {
    let mut text = format!(
        "{} ({}): {} samples, {} evaluation{} of each with noise (seed {}), {:.2} s; bounds with {} % confidence\n",
        measured.model,
        measured.parameters,
        measured.samples,
        measured.repeats,
        if measured.repeats == 1 { "" } else { "s" },
        measured.seed,
        measured.simulation_seconds,
        100.0 * measured.confidence,
    );
    if let Some(classes) = &measured.classes {
        text += &class_lines(classes, &measured.changed);
    }
    if let Some(values) = &measured.values {
        text += &value_lines(values, &measured.changed);
    }
    if !measured.layers.is_empty() {
        let _ = writeln!(text, "{}", reads(&measured.layers));
    }
    text
}

fn class_lines(classes: &Classes, changed: &Share) -> String {
    let mut table = table(&["", "share", "bounds", "count"]);
    let rows = [
        ("accuracy, float", &classes.float),
        ("accuracy, quantised, clear", &classes.clear),
        ("accuracy, quantised, with noise", &classes.simulated),
        ("quantised agrees with float", &classes.agreement),
        ("prediction changed by noise", &Some(*changed)),
    ];
    for (name, share) in rows {
        if let Some(share) = share {
            table.add_row([vec![name.to_owned()], cells(share)].concat());
        }
    }
    format!("{table}\n")
}

fn cells(share: &Share) -> Vec<String> {
    let percent = |part: f64| format!("{:.2} %", 100.0 * part);
    vec![
        percent(share.share),
        format!("{} .. {}", percent(share.lower), percent(share.upper)),
        format!("{} of {}", (10.0 * share.count).round() / 10.0, share.total),
    ]
}

fn value_lines(values: &Values, changed: &Share) -> String {
    let mut table = table(&["", "root mean square"]);
    let rows = [
        ("float - label", values.float_error),
        ("quantised, clear - label", values.clear_error),
        ("quantised, with noise - label", values.simulated_error),
        ("quantised, clear - float", values.quantisation),
        ("with noise - clear", Some(values.noise)),
    ];
    for (name, value) in rows {
        if let Some(value) = value {
            table.add_row([name.to_owned(), format!("{value:.4}")]);
        }
    }
    table.add_row([
        "outputs changed by noise, share".to_owned(),
        format!("{:.4}", changed.share),
    ]);
    format!("{table}\n")
}

fn reads(layers: &[LayerReads]) -> Table {
    let mut table = table(&[
        "layer",
        "reads",
        "off by one",
        "predicted, even sums",
        "by more",
        "p_fail, predicted",
    ]);
    for layer in layers {
        table.add_row([
            layer.name.clone(),
            layer.reads.to_string(),
            format!("{:.3} %", 100.0 * layer.by_one),
            layer
                .predicted_by_one
                .map_or("exact".to_owned(), |p| format!("{:.3} %", 100.0 * p)),
            layer.by_more.to_string(),
            power(layer.log2_p_fail),
        ]);
    }
    table
}
