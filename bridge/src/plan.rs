//! From a program and a selection to committed columns: the layout both sides derive from the statement.

use blindproof_fhe::{
    params::ParameterSet,
    program::{Operation, Program, WireKind},
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
    /// Builds the plan of a validated program; `selected` has the rows of each node.
    pub fn new(
        program: &Program,
        parameters: &'static ParameterSet,
        images: usize,
        selected: &[Rows],
    ) -> Result<Self, PlanError> {
        let mut layout = LayoutBuilder::new();
        let mut wires: Vec<WirePlan> = (0..program.wires.len())
            .map(|wire| WirePlan::new(program, wire, parameters, images))
            .collect();
        let proven = || {
            program
                .nodes
                .iter()
                .zip(selected)
                .filter(|(_, selected)| **selected != Rows::None)
        };
        for (wire, plan) in wires.iter_mut().enumerate() {
            let kind = program.wires[wire].kind;
            let touched = proven().any(|(n, _)| n.input.0 == wire || n.output.0 == wire);
            if wire == program.input.0 || wire == program.output.0 {
                plan.placement = Placement::Public;
            } else if touched {
                let range = (kind == WireKind::Switched)
                    .then_some(ModulusSwitchPlan::exponent_bits(parameters));
                plan.commit(&mut layout, kind, range);
            }
        }
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
                    Placement::Row { cells } => NodePlan::ModulusSwitch(
                        ModulusSwitchPlan::reserve(&mut layout, parameters, input, cells, rows),
                    ),
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
        let layout = match layout.build() {
            Ok(layout) => Some(layout),
            Err(LayoutError::NoColumns) => None,
            Err(error) => return Err(PlanError::Layout(error)),
        };
        Ok(Self {
            images,
            wires,
            nodes,
            layout,
        })
    }
}
