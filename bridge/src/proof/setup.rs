//! What both sides derive from the statement before the first message.

use blindproof_zk::{Config, field::K};

use super::error::VerifyError;
use crate::{
    index::{KeyColumns, KeyIndex},
    plan::{Plan, PlanError, Run, Tape},
    selection::{Rows, Selection, SelectionError, sample_seed},
    soundness,
    statement::{Keys, PublicData, Statement, StatementError},
};

/// Challenges that a sample is drawn from.
const SAMPLE_CHALLENGES: usize = 2;

/// Configuration, shapes and stages of one proof.
pub(crate) struct Setup<'a> {
    pub config: Config,
    /// `log2` of the rows of all stacks.
    pub log_rows: usize,
    /// Columns of the key index, the first commitment of an indexed proof, and the index.
    pub index: Option<(KeyColumns, &'a KeyIndex)>,
    pub run: Run<'a>,
    selection: &'a Selection,
}

impl Statement {
    /// The run that the statement is about.
    pub(crate) fn run<'a>(&self, public: &PublicData<'a>) -> Result<Run<'a>, VerifyError> {
        Ok(Run {
            program: public.program,
            parameters: public
                .program
                .parameter_set()
                .map_err(|error| StatementError::Program(error.into()))?,
            images: self.images as usize,
            log_shard: self.log_shard as usize,
        })
    }
}

impl<'a> Setup<'a> {
    pub fn new(statement: &'a Statement, public: &PublicData<'a>) -> Result<Self, VerifyError> {
        let index = match public.keys {
            Keys::Direct(_) => None,
            Keys::Indexed(index) => Some(index),
        };
        Self::of_run(statement, statement.run(public)?, index)
    }

    /// Of a run whose keys and ciphertexts need not exist.
    pub fn of_run(
        statement: &'a Statement,
        run: Run<'a>,
        index: Option<&'a KeyIndex>,
    ) -> Result<Self, VerifyError> {
        let index = index.map(|index| (KeyColumns::new(run.parameters), index));
        let log_rows = match (&index, &statement.selection) {
            (Some((_, index)), _) => index.log_rows as usize,
            (None, Selection::Sample(sample)) => {
                let (operations, _) = sample.size(run.program, run.images)?;
                let tape = run.tape(None)?.layout.map_or(0, |layout| layout.total());
                Config::log_rows(tape + run.estimate(operations))
            }
            (None, selection) => {
                let selected = selection.resolve(run.program, run.images)?;
                let plan = Plan::new(run, &selected, None, None)?;
                Config::log_rows(plan.layout.map_or(0, |layout| layout.total()))
            }
        };
        Ok(Self {
            config: soundness::config(statement.level)?,
            log_rows,
            index,
            run,
            selection: &statement.selection,
        })
    }

    /// The columns of the key index.
    pub fn key_columns(&self) -> Option<&KeyColumns> {
        self.index.as_ref().map(|(columns, _)| columns)
    }

    /// The wires that are committed before a sample is drawn; `None` for other selections.
    pub fn tape(&self) -> Result<Option<Tape>, PlanError> {
        match self.selection {
            Selection::Sample(_) => {
                let before = self.key_columns().map(|columns| &columns.layout);
                self.run.tape(before).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Number of images.
    pub const fn images(&self) -> usize {
        self.run.images
    }

    /// Rows like those of a proof: for a sample, some draw.
    pub fn typical(&self) -> Result<Vec<Rows>, SelectionError> {
        self.select(|_, count| vec![K::from(0u64); count])
    }

    /// The rows that are proven of each node; draws a sample from challenges.
    pub fn select(
        &self,
        challenges: impl FnOnce(&'static str, usize) -> Vec<K>,
    ) -> Result<Vec<Rows>, SelectionError> {
        let Run {
            program, images, ..
        } = self.run;
        match self.selection {
            Selection::Sample(sample) => {
                let seed = sample_seed(&challenges("sampled operations", SAMPLE_CHALLENGES));
                sample.draw(program, images, &seed)
            }
            selection => selection.resolve(program, images),
        }
    }

    /// The plan of the selected rows.
    pub fn plan(&self, selected: &[Rows], tape: Option<&Tape>) -> Result<Plan, PlanError> {
        let before = self.key_columns().map(|columns| &columns.layout);
        Plan::new(self.run, selected, before, tape)
    }
}
