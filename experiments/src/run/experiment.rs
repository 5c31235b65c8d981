//! `blindproof run NAME`: a model on its data, from keys to report.
//!
//! Every phase is a role function on files in one session folder; the verifier starts from nothing but those files.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use blindproof_bridge::artefact::{Existing, Problem, hexadecimal, write_atomically};
use blindproof_bridge::coverage::{coverage, not_proven};
use blindproof_bridge::selection::{Rows, Selection};
use blindproof_bridge::statement::program_digest;
use blindproof_fhe::model::{LayerNoise, ModelError, OutputKind, Prediction as Answer};

use super::roles::{Outcome, run_roles};
use super::{RunError, Watcher, host};
use crate::data::samples::LabelColumn;
use crate::models;
use crate::report;
use crate::result::{
    NOT_ZERO_KNOWLEDGE, NodeTime, Phase, Prediction, RunResult, Step, Verdict, soundness_terms, utc,
};
use crate::roles::RoleError;
use crate::roles::client;
use crate::roles::cost;
use crate::roles::images::{ImageSource, RawImage};
use crate::roles::model::LoadedModel;
use crate::roles::session::Session;

/// Predicted standard deviations of noise by which a decrypted value may differ from the clear model's and still agree with
/// it.
const AGREEMENT: f64 = 6.0;
/// Name of the file that marks a folder as made by this command.
const MARKER: &str = ".blindproof-run";

/// What to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Name of a shipped model, or path of a model file.
    pub model: String,
    /// What to evaluate it on; by default the held-out part of the shipped model's data set.
    pub data: Option<ImageSource>,
    /// Where a CSV file has its labels.
    pub label_column: LabelColumn,
    /// Number of inputs, from the first one on.
    pub images: usize,
    /// Operations to prove.
    pub selection: Selection,
    /// Proven soundness level in bits.
    pub level: u32,
    /// Peak memory of the prover, in bytes.
    pub memory: u64,
    /// Where all files go.
    pub folder: PathBuf,
    /// Makes keys and ciphertexts repeatable, and worthless as secrets.
    pub seed: Option<u64>,
    /// Write into a folder that this command did not make.
    pub force: bool,
}

/// Runs the experiment and writes `result.json` and `report.html` next to its artefacts. A rejected proof is a result as
/// any other: [`RunResult::verdict`] says so.
///
/// # Errors
/// [`RunError`].
pub fn run(options: &Options, watcher: &dyn Watcher) -> Result<RunResult, RunError> {
    let started = SystemTime::now();
    let model = LoadedModel::open(&options.model)?;
    let source = match (&options.data, models::find(&options.model)) {
        (Some(source), _) => source.clone(),
        (None, Some(shipped)) => ImageSource::held_out(shipped.dataset),
        (None, None) => {
            return Err(RunError::NoData {
                model: options.model.clone(),
            });
        }
    };
    let mut images = source.load(&options.label_column)?;
    if options.images == 0 || options.images > images.len() {
        return Err(RunError::Images {
            asked: options.images,
            available: images.len(),
            data: source.to_string(),
        });
    }
    images.truncate(options.images);
    options
        .selection
        .check(&model.program, options.images)
        .map_err(RoleError::from)?;
    claim_folder(&options.folder, options.force)?;
    let session = Session::new(&options.folder);
    let outcome = run_roles(options, &model, &images, &session, watcher)?;
    let result = result(options, &model, (&source, &images), outcome, started)?;
    write_json(&options.folder.join("result.json"), &result)?;
    report::write(&options.folder, &result).map_err(|source| RunError::Write {
        path: options.folder.clone(),
        source,
    })?;
    Ok(result)
}

/// Everything the run has shown.
fn result(
    options: &Options,
    model: &LoadedModel,
    (source, images): (&ImageSource, &[RawImage]),
    outcome: Outcome,
    started: SystemTime,
) -> Result<RunResult, RunError> {
    let failed = |source: ModelError| RoleError::Model {
        name: options.model.clone(),
        source: Box::new(source),
    };
    let noise = model.model.noise_budget().map_err(failed)?;
    let predictions = predictions(model, images, &outcome, &noise).map_err(failed)?;
    let nothing = vec![Rows::None; model.program.nodes.len()];
    let accepted = outcome.answer.as_ref().ok();
    let (coverage, not_proven) = match accepted {
        Some(accepted) => (
            accepted.verified.coverage.clone(),
            accepted.verified.not_proven.clone(),
        ),
        None => (
            coverage(&model.program, images.len(), &nothing),
            not_proven(&model.program, images.len(), &nothing),
        ),
    };
    let verdict = match accepted {
        Some(_) => Verdict::accepted(&coverage),
        None => Verdict::Rejected,
    };
    let soundness = accepted
        .filter(|_| verdict == Verdict::Verified)
        .map(|accepted| &accepted.verified.soundness);
    let share = |correct: usize| correct as f64 / images.len() as f64;
    let labelled = images.iter().all(|image| image.label.is_some())
        && model.model.output.kind != OutputKind::Values;
    let right = |answer: fn(&Prediction) -> &Answer| {
        let is_right = |image: &&Prediction| answer(image).class() == image.label;
        labelled.then(|| share(predictions.iter().filter(is_right).count()))
    };
    Ok(RunResult {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: std::env::args_os()
            .map(|argument| argument.to_string_lossy().into_owned())
            .collect(),
        started_at: utc(started),
        git_commit: host::git_commit(),
        host: host::facts(),
        seed: options.seed,
        model: model.model.name.clone(),
        labels: model.model.output.labels.clone(),
        program: hexadecimal(&program_digest(&model.program)),
        parameters: model.parameters.into(),
        noise: noise.iter().map(Into::into).collect(),
        images: images.len(),
        data: source.to_string(),
        selection: options.selection.to_string(),
        verdict,
        rejection: outcome.answer.as_ref().err().map(ToString::to_string),
        coverage: coverage.iter().map(Into::into).collect(),
        not_proven,
        sample: accepted.and_then(|accepted| accepted.verified.sample.clone()),
        zero_knowledge: false,
        zero_knowledge_note: NOT_ZERO_KNOWLEDGE.to_owned(),
        soundness_level: options.level,
        soundness_bits: soundness.map(|report| report.total_bits()),
        soundness_regime: soundness.map(|report| report.regime.to_string()),
        soundness_terms: soundness.map(soundness_terms).unwrap_or_default(),
        accuracy_vs_clear: share(predictions.iter().filter(|image| image.agrees).count()),
        accuracy_vs_label: right(|image| &image.encrypted),
        clear_accuracy: right(|image| &image.clear),
        eval_cpu_seconds: outcome.evaluated.cost.cpu_seconds,
        eval_wall_seconds: outcome.evaluated.cost.wall_seconds,
        prove_cpu_seconds: outcome.proven.cost.cpu_seconds,
        prove_wall_seconds: outcome.proven.cost.wall_seconds,
        verify_seconds: outcome.verification.wall_seconds,
        proof_bytes: outcome.proven.proof_bytes,
        statement_bytes: outcome.proven.statement_bytes,
        peak_rss_bytes: cost::peak_rss_bytes(),
        phases: outcome
            .phases
            .iter()
            .map(|(name, cost)| Phase {
                name: (*name).to_owned(),
                wall_seconds: cost.wall_seconds,
                cpu_seconds: cost.cpu_seconds,
            })
            .collect(),
        nodes: model
            .program
            .nodes
            .iter()
            .zip(&outcome.evaluated.nodes)
            .map(|(node, timing)| NodeTime::new(node, timing))
            .collect(),
        prove_steps: outcome
            .steps
            .iter()
            .map(|(step, seconds)| Step {
                name: step.to_string(),
                wall_seconds: *seconds,
            })
            .collect(),
        predictions,
    })
}

/// Encrypted and clear prediction of every input, next to its label.
fn predictions(
    model: &LoadedModel,
    images: &[RawImage],
    outcome: &Outcome,
    noise: &[LayerNoise],
) -> Result<Vec<Prediction>, ModelError> {
    let model = &model.model;
    let input = &model.input;
    let deviation = noise.last().map_or(0.0, |output| output.log2_std.exp2())
        * f64::from(model.output_bits()?).exp2();
    let predict = |(index, (image, encrypted)): (usize, (&RawImage, &client::Prediction))| {
        let clear_logits = model.predict_clear(&model.quantise(&image.pixels)?)?;
        let reals: Vec<f64> = clear_logits.iter().map(|&logit| logit as f64).collect();
        let clear = model
            .prediction(&reals)
            .unwrap_or(Answer::Values(Vec::new()));
        let near = |(noisy, clear): (&f64, &f64)| (noisy - clear).abs() <= AGREEMENT * deviation;
        Ok(Prediction {
            index,
            width: match input.shape.as_deref() {
                Some([_, _, width]) => Some(*width),
                _ => None,
            },
            raw_max: input.quantise.offset[0] + input.quantise.scale[0] * input.max as f64,
            pixels: image.pixels.clone(),
            label: image.label,
            agrees: match model.output.kind {
                OutputKind::Values => encrypted.logits.iter().zip(&reals).all(near),
                OutputKind::Argmax | OutputKind::Sign => encrypted.answer == clear,
            },
            clear,
            encrypted: encrypted.answer.clone(),
            clear_logits,
            logits: encrypted.logits.clone(),
        })
    };
    let pairs = images.iter().zip(&outcome.predictions);
    pairs.enumerate().map(predict).collect()
}

/// Writes the result as JSON, in one step.
fn write_json(path: &Path, result: &RunResult) -> Result<(), RunError> {
    let failed = |problem| RunError::Role(RoleError::unwritable(path, problem));
    let text = serde_json::to_string_pretty(result).map_err(|error| {
        failed(Problem::Inconsistent {
            reason: error.to_string(),
        })
    })? + "\n";
    write_atomically(path, &[text.as_bytes()], false, Existing::Replace).map_err(failed)
}

/// Takes possession of the folder, so that a later run may replace what is in it.
fn claim_folder(folder: &Path, force: bool) -> Result<(), RunError> {
    let failed = |source| RunError::Write {
        path: folder.to_path_buf(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let marker = folder.join(MARKER);
    let empty = std::fs::read_dir(folder).map_err(failed)?.next().is_none();
    if !(empty || force || marker.is_file()) {
        return Err(RunError::ForeignFolder {
            path: folder.to_path_buf(),
        });
    }
    std::fs::write(
        marker,
        "Made by `blindproof run`, which replaces the files in this folder.\n",
    )
    .map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_folders_are_written_to_twice() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let own = folder.path().join("new/run");
        for _ in 0..2 {
            claim_folder(&own, false).expect("a new folder, then one of ours");
            std::fs::write(own.join("proof"), "").expect("writable");
        }
        let foreign = folder.path();
        assert!(matches!(
            claim_folder(foreign, false),
            Err(RunError::ForeignFolder { .. })
        ));
        claim_folder(foreign, true).expect("by force");
    }
}
