//! Quantisation error by layer.

use std::fmt::Write as _;

use blindproof_fhe::quantise::Metrics;

use super::table;

/// The quantised model against the float model.
pub(in crate::cli::model) fn metrics(metrics: &Metrics, data: &str) -> String {
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
