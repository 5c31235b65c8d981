//! `run` of experiments, `init`, and the process of one cell.

mod progress;
mod tables;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use blindproof_bridge::artefact::{Existing, write_atomically};

use super::args::{InitArgs, RunArgs};
use super::{Failure, INTERRUPTED, REJECTED, text};
use crate::grid::cell::Cell;
use crate::grid::config::{Experiment, TEMPLATE};
use crate::grid::measure::{Watcher, measure};
use crate::grid::runner::{REPETITION, RESULTS};
use crate::grid::{runner, shipped};
use progress::CellProgress;

/// Largest description of a cell that is read, in bytes.
const MAX_CELL: u64 = 1 << 20;

/// The experiment of that name or file; `None` for anything that is no experiment.
pub(super) fn find(name: &str, quick: bool) -> Result<Option<Experiment>, Failure> {
    let path = Path::new(name);
    let is_file = path
        .extension()
        .is_some_and(|extension| extension == "toml");
    match shipped::find(name) {
        Some(shipped) => shipped.load(quick).map(Some),
        None if is_file => Experiment::load(path, quick).map(Some),
        None => Ok(None),
    }
    .map_err(Failure::misuse)
}

/// Shipped experiments as a table.
pub(super) fn list() -> Result<String, Failure> {
    let experiments = shipped::ALL.iter().map(|shipped| shipped.load(false));
    let experiments = experiments.collect::<Result<Vec<_>, _>>();
    Ok(tables::experiments(&experiments.map_err(Failure::misuse)?))
}

/// Runs an experiment, or shows what it would run.
pub(super) fn run(experiment: &Experiment, arguments: &RunArgs) -> Result<String, Failure> {
    if let Some((option, field)) = arguments.model.given() {
        return Err(Failure::misuse(format!(
            "{option} is for models; set '{field}' in the experiment's file (blindproof init writes one)"
        )));
    }
    if experiment.cells.is_empty() {
        return Err(Failure::misuse(format!(
            "the experiment '{}' has no cells in this size; run it without --quick",
            experiment.name
        )));
    }
    if arguments.dry_run {
        return tables::plan(experiment).map_err(Failure::misuse);
    }
    let folder = arguments.out.clone().unwrap_or_else(|| {
        let size = if arguments.quick { "-quick" } else { "" };
        PathBuf::from("runs").join(format!("{}{size}", experiment.name))
    });
    let stop = Arc::new(AtomicBool::new(false));
    let asked = stop.clone();
    ctrlc::set_handler(move || asked.store(true, Ordering::Relaxed)).map_err(Failure::misuse)?;
    let progress = CellProgress::new(experiment, !arguments.json);
    let summary = runner::run(experiment, &folder, &stop, &progress).map_err(Failure::misuse)?;
    progress.finish();
    let results = folder.join(RESULTS);
    let output = match arguments.json {
        true => text::json(&summary.records)?,
        false => tables::summary(experiment, &summary, &results),
    };
    let failed = summary.failed().count();
    let all = experiment.cells.len();
    if summary.missing > 0 {
        return Err(Failure {
            code: INTERRUPTED,
            message: format!(
                "interrupted: {} of {all} cells are done and kept in {}; run the same command again to go on",
                all - summary.missing,
                results.display()
            ),
            output,
        });
    }
    if failed > 0 {
        return Err(Failure {
            code: REJECTED,
            message: format!(
                "{failed} of {all} cells failed, for the reasons in the table; run again to try them again"
            ),
            output,
        });
    }
    Ok(output)
}

/// Writes the commented configuration.
pub(super) fn init(arguments: &InitArgs) -> Result<String, Failure> {
    let file = &arguments.file;
    let existing = match arguments.force {
        true => Existing::Replace,
        false => Existing::Keep,
    };
    write_atomically(file, &[TEMPLATE.as_bytes()], false, existing).map_err(|problem| {
        Failure::misuse(format!(
            "{}: {problem}; choose another file, or say --force to replace it",
            file.display()
        ))
    })?;
    Ok(format!(
        "wrote {0}; every field is explained in it. Next: blindproof run {0} --dry-run\n",
        file.display()
    ))
}

/// Measures the cell on standard input.
pub(super) fn cell() -> Result<String, Failure> {
    // An orphan would spoil the measurements of the next run.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
    let mut input = String::new();
    std::io::stdin()
        .take(MAX_CELL)
        .read_to_string(&mut input)
        .map_err(Failure::misuse)?;
    let cell: Cell = serde_json::from_str(&input)
        .map_err(|error| Failure::misuse(format!("standard input is no cell: {error}")))?;
    // The work stays on the main thread: glibc keeps large freed blocks only in that thread's arena (see `allocator`).
    rayon::ThreadPoolBuilder::new()
        .num_threads(cell.threads)
        .build_global()
        .map_err(Failure::misuse)?;
    let quantities = measure(&cell, &Repetitions).map_err(Failure::misuse)?;
    text::json(&quantities)
}

/// Tells the parent process how far the cell is.
struct Repetitions;

impl Watcher for Repetitions {
    fn repetition(&self, number: usize, of: usize) {
        // A closed standard error is nobody's fault.
        let _ = writeln!(std::io::stderr(), "{REPETITION}{} of {of}", number + 1);
    }
}
