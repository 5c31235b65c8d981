//! One grid: lists of settings, their product, and whether each cell can be run.

use blindproof_bridge::ProveError;
use blindproof_bridge::resources::Resources;
use blindproof_bridge::selection::{Selection, SelectionError};
use blindproof_fhe::params::ParameterSet;
use itertools::iproduct;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::reader::{Fields, Item, Source, nearest, text, whole};
use super::{Common, ConfigError, MAX_CELLS};
use crate::grid::cell::{Cell, KeyMode, ProofBackend, ProofSettings, System, Vote};
use crate::grid::workload::{Work, Workload, WorkloadError};
use crate::memory_size::Size;

/// Fields of a grid.
const FIELDS: [&str; 11] = [
    "model",
    "parameters",
    "system",
    "select",
    "backend",
    "keys",
    "vote",
    "images",
    "batch",
    "threads",
    "quick",
];
/// Fields of its `quick` table.
const QUICK: [&str; 11] = [
    "model",
    "parameters",
    "system",
    "select",
    "backend",
    "keys",
    "vote",
    "images",
    "batch",
    "threads",
    "skip",
];

/// Providers when none are given.
const VOTE: Vote = Vote {
    providers: 3,
    quorum: 2,
};

const MIB: u64 = 1 << 20;

/// Lists of settings; what is not given is empty.
#[derive(Debug)]
pub(super) struct Grid {
    line: usize,
    skip: bool,
    model: Vec<Item<Workload>>,
    parameters: Vec<Item<String>>,
    system: Vec<Item<System>>,
    select: Vec<Item<Selection>>,
    backend: Vec<Item<ProofBackend>>,
    keys: Vec<Item<KeyMode>>,
    vote: Vec<Item<Vote>>,
    images: Vec<Item<u64>>,
    batch: Vec<Item<u64>>,
    threads: Vec<Item<u64>>,
}

impl Grid {
    pub fn read(
        source: Source<'_>,
        table: &Spanned<DeTable<'_>>,
        quick: bool,
    ) -> Result<Self, ConfigError> {
        let fields = Fields::new(source, table, &FIELDS)?;
        let small = fields.tables("quick")?;
        let small = small
            .first()
            .map(|table| Fields::new(source, table, &QUICK))
            .transpose()?;
        let lists = Lists {
            fields: &fields,
            quick: small.as_ref().filter(|_| quick),
        };
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let skip = match lists.quick {
            Some(quick) => quick.one("skip", flag)?.is_some_and(|skip| skip.value),
            None => false,
        };
        let required = |name: &str, example: &str| {
            let problem = format!("is missing; add {name} = {example}");
            source.wrong(fields.line, name, problem)
        };
        let count = |most: u64| move |value: &DeValue<'_>| whole(value, &(1..=most));
        let line = fields.line;
        Ok(Self {
            line,
            skip,
            model: lists
                .list("model", workload)?
                .ok_or_else(|| required("model", "[\"digits-mlp\"]"))?,
            parameters: lists.list("parameters", set_name)?.unwrap_or_default(),
            system: lists
                .list("system", system)?
                .ok_or_else(|| required("system", "[\"fhe-proof\"]"))?,
            select: of(lists.list("select", selection)?, Selection::All, line),
            backend: of(lists.list("backend", backend)?, ProofBackend::Native, line),
            keys: of(lists.list("keys", key_mode)?, KeyMode::Direct, line),
            vote: of(lists.list("vote", vote)?, VOTE, line),
            images: of(lists.list("images", count(100_000))?, 1, line),
            batch: lists.list("batch", count(100_000))?.unwrap_or_default(),
            threads: of(lists.list("threads", count(1024))?, cores as u64, line),
        })
    }

    /// The product of all lists, in the order of their fields, each cell checked.
    pub fn cells(&self, source: Source<'_>, common: &Common) -> Result<Vec<Cell>, ConfigError> {
        let mut cells: Vec<Cell> = Vec::new();
        if self.skip {
            return Ok(cells);
        }
        let points = iproduct!(
            &self.model,
            optional(&self.parameters),
            &self.system,
            &self.select,
            &self.backend,
            &self.keys,
            &self.vote,
            &self.images,
            optional(&self.batch),
            &self.threads
        );
        for (model, parameters, system, select, backend, keys, vote, images, batch, threads) in
            points
        {
            let point = Point {
                model,
                parameters,
                system,
                select,
                backend,
                keys,
                vote,
                images,
                batch,
                threads,
            };
            let cell = point.cell(common);
            if cells.contains(&cell) {
                continue;
            }
            point.check(source, &cell, common)?;
            cells.push(cell);
            if cells.len() > MAX_CELLS {
                let problem = format!("spans more than {MAX_CELLS} cells; shorten its lists");
                return Err(source.wrong(self.line, "grid", problem));
            }
        }
        Ok(cells)
    }
}

/// The list, or a default.
fn of<T>(list: Option<Vec<Item<T>>>, value: T, line: usize) -> Vec<Item<T>> {
    list.unwrap_or_else(|| vec![Item { value, line }])
}

/// Each item of a list, or once nothing for an empty one.
fn optional<T>(list: &[Item<T>]) -> Vec<Option<&Item<T>>> {
    match list {
        [] => vec![None],
        list => list.iter().map(Some).collect(),
    }
}

/// The lists of a grid, or those of its `quick` table.
struct Lists<'f, 's, 't> {
    fields: &'f Fields<'s, 't>,
    quick: Option<&'f Fields<'s, 't>>,
}

impl Lists<'_, '_, '_> {
    fn list<T>(
        &self,
        name: &str,
        read: impl Fn(&DeValue<'_>) -> Result<T, String>,
    ) -> Result<Option<Vec<Item<T>>>, ConfigError> {
        let own = self.fields.list(name, &read)?;
        match self.quick {
            Some(quick) => Ok(quick.list(name, &read)?.or(own)),
            None => Ok(own),
        }
    }
}

fn flag(value: &DeValue<'_>) -> Result<bool, String> {
    match value {
        DeValue::Boolean(flag) => Ok(*flag),
        _ => Err("must be true or false".to_owned()),
    }
}

/// One of some names.
fn choice<T: Copy>(value: &DeValue<'_>, names: &[(&str, T)]) -> Result<T, String> {
    let given = text(value)?;
    if let Some((_, value)) = names.iter().find(|(name, _)| *name == given) {
        return Ok(*value);
    }
    let known = names.iter().map(|(name, _)| *name);
    let near = nearest(&given, known.clone());
    let near = near.map_or(String::new(), |near| format!("; did you mean '{near}'?"));
    let known: Vec<_> = known.collect();
    Err(format!(
        "'{given}' is not known{near} Choose from {}",
        known.join(", ")
    ))
}

fn system(value: &DeValue<'_>) -> Result<System, String> {
    choice(value, &System::ALL.map(|system| (system.name(), system)))
}

fn backend(value: &DeValue<'_>) -> Result<ProofBackend, String> {
    choice(
        value,
        &[
            ("native", ProofBackend::Native),
            ("groth16", ProofBackend::Groth16),
        ],
    )
}

fn key_mode(value: &DeValue<'_>) -> Result<KeyMode, String> {
    choice(
        value,
        &[("direct", KeyMode::Direct), ("indexed", KeyMode::Indexed)],
    )
}

fn selection(value: &DeValue<'_>) -> Result<Selection, String> {
    text(value)?
        .parse()
        .map_err(|error: SelectionError| error.to_string())
}

fn workload(value: &DeValue<'_>) -> Result<Workload, String> {
    text(value)?
        .parse()
        .map_err(|error: WorkloadError| error.to_string())
}

fn set_name(value: &DeValue<'_>) -> Result<String, String> {
    let name = text(value)?;
    ParameterSet::by_name(&name).map_err(|error| error.to_string())?;
    Ok(name)
}

/// `k/n`.
fn vote(value: &DeValue<'_>) -> Result<Vote, String> {
    let given = text(value)?;
    let parsed = given.split_once('/').and_then(|(quorum, providers)| {
        let number = |text: &str| text.parse().ok().filter(|n| (1..=100).contains(n));
        Some(Vote {
            providers: number(providers)?,
            quorum: number(quorum)?,
        })
    });
    parsed
        .filter(|vote| 2 * vote.quorum > vote.providers && vote.quorum <= vote.providers)
        .ok_or_else(|| {
            format!(
                "'{given}' is no vote; write QUORUM/PROVIDERS such as 2/3: more than half of the providers, at most all of 100"
            )
        })
}

/// One value of each list.
struct Point<'g> {
    model: &'g Item<Workload>,
    parameters: Option<&'g Item<String>>,
    system: &'g Item<System>,
    select: &'g Item<Selection>,
    backend: &'g Item<ProofBackend>,
    keys: &'g Item<KeyMode>,
    vote: &'g Item<Vote>,
    images: &'g Item<u64>,
    batch: Option<&'g Item<u64>>,
    threads: &'g Item<u64>,
}

impl Point<'_> {
    /// The cell, without settings that mean nothing for its system.
    fn cell(&self, common: &Common) -> Cell {
        let system = self.system.value;
        let native = self.backend.value == ProofBackend::Native;
        let proof = system.proves().then(|| match system {
            System::FheProof if native => ProofSettings {
                select: self.select.value.to_string(),
                backend: ProofBackend::Native,
                keys: self.keys.value,
                bits: common.bits,
                memory: common.memory.value,
            },
            _ => ProofSettings {
                select: Selection::All.to_string(),
                backend: match system {
                    System::FheProof => self.backend.value,
                    _ => ProofBackend::Native,
                },
                keys: KeyMode::Direct,
                bits: common.bits,
                memory: common.memory.value,
            },
        });
        let parameters = self.parameters.map(|parameters| parameters.value.clone());
        Cell {
            workload: self.model.value.clone(),
            parameters: match system.encrypts() {
                true => parameters.or_else(|| self.model.value.own_parameters()),
                false => None,
            },
            system,
            proof,
            vote: (system == System::Redundancy).then_some(self.vote.value),
            images: self.images.value as usize,
            batch: self.batch.map_or(self.images.value, |batch| batch.value) as usize,
            threads: self.threads.value as usize,
            seed: common.seed,
            repeat: common.repeat,
            warm_up: common.warm_up,
        }
    }

    /// Whether the cell can be run, as far as that can be known before.
    fn check(&self, source: Source<'_>, cell: &Cell, common: &Common) -> Result<(), ConfigError> {
        if cell.batch > cell.images {
            let (line, batch) = self.batch.map_or((self.images.line, cell.batch), |batch| {
                (batch.line, batch.value as usize)
            });
            let problem = format!(
                "is {batch}, more than the {} images there are; choose 1 to {0}",
                cell.images
            );
            return Err(source.wrong(line, "batch", problem));
        }
        if !cell.workload.is_model() && !cell.system.encrypts() {
            let problem = format!(
                "'{}' needs a model, and '{}' is an operation on ciphertexts; choose an encrypted system (fhe-fast, fhe-exact, \
                 fhe-proof, redundancy)",
                cell.system, cell.workload
            );
            return Err(source.wrong(self.system.line, "system", problem));
        }
        let work = Work::new(cell).map_err(|error| {
            let (field, line) = match &error {
                WorkloadError::Images { .. } => ("images", self.images.line),
                WorkloadError::NoParameters(_) => ("parameters", self.model.line),
                WorkloadError::OtherParameters { .. } | WorkloadError::Parameters(_) => (
                    "parameters",
                    self.parameters.map_or(self.model.line, |set| set.line),
                ),
                _ => ("model", self.model.line),
            };
            source.wrong(line, field, error)
        })?;
        let native = self.backend.value == ProofBackend::Native;
        match (cell.system, &cell.proof) {
            (System::FheProof, Some(_)) if !native => {
                let small = matches!(cell.workload, Workload::Linear { .. } | Workload::KeySwitch);
                if !small {
                    let problem = format!(
                        "groth16 proves one small operation, not '{}'; choose model linear:INxOUT or key-switch, or backend \
                         native",
                        cell.workload
                    );
                    return Err(source.wrong(self.backend.line, "backend", problem));
                }
                Ok(())
            }
            (System::FheProof, Some(proof)) => {
                let select = &self.select.value;
                select
                    .check(&work.program, cell.batch)
                    .map_err(|error| source.wrong(self.select.line, "select", error))?;
                let forecast = Resources::forecast(
                    &work.program,
                    cell.batch,
                    select,
                    proof.bits,
                    proof.memory,
                );
                match forecast {
                    Err(ProveError::Memory(problem)) => {
                        let problem = format!(
                            "is {}, but a proof of '{}' on {} images at once needs at least {}; raise it, or make batch smaller",
                            Size(proof.memory),
                            cell.workload,
                            cell.batch,
                            Size(problem.needed.div_ceil(MIB) * MIB)
                        );
                        Err(source.wrong(common.memory.line, "memory", problem))
                    }
                    Err(error) => Err(source.wrong(self.model.line, "model", error)),
                    Ok(_) => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }
}
