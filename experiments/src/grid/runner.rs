//! Runs the cells of an experiment, one process each, and keeps every record.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use blindproof_bridge::artefact::{Existing, write_atomically};

use super::cell::Cell;
use super::config::Experiment;
use super::record::{Environment, FORMAT, Outcome, Quantity, Record};
use super::store::{Store, StoreError};
use crate::result::{Host, utc};
use crate::run::host;

/// Name of the results in the folder of an experiment.
pub const RESULTS: &str = "results.jsonl";
/// Name of the configuration's copy beside them.
pub const CONFIGURATION: &str = "experiment.toml";
/// How often a running cell is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// What a cell's process writes before the number of a repetition.
pub const REPETITION: &str = "blindproof repetition ";

/// An experiment that could not be run.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    /// Results cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder cannot be used.
    #[error("{}: {problem}; choose another --out", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// No process can be started.
    #[error("cannot start a process for a cell: {0}")]
    Process(std::io::Error),
}

/// Told how far an experiment is.
pub trait Watcher {
    /// Cell `number` (from 0) is started.
    fn start(&self, number: usize, cell: &Cell);
    /// The running cell is at a repetition, such as `2 of 4`.
    fn repetition(&self, text: &str);
    /// The cell is done, in so many seconds; or it was done before.
    fn done(&self, number: usize, seconds: Option<f64>);
}

/// What became of all cells.
#[derive(Debug)]
pub struct Summary {
    /// The record of each cell that has one, in the order of the configuration.
    pub records: Vec<Record>,
    /// Cells without a record, because the run was interrupted.
    pub missing: usize,
}

impl Summary {
    /// Cells that failed.
    pub fn failed(&self) -> impl Iterator<Item = (&Record, &str)> {
        self.records
            .iter()
            .filter_map(|record| match &record.outcome {
                Outcome::Failed(reason) => Some((record, reason.as_str())),
                Outcome::Measured => None,
            })
    }
}

/// Runs what is not yet in the folder's results. `stop` is set by whoever wants it to end: the running cell is given up.
///
/// # Errors
/// [`RunnerError`]. A cell that fails is a record, not an error.
pub fn run(
    experiment: &Experiment,
    folder: &Path,
    stop: &AtomicBool,
    watcher: &dyn Watcher,
) -> Result<Summary, RunnerError> {
    let wrong = |problem: String| RunnerError::Folder {
        path: folder.to_path_buf(),
        problem,
    };
    std::fs::create_dir_all(folder).map_err(|error| wrong(error.to_string()))?;
    let mut store = Store::open(&folder.join(RESULTS), &experiment.name)?;
    let copy = folder.join(CONFIGURATION);
    write_atomically(
        &copy,
        &[experiment.text.as_bytes()],
        false,
        Existing::Replace,
    )
    .map_err(|problem| wrong(problem.to_string()))?;
    let common = (host::facts(), host::git_commit());
    for (number, cell) in experiment.cells.iter().enumerate() {
        let id = cell.id();
        let known = store.records().iter().rev().find(|record| record.id == id);
        if known.is_some_and(|record| record.outcome == Outcome::Measured) {
            watcher.done(number, None);
            continue;
        }
        if stop.load(Ordering::Relaxed) {
            break;
        }
        watcher.start(number, cell);
        let started = (SystemTime::now(), Instant::now());
        let Some(result) = run_cell(cell, stop, watcher)? else {
            break;
        };
        let seconds = started.1.elapsed().as_secs_f64();
        let environment = environment(&common, started.0, seconds);
        store.append(record(&experiment.name, cell, environment, result))?;
        watcher.done(number, Some(seconds));
    }
    let of = |cell: &Cell| {
        let id = cell.id();
        store.records().iter().rev().find(|record| record.id == id)
    };
    let records: Vec<Record> = experiment.cells.iter().filter_map(of).cloned().collect();
    Ok(Summary {
        missing: experiment.cells.len() - records.len(),
        records,
    })
}

fn record(
    experiment: &str,
    cell: &Cell,
    environment: Environment,
    result: Result<Vec<Quantity>, String>,
) -> Record {
    let (outcome, quantities) = match result {
        Ok(quantities) => (Outcome::Measured, quantities),
        Err(reason) => (Outcome::Failed(reason), Vec::new()),
    };
    Record {
        format: FORMAT,
        experiment: experiment.to_owned(),
        id: cell.id(),
        cell: cell.clone(),
        environment,
        outcome,
        quantities,
    }
}

fn environment(
    (host, git_commit): &(Host, String),
    started: SystemTime,
    seconds: f64,
) -> Environment {
    let arguments = std::env::args_os();
    Environment {
        host: host.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        git_commit: git_commit.clone(),
        command: arguments
            .map(|argument| argument.to_string_lossy().into_owned())
            .collect(),
        started_at: utc(started),
        seconds,
    }
}

/// The quantities of a cell, or why it failed; `None` when it was stopped.
fn run_cell(
    cell: &Cell,
    stop: &AtomicBool,
    watcher: &dyn Watcher,
) -> Result<Option<Result<Vec<Quantity>, String>>, RunnerError> {
    let failed = RunnerError::Process;
    let program = std::env::current_exe().map_err(failed)?;
    let mut child = Command::new(program)
        .arg("cell")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let text = serde_json::to_vec(cell).map_err(|error| failed(error.into()))?;
    if let Some(mut input) = child.stdin.take() {
        // A process that has died already says so by its status.
        let _ = input.write_all(&text);
    }
    let (sender, messages) = std::sync::mpsc::channel();
    let output = child.stdout.take();
    let errors = child.stderr.take();
    std::thread::scope(|scope| {
        let output = scope.spawn(|| {
            let mut bytes = Vec::new();
            let read = output.map(|mut pipe| pipe.read_to_end(&mut bytes));
            read.is_some_and(|read| read.is_ok()).then_some(bytes)
        });
        scope.spawn(move || {
            let lines = errors
                .into_iter()
                .flat_map(|pipe| BufReader::new(pipe).lines());
            // Nobody listens after the cell was given up.
            lines
                .map_while(Result::ok)
                .for_each(|line| drop(sender.send(line)));
        });
        let mut said = Vec::new();
        let status = loop {
            take(&messages, &mut said, watcher);
            if let Some(status) = child.try_wait().map_err(failed)? {
                break status;
            }
            if stop.load(Ordering::Relaxed) {
                give_up(&mut child);
                return Ok(None);
            }
            std::thread::sleep(LOOK);
        };
        let bytes = output.join().ok().flatten();
        while let Ok(line) = messages.recv() {
            said.push(line);
        }
        said.retain(|line| !line.starts_with(REPETITION));
        if !status.success() {
            // An interrupt from the terminal reaches both processes; the cell may be gone first.
            if stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            return Ok(Some(Err(match said.is_empty() {
                true => format!(
                    "the cell's process ended with {status}; if it was killed for memory, choose a smaller memory or batch"
                ),
                false => said.join(" "),
            })));
        }
        let quantities = serde_json::from_slice(bytes.as_deref().unwrap_or_default());
        Ok(Some(quantities.map_err(|error| {
            format!("the cell's process wrote no result: {error}")
        })))
    })
}

fn take(
    messages: &std::sync::mpsc::Receiver<String>,
    said: &mut Vec<String>,
    watcher: &dyn Watcher,
) {
    while let Ok(line) = messages.try_recv() {
        match line.strip_prefix(REPETITION) {
            Some(text) => watcher.repetition(text),
            None => said.push(line),
        }
    }
}

fn give_up(child: &mut Child) {
    // It may have ended by itself in between.
    let _ = child.kill();
    let _ = child.wait();
}
