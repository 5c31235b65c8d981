//! The tape of a sampled proof: all wires between operations, committed before the sample is drawn.
//!
//! A prover that knew the drawn operations before it fixed their results could make those right and the others wrong.
//! So the whole tape is committed first, the seed of the draw is a challenge, and everything that the drawn operations
//! need beside the tape is committed afterwards.
//!
//! ```text
//! TAPE-1  P -> V  commitment to the columns of all wires that are not public
//! TAPE-2  V -> P  challenges; their digest is the seed of the draw (`selection::Sample::draw`)
//! TAPE-3  P -> V  commitment to the columns of the drawn operations; none if these need none
//! ```
//!
//! # Soundness
//! If f of N operations are wrong on the tape, a draw of m misses them with probability C(N-f,m)/C(N,m)
//! (`coverage::escape_probability`). That is for one tape: the draw is a hash of it, so a prover that computes 2^a tapes has
//! up to 2^a times that chance. This is no term of the proof's soundness error: that one says that the *drawn* operations
//! are right.
//!
//! Wires are not range-checked here: a relation that cuts a wire checks its own chunks and that they are the wire's.

use blindproof_fhe::{evaluate::Trace, params::ParameterSet, program::Program};
use blindproof_zk::{
    field::F,
    stack::{Layout, LayoutBuilder, LayoutError},
};

use crate::{
    plan::{self, Plan, PlanError},
    selection::Rows,
    wire::{Placement, WirePlan},
};

/// Challenges that the seed of a draw is made from.
pub(crate) const SEED_CHALLENGES: usize = 2;

/// Places of all wires before any operation is chosen.
#[derive(Clone, Debug)]
pub(crate) struct Tape {
    pub wires: Vec<WirePlan>,
    /// `None` when there are no wires between operations.
    pub layout: Option<Layout>,
    /// As [`Plan::log_rows`], for a typical draw.
    pub log_rows: usize,
}

impl Tape {
    /// Places every wire of a validated program; `typical` is some draw, for the size of the proof only.
    pub fn new(
        program: &Program,
        parameters: &'static ParameterSet,
        images: usize,
        typical: &[Rows],
    ) -> Result<Self, PlanError> {
        let mut layout = LayoutBuilder::new();
        let mut wires = WirePlan::all(program, parameters, images);
        for (wire, plan) in program.wires.iter().zip(&mut wires) {
            if plan.placement == Placement::Absent {
                // Exponents are checked where a drawn operation cuts them.
                plan.commit(&mut layout, wire.kind, None);
            }
        }
        let layout = match layout.build_open() {
            Ok(layout) => Some(layout),
            Err(LayoutError::NoColumns) => None,
            Err(error) => return Err(PlanError::Layout(error)),
        };
        let mut tape = Self {
            wires,
            layout,
            log_rows: 0,
        };
        let draft = Plan::new(program, parameters, images, typical, Some(tape.clone()))?;
        tape.log_rows = plan::log_rows(draft.layout.as_ref());
        Ok(tape)
    }

    /// All columns in the order of the layout.
    pub fn witness(&self, trace: &Trace) -> Vec<Vec<F>> {
        // Wires reserve their columns in order.
        let columns = self.wires.iter().zip(&trace.wires);
        columns
            .flat_map(|(wire, words)| wire.witness(words))
            .map(|(_, values)| values)
            .collect()
    }
}
