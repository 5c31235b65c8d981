//! A run as the texts and rows of the page.

use std::path::Path;

use serde::Serialize;

use super::charts::{self, Bars, Logits, Picture, Time};
use super::format::{bytes, count, decimal, percent, seconds, shell};
use crate::result::{Prediction, RunResult, Verdict};

/// Images shown at most; those that were misread come first.
const SHOWN: usize = 60;

/// Everything the template shows.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    model: String,
    started_at: String,
    headline: Headline,
    tiles: Vec<Row>,
    coverage: Bars,
    proven: Vec<&'static str>,
    not_proven: Vec<&'static str>,
    not_proven_nodes: Vec<String>,
    zero_knowledge: bool,
    zero_knowledge_note: String,
    charts: Vec<Bars>,
    images: Vec<Image>,
    images_total: usize,
    summary: Vec<Row>,
    machine: Vec<Row>,
    parameters: Vec<Row>,
    insecure: bool,
    noise: Vec<[String; 3]>,
    soundness: Vec<[String; 4]>,
    soundness_bits: Option<String>,
    soundness_regime: Option<String>,
    command: String,
    again: String,
    seed: Option<String>,
}

/// The verdict in large letters.
#[derive(Debug, Serialize)]
struct Headline {
    /// `good`, `partial` or `bad`.
    mood: &'static str,
    title: &'static str,
    text: String,
}

/// A name, a figure, and a remark.
#[derive(Debug, Serialize)]
struct Row {
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

/// An image and what was made of it.
#[derive(Debug, Serialize)]
struct Image {
    index: usize,
    encrypted: usize,
    clear: usize,
    label: Option<usize>,
    agrees: bool,
    right: Option<bool>,
    picture: Picture,
    logits: Logits,
    noise: Option<String>,
}

impl Page {
    /// The page of `run`, whose files are in `folder`.
    pub(super) fn new(folder: &Path, run: &RunResult) -> Self {
        let kinds = |wanted: fn(usize, usize) -> bool| {
            run.coverage
                .iter()
                .filter(|entry| wanted(entry.proven, entry.total))
                .map(|entry| in_plain_words(&entry.kind))
                .collect()
        };
        let arguments = run.command.get(1..).unwrap_or_default();
        let prefix = "cargo run --release --".to_owned();
        let verify = [
            "verify",
            "--dir",
            &folder.display().to_string(),
            "--select",
            &run.selection,
        ];
        Self {
            model: run.model.clone(),
            started_at: run.started_at.clone(),
            headline: headline(run),
            tiles: tiles(run),
            coverage: charts::coverage(&run.coverage),
            proven: kinds(|proven, total| proven > 0 && proven == total),
            not_proven: kinds(|proven, total| proven < total),
            not_proven_nodes: run.not_proven.clone(),
            zero_knowledge: run.zero_knowledge,
            zero_knowledge_note: run.zero_knowledge_note.clone(),
            charts: time_charts(run),
            images: images(&run.predictions),
            images_total: run.predictions.len(),
            summary: summary(run),
            machine: machine(run),
            parameters: parameters(run),
            insecure: run.parameters.insecure,
            noise: noise(run),
            soundness: soundness(run),
            soundness_bits: run.soundness_bits.map(decimal),
            soundness_regime: run.soundness_regime.clone(),
            command: format!("{prefix} {}", shell(arguments)),
            again: format!("{prefix} {}", shell(&verify.map(str::to_owned))),
            seed: run.seed.map(|seed| seed.to_string()),
        }
    }
}

/// A kind of operation as someone new to it would call it.
fn in_plain_words(kind: &str) -> &'static str {
    match kind {
        "linear" => "Linear layers: weighted sums of encrypted values.",
        "key switch" => {
            "Key switches: moving encrypted values from the large key to the small one."
        }
        "modulus switch" => "Modulus switches: rounding encrypted values before a table lookup.",
        "blind rotation" => {
            "Blind rotations: the encrypted table lookups, which compute the activation function."
        }
        _ => "Operations of another kind; the chart names them.",
    }
}

fn headline(run: &RunResult) -> Headline {
    let complete = run.coverage.iter().all(|entry| entry.proven == entry.total);
    let left_out: Vec<&str> = run
        .coverage
        .iter()
        .filter(|entry| entry.proven < entry.total)
        .map(|entry| entry.kind.as_str())
        .collect();
    let (mood, title, text) = match run.verdict {
        Verdict::Verified if complete => (
            "good",
            "Proof verified",
            "Every operation of the encrypted inference is proven.".to_owned(),
        ),
        Verdict::Verified => (
            "partial",
            "Proof verified, for a part of the computation",
            format!(
                "Not proven: {}. A dishonest server could have put anything in place of what is not proven, so the \
                 predictions are not yet protected from end to end.",
                left_out.join(", ")
            ),
        ),
        Verdict::NothingProven => (
            "partial",
            "Nothing is proven",
            "The selection covers no operation: the statement matches the files, and that is all."
                .to_owned(),
        ),
        Verdict::Rejected => (
            "bad",
            "Proof rejected",
            format!(
                "Trust nothing below. {}",
                run.rejection
                    .as_deref()
                    .unwrap_or("The verifier gave no reason.")
            ),
        ),
    };
    Headline { mood, title, text }
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

fn tiles(run: &RunResult) -> Vec<Row> {
    vec![
        row(
            "encrypted = clear",
            percent(run.accuracy_vs_clear),
            format!("of {} predictions", run.images),
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
            format!("for {} images", run.images),
        ),
    ]
}

fn time_charts(run: &RunResult) -> Vec<Bars> {
    let phases: Vec<Time> = run
        .phases
        .iter()
        .map(|phase| Time {
            label: phase.name.clone(),
            wall: phase.wall_seconds,
            cpu: Some(phase.cpu_seconds),
        })
        .collect();
    let nodes: Vec<Time> = run
        .nodes
        .iter()
        .map(|node| Time {
            label: format!(
                "{}: {} × {}",
                node.layer_name,
                count(node.operations as u64),
                node.kind
            ),
            wall: node.wall_seconds,
            cpu: None,
        })
        .collect();
    let steps: Vec<Time> = run
        .prove_steps
        .iter()
        .map(|step| Time {
            label: step.name.clone(),
            wall: step.wall_seconds,
            cpu: None,
        })
        .collect();
    [
        ("phases", "The whole run, files included", phases),
        ("nodes", "Inside the evaluation", nodes),
        ("steps", "Inside the proof", steps),
    ]
    .into_iter()
    .filter(|(_, _, times)| !times.is_empty())
    .map(|(id, title, times)| charts::times(id, title, &times))
    .collect()
}

/// Images that the encrypted inference or the model got wrong, then the others, [`SHOWN`] of them.
fn images(predictions: &[Prediction]) -> Vec<Image> {
    let mut images: Vec<Image> = predictions.iter().map(image).collect();
    images.sort_by_key(|image| (image.agrees, image.right.unwrap_or(true)));
    images.truncate(SHOWN);
    images
}

fn image(prediction: &Prediction) -> Image {
    let noise = prediction
        .logits
        .iter()
        .zip(&prediction.clear_logits)
        .map(|(logit, clear)| (logit - *clear as f64).abs())
        .fold(None, |largest: Option<f64>, noise| {
            Some(largest.map_or(noise, |l| l.max(noise)))
        });
    Image {
        index: prediction.index,
        encrypted: prediction.encrypted,
        clear: prediction.clear,
        label: prediction.label,
        agrees: prediction.encrypted == prediction.clear,
        right: prediction.label.map(|label| label == prediction.encrypted),
        picture: charts::picture(prediction),
        logits: charts::logits(prediction),
        noise: noise.map(|noise| format!("{noise:.4}")),
    }
}

fn summary(run: &RunResult) -> Vec<Row> {
    let proof = run.proof_bytes as u64;
    vec![
        row("images", run.images.to_string(), "held out from training"),
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
            "on these images",
        ),
        row(
            "clear model = label",
            optional(run.clear_accuracy, run.images),
            "on the same images",
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

fn machine(run: &RunResult) -> Vec<Row> {
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

fn parameters(run: &RunResult) -> Vec<Row> {
    let set = &run.parameters;
    let gadget = |bits: u32, levels: usize| format!("{levels} digits of {bits} bits");
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

fn noise(run: &RunResult) -> Vec<[String; 3]> {
    run.noise
        .iter()
        .map(|layer| {
            [
                layer.name.clone(),
                format!("2^{}", decimal(layer.log2_std)),
                format!("2^{}", decimal(layer.log2_p_fail)),
            ]
        })
        .collect()
}

fn soundness(run: &RunResult) -> Vec<[String; 4]> {
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
