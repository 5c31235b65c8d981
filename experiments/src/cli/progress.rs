//! Progress on standard error; nothing when that is no terminal.

use std::borrow::Cow;
use std::time::Duration;

use blindproof_bridge::{ProveObserver, ProveStep};
use blindproof_fhe::evaluate::Observer;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::run::Phases;

/// One line that says what is being done and how far it is.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A line on standard error, or an invisible one.
    pub(super) fn new(visible: bool) -> Self {
        let target = if visible {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(spinner());
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar }
    }

    /// So many of so many are done.
    pub(super) fn count(&self, what: impl Into<Cow<'static, str>>, done: usize, all: usize) {
        self.bar.set_style(counter());
        self.bar.set_message(what);
        self.bar.set_length(all as u64);
        self.bar.set_position(done as u64);
    }

    /// Removes the line.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn spinner() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {msg} [{elapsed}]")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn counter() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {msg} [{bar:30}] {pos}/{len} [{elapsed}]")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Phases for Progress {
    fn phase(&self, name: &'static str) {
        self.bar.reset();
        self.bar.set_style(spinner());
        self.bar.set_message(name);
    }
}

impl ProveObserver for Progress {
    fn start(&self, step: ProveStep) {
        self.bar.set_style(spinner());
        self.bar.set_message(format!("proving: {step}"));
    }

    fn end(&self, _step: ProveStep, _seconds: f64) {}
}

impl Observer for Progress {
    fn progress(&self, node: usize, done: usize, total: usize) {
        let what = format!("evaluating: operation {}", node + 1);
        self.count(what, done, total);
    }
}
