//! How far an experiment is, on standard error.

use std::cell::{Cell as Shared, RefCell};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::estimate::rounded;
use crate::grid::cell::Cell;
use crate::grid::config::Experiment;
use crate::grid::plan::Prediction;
use crate::grid::runner::Watcher;

/// Seconds that are taken for what is not predicted: clear systems, keys.
const UNPREDICTED: f64 = 3.0;

/// One line: the cell, its repetition, cells done of all, and about how long it still takes.
///
/// The estimate is the predicted time of the cells to come, times measured over predicted time of those that were run.
pub(super) struct CellProgress {
    bar: ProgressBar,
    /// Predicted seconds of each cell.
    predicted: Vec<f64>,
    /// Predicted and measured seconds of the cells that were run.
    run: Shared<(f64, f64)>,
    name: RefCell<String>,
    started: Shared<Instant>,
}

impl CellProgress {
    pub fn new(experiment: &Experiment, visible: bool) -> Self {
        let target = match visible {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(Some(experiment.cells.len() as u64), target);
        let style =
            ProgressStyle::with_template("{spinner} [{bar:20}] {pos}/{len} [{elapsed}] {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(200));
        Self {
            bar,
            predicted: experiment.cells.iter().map(seconds).collect(),
            run: Shared::new((0.0, 0.0)),
            name: RefCell::default(),
            started: Shared::new(Instant::now()),
        }
    }

    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Seconds from the start of cell `number` to the end.
    fn left(&self, number: usize) -> f64 {
        let (predicted, measured) = self.run.get();
        let factor = if predicted > 0.0 {
            measured / predicted
        } else {
            1.0
        };
        self.predicted.iter().skip(number).sum::<f64>() * factor
    }
}

/// Predicted elapsed seconds of a cell.
fn seconds(cell: &Cell) -> f64 {
    let prediction = Prediction::of(cell).ok();
    let cpu = prediction.and_then(|prediction| prediction.cpu_seconds);
    UNPREDICTED + cpu.unwrap_or(0.0) / cell.threads as f64
}

impl Watcher for CellProgress {
    fn start(&self, number: usize, cell: &Cell) {
        self.started.set(Instant::now());
        let left = rounded(self.left(number));
        let name = format!("{} of {}, about {left} left", cell.system, cell.workload);
        self.bar.set_message(name.clone());
        *self.name.borrow_mut() = name;
    }

    fn repetition(&self, text: &str) {
        self.bar
            .set_message(format!("{}; repetition {text}", self.name.borrow()));
    }

    fn done(&self, number: usize, seconds: Option<f64>) {
        if let Some(seconds) = seconds {
            let (predicted, measured) = self.run.get();
            self.run
                .set((predicted + self.predicted[number], measured + seconds));
        }
        self.bar.set_position(number as u64 + 1);
    }
}
