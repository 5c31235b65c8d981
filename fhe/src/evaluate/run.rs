//! Running a whole program.

use super::{
    EvaluateError, blind_rotation, check_rows, check_width, key_switch, linear, modulus_switch,
};
use crate::keys::ServerKey;
use crate::lwe::LweMatrix;
use crate::params::ParameterSet;
use crate::program::{Operation, OperationKind, Program, WireId};
use ndarray::Array2;
use std::time::{Duration, Instant};

/// Every value of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Number of images.
    pub images: usize,
    /// For each wire of the program, by id: `images * features` rows of the wire's width.
    pub wires: Vec<Array2<u64>>,
}

/// How long one node took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeTiming {
    /// Position in the program.
    pub node: usize,
    /// Kind of the operation.
    pub kind: OperationKind,
    /// Number of single-ciphertext operations.
    pub operations: usize,
    /// Wall-clock time.
    pub wall: Duration,
}

/// Told about progress during a run, from any thread.
pub trait Observer: Sync {
    /// The run of this program on so many images begins.
    fn start(&self, _program: &Program, _images: usize) {}

    /// `done` of `total` units of work of node `node` are finished. Units differ between kinds of operation;
    /// calls from different threads may arrive out of order, and `done == total` comes at the end.
    fn progress(&self, node: usize, done: usize, total: usize);
}

/// Watches nothing.
impl Observer for () {
    fn progress(&self, _: usize, _: usize, _: usize) {}
}

/// Runs a program on all cores and returns every wire, and the time of each node.
///
/// `input` has `images * features` rows of big LWE ciphertexts, where `features` is that of the input wire.
///
/// # Errors
/// [`EvaluateError`] when the program is invalid, a key belongs to another parameter set, or the input does not
/// fit the program.
pub fn evaluate(
    program: &Program,
    keys: &ServerKey,
    input: &LweMatrix,
    observer: &dyn Observer,
) -> Result<(Trace, Vec<NodeTiming>), EvaluateError> {
    program.validate()?;
    let parameters = program
        .parameter_set()
        .map_err(crate::program::ProgramError::from)?;
    check_key(
        "key-switching key",
        keys.key_switching.parameters(),
        parameters,
    )?;
    check_key(
        "bootstrapping key",
        keys.bootstrapping.parameters(),
        parameters,
    )?;
    input.validate()?;
    let wire = program.wire(program.input)?;
    check_width("input", input.words.ncols(), wire.kind.width(parameters))?;
    check_rows("input", input.rows(), wire.features)?;
    let images = input.rows() / wire.features;

    observer.start(program, images);
    let mut wires = vec![Array2::zeros((0, 0)); program.wires.len()];
    wires[program.input.0] = input.words.clone();
    let mut timings = Vec::with_capacity(program.nodes.len());
    for (index, node) in program.nodes.iter().enumerate() {
        let start = Instant::now();
        let progress = |done, total| observer.progress(index, done, total);
        let joined;
        let source = match node.inputs.as_slice() {
            [input] => &wires[input.0],
            inputs => {
                joined = join(&wires, inputs, images);
                &joined
            }
        };
        let result = match &node.operation {
            Operation::Linear(map) => linear(map, source)?,
            Operation::KeySwitch => key_switch(&keys.key_switching, source)?,
            Operation::ModulusSwitch => modulus_switch(parameters, source)?,
            Operation::BlindRotation { luts } => {
                blind_rotation(&keys.bootstrapping, luts, source, &progress)?
            }
        };
        let operations = program.operations(index, images);
        if node.kind() != OperationKind::BlindRotation {
            progress(operations, operations);
        }
        wires[node.output.0] = result;
        timings.push(NodeTiming {
            node: index,
            kind: node.kind(),
            operations,
            wall: start.elapsed(),
        });
    }
    Ok((Trace { images, wires }, timings))
}

/// The rows of several wires, image by image.
pub(crate) fn join(wires: &[Array2<u64>], inputs: &[WireId], images: usize) -> Array2<u64> {
    let features = |input: &WireId| wires[input.0].nrows() / images;
    let width = inputs.first().map_or(0, |input| wires[input.0].ncols());
    let total: usize = inputs.iter().map(features).sum();
    let mut words = Vec::with_capacity(images * total * width);
    for image in 0..images {
        for input in inputs {
            let rows = image * features(input)..(image + 1) * features(input);
            for row in rows {
                words.extend(wires[input.0].row(row));
            }
        }
    }
    super::matrix(images * total, width, words)
}

fn check_key(
    key: &'static str,
    given: &'static ParameterSet,
    needed: &'static ParameterSet,
) -> Result<(), EvaluateError> {
    if given == needed {
        Ok(())
    } else {
        Err(EvaluateError::Keys {
            program: needed.name,
            key,
            given: given.name,
        })
    }
}
