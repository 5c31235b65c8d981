//! What `blindproof model` prints for people.

use std::fmt::Write as _;

use blindproof_fhe::quantise::{Inspection, LayerInspection, Metrics, NoiseInspection};
use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};

use crate::study::accuracy::{Accuracy, Classes, LayerReads, Share, Values};
use crate::study::cost::Prediction;

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// Layers and predicted cost.
pub(super) fn inspection(inspection: &Inspection, prediction: &Prediction) -> String {
    let mut layers = table(&[
        "layer",
        "kind",
        "reads",
        "gives",
        "bits",
        "proven range",
        "weight bits",
        "operations",
        "bootstraps",
        "read",
        "p_fail",
        "evaluation",
        "proof",
    ]);
    let cost = &prediction.cost;
    for layer in &inspection.layers {
        let noise = layer.noise.as_ref();
        let part = layer.bootstraps as f64 / inspection.bootstraps.max(1) as f64;
        let seconds = |all: f64| match layer.bootstraps {
            0 => String::new(),
            _ => format!("{:.2} s", all * part),
        };
        layers.add_row([
            layer.name.clone(),
            layer.kind.clone(),
            layer.input_features.to_string(),
            layer.features.to_string(),
            layer.bits.to_string(),
            format!("{}..{}", layer.range.0, layer.range.1),
            weight_bits(layer),
            layer.operations.to_string(),
            layer.bootstraps.to_string(),
            noise
                .map(|noise| reading(noise, layer.bits))
                .unwrap_or_default(),
            noise.map(p_fail).unwrap_or_default(),
            seconds(cost.evaluation_cpu_seconds),
            seconds(cost.proof_cpu_seconds.unwrap_or_default()),
        ]);
    }
    format!(
        "{}: {} ({:.1} bits of security, estimate), {} inputs of {} bits, {} bootstraps\n{layers}\n{}{}",
        inspection.name,
        inspection.parameters,
        inspection.security_bits,
        inspection.input.0,
        inspection.input.1,
        inspection.bootstraps,
        failure(inspection),
        predicted(prediction),
    )
}

fn weight_bits(layer: &LayerInspection) -> String {
    match layer.weight_bits {
        0 => String::new(),
        bits => bits.to_string(),
    }
}

fn reading(noise: &NoiseInspection, bits: u32) -> String {
    match (noise.std_steps, noise.off_by_one) {
        (Some(steps), Some(off)) => {
            format!(
                "rounded, noise {steps:.2} steps, off by one {:.1} %",
                100.0 * off
            )
        }
        _ if noise.reading == "decrypted" => {
            let units = (noise.log2_std + f64::from(bits)).exp2();
            format!("decrypted, noise {units:.1} units")
        }
        _ => noise.reading.clone(),
    }
}

fn p_fail(noise: &NoiseInspection) -> String {
    match noise.reading.as_str() {
        "summed" | "decrypted" => String::new(),
        _ => power(noise.log2_p_fail),
    }
}

fn power(log2: f64) -> String {
    // Beyond this, only what the model of the noise leaves out matters.
    const LEAST: f64 = -256.0;
    if log2 < LEAST {
        format!("< 2^{LEAST}")
    } else {
        format!("2^{log2:.1}")
    }
}

fn failure(inspection: &Inspection) -> String {
    let mut text = String::new();
    if inspection.log2_p_fail > f64::NEG_INFINITY {
        let _ = writeln!(
            text,
            "an exact table is read wrongly in an evaluation: at most {}, predicted",
            power(inspection.log2_p_fail)
        );
    }
    let noises = inspection
        .layers
        .iter()
        .filter_map(|layer| layer.noise.as_ref());
    if noises.into_iter().any(|noise| noise.std_steps.is_some()) {
        text += "rounded: noise moves the entry that is read; p_fail counts moves by more than one. \
                 `blindproof model accuracy` says what that does to predictions\n";
    }
    text
}

fn predicted(prediction: &Prediction) -> String {
    let cost = &prediction.cost;
    let images = match prediction.images {
        1 => "1 image".to_owned(),
        images => format!("{images} images"),
    };
    let mut text = format!("PREDICTED, not measured, for {images}, proof of everything:\n");
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "  {name:<12}{value}");
    };
    line(
        "evaluation",
        format!("{:.2} CPU-s", cost.evaluation_cpu_seconds),
    );
    match (cost.proof_cpu_seconds, cost.proof_bytes) {
        (Some(seconds), Some(bytes)) => {
            line("proof", format!("{seconds:.1} CPU-s, {bytes} bytes"));
        }
        _ => line(
            "proof",
            "no bootstraps: not predicted, linear layers only".to_owned(),
        ),
    }
    line(
        "memory",
        match (prediction.peak_bytes, &prediction.memory_problem) {
            (Some(bytes), _) => format!("{} MiB, prover's peak", bytes >> 20),
            (None, problem) => problem.clone().unwrap_or_default(),
        },
    );
    line(
        "from",
        format!(
            "{}, on {}, {} cores; linear layers are not counted",
            prediction.source, prediction.host.cpu, prediction.host.cores
        ),
    );
    if cost.bootstraps > prediction.measured_up_to {
        line(
            "",
            format!(
                "{} bootstraps are beyond the largest batch measured (like {} here): extrapolated",
                cost.bootstraps, prediction.measured_up_to
            ),
        );
    }
    text
}

/// The quantised model against the float model.
pub(super) fn metrics(metrics: &Metrics, data: &str) -> String {
    let mut layers = table(&[
        "against the float network",
        "SQNR dB",
        "largest error",
        "proven sums",
        "observed sums",
        "bits not used",
        "noise in steps",
        "off by one",
    ]);
    for layer in &metrics.layers {
        let range = |(low, high): (f64, f64)| format!("{low:.2}..{high:.2}");
        layers.add_row([
            layer.name.clone(),
            decibels(layer.sqnr_db),
            format!("{:.3}", layer.max_error),
            range(layer.proven),
            range(layer.observed),
            format!("{:.1}", layer.lost_bits),
            format!("{:.2}", layer.noise_steps),
            format!("{:.2} %", 100.0 * layer.p_off_by_one),
        ]);
    }
    layers.add_row([
        "output".to_owned(),
        decibels(metrics.output_sqnr_db),
        format!("{:.3}", metrics.output_max_error),
    ]);
    let percent = |share: f64| format!("{:.2} %", 100.0 * share);
    let mut text = format!(
        "{layers}\non the {} samples of {data}, without noise: same prediction {}",
        metrics.samples,
        percent(metrics.agreement)
    );
    if let (Some(float), Some(quantised)) = (metrics.float_accuracy, metrics.quantised_accuracy) {
        let _ = write!(
            text,
            "; accuracy: float {}, quantised {}",
            percent(float),
            percent(quantised)
        );
    }
    let _ = write!(text, "; inputs clamped {}", percent(metrics.clamped_inputs));
    if metrics.inexact_comparisons > 0 {
        let _ = write!(
            text,
            "; {} comparisons decide some sample differently",
            metrics.inexact_comparisons
        );
    }
    text.push('\n');
    for layer in &metrics.layers {
        if let Some(remedy) = &layer.remedy {
            let _ = writeln!(text, "{}: {remedy}", layer.name);
        }
    }
    text
}

fn decibels(value: f64) -> String {
    if value.is_infinite() {
        "exact".to_owned()
    } else {
        format!("{value:.1}")
    }
}

/// Accuracy and reads.
pub(super) fn accuracy(measured: &Accuracy) -> String {
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
