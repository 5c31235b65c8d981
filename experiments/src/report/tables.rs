//! The figures of a run as rows of tables.

use serde::Serialize;

use super::format::{bytes, count, decimal, many, percent, seconds};
use crate::result::{ReadBy, RunResult};

/// A name, a figure, and a remark.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    name: &'static str,
    value: String,
    note: String,
}

fn row(name: &'static str, value: impl Into<String>, note: impl Into<String>) -> Row {
    Row {
        name,
        value: value.into(),
        note: note.into(),
    }
}

/// `part` of the images as `100 % (3 of 3)`.
fn part_of(part: f64, images: usize) -> String {
    if part.is_finite() {
        let number = (part * images as f64).round();
        format!("{} ({number:.0} of {images})", percent(part))
    } else {
        percent(part)
    }
}

fn optional(part: Option<f64>, images: usize) -> String {
    part.map_or_else(|| "no labels".to_owned(), |part| part_of(part, images))
}

fn memory(value: Option<u64>) -> String {
    value.map_or_else(|| "not measured".to_owned(), bytes)
}

fn soundness_text(run: &RunResult) -> String {
    run.soundness_bits.map_or_else(
        || "none".to_owned(),
        |bits| format!("{} bits", decimal(bits)),
    )
}

/// The figures most people look for.
pub(super) fn tiles(run: &RunResult) -> Vec<Row> {
    vec![
        row(
            "encrypted = clear",
            percent(run.accuracy_vs_clear),
            format!("of {}", many(run.images, "prediction")),
        ),
        row(
            "soundness",
            soundness_text(run),
            run.soundness_regime.clone().unwrap_or_default(),
        ),
        row(
            "evaluate",
            seconds(run.eval_wall_seconds),
            format!("{} CPU", seconds(run.eval_cpu_seconds)),
        ),
        row(
            "prove",
            seconds(run.prove_wall_seconds),
            format!("{} CPU", seconds(run.prove_cpu_seconds)),
        ),
        row(
            "verify",
            seconds(run.verify_seconds),
            "from bytes, by a fresh verifier",
        ),
        row(
            "proof size",
            bytes(run.proof_bytes as u64),
            format!("for {}", many(run.images, "input")),
        ),
    ]
}

/// All figures of the run.
pub(super) fn summary(run: &RunResult) -> Vec<Row> {
    let proof = run.proof_bytes as u64;
    vec![
        row("inputs", run.images.to_string(), &run.data),
        row(
            "selection",
            run.selection.clone(),
            "operations that were to be proven",
        ),
        row(
            "encrypted prediction = clear model",
            part_of(run.accuracy_vs_clear, run.images),
            "the encryption changes nothing if this is 100 %",
        ),
        row(
            "encrypted prediction = label",
            optional(run.accuracy_vs_label, run.images),
            "on these inputs",
        ),
        row(
            "clear model = label",
            optional(run.clear_accuracy, run.images),
            "on the same inputs",
        ),
        row(
            "evaluate",
            seconds(run.eval_wall_seconds),
            format!("{} CPU", seconds(run.eval_cpu_seconds)),
        ),
        row(
            "prove",
            seconds(run.prove_wall_seconds),
            format!("{} CPU", seconds(run.prove_cpu_seconds)),
        ),
        row(
            "verify",
            seconds(run.verify_seconds),
            "digests included, reading files excluded",
        ),
        row("proof", bytes(proof), format!("{} bytes", count(proof))),
        row(
            "statement",
            bytes(run.statement_bytes as u64),
            format!("{} bytes", count(run.statement_bytes as u64)),
        ),
        row(
            "peak memory",
            memory(run.peak_rss_bytes),
            "of the whole process, all roles",
        ),
        row(
            "soundness",
            soundness_text(run),
            format!("{} bits were asked for", run.soundness_level),
        ),
        row(
            "zero-knowledge",
            if run.zero_knowledge { "yes" } else { "no" },
            "",
        ),
    ]
}

/// Where the run was made, and from what.
pub(super) fn machine(run: &RunResult) -> Vec<Row> {
    let host = &run.host;
    vec![
        row(
            "processor",
            host.cpu.clone(),
            format!("{} logical cores", host.cores),
        ),
        row("memory", memory(host.memory_bytes), ""),
        row("system", host.os.clone(), ""),
        row(
            "compiled for",
            host.target_features.join(", "),
            "instruction set extensions",
        ),
        row(
            "source",
            run.git_commit.clone(),
            format!("version {}", run.version),
        ),
        row(
            "program digest",
            run.program.clone(),
            "BLAKE3 of the compiled model",
        ),
    ]
}

/// The parameter set.
pub(super) fn parameters(run: &RunResult) -> Vec<Row> {
    let set = &run.parameters;
    let gadget = |bits: u32, levels: usize| format!("{} of {bits} bits", many(levels, "digit"));
    vec![
        row("set", set.name.clone(), ""),
        row(
            "message bits",
            set.message_bits.to_string(),
            "without the padding bit",
        ),
        row("n", set.lwe_dimension.to_string(), "small LWE dimension"),
        row("k", set.glwe_dimension.to_string(), "mask polynomials"),
        row(
            "N",
            set.polynomial_size.to_string(),
            "coefficients of a polynomial",
        ),
        row(
            "g",
            set.grouping_factor.to_string(),
            "key bits in one step of a blind rotation",
        ),
        row(
            "blind rotation gadget",
            gadget(set.pbs_base_log, set.pbs_levels),
            "",
        ),
        row(
            "key switch gadget",
            gadget(set.ks_base_log, set.ks_levels),
            "",
        ),
        row(
            "noise, small key",
            format!("2^{}", decimal(set.lwe_noise_log2)),
            "standard deviation relative to p",
        ),
        row(
            "noise, big key",
            format!("2^{}", decimal(set.glwe_noise_log2)),
            "standard deviation relative to p",
        ),
        row(
            "estimated security",
            format!("{} bits", decimal(set.security_bits)),
            "a fitted formula; no lattice estimator is run",
        ),
        row(
            "fingerprint",
            set.fingerprint.clone(),
            "BLAKE3 of all fields",
        ),
    ]
}

/// Each dense layer: noise, and what the noise may do. The last layer is decrypted, all others are looked up.
pub(super) fn noise(run: &RunResult) -> Vec<[String; 3]> {
    run.noise
        .iter()
        .map(|layer| {
            // A chance that is not small is easier to read as a percentage.
            let chance = if layer.log2_p_fail > -7.0 {
                percent(layer.log2_p_fail.exp2())
            } else {
                format!("2^{}", decimal(layer.log2_p_fail))
            };
            let effect = match layer.read {
                ReadBy::Decryption => {
                    "that a logit is off by half a unit or more; it changes a prediction only where its lead (see the \
                     inputs) is as small"
                        .to_owned()
                }
                ReadBy::ExactTable => "that one table lookup finds a wrong entry".to_owned(),
                ReadBy::Sums => "that one sum is off by half a unit or more".to_owned(),
                ReadBy::RoundedTable => format!(
                    "that one table lookup is off by more than one entry, {} that it is off by one: a rounded table, whose \
                     steps are small",
                    percent(layer.off_by_one.unwrap_or(0.0))
                ),
            };
            [
                layer.name.clone(),
                format!("2^{}", decimal(layer.log2_std)),
                format!("{chance} {effect}"),
            ]
        })
        .collect()
}

/// Every source of error: name, bits, grinding, theorem.
pub(super) fn soundness(run: &RunResult) -> Vec<[String; 4]> {
    run.soundness_terms
        .iter()
        .map(|term| {
            [
                term.name.clone(),
                decimal(term.bits),
                term.grinding.to_string(),
                term.source.clone(),
            ]
        })
        .collect()
}
