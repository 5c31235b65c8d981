//! From a program and a selection to committed columns: the layout both sides derive from the statement.

use blindproof_fhe::{
    params::ParameterSet,
    program::{Operation, Program},
};
use blindproof_zk::{
    multilinear::num_vars,
    stack::{Layout, LayoutBuilder, LayoutError},
};

use crate::{
    blindrotation::{BlindRotationPlan, Cut},
    keyswitch::KeySwitchPlan,
    modswitch::ModulusSwitchPlan,
    rows::RowSet,
    selection::Rows,
    tape::Tape,
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
    /// Layout of all columns; `None` when every proven operation is between public wires. It extends the tape's, or is
    /// the tape's, when there is a tape.
    pub layout: Option<Layout>,
    /// Whether the tape, committed before, is the whole layout.
    pub complete: bool,
    /// `log2` of the rows of the matrices that stacks are committed as.
    pub log_rows: usize,
}

/// Rows of the matrices of a proof with this layout: few columns cost queries less, few rows cost the opening less.
pub(crate) fn log_rows(layout: Option<&Layout>) -> usize {
    let elements = layout.map_or(1, Layout::total);
    num_vars(elements).saturating_sub(5).clamp(10, 22)
}

/// A program whose shape no relation covers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A key switch or modulus switch feeds the program's output directly.
    #[error(
        "node {node}: a proven key switch or modulus switch must not be the program's last operation"
    )]
    SwitchedOutput {
        /// Index of the node.
        node: usize,
    },
    /// The columns cannot be stacked in one commitment.
    #[error("batch too large for one proof: {0}; use fewer images or select fewer layers")]
    Layout(#[source] LayoutError),
}

impl Plan {
    /// Builds the plan of a validated program; `selected` has the rows of each node. `tape` is there when all wires have
    /// been committed before the rows were drawn.
    pub fn new(
        program: &Program,
        parameters: &'static ParameterSet,
        images: usize,
        selected: &[Rows],
        tape: Option<Tape>,
    ) -> Result<Self, PlanError> {
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
        let (mut layout, wires) = match &tape {
            Some(Tape { wires, layout, .. }) => {
                let builder = layout.as_ref().map(LayoutBuilder::extending);
                (builder.unwrap_or_default(), wires.clone())
            }
            None => {
                let mut layout = LayoutBuilder::new();
                let mut wires = WirePlan::all(program, parameters, images);
                for (wire, plan) in wires.iter_mut().enumerate() {
                    let touched = proven().any(|(n, _)| n.input.0 == wire || n.output.0 == wire);
                    if plan.placement == Placement::Absent && touched {
                        let range =
                            shared(wire).then_some(ModulusSwitchPlan::exponent_bits(parameters));
                        plan.commit(&mut layout, program.wires[wire].kind, range);
                    }
                }
                (layout, wires)
            }
        };
        let bootstraps: usize = proven()
            .filter(|(node, _)| matches!(node.operation, Operation::BlindRotation { .. }))
            .map(|(node, rows)| rows.count(wires[node.input.0].rows))
            .sum();
        let cut = Cut::cheapest(
            parameters.pbs_gadget,
            bootstraps * parameters.glwe_words() * parameters.group_count(),
        );
        let mut nodes = Vec::with_capacity(program.nodes.len());
        for (index, (node, selected)) in program.nodes.iter().zip(selected).enumerate() {
            let input = &wires[node.input.0];
            let output = wires[node.output.0].placement;
            let Some(rows) = RowSet::new(selected, wires[node.output.0].rows) else {
                nodes.push(NodePlan::Skipped);
                continue;
            };
            nodes.push(match &node.operation {
                Operation::Linear(_) => NodePlan::Linear(rows),
                Operation::KeySwitch => match output {
                    Placement::Row { .. } => NodePlan::KeySwitch(KeySwitchPlan::reserve(
                        &mut layout,
                        parameters,
                        input,
                        rows,
                    )),
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
                    let cut = cut.clone();
                    let shards = BlindRotationPlan::shard_sizes(rows.len(), 3)
                        .into_iter()
                        .map(|size| {
                            BlindRotationPlan::reserve_shard(&mut layout, parameters, &cut, size)
                        })
                        .collect();
                    NodePlan::BlindRotation(BlindRotationPlan::reserve_main(
                        &mut layout,
                        parameters,
                        cut,
                        input,
                        rows,
                        shards,
                    ))
                }
            });
        }
        let fixed = tape.as_ref().map(|tape| tape.log_rows);
        let (layout, complete) = match layout.build() {
            Ok(layout) => (Some(layout), false),
            Err(LayoutError::NoColumns) => (tape.and_then(|tape| tape.layout), true),
            Err(error) => return Err(PlanError::Layout(error)),
        };
        let log_rows = fixed.unwrap_or_else(|| log_rows(layout.as_ref()));
        Ok(Self {
            images,
            wires,
            nodes,
            layout,
            complete,
            log_rows,
        })
    }
}
