//! From a program and a selection to committed columns: the layout both sides derive from the statement.

use blindproof_fhe::{
    params::ParameterSet,
    program::{Operation, Program},
};
use blindproof_zk::stack::{Layout, LayoutBuilder, LayoutError};

use crate::{
    blindrotation::{BlindRotationPlan, Cut},
    keyswitch::KeySwitchPlan,
    modswitch::ModulusSwitchPlan,
    rows::RowSet,
    selection::Rows,
    wire::{Placement, WirePlan},
};

/// How one node is proven.
#[derive(Clone, Debug)]
pub(crate) enum NodePlan {
    /// Not selected, or without a relation.
    Skipped,
    /// A linear layer: no columns of its own.
    Linear(RowSet),
    /// A key switch.
    KeySwitch(KeySwitchPlan),
    /// A modulus switch.
    ModulusSwitch(ModulusSwitchPlan),
    /// A layer of blind rotations.
    BlindRotation(BlindRotationPlan),
}

/// Places of all wires, columns of all proven nodes, and the layout they add up to.
pub(crate) struct Plan {
    pub images: usize,
    pub wires: Vec<WirePlan>,
    pub nodes: Vec<NodePlan>,
    /// Layout of all columns; `None` when every proven operation is between public wires.
    pub layout: Option<Layout>,
    /// Whether the tape was the last commitment: the drawn operations need no columns of their own.
    pub complete: bool,
}

/// The run that a plan is for.
#[derive(Clone, Copy)]
pub(crate) struct Run<'a> {
    pub program: &'a Program,
    pub parameters: &'static ParameterSet,
    pub images: usize,
    /// `log2` of the most bootstraps of one shard.
    pub log_shard: usize,
}

/// All wires between operations, committed before a sample is drawn.
///
/// A prover that knew the drawn operations before it fixed their results could make those right and the others wrong.
/// So the whole tape is committed first, the seed of the draw is a challenge, and everything that the drawn operations
/// need beside the tape is committed afterwards. Wires are not range-checked here: a relation that cuts a wire checks its
/// own chunks and that they are the wire's.
///
/// If f of N operations are wrong on the tape, a draw of m misses them with probability C(N-f,m)/C(N,m)
/// (`coverage::escape_probability`). That is for one tape: the draw is a hash of it, so a prover that computes 2^a tapes has
/// up to 2^a times that chance. This is no term of the proof's soundness error, which says that the *drawn* operations are
/// right.
pub(crate) struct Tape {
    pub wires: Vec<WirePlan>,
    /// `None` when there is no wire between operations.
    pub layout: Option<Layout>,
}

impl Run<'_> {
    /// All wires, without a place.
    pub fn wires(&self) -> Vec<WirePlan> {
        (0..self.program.wires.len())
            .map(|wire| WirePlan::new(self.program, wire, self.parameters, self.images))
            .collect()
    }

    /// Gives a place to every wire that is `touched`.
    fn place(
        &self,
        layout: &mut LayoutBuilder,
        wires: &mut [WirePlan],
        touched: impl Fn(usize) -> bool,
        ranged: impl Fn(usize) -> bool,
    ) {
        for (wire, plan) in wires.iter_mut().enumerate() {
            let kind = self.program.wires[wire].kind;
            if wire == self.program.input.0 || wire == self.program.output.0 {
                plan.placement = Placement::Public;
            } else if touched(wire) {
                let range =
                    ranged(wire).then_some(ModulusSwitchPlan::exponent_bits(self.parameters));
                plan.commit(layout, kind, range);
            }
        }
    }

    /// The tape, committed after `before`.
    pub fn tape(&self, before: Option<&Layout>) -> Result<Tape, PlanError> {
        let mut layout = builder(before);
        let mut wires = self.wires();
        self.place(&mut layout, &mut wires, |_| true, |_| false);
        let layout = match layout.build_open() {
            Ok(layout) => Some(layout),
            Err(LayoutError::NoColumns) => None,
            Err(error) => return Err(PlanError::Layout(error)),
        };
        Ok(Tape { wires, layout })
    }

    /// Elements of a proof of `operations` operations, for the shape of its stacks; bootstraps count most.
    pub fn estimate(&self, operations: usize) -> usize {
        let set = self.parameters;
        let cells = operations * set.glwe_words() * set.group_count();
        cells * Cut::cheapest(set.pbs_gadget, cells).chunks.len()
    }
}

fn builder(before: Option<&Layout>) -> LayoutBuilder {
    before.map_or_else(LayoutBuilder::new, LayoutBuilder::extending)
}

/// A program whose shape no relation covers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A modulus switch feeds the program's output directly.
    #[error("node {node}: a proven modulus switch must not be the program's last operation")]
    SwitchedOutput {
        /// Index of the node.
        node: usize,
    },
    /// The columns cannot be stacked in one commitment.
    #[error("batch too large for one proof: {0}; use fewer images or select fewer layers")]
    Layout(#[source] LayoutError),
}

impl Plan {
    /// Number of proven bootstraps.
    pub fn bootstraps(&self) -> usize {
        let rows = self.nodes.iter().map(|node| match node {
            NodePlan::BlindRotation(plan) => plan.rows.len(),
            _ => 0,
        });
        rows.sum()
    }

    /// Builds the plan of a validated program; `selected` has the rows of each node. Its columns come after those of
    /// `before`; wires that `tape` has placed stay there. Blind rotations come first, in shards of their own.
    pub fn new(
        run: Run<'_>,
        selected: &[Rows],
        before: Option<&Layout>,
        tape: Option<&Tape>,
    ) -> Result<Self, PlanError> {
        let Run {
            program,
            parameters,
            ..
        } = run;
        let mut layout = builder(tape.and_then(|tape| tape.layout.as_ref()).or(before));
        let mut wires = tape.map_or_else(|| run.wires(), |tape| tape.wires.clone());
        let proven = || {
            program
                .nodes
                .iter()
                .zip(selected)
                .filter(|(_, selected)| **selected != Rows::None)
        };
        // A wire of exponents is itself a column of the modulus switch when all its rows are proven.
        let shared = |wire: usize| {
            tape.is_none()
                && proven().any(|(node, rows)| {
                    let switch = matches!(node.operation, Operation::ModulusSwitch);
                    switch && node.output.0 == wire && *rows == Rows::All
                })
        };
        let bootstraps: usize = proven()
            .filter(|(node, _)| matches!(node.operation, Operation::BlindRotation { .. }))
            .map(|(node, rows)| rows.count(wires[node.input().0].rows))
            .sum();
        let cut = Cut::cheapest(
            parameters.pbs_gadget,
            bootstraps * parameters.glwe_words() * parameters.group_count(),
        );
        let mut shards = Vec::with_capacity(program.nodes.len());
        for (node, selected) in program.nodes.iter().zip(selected) {
            let rows = match node.operation {
                Operation::BlindRotation { .. } => selected.count(wires[node.output.0].rows),
                _ => 0,
            };
            let sizes = BlindRotationPlan::shard_sizes(rows, run.log_shard).into_iter();
            let reserve = |size| {
                let plan = BlindRotationPlan::reserve_shard(&mut layout, parameters, &cut, size);
                layout.shard();
                plan
            };
            shards.push(sizes.map(reserve).collect::<Vec<_>>());
        }
        if tape.is_none() {
            let touched = |wire| {
                proven().any(|(n, _)| {
                    n.inputs.iter().any(|input| input.0 == wire) || n.output.0 == wire
                })
            };
            run.place(&mut layout, &mut wires, touched, shared);
        }
        let mut nodes = Vec::with_capacity(program.nodes.len());
        for ((index, (node, selected)), shards) in
            program.nodes.iter().zip(selected).enumerate().zip(shards)
        {
            let input = &wires[node.input().0];
            let output = wires[node.output.0].placement;
            let Some(rows) = RowSet::new(selected, wires[node.output.0].rows) else {
                nodes.push(NodePlan::Skipped);
                continue;
            };
            nodes.push(match &node.operation {
                Operation::Linear(_) => NodePlan::Linear(rows),
                Operation::KeySwitch => match output {
                    Placement::Row { .. } | Placement::Public => NodePlan::KeySwitch(
                        KeySwitchPlan::reserve(&mut layout, parameters, input, rows),
                    ),
                    _ => return Err(PlanError::SwitchedOutput { node: index }),
                },
                Operation::ModulusSwitch => match output {
                    Placement::Row { cells } => {
                        NodePlan::ModulusSwitch(ModulusSwitchPlan::reserve(
                            &mut layout,
                            parameters,
                            input,
                            shared(node.output.0).then_some(cells),
                            rows,
                        ))
                    }
                    _ => return Err(PlanError::SwitchedOutput { node: index }),
                },
                Operation::BlindRotation { .. } => {
                    NodePlan::BlindRotation(BlindRotationPlan::reserve_main(
                        &mut layout,
                        parameters,
                        cut.clone(),
                        input,
                        rows,
                        shards,
                    ))
                }
            });
        }
        let (layout, complete) = match layout.build() {
            Ok(layout) => (Some(layout), false),
            Err(LayoutError::NoColumns) => (tape.and_then(|tape| tape.layout.clone()), true),
            Err(error) => return Err(PlanError::Layout(error)),
        };
        Ok(Self {
            images: run.images,
            wires,
            nodes,
            layout,
            complete,
        })
    }
}
