//! Layers and predicted cost.

use std::fmt::Write as _;

use blindproof_fhe::quantise::{Inspection, LayerInspection, NoiseInspection};

use super::{power, table};
use crate::study::cost::Prediction;

/// Layers and predicted cost.
pub(in crate::cli::model) fn inspection(
    inspection: &Inspection,
    prediction: &Prediction,
) -> String {
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
