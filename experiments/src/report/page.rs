//! A run as the texts and rows of the page.

use std::path::Path;

use serde::Serialize;

use super::charts::{self, Bars, Logits, Picture, Time};
use super::format::{count, decimal, shell};
use super::tables::{self, Row};
use crate::result::{Covered, Prediction, RunResult, Verdict, answer_text, class_name};

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
    sample: Option<String>,
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

/// An image and what was made of it.
#[derive(Debug, Serialize)]
struct Image {
    index: usize,
    encrypted: String,
    clear: String,
    label: Option<String>,
    agrees: bool,
    right: Option<bool>,
    picture: Option<Picture>,
    logits: Logits,
    noise: Option<String>,
    lead: Option<String>,
}

impl Page {
    /// The page of `run`, whose files are in `folder`.
    pub(super) fn new(folder: &Path, run: &RunResult) -> Self {
        let coverage = believable_coverage(run);
        let kinds = |wanted: fn(usize, usize) -> bool| {
            coverage
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
            "--bits",
            &run.soundness_level.to_string(),
        ];
        Self {
            model: run.model.clone(),
            started_at: run.started_at.clone(),
            headline: headline(run),
            tiles: tables::tiles(run),
            coverage: charts::coverage(&coverage),
            proven: kinds(|proven, total| proven > 0 && proven == total),
            not_proven: kinds(|proven, total| proven < total),
            not_proven_nodes: run.not_proven.clone(),
            sample: run.sample.clone(),
            zero_knowledge: run.zero_knowledge,
            zero_knowledge_note: run.zero_knowledge_note.clone(),
            charts: time_charts(run),
            images: images(run),
            images_total: run.predictions.len(),
            summary: tables::summary(run),
            machine: tables::machine(run),
            parameters: tables::parameters(run),
            insecure: run.parameters.insecure,
            noise: tables::noise(run),
            soundness: tables::soundness(run),
            soundness_bits: run.soundness_bits.map(decimal),
            soundness_regime: run.soundness_regime.clone(),
            command: format!("{prefix} {}", shell(arguments)),
            again: format!("{prefix} {}", shell(&verify.map(str::to_owned))),
            seed: run.seed.map(|seed| seed.to_string()),
        }
    }
}

/// The coverage of an accepted proof; a rejected one proves nothing.
fn believable_coverage(run: &RunResult) -> Vec<Covered> {
    let mut coverage = run.coverage.clone();
    if run.verdict == Verdict::Rejected {
        coverage.iter_mut().for_each(|entry| entry.proven = 0);
    }
    coverage
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
fn images(run: &RunResult) -> Vec<Image> {
    let mut images: Vec<Image> = run.predictions.iter().map(|p| image(run, p)).collect();
    images.sort_by_key(|image| (image.agrees, image.right.unwrap_or(true)));
    images.truncate(SHOWN);
    images
}

fn image(run: &RunResult, prediction: &Prediction) -> Image {
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
        encrypted: answer_text(&run.labels, &prediction.encrypted),
        clear: answer_text(&run.labels, &prediction.clear),
        label: prediction.label.map(|label| class_name(&run.labels, label)),
        agrees: prediction.agrees,
        right: prediction
            .label
            .and_then(|label| Some(label == prediction.encrypted.class()?)),
        picture: charts::picture(prediction),
        logits: charts::logits(prediction),
        noise: noise.map(decimal),
        lead: lead(prediction).map(decimal),
    }
}

/// How far the predicted class is ahead of the next one.
fn lead(prediction: &Prediction) -> Option<f64> {
    let class = prediction.encrypted.class()?;
    let chosen = prediction.logits.get(class)?;
    prediction
        .logits
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != class)
        .map(|(_, logit)| chosen - logit)
        .min_by(f64::total_cmp)
}
