//! `blindproof run digits`: handwritten digits from keys to report.
//!
//! Every phase is a role function on files in one session folder; the verifier starts from nothing but those files.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use blindproof_bridge::artefact::{Existing, Problem, write_atomically};
use blindproof_bridge::selection::Selection;
use blindproof_bridge::{ProveObserver, ProveStep};
use blindproof_fhe::model::predicted_class;

use super::{RunError, Watcher, host};
use crate::data::{self, Split};
use crate::report;
use crate::result::RunResult;
use crate::roles::client::Prediction;
use crate::roles::cost::{self, Cost};
use crate::roles::images::{ImageSource, RawImage};
use crate::roles::model::LoadedModel;
use crate::roles::server::{Evaluated, ProveFiles, Proven};
use crate::roles::session::Session;
use crate::roles::verifier::{Accepted, Requirements, VerifyFiles};
use crate::roles::{RoleError, client, server, verifier};

/// The built-in model of the experiment.
const MODEL: &str = "digits-mlp";
/// Name of the file that marks a folder as made by this command.
const MARKER: &str = ".blindproof-run";

/// What to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Number of held-out images, from the first one on.
    pub images: usize,
    /// Operations to prove.
    pub selection: Selection,
    /// Proven soundness level in bits.
    pub level: u32,
    /// Where all files go.
    pub folder: PathBuf,
    /// Makes keys and ciphertexts repeatable, and worthless as secrets.
    pub seed: Option<u64>,
    /// Write into a folder that this command did not make.
    pub force: bool,
}

/// Runs the experiment and writes `result.json` and `report.html` next to its artefacts.
///
/// # Errors
/// [`RunError`]; a proof that is rejected is [`crate::roles::RoleError::Rejected`].
pub fn run(options: &Options, watcher: &dyn Watcher) -> Result<RunResult, RunError> {
    let available = data::digits(Split::HeldOut).len();
    if options.images == 0 || options.images > available {
        return Err(RunError::Images {
            asked: options.images,
            available,
        });
    }
    let model = LoadedModel::open(MODEL)?;
    options
        .selection
        .resolve(&model.program)
        .map_err(RoleError::from)?;
    claim_folder(&options.folder, options.force)?;
    let source = ImageSource::Digits {
        split: Split::HeldOut,
        range: 0..options.images,
    };
    let images = source.load()?;
    let session = Session::new(&options.folder);
    let outcome = run_roles(options, &model, &images, &session, watcher)?;
    let result = outcome.into_result(options, &model, &images)?;
    write_json(&options.folder.join("result.json"), &result)?;
    report::write(&options.folder, &result).map_err(|source| RunError::Write {
        path: options.folder.clone(),
        source,
    })?;
    Ok(result)
}

/// What the roles did, one after the other.
struct Outcome {
    /// Phases in order, files included.
    phases: Vec<(&'static str, Cost)>,
    evaluated: Evaluated,
    proven: Proven,
    steps: Vec<(ProveStep, f64)>,
    accepted: Accepted,
    predictions: Vec<Prediction>,
}

/// Client, server, verifier, client. Each reads what it needs from the session's files.
fn run_roles(
    options: &Options,
    model: &LoadedModel,
    images: &[RawImage],
    session: &Session,
    watcher: &dyn Watcher,
) -> Result<Outcome, RunError> {
    let mut phases = Vec::new();
    let keys = session.keys();
    timed(&mut phases, watcher, "key generation", || {
        client::keygen(model.parameters, &keys, options.seed, Existing::Replace)
    })?;
    timed(&mut phases, watcher, "encryption", || {
        client::encrypt(model, &keys.client, images, &session.input(), options.seed)
    })?;
    let evaluated = timed(&mut phases, watcher, "evaluation", || {
        server::evaluate(
            model,
            &keys.public,
            &session.input(),
            &session.output(),
            &session.trace(),
            watcher,
        )
    })?;
    let steps = StepTimes {
        watcher,
        steps: RefCell::new(Vec::new()),
    };
    let proven = timed(&mut phases, watcher, "proof", || {
        server::prove(
            model,
            ProveFiles {
                keys: &keys.public,
                input: &session.input(),
                output: &session.output(),
                trace: &session.trace(),
                statement: &session.statement(),
                proof: &session.proof(),
            },
            options.selection.clone(),
            options.level,
            &steps,
        )
    })?;
    let accepted = timed(&mut phases, watcher, "verification", || {
        verifier::verify(
            model,
            VerifyFiles {
                keys: &keys.public,
                input: &session.input(),
                output: &session.output(),
                statement: &session.statement(),
                proof: &session.proof(),
            },
            &Requirements {
                selection: Some(options.selection.clone()),
                level: options.level,
            },
        )
    })?;
    let (predictions, _) = timed(&mut phases, watcher, "decryption", || {
        client::decrypt(model, &keys.client, &session.output())
    })?;
    Ok(Outcome {
        phases,
        evaluated,
        proven,
        steps: steps.steps.into_inner(),
        accepted,
        predictions,
    })
}

/// Runs one phase and notes its cost.
fn timed<T>(
    phases: &mut Vec<(&'static str, Cost)>,
    watcher: &dyn Watcher,
    name: &'static str,
    work: impl FnOnce() -> Result<T, RoleError>,
) -> Result<T, RoleError> {
    watcher.phase(name);
    let (result, cost) = Cost::measure(work);
    phases.push((name, cost));
    result
}

/// Keeps the time of every step of the prover, and passes it on.
struct StepTimes<'a> {
    watcher: &'a dyn Watcher,
    steps: RefCell<Vec<(ProveStep, f64)>>,
}

impl ProveObserver for StepTimes<'_> {
    fn start(&self, step: ProveStep) {
        self.watcher.start(step);
    }

    fn end(&self, step: ProveStep, seconds: f64) {
        self.steps.borrow_mut().push((step, seconds));
        self.watcher.end(step, seconds);
    }
}

impl Outcome {
    fn into_result(
        self,
        options: &Options,
        model: &LoadedModel,
        images: &[RawImage],
    ) -> Result<RunResult, RunError> {
        let _ = (
            options,
            model,
            images,
            &self.phases,
            &self.evaluated,
            &self.proven,
            &self.steps,
            &self.accepted,
        );
        let mut same = 0;
        for (i, p) in images.iter().zip(&self.predictions) {
            let q = model.model.quantise(&i.pixels).unwrap();
            let c = predicted_class(&model.model.predict_clear(&q).unwrap()).unwrap();
            same += usize::from(c == p.class);
        }
        let _ = (
            cost::peak_rss_bytes(),
            host::cpu(),
            host::cores(),
            host::memory_bytes(),
            host::git_commit(),
        );
        Ok(RunResult {
            accuracy_vs_clear: same as f64 / images.len() as f64,
        })
    }
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
