//! Experiments as TOML files.
//!
//! A file has a name, a question and one or more grids; `blindproof init` writes one with all fields explained. Each grid is
//! the product of its lists, the experiment the union of its grids. Settings that mean nothing for a system are dropped, and
//! cells that are then equal are run once.

mod error;
mod expand;
mod reader;
#[cfg(test)]
mod tests;

use std::path::Path;

use toml::Spanned;
use toml::de::DeTable;

pub use error::ConfigError;
use expand::Grid;
use reader::{Fields, Item, Source};

use super::cell::Cell;
use crate::memory_size::Size;

/// A configuration with all fields explained.
pub const TEMPLATE: &str = include_str!("template.toml");

/// Most cells of an experiment.
const MAX_CELLS: usize = 1000;

/// Fields of the file.
const FIELDS: [&str; 10] = [
    "name", "question", "minutes", "seed", "repeat", "warm_up", "memory", "bits", "grid", "quick",
];
/// Fields of `[quick]`.
const QUICK: [&str; 3] = ["repeat", "warm_up", "memory"];

/// An experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Experiment {
    /// Name, for results and reports.
    pub name: String,
    /// What it asks.
    pub question: String,
    /// Expected time on 2 cores, where the file says so.
    pub minutes: Option<u64>,
    /// What is run, in order; no two are equal.
    pub cells: Vec<Cell>,
    /// The file, word by word.
    pub text: String,
}

/// Settings that all cells share.
#[derive(Debug, Clone)]
struct Common {
    seed: u64,
    repeat: usize,
    warm_up: usize,
    bits: u32,
    memory: Item<u64>,
}

impl Experiment {
    /// Reads a file; `quick`: in its small size.
    ///
    /// # Errors
    /// [`ConfigError`] names file, line and field.
    pub fn load(path: &Path, quick: bool) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.to_path_buf(),
            source,
        })?;
        Self::parse(&path.display().to_string(), &text, quick)
    }

    /// Reads the text of a file of this name.
    ///
    /// # Errors
    /// As [`Experiment::load`].
    pub fn parse(file: &str, text: &str, quick: bool) -> Result<Self, ConfigError> {
        let source = Source { name: file, text };
        let table = source.parse()?;
        let fields = Fields::new(source, &table, &FIELDS)?;
        let missing = |field: &str, example: &str| {
            source.wrong(1, field, format!("is missing; add {field} = {example}"))
        };
        let name = fields
            .string("name")?
            .ok_or_else(|| missing("name", "\"my-experiment\""))?;
        check_name(source, &name)?;
        let question = fields
            .string("question")?
            .ok_or_else(|| missing("question", "\"What costs more, A or B?\""))?;
        let common = common(source, &fields, quick)?;
        let grids = fields.tables("grid")?;
        if grids.is_empty() {
            let problem = "is missing; add a table [grid] with model and system";
            return Err(source.wrong(1, "grid", problem));
        }
        let mut cells: Vec<Cell> = Vec::new();
        for grid in &grids {
            for cell in Grid::read(source, grid, quick)?.cells(source, &common)? {
                if !cells.contains(&cell) {
                    cells.push(cell);
                }
            }
            if cells.len() > MAX_CELLS {
                let problem = format!("spans more than {MAX_CELLS} cells; shorten its lists");
                return Err(source.wrong(1, "grid", problem));
            }
        }
        Ok(Self {
            name: name.value,
            question: question.value,
            minutes: fields.integer("minutes", 1..=10_000)?.map(|m| m.value),
            cells,
            text: text.to_owned(),
        })
    }
}

/// Names become folders.
fn check_name(source: Source<'_>, name: &Item<String>) -> Result<(), ConfigError> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if !name.value.is_empty() && name.value.len() <= 64 && name.value.chars().all(fits) {
        return Ok(());
    }
    let problem = format!(
        "is '{}'; write 1 to 64 small letters, digits, - and _, as it becomes the name of a folder",
        name.value
    );
    Err(source.wrong(name.line, "name", problem))
}

fn common(source: Source<'_>, fields: &Fields<'_, '_>, quick: bool) -> Result<Common, ConfigError> {
    let quick_tables = fields.tables("quick")?;
    let quick_table: Option<&Spanned<DeTable<'_>>> = quick_tables.first();
    let quick_fields = quick_table
        .map(|table| Fields::new(source, table, &QUICK))
        .transpose()?;
    let chosen = quick_fields.as_ref().filter(|_| quick);
    let number = |name: &str, range: std::ops::RangeInclusive<u64>| {
        let own = fields.integer(name, range.clone())?;
        match chosen {
            Some(quick) => Ok::<_, ConfigError>(quick.integer(name, range)?.or(own)),
            None => Ok(own),
        }
    };
    let size = |value: &toml::de::DeValue<'_>| {
        let text = reader::text(value)?;
        text.parse::<Size>()
            .map(|size| size.0)
            .map_err(|error| error.to_string())
    };
    let own = fields.one("memory", size)?;
    let memory = match chosen {
        Some(quick) => quick.one("memory", size)?.or(own),
        None => own,
    };
    Ok(Common {
        seed: fields
            .integer("seed", 0..=i64::MAX as u64)?
            .map_or(1, |seed| seed.value),
        repeat: number("repeat", 1..=1000)?.map_or(1, |n| n.value as usize),
        warm_up: number("warm_up", 0..=100)?.map_or(0, |n| n.value as usize),
        bits: fields
            .integer("bits", 100..=128)?
            .map_or(128, |bits| bits.value as u32),
        memory: memory.unwrap_or(Item {
            value: 4 << 30,
            line: 1,
        }),
    })
}
