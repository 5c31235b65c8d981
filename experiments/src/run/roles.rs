//! The roles of a run, one after the other, on the files of one session.

use std::cell::RefCell;

use blindproof_bridge::artefact::Existing;
use blindproof_bridge::{ProveObserver, ProveStep};

use super::experiment::Options;
use super::{RunError, Watcher};
use crate::roles::client::Prediction;
use crate::roles::cost::Cost;
use crate::roles::images::RawImage;
use crate::roles::model::LoadedModel;
use crate::roles::server::{Evaluated, ProveFiles, ProveSettings, Proven};
use crate::roles::session::Session;
use crate::roles::verifier::{Accepted, Requirements, VerifierKeyFiles, VerifyFiles};
use crate::roles::{RoleError, client, server, verifier};

/// What the roles did, one after the other.
pub(super) struct Outcome {
    /// Phases in order, files included.
    pub phases: Vec<(&'static str, Cost)>,
    pub evaluated: Evaluated,
    pub proven: Proven,
    /// Steps of the prover and their seconds.
    pub steps: Vec<(ProveStep, f64)>,
    /// The verifier's answer; an error is always a rejection.
    pub answer: Result<Accepted, RoleError>,
    /// Cost of the verifier's answer, without reading files where it accepted.
    pub verification: Cost,
    pub predictions: Vec<Prediction>,
}

/// Client, server, verifier, client. Each reads what it needs from the session's files.
pub(super) fn run_roles(
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
                key_index: None,
                input: &session.input(),
                output: &session.output(),
                trace: &session.trace(),
                statement: &session.statement(),
                proof: &session.proof(),
                work: None,
            },
            &ProveSettings {
                selection: options.selection.clone(),
                level: options.level,
                memory: options.memory,
            },
            &steps,
        )
    })?;
    let answer = timed(&mut phases, watcher, "verification", || {
        let answer = verifier::verify(
            model,
            VerifyFiles {
                keys: VerifierKeyFiles::Direct(&keys.public),
                input: &session.input(),
                output: &session.output(),
                statement: &session.statement(),
                proof: &session.proof(),
            },
            &Requirements {
                selection: Some(options.selection.clone()),
                level: options.level,
            },
        );
        match answer {
            Err(error) if !error.is_rejection() => Err(error),
            answer => Ok(answer),
        }
    })?;
    let verification = match (&answer, phases.last()) {
        (Ok(accepted), _) => accepted.cost,
        (Err(_), Some((_, cost))) => *cost,
        (Err(_), None) => Cost::default(),
    };
    let (predictions, _) = timed(&mut phases, watcher, "decryption", || {
        client::decrypt(model, &keys.client, &session.output())
    })?;
    Ok(Outcome {
        phases,
        evaluated,
        proven,
        steps: steps.steps.into_inner(),
        answer,
        verification,
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
    fn bootstraps(&self, count: usize) {
        self.watcher.bootstraps(count);
    }

    fn start(&self, step: ProveStep) {
        // Both halves of the watcher have a start.
        ProveObserver::start(self.watcher, step);
    }

    fn progress(&self, step: ProveStep, done: usize, total: usize) {
        ProveObserver::progress(self.watcher, step, done, total);
    }

    fn end(&self, step: ProveStep, seconds: f64) {
        self.steps.borrow_mut().push((step, seconds));
        self.watcher.end(step, seconds);
    }
}
