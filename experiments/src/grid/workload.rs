//! What a cell computes: a model on its data, or something synthetic of a chosen size.

use std::fmt;
use std::str::FromStr;

use blindproof_fhe::lut::Lut;
use blindproof_fhe::model::ModelError;
use blindproof_fhe::params::{ParameterError, ParameterSet};
use blindproof_fhe::program::{LinearMap, Node, Operation, Program, Wire, WireId, WireKind};
use ndarray::Array2;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

mod answers;
mod network;

pub use answers::Answers;

use super::cell::Cell;
use crate::data::samples::LabelColumn;
use crate::models;
use crate::roles::RoleError;
use crate::roles::images::ImageSource;
use crate::roles::model::LoadedModel;

/// Parameter set of synthetic networks, unless another is asked for.
const NETWORK_SET: &str = "message_4";

/// What is computed, as configurations name it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Workload {
    /// A shipped model, on the held-out part of its data set: its name.
    Model(String),
    /// `bootstraps`: one identity bootstrap (key switch, modulus switch, blind rotation) of each input.
    Bootstraps,
    /// `network:DEPTHxWIDTH`: hidden layers of that width on 64 inputs, 8 random weights of 1 or -1 a neuron, random tables.
    Network {
        /// Hidden layers.
        depth: usize,
        /// Neurons of each.
        width: usize,
    },
    /// `linear:INxOUT`: a matrix of small random weights.
    Linear {
        /// Columns.
        inputs: usize,
        /// Rows.
        outputs: usize,
    },
    /// `key-switch`: one key switch of each input.
    KeySwitch,
}

/// A workload that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum WorkloadError {
    /// No such workload.
    #[error(
        "model '{0}' is not known; write a shipped model ({names}), bootstraps, network:DEPTHxWIDTH, linear:INxOUT or key-switch",
        names = models::ALL.iter().map(|m| m.name).collect::<Vec<_>>().join(", ")
    )]
    Unknown(String),
    /// A synthetic workload without a parameter set.
    #[error("model '{0}' needs a parameter set; add parameters = [\"message_4\"]")]
    NoParameters(Workload),
    /// A model under a set it was not made for.
    #[error(
        "model '{model}' is made for parameters '{own}', not '{asked}'; leave parameters out, or name '{own}'"
    )]
    OtherParameters {
        /// The model.
        model: String,
        /// Its set.
        own: String,
        /// The other set.
        asked: String,
    },
    /// More inputs than there are.
    #[error(
        "images = {asked}: model '{model}' has {available} held-out inputs; choose 1 to {available}"
    )]
    Images {
        /// The model.
        model: String,
        /// Inputs asked for.
        asked: usize,
        /// Inputs there are.
        available: usize,
    },
    /// No such parameter set.
    #[error(transparent)]
    Parameters(#[from] ParameterError),
    /// The model cannot be read.
    #[error(transparent)]
    Role(#[from] RoleError),
    /// The model is refused, or an input does not fit it.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl Workload {
    /// Whether it has a meaning in the clear.
    pub fn is_model(&self) -> bool {
        matches!(self, Self::Model(_) | Self::Network { .. })
    }

    /// The parameter set it comes with; `None` when it needs one.
    pub fn own_parameters(&self) -> Option<String> {
        match self {
            Self::Model(name) => Some(models::find(name)?.load().ok()?.parameters),
            Self::Network { .. } => Some(NETWORK_SET.to_owned()),
            _ => None,
        }
    }
}

impl FromStr for Workload {
    type Err = WorkloadError;

    fn from_str(text: &str) -> Result<Self, WorkloadError> {
        let unknown = || WorkloadError::Unknown(text.to_owned());
        // Both sides are 1 to 4096.
        let pair = |text: &str| {
            let (left, right) = text.split_once('x')?;
            let number = |text: &str| text.parse().ok().filter(|n| (1..=4096).contains(n));
            Some((number(left)?, number(right)?))
        };
        match text.split_once(':') {
            Some(("network", size)) => {
                let (depth, width) = pair(size).ok_or_else(unknown)?;
                Ok(Self::Network { depth, width })
            }
            Some(("linear", size)) => {
                let (inputs, outputs) = pair(size).ok_or_else(unknown)?;
                Ok(Self::Linear { inputs, outputs })
            }
            None if text == "bootstraps" => Ok(Self::Bootstraps),
            None if text == "key-switch" => Ok(Self::KeySwitch),
            None if models::find(text).is_some() => Ok(Self::Model(text.to_owned())),
            _ => Err(unknown()),
        }
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model(name) => f.write_str(name),
            Self::Bootstraps => f.write_str("bootstraps"),
            Self::Network { depth, width } => write!(f, "network:{depth}x{width}"),
            Self::Linear { inputs, outputs } => write!(f, "linear:{inputs}x{outputs}"),
            Self::KeySwitch => f.write_str("key-switch"),
        }
    }
}

impl TryFrom<String> for Workload {
    type Error = WorkloadError;

    fn try_from(text: String) -> Result<Self, WorkloadError> {
        text.parse()
    }
}

impl From<Workload> for String {
    fn from(workload: Workload) -> Self {
        workload.to_string()
    }
}

/// A workload, ready to be computed.
#[derive(Debug)]
pub struct Work {
    /// The ciphertext operations.
    pub program: Program,
    /// Their parameter set.
    pub parameters: &'static ParameterSet,
    /// For each input, its torus words.
    pub inputs: Vec<Vec<u64>>,
    /// The model and what goes into it; `None` for workloads that are no model.
    pub model: Option<ModelWork>,
}

/// A model and its inputs.
#[derive(Debug)]
pub struct ModelWork {
    /// The model.
    pub loaded: LoadedModel,
    /// For each input, its quantised values.
    pub inputs: Vec<Vec<i64>>,
    /// For each input, its class, where known.
    pub labels: Vec<Option<usize>>,
}

impl ModelWork {
    /// Share of the inputs whose logits give their class; `None` when some have no class.
    pub fn accuracy(&self, logits: &[Vec<f64>]) -> Option<f64> {
        let mut right = 0;
        for (logits, label) in logits.iter().zip(&self.labels) {
            let answer = self.loaded.model.prediction(logits);
            right += usize::from(answer.and_then(|answer| answer.class()) == Some((*label)?));
        }
        Some(right as f64 / self.labels.len() as f64)
    }
}

impl Work {
    /// What a cell computes, with `cell.images` inputs.
    ///
    /// # Errors
    /// [`WorkloadError`].
    pub fn new(cell: &Cell) -> Result<Self, WorkloadError> {
        let set = cell.parameters.as_deref();
        let mut random = ChaCha8Rng::seed_from_u64(cell.seed);
        match &cell.workload {
            Workload::Model(name) => Self::of_shipped(name, set, cell.images),
            Workload::Network { depth, width } => {
                let set = ParameterSet::by_name(set.unwrap_or(NETWORK_SET))?;
                let loaded = network::random(set, *depth, *width, &mut random)?;
                let inputs = network::inputs(&loaded.model, cell.images, &mut random);
                Self::of_model(loaded, inputs, vec![None; cell.images])
            }
            other => {
                let name = set.ok_or_else(|| WorkloadError::NoParameters(other.clone()))?;
                let set = ParameterSet::by_name(name)?;
                Ok(Self::of_operation(other, set, cell.images, &mut random))
            }
        }
    }

    fn of_shipped(name: &str, set: Option<&str>, images: usize) -> Result<Self, WorkloadError> {
        let shipped = models::find(name).ok_or_else(|| WorkloadError::Unknown(name.to_owned()))?;
        let loaded = LoadedModel::open(name)?;
        if let Some(asked) = set.filter(|set| *set != loaded.parameters.name) {
            return Err(WorkloadError::OtherParameters {
                model: name.to_owned(),
                own: loaded.parameters.name.to_owned(),
                asked: asked.to_owned(),
            });
        }
        let raw = ImageSource::held_out(shipped.dataset).load(&LabelColumn::Automatic)?;
        if images > raw.len() {
            return Err(WorkloadError::Images {
                model: name.to_owned(),
                asked: images,
                available: raw.len(),
            });
        }
        let quantise =
            |image: &crate::roles::images::RawImage| loaded.model.quantise(&image.pixels);
        let inputs = raw[..images].iter().map(quantise);
        let inputs = inputs.collect::<Result<_, _>>()?;
        let labels = raw[..images].iter().map(|image| image.label).collect();
        Self::of_model(loaded, inputs, labels)
    }

    fn of_model(
        loaded: LoadedModel,
        inputs: Vec<Vec<i64>>,
        labels: Vec<Option<usize>>,
    ) -> Result<Self, WorkloadError> {
        let words = inputs.iter().map(|input| loaded.model.encode_input(input));
        Ok(Self {
            inputs: words.collect::<Result<_, _>>()?,
            program: loaded.program.clone(),
            parameters: loaded.parameters,
            model: Some(ModelWork {
                loaded,
                inputs,
                labels,
            }),
        })
    }

    fn of_operation(
        workload: &Workload,
        set: &'static ParameterSet,
        images: usize,
        random: &mut ChaCha8Rng,
    ) -> Self {
        let key_switch = (Operation::KeySwitch, WireKind::SmallLwe, 1);
        let (features, operations) = match *workload {
            Workload::Linear { inputs, outputs } => {
                let map = LinearMap {
                    weights: Array2::from_shape_simple_fn((outputs, inputs), || {
                        random.gen_range(-3..=3)
                    }),
                    bias: vec![0; outputs],
                };
                (
                    inputs,
                    vec![(Operation::Linear(map), WireKind::BigLwe, outputs)],
                )
            }
            Workload::KeySwitch => (1, vec![key_switch]),
            _ => {
                let entries = 0..1u64 << set.message_bits.0;
                let luts = Lut::new(entries.map(|entry| entry * set.delta()).collect());
                let luts = luts.into_iter().collect();
                (
                    1,
                    vec![
                        key_switch,
                        (Operation::ModulusSwitch, WireKind::Switched, 1),
                        (Operation::BlindRotation { luts }, WireKind::BigLwe, 1),
                    ],
                )
            }
        };
        let mut wires = vec![Wire {
            kind: WireKind::BigLwe,
            features,
        }];
        let mut nodes = Vec::new();
        for (index, (operation, kind, features)) in operations.into_iter().enumerate() {
            wires.push(Wire { kind, features });
            nodes.push(Node {
                layer: 0,
                layer_name: workload.to_string(),
                inputs: vec![WireId(index)],
                output: WireId(index + 1),
                operation,
            });
        }
        let message = |index: usize| index as u64 % (1 << set.message_bits.0) * set.delta();
        Self {
            program: Program {
                name: workload.to_string(),
                parameters: set.name.to_owned(),
                input: WireId(0),
                output: WireId(nodes.len()),
                wires,
                nodes,
            },
            parameters: set,
            inputs: (0..images)
                .map(|image| (0..features).map(|f| message(image + f)).collect())
                .collect(),
            model: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::cell::System;

    fn cell(workload: &str, parameters: Option<&str>) -> Cell {
        Cell {
            workload: workload.parse().unwrap(),
            parameters: parameters.map(str::to_owned),
            system: System::FheExact,
            proof: None,
            vote: None,
            images: 3,
            batch: 3,
            threads: 1,
            seed: 5,
            repeat: 1,
            warm_up: 0,
        }
    }

    #[test]
    fn names_are_read_and_written() {
        for text in [
            "digits-mlp",
            "bootstraps",
            "network:2x32",
            "linear:8x4",
            "key-switch",
        ] {
            assert_eq!(text.parse::<Workload>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "digit-mlp",
            "network",
            "network:0x2",
            "linear:3",
            "linear:1x99999",
        ] {
            let error = text.parse::<Workload>().unwrap_err().to_string();
            assert!(error.contains("digits-mlp"), "{error}");
        }
    }

    #[test]
    fn every_workload_is_a_valid_program() {
        for (workload, parameters) in [
            ("digits-mlp", None),
            ("bootstraps", Some("message_4")),
            ("network:3x20", None),
            ("linear:8x4", Some("insecure_tiny")),
            ("key-switch", Some("insecure_tiny")),
        ] {
            let work = Work::new(&cell(workload, parameters)).unwrap();
            work.program.validate().unwrap();
            assert_eq!(work.inputs.len(), 3);
            let features = work.program.wires[work.program.input.0].features;
            assert!(work.inputs.iter().all(|input| input.len() == features));
        }
    }

    #[test]
    fn networks_follow_the_seed_and_are_read_exactly() {
        let one = Work::new(&cell("network:2x16", None)).unwrap();
        let same = Work::new(&cell("network:2x16", None)).unwrap();
        assert_eq!((&one.program, &one.inputs), (&same.program, &same.inputs));
        let mut other = cell("network:2x16", None);
        other.seed = 6;
        assert_ne!(one.program, Work::new(&other).unwrap().program);
        let model = &one.model.as_ref().unwrap().loaded.model;
        for layer in &model.noise_budget().unwrap()[..2] {
            assert!(layer.log2_p_fail < -100.0, "{layer:?}");
        }
    }

    #[test]
    fn what_cannot_be_made_is_said() {
        let error = Work::new(&cell("bootstraps", None)).unwrap_err();
        assert!(error.to_string().contains("message_4"));
        let error = Work::new(&cell("digits-mlp", Some("message_2"))).unwrap_err();
        assert!(matches!(error, WorkloadError::OtherParameters { .. }));
        assert!(Work::new(&cell("key-switch", Some("message_9"))).is_err());
        let mut many = cell("digits-mlp", None);
        many.images = 100_000;
        assert!(matches!(
            Work::new(&many),
            Err(WorkloadError::Images { .. })
        ));
    }
}
