//! Results on disk: one record a line, each written whole or not at all.
//!
//! A line counts when it ends with a line feed. What a killed process left of a line is cut off when the file is opened to be
//! written to, and left out when it is read.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::record::{FORMAT, Record};

/// Results that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The system refuses.
    #[error("{}: {source}; choose a place you may read and write", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Another process writes to it.
    #[error("{}: another run writes to this file; wait for it, or choose another --out", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// A line is no record.
    #[error("{}:{line}: not a record of an experiment: {problem}; name a results.jsonl of `blindproof run`, or delete this line", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// The file belongs to something else.
    #[error("{}: holds results of the experiment '{found}', not of '{expected}'; choose another --out", path.display())]
    OtherExperiment {
        /// The file.
        path: PathBuf,
        /// Its experiment.
        found: String,
        /// The one to be run.
        expected: String,
    },
}

/// A file of results that this process alone writes to.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    file: File,
    records: Vec<Record>,
}

impl Store {
    /// Opens or makes the results of an experiment, and cuts off what is left of a torn line.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(path: &Path, experiment: &str) -> Result<Self, StoreError> {
        let failed = |source| StoreError::Io {
            path: path.to_path_buf(),
            source,
        };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::Busy {
                    path: path.to_path_buf(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let whole = whole_lines(&bytes);
        let records = parse(path, whole)?;
        if let Some(record) = records
            .iter()
            .find(|record| record.experiment != experiment)
        {
            return Err(StoreError::OtherExperiment {
                path: path.to_path_buf(),
                found: record.experiment.clone(),
                expected: experiment.to_owned(),
            });
        }
        if whole.len() < bytes.len() {
            file.set_len(whole.len() as u64).map_err(failed)?;
        }
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        Ok(Self {
            path: path.to_path_buf(),
            file,
            records,
        })
    }

    /// What is in the file; the last record of a cell counts.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Adds a record and waits until it is on disk.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn append(&mut self, record: Record) -> Result<(), StoreError> {
        let failed = |source| StoreError::Io {
            path: self.path.clone(),
            source,
        };
        let mut line = serde_json::to_vec(&record).map_err(|error| failed(error.into()))?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(failed)?;
        self.file.sync_data().map_err(failed)?;
        self.records.push(record);
        Ok(())
    }
}

/// Reads results; the last record of each cell, in the order of the file.
///
/// # Errors
/// [`StoreError`].
pub fn read(path: &Path) -> Result<Vec<Record>, StoreError> {
    let bytes = std::fs::read(path).map_err(|source| StoreError::Io {
        path: path.to_path_buf(),
        source,
    })?;
    let records = parse(path, whole_lines(&bytes))?;
    let is_last = |index: usize| {
        let later: &[Record] = &records[index + 1..];
        later.iter().all(|other| other.id != records[index].id)
    };
    let kept = (0..records.len()).filter(|&index| is_last(index));
    Ok(kept.map(|index| records[index].clone()).collect())
}

/// The bytes up to the last line feed.
fn whole_lines(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte == b'\n');
    &bytes[..end.map_or(0, |end| end + 1)]
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Vec<Record>, StoreError> {
    let wrong = |line: usize, problem: String| StoreError::Line {
        path: path.to_path_buf(),
        line: line + 1,
        problem,
    };
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    lines
        .filter(|(_, line)| !line.is_empty())
        .map(|(number, line)| {
            let record: Record =
                serde_json::from_slice(line).map_err(|error| wrong(number, error.to_string()))?;
            if record.format != FORMAT {
                let problem = format!("format {}, this program reads {FORMAT}", record.format);
                return Err(wrong(number, problem));
            }
            if record.id != record.cell.id() {
                return Err(wrong(number, "its id is not that of its cell".to_owned()));
            }
            Ok(record)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::cell::{Cell, System};
    use crate::grid::record::{Environment, Outcome};
    use crate::grid::workload::Workload;
    use crate::run::host;

    fn record(seed: u64) -> Record {
        let cell = Cell {
            workload: Workload::Bootstraps,
            parameters: None,
            system: System::FheExact,
            proof: None,
            vote: None,
            images: 1,
            batch: 1,
            threads: 1,
            seed,
            repeat: 1,
            warm_up: 0,
        };
        Record {
            format: FORMAT,
            experiment: "test".into(),
            id: cell.id(),
            cell,
            environment: Environment {
                host: host::facts(),
                version: "0".into(),
                git_commit: "unknown".into(),
                command: Vec::new(),
                started_at: String::new(),
                seconds: 1.0,
            },
            outcome: Outcome::Measured,
            quantities: Vec::new(),
        }
    }

    #[test]
    fn torn_lines_are_cut_off_wherever_they_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.jsonl");
        let mut store = Store::open(&path, "test").unwrap();
        store.append(record(1)).unwrap();
        store.append(record(2)).unwrap();
        drop(store);
        let bytes = std::fs::read(&path).unwrap();
        let second = whole_lines(&bytes[..bytes.len() - 1]).len();
        for end in second..=bytes.len() {
            std::fs::write(&path, &bytes[..end]).unwrap();
            let kept = if end == bytes.len() { 2 } else { 1 };
            assert_eq!(read(&path).unwrap().len(), kept);
            let mut store = Store::open(&path, "test").unwrap();
            assert_eq!(store.records().len(), kept);
            store.append(record(3)).unwrap();
            assert_eq!(read(&path).unwrap().len(), kept + 1);
        }
    }

    #[test]
    fn the_last_record_of_a_cell_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.jsonl");
        let mut store = Store::open(&path, "test").unwrap();
        let mut failed = record(1);
        failed.outcome = Outcome::Failed("no memory".into());
        for record in [failed, record(2), record(1)] {
            store.append(record).unwrap();
        }
        let seeds: Vec<_> = read(&path)
            .unwrap()
            .into_iter()
            .map(|r| (r.cell.seed, r.outcome))
            .collect();
        assert_eq!(seeds, [(2, Outcome::Measured), (1, Outcome::Measured)]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.jsonl");
        let mut store = Store::open(&path, "test").unwrap();
        assert!(matches!(
            Store::open(&path, "test"),
            Err(StoreError::Busy { .. })
        ));
        store.append(record(1)).unwrap();
        drop(store);
        assert!(matches!(
            Store::open(&path, "other"),
            Err(StoreError::OtherExperiment { .. })
        ));
        let text = std::fs::read_to_string(&path).unwrap();
        for wrong in [
            "{}\n".to_owned(),
            text.replace("\"format\":1", "\"format\":9"),
            text.replace("\"seed\":1", "\"seed\":7"),
        ] {
            std::fs::write(&path, format!("{text}{wrong}")).unwrap();
            assert!(
                matches!(read(&path), Err(StoreError::Line { line: 2, .. })),
                "{wrong}"
            );
        }
        assert!(matches!(read(&path.join("x")), Err(StoreError::Io { .. })));
    }
}
