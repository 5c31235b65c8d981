//! Tables of `papers/tables` that come from single commands, not from experiments.
//!
//! ```text
//! papers/results/bench-pbs.json   blindproof bench pbs --repeat 3 --json
//! papers/results/run-MODEL.json   result.json of: blindproof run MODEL --images 1 --select all
//! papers/results/evaluation.json  benches/evaluation-times, after: cargo bench --bench evaluation
//! papers/results/comparison.toml  published provers, and what was measured of them
//! the program                     its parameter sets
//! ```

use std::path::Path;

use blindproof_fhe::noise;
use blindproof_fhe::params::{Gadget, ParameterSet};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::super::SummaryError;
use super::super::table::csv_field;
use super::listed;
use crate::bench::pbs::{Batch, Results};
use crate::result::{Phase, RunResult};

/// The run whose soundness is shown term by term.
const SOUNDNESS_OF: &str = "digits-mlp";

/// Name and content of every table whose source is there.
///
/// # Errors
/// [`SummaryError`] when a source cannot be read.
pub fn tables(papers: &Path) -> Result<Vec<(&'static str, String)>, SummaryError> {
    let folder = papers.join("results");
    let mut tables = vec![("parameter-sets", parameter_sets())];
    let pbs: Option<Results> = json(&folder.join("bench-pbs.json"))?;
    if let Some(results) = &pbs {
        tables.push(("bench-pbs", bench_pbs(results)));
        let comparison = read(&folder.join("comparison.toml"))?;
        if let Some(text) = comparison {
            let path = folder.join("comparison.toml");
            let others = toml::from_str(&text).map_err(|error| unreadable(&path, error))?;
            tables.push(("comparison", comparison_of(&others, results)));
        }
    }
    let mut runs: Vec<RunResult> = Vec::new();
    for path in listed(&folder, "json")? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("run-") {
            runs.extend(json::<RunResult>(&path)?);
        }
    }
    if !runs.is_empty() {
        tables.push(("runs", runs_table(&runs)));
    }
    if let Some(run) = runs.iter().find(|run| run.model == SOUNDNESS_OF) {
        tables.push(("soundness-digits", soundness(run)));
    }
    let times: Option<Vec<Evaluation>> = json(&folder.join("evaluation.json"))?;
    if let Some(times) = times {
        tables.push(("bench-evaluation", evaluation(&times)));
    }
    Ok(tables)
}

fn unreadable(path: &Path, problem: impl ToString) -> SummaryError {
    SummaryError::Write {
        path: path.to_path_buf(),
        problem: problem.to_string(),
    }
}

/// The text of a file; `None` where there is none.
fn read(path: &Path) -> Result<Option<String>, SummaryError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(path, error)),
    }
}

fn json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, SummaryError> {
    let text = read(path)?;
    text.map(|text| serde_json::from_str(&text).map_err(|error| unreadable(path, error)))
        .transpose()
}

/// A header and rows.
fn csv<const N: usize>(header: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut lines = vec![header.map(csv_field).join(",")];
    lines.extend(
        rows.into_iter()
            .map(|row| row.map(|cell| csv_field(&cell)).join(",")),
    );
    lines.join("\n") + "\n"
}

fn parameter_sets() -> String {
    let header = [
        "name",
        "message bits",
        "n",
        "k",
        "N",
        "beta",
        "l",
        "beta of key switch",
        "l of key switch",
        "g",
        "log2 sigma of small key",
        "log2 sigma of big key",
        "security bits",
        "log2 failure at norm 8",
        "bootstrapping key",
        "key-switching key",
    ];
    let real = ParameterSet::all().iter().filter(|set| !set.is_insecure());
    let gadget = |gadget: &Gadget| [gadget.base_log.0.to_string(), gadget.levels.0.to_string()];
    csv(
        header,
        real.map(|set| {
            let [beta, levels] = gadget(&set.pbs_gadget);
            let [ks_beta, ks_levels] = gadget(&set.ks_gadget);
            let variance = noise::bootstrap_input_variance(set, 8.0);
            [
                set.name.to_owned(),
                set.message_bits.0.to_string(),
                set.lwe_dimension.0.to_string(),
                set.glwe_dimension.0.to_string(),
                set.polynomial_size.0.to_string(),
                beta,
                levels,
                ks_beta,
                ks_levels,
                set.grouping_factor.0.to_string(),
                set.lwe_noise.0.to_string(),
                set.glwe_noise.0.to_string(),
                set.security_bits().to_string(),
                noise::log2_p_fail(variance, set.message_bits).to_string(),
                (8 * set.bootstrapping_key_words()).to_string(),
                (8 * set.key_switching_key_words()).to_string(),
            ]
        }),
    )
}

fn bench_pbs(results: &Results) -> String {
    let header = [
        "batch",
        "exact evaluation CPU",
        "witness CPU",
        "commitment CPU",
        "range check CPU",
        "sumchecks CPU",
        "collapse and quotient CPU",
        "opening CPU",
        "proof CPU",
        "proof elapsed",
        "proof",
        "verify elapsed",
        "indexed proof",
        "indexed verify elapsed",
        "peak memory",
        "predicted memory",
        "bootstraps of a shard",
        "soundness bits",
    ];
    let row = |batch: &Batch| {
        let one = |seconds: f64| (seconds / batch.bootstraps as f64).to_string();
        let step = |name: &str| {
            let steps = batch.steps.iter().filter(|step| step.name == name);
            one(steps.map(|step| step.cpu_seconds).sum())
        };
        [
            batch.bootstraps.to_string(),
            one(batch.evaluation_cpu_seconds),
            step("evaluation of the witness"),
            step("commitment"),
            step("range check"),
            step("sumchecks"),
            step("collapse and quotient"),
            step("opening"),
            one(batch.proof_cpu_seconds),
            batch.proof_wall_seconds.to_string(),
            batch.proof_bytes.to_string(),
            batch.verify_seconds.to_string(),
            batch.indexed_proof_bytes.to_string(),
            batch.verify_indexed_seconds.to_string(),
            batch.peak_bytes.to_string(),
            batch.predicted_peak_bytes.to_string(),
            batch.shard.to_string(),
            batch.soundness_bits.to_string(),
        ]
    };
    csv(header, results.batches.iter().map(row))
}

fn runs_table(runs: &[RunResult]) -> String {
    let header = [
        "model",
        "images",
        "bootstraps",
        "operations",
        "key generation elapsed",
        "key generation CPU",
        "encryption elapsed",
        "encryption CPU",
        "evaluation elapsed",
        "evaluation CPU",
        "proof elapsed",
        "proof CPU",
        "verification elapsed",
        "verification CPU",
        "whole elapsed",
        "whole CPU",
        "proof",
        "peak memory",
        "soundness bits",
    ];
    let row = |run: &RunResult| {
        let phase = |name: &str, value: fn(&Phase) -> f64| {
            let phase = run.phases.iter().find(|phase| phase.name == name);
            phase.map_or_else(String::new, |phase| value(phase).to_string())
        };
        let wall = |name: &str| phase(name, |phase| phase.wall_seconds);
        let cpu = |name: &str| phase(name, |phase| phase.cpu_seconds);
        let sum = |value: fn(&Phase) -> f64| run.phases.iter().map(value).sum::<f64>();
        let operations = run.coverage.iter().map(|covered| covered.total);
        let bootstraps = run
            .coverage
            .iter()
            .find(|covered| covered.kind == "blind rotation");
        [
            run.model.clone(),
            run.images.to_string(),
            bootstraps.map_or_else(String::new, |covered| covered.total.to_string()),
            operations.sum::<usize>().to_string(),
            wall("key generation"),
            cpu("key generation"),
            wall("encryption"),
            cpu("encryption"),
            wall("evaluation"),
            cpu("evaluation"),
            wall("proof"),
            cpu("proof"),
            wall("verification"),
            cpu("verification"),
            sum(|phase| phase.wall_seconds).to_string(),
            sum(|phase| phase.cpu_seconds).to_string(),
            run.proof_bytes.to_string(),
            run.peak_rss_bytes
                .map_or_else(String::new, |bytes| bytes.to_string()),
            run.soundness_bits
                .map_or_else(String::new, |bits| bits.to_string()),
        ]
    };
    csv(header, runs.iter().map(row))
}

fn soundness(run: &RunResult) -> String {
    csv(
        ["term", "bits", "grinding", "source"],
        run.soundness_terms.iter().map(|term| {
            [
                term.name.clone(),
                term.bits.to_string(),
                term.grinding.to_string(),
                term.source.clone(),
            ]
        }),
    )
}

/// Seconds of one evaluator, one thread.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Evaluation {
    evaluator: String,
    batch: usize,
    bootstrap: f64,
    key_switch: Option<f64>,
}

fn evaluation(times: &[Evaluation]) -> String {
    csv(
        ["evaluator", "batch", "bootstrap", "key switch"],
        times.iter().map(|time| {
            [
                time.evaluator.clone(),
                time.batch.to_string(),
                time.bootstrap.to_string(),
                time.key_switch
                    .map_or_else(String::new, |seconds| seconds.to_string()),
            ]
        }),
    )
}

/// Provers that others published, and what is said of ours.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Comparison {
    ours: Ours,
    prover: Vec<Prover>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ours {
    batch: usize,
    parameters: String,
    leaves_open: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Prover {
    prover: String,
    parameters: String,
    /// CPU seconds of one bootstrap.
    from: f64,
    to: f64,
    origin: String,
    proof: String,
    verifier: String,
    leaves_open: String,
}

fn comparison_of(comparison: &Comparison, results: &Results) -> String {
    let header = [
        "prover",
        "parameters",
        "CPU a bootstrap, from",
        "CPU a bootstrap, to",
        "CPU (origin)",
        "proof",
        "verifier",
        "leaves open",
    ];
    let Comparison { ours, prover } = comparison;
    let measured = results
        .batches
        .iter()
        .filter(|batch| batch.bootstraps == ours.batch);
    let own = measured.map(|batch| {
        let cpu = (batch.proof_cpu_seconds / batch.bootstraps as f64).to_string();
        [
            format!("this work, batch of {}", ours.batch),
            ours.parameters.clone(),
            cpu.clone(),
            cpu,
            "measured".to_owned(),
            format!("{} kB for {}", batch.proof_bytes / 1000, batch.bootstraps),
            format!(
                "{:.2} s with keys, {:.3} s with a key index",
                batch.verify_seconds, batch.verify_indexed_seconds
            ),
            ours.leaves_open.clone(),
        ]
    });
    let others = prover.iter().map(|prover| {
        [
            prover.prover.clone(),
            prover.parameters.clone(),
            prover.from.to_string(),
            prover.to.to_string(),
            prover.origin.clone(),
            prover.proof.clone(),
            prover.verifier.clone(),
            prover.leaves_open.clone(),
        ]
    });
    csv(header, own.chain(others))
}
