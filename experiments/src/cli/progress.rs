//! Progress on standard error; nothing when that is no terminal.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use blindproof_bridge::{ProveObserver, ProveStep};
use blindproof_fhe::evaluate::Observer;
use blindproof_fhe::program::Program;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::estimate::{Evaluation, Proof, rounded};
use crate::run::Phases;

/// One line that says what is being done, how far it is, and about how long it still takes.
pub(super) struct Progress {
    bar: ProgressBar,
    started: Instant,
    work: Arc<Mutex<Work>>,
}

/// What the remaining time is estimated for.
enum Work {
    Other,
    Evaluation(Evaluation),
    Proof(Proof),
}

impl Work {
    fn remaining(&self, now: f64) -> Option<f64> {
        match self {
            Self::Other => None,
            Self::Evaluation(evaluation) => evaluation.remaining(now),
            Self::Proof(proof) => proof.remaining(now),
        }
    }
}

impl Progress {
    /// A line on standard error, or an invisible one.
    pub(super) fn new(visible: bool) -> Self {
        let target = if visible {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let progress = Self {
            bar: ProgressBar::with_draw_target(None, target),
            started: Instant::now(),
            work: Arc::new(Mutex::new(Work::Other)),
        };
        progress.bar.set_style(progress.spinner());
        progress.bar.enable_steady_tick(Duration::from_millis(200));
        progress
    }

    /// So many of so many are done.
    pub(super) fn count(&self, what: impl Into<Cow<'static, str>>, done: usize, all: usize) {
        self.bar.set_length(all as u64);
        self.bar.set_position(done as u64);
        self.bar.set_message(what);
        self.bar.set_style(self.counter());
    }

    /// Removes the line.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn spinner(&self) -> ProgressStyle {
        self.style("{spinner} {msg} [{elapsed}]{left}")
            .unwrap_or_else(ProgressStyle::default_spinner)
    }

    fn counter(&self) -> ProgressStyle {
        self.style("{spinner} {msg} [{bar:30}] {pos}/{len} [{elapsed}]{left}")
            .unwrap_or_else(ProgressStyle::default_bar)
    }

    /// A style in which `{left}` is the estimate at the time of drawing.
    fn style(&self, template: &str) -> Option<ProgressStyle> {
        let (work, started) = (self.work.clone(), self.started);
        let left = move |_: &ProgressState, out: &mut dyn Write| {
            let work = work.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(seconds) = work.remaining(started.elapsed().as_secs_f64()) {
                // A line that cannot be written is a line less.
                let _ = write!(out, ", about {} left", rounded(seconds));
            }
        };
        let style = ProgressStyle::with_template(template).ok()?;
        Some(style.with_key("left", left))
    }

    /// Changes the work; what it returns is for use after the lock is free, as drawing takes it.
    fn work<T>(&self, change: impl FnOnce(&mut Work, f64) -> T) -> T {
        let now = self.started.elapsed().as_secs_f64();
        change(
            &mut self.work.lock().unwrap_or_else(PoisonError::into_inner),
            now,
        )
    }
}

impl Phases for Progress {
    fn phase(&self, name: &'static str) {
        self.work(|work, _| *work = Work::Other);
        self.bar.reset();
        self.bar.set_style(self.spinner());
        self.bar.set_message(name);
    }
}

impl ProveObserver for Progress {
    fn bootstraps(&self, count: usize) {
        self.work(|work, _| {
            if count > 0 {
                *work = Work::Proof(Proof::new(count));
            }
        });
    }

    fn start(&self, step: ProveStep) {
        self.work(|work, now| {
            if let Work::Proof(proof) = work {
                proof.start(now, step);
            }
        });
        self.bar.set_style(self.spinner());
        self.bar.set_message(format!("proving: {step}"));
    }

    fn progress(&self, _step: ProveStep, done: usize, total: usize) {
        self.work(|work, _| {
            if let Work::Proof(proof) = work {
                proof.progress(done as f64 / total as f64);
            }
        });
    }

    fn end(&self, step: ProveStep, seconds: f64) {
        self.work(|work, _| {
            if let Work::Proof(proof) = work {
                proof.end(step, seconds);
            }
        });
    }
}

impl Observer for Progress {
    fn start(&self, program: &Program, images: usize) {
        let evaluation = Evaluation::new(program, images);
        let total = evaluation.total();
        self.work(|work, _| *work = Work::Evaluation(evaluation));
        self.count("evaluating, bootstraps", 0, total as usize);
    }

    fn progress(&self, node: usize, done: usize, total: usize) {
        let position = self.work(|work, now| match work {
            Work::Evaluation(evaluation) => {
                evaluation.progress(now, node, done as f64 / total as f64);
                evaluation.done()
            }
            _ => 0.0,
        });
        self.bar.set_position(position as u64);
    }
}
