//! Memory of a proof: predicted before it starts, and how to stay within a budget.
//!
//! Shards are proven one after the other, so what a proof needs is what its largest shard needs, and what is held all the time:
//! keys, trace, the columns of the main shard, and the accumulators of all shards unless they are on disk.

use blindproof_fhe::program::Program;
use blindproof_zk::argument;

use crate::{
    plan::{NodePlan, Plan, Run},
    proof::{ProveError, Setup, VerifyError},
    selection::Selection,
    statement::{PublicData, Statement, StatementError},
};

/// Bytes of a word.
const WORD: u64 = 8;
/// `log2` of the largest shard that is chosen: fewer shards make shorter proofs.
const LARGEST_SHARD: u32 = 4;
/// The part of a budget that is planned for, in percent: predictions are good to a few percent.
const PLANNED: u64 = 92;

/// Where the prover keeps what it needs again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resources {
    /// `log2` of the most bootstraps of a shard; goes into the statement.
    pub log_shard: u32,
    /// Bytes of committed columns that stay in memory instead of being made again in every pass.
    pub keep: usize,
    /// Whether accumulators must be on disk, in a work folder.
    pub on_disk: bool,
    /// Predicted peak memory of the process, in bytes.
    pub peak: u64,
}

/// No choice of shards fits the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "memory: a proof of this selection needs at least {} MiB, the budget is {} MiB; allow more memory (--memory), fewer images, or select fewer operations",
    needed >> 20,
    budget >> 20
)]
pub struct TooLittleMemory {
    /// The least that is needed, in bytes.
    pub needed: u64,
    /// What was allowed, in bytes.
    pub budget: u64,
}

/// Predicted peak memory of a process that holds the evaluation keys and proves `statement`, in bytes.
///
/// # Errors
/// When the statement does not fit the public data.
pub fn peak_bytes(
    statement: &Statement,
    public: &PublicData<'_>,
    keep: usize,
    on_disk: bool,
) -> Result<u64, ProveError> {
    peak_of(
        &Setup::new(statement, public).map_err(refused)?,
        keep,
        on_disk,
    )
}

fn refused(error: VerifyError) -> ProveError {
    ProveError::Statement(Box::new(error))
}

fn peak_of(setup: &Setup<'_>, keep: usize, on_disk: bool) -> Result<u64, ProveError> {
    let set = setup.run.parameters;
    let tape = setup.tape()?;
    let selected = setup.typical().map_err(|error| refused(error.into()))?;
    let plan = setup.plan(&selected, tape.as_ref())?;
    // Both keys, and the bootstrapping key as point values.
    let keys = 2 * set.bootstrapping_key_words() + set.key_switching_key_words();
    let wires: usize = setup
        .run
        .wires()
        .iter()
        .map(|wire| wire.rows * (wire.dimension + 1))
        .sum();
    let accumulators = if on_disk { 0 } else { accumulator_words(&plan) };
    let held = (keys + 2 * wires + accumulators) as u64 * WORD;
    let argument = match &plan.layout {
        None => 0,
        Some(layout) => {
            let main = layout.used(layout.shards() - 1) - layout.table_entries();
            let argument = argument::peak_bytes(layout, &setup.config, setup.log_rows, keep)?;
            (argument + main * WORD as usize) as u64
        }
    };
    Ok(held + argument)
}

fn accumulator_words(plan: &Plan) -> usize {
    plan.nodes
        .iter()
        .map(|node| match node {
            NodePlan::BlindRotation(plan) => plan
                .shards
                .iter()
                .map(|shard| plan.shard_words(shard))
                .sum(),
            _ => 0,
        })
        .sum()
}

impl Resources {
    /// The largest shards that fit `budget` bytes with a margin, then columns in memory as far as it goes. Accumulators
    /// go to disk only if they do not fit and `may_use_disk`.
    ///
    /// # Errors
    /// [`ProveError::Memory`] when nothing fits; other errors as [`peak_bytes`].
    pub fn choose(
        statement: &Statement,
        public: &PublicData<'_>,
        budget: u64,
        may_use_disk: bool,
    ) -> Result<Self, ProveError> {
        Self::within(budget, may_use_disk, |log_shard, keep, on_disk| {
            let statement = statement.clone().with_log_shard(log_shard);
            peak_bytes(&statement, public, keep, on_disk)
        })
    }

    /// What [`Resources::choose`] would choose for a proof, with keys instead of an index, of an evaluation that has not
    /// happened: there are neither keys nor ciphertexts yet.
    ///
    /// # Errors
    /// As [`Resources::choose`].
    pub fn forecast(
        program: &Program,
        images: usize,
        selection: &Selection,
        level: u32,
        budget: u64,
    ) -> Result<Self, ProveError> {
        let parameters = program
            .parameter_set()
            .map_err(|error| refused(StatementError::Program(error.into()).into()))?;
        let statement =
            Statement::without_evaluation(program, parameters, images, selection, level);
        Self::within(budget, true, |log_shard, keep, on_disk| {
            let statement = statement.clone().with_log_shard(log_shard);
            let run = Run {
                program,
                parameters,
                images,
                log_shard: statement.log_shard as usize,
            };
            let setup = Setup::of_run(&statement, run, None).map_err(refused)?;
            peak_of(&setup, keep, on_disk)
        })
    }

    /// The best choice by `peak`, the bytes for `log2` of the largest shard, bytes of columns kept, and whether
    /// accumulators are on disk.
    fn within(
        budget: u64,
        may_use_disk: bool,
        peak: impl Fn(u32, usize, bool) -> Result<u64, ProveError>,
    ) -> Result<Self, ProveError> {
        let planned = budget / 100 * PLANNED;
        let mut needed = u64::MAX;
        let places: &[bool] = if may_use_disk {
            &[false, true]
        } else {
            &[false]
        };
        for &on_disk in places {
            for log_shard in (0..=LARGEST_SHARD).rev() {
                let least = peak(log_shard, 0, on_disk)?;
                needed = needed.min(least);
                if least <= planned || (log_shard == 0 && least <= budget) {
                    let keep = planned.saturating_sub(least) as usize;
                    return Ok(Self {
                        log_shard,
                        keep,
                        on_disk,
                        peak: peak(log_shard, keep, on_disk)?,
                    });
                }
            }
        }
        Err(ProveError::Memory(TooLittleMemory { needed, budget }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::Fixture;

    /// Without keys and ciphertexts, the choice is the one that is made with them.
    #[test]
    fn a_forecast_is_what_is_chosen_later() {
        let fixture = Fixture::tiny();
        let output = fixture.output(&fixture.trace);
        let public = PublicData {
            program: &fixture.program,
            keys: fixture.keys.as_ref().into(),
            input: &fixture.input,
            output: &output,
        };
        let features = fixture.program.wires[fixture.program.input.0].features;
        let images = fixture.input.rows() / features;
        for text in ["all", "sample:count=3", "none"] {
            let selection: Selection = text.parse().unwrap();
            let statement = Statement::new(&public, selection.clone(), 128).unwrap();
            for budget in [1 << 32, 100 << 20] {
                let chosen = Resources::choose(&statement, &public, budget, true).unwrap();
                let forecast =
                    Resources::forecast(&fixture.program, images, &selection, 128, budget);
                assert_eq!(forecast.unwrap(), chosen, "{text}, {budget} bytes");
            }
        }
    }
}
