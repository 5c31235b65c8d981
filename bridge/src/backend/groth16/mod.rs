//! Groth16 over BN254: the proof of constant size that arkworks users know.
//!
//! # Claim
//! `result = operation(input)` word by word, modulo p, for public words and constant weights or keys.
//!
//! # Constraints
//! A linear layer: one equation and 34 bits a result word. A key switch: 69 constraints a mask word (its 64 bits, unique by
//! `gadgets::shifted_bits`), 35 a result word; the products with the key are linear, because the key is constant.
//!
//! # Checks of the verifier outside the circuit
//! Every public word is below p; numbers of words are those of the setup; no byte of the proof is left over.
//!
//! # Trust
//! Whoever runs [`Groth16::setup`](super::Backend::setup) can forge: its randomness must be forgotten. BN254 offers about 100
//! bits (Barbulescu, Duquesne, eprint 2017/334).
//!
//! # References
//! Groth, eprint 2016/260; the crates `ark-groth16` and `ark-relations`.

mod circuit;
mod gadgets;

use ark_bn254::{Bn254, Fr};
use ark_groth16::{PreparedVerifyingKey, Proof, ProvingKey, prepare_verifying_key};
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystem, OptimizationGoal};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use ark_snark::SNARK;
use blindproof_fhe::modulus::P;
use ndarray::Array2;
use rand::{SeedableRng, rngs::StdRng};

use super::{Backend, BackendError, Facts, Prepared, Size, Task};
use circuit::{Assignment, Circuit};

type Snark = ark_groth16::Groth16<Bn254>;

/// The backend.
#[derive(Clone, Copy, Debug, Default)]
pub struct Groth16;

impl Backend for Groth16 {
    fn facts(&self) -> Facts {
        Facts {
            name: "groth16",
            trusted_setup: true,
            zero_knowledge: true,
            assumptions: "generic group model on BN254; honest setup",
            security_bits: 100,
        }
    }

    fn setup(&self, task: &Task) -> Result<Box<dyn Prepared>, BackendError> {
        let circuit = || Circuit {
            operation: &task.operation,
            keys: &task.keys,
            rows: task.input.rows(),
            assignment: None,
        };
        let counter = ConstraintSystem::new_ref();
        counter.set_optimization_goal(OptimizationGoal::Constraints);
        counter.set_mode(ark_relations::gr1cs::SynthesisMode::Setup);
        circuit().generate_constraints(counter.clone())?;
        let (proving, verifying) = Snark::circuit_specific_setup(circuit(), &mut rng()?)?;
        Ok(Box::new(PreparedCircuit {
            constraints: counter.num_constraints(),
            input_words: circuit().input_words(),
            result_words: circuit().result_words(),
            verifying: prepare_verifying_key(&verifying),
            proving,
        }))
    }
}

fn rng() -> Result<StdRng, BackendError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| BackendError::Randomness(error.to_string()))?;
    Ok(StdRng::from_seed(seed))
}

struct PreparedCircuit {
    constraints: usize,
    input_words: usize,
    result_words: usize,
    proving: ProvingKey<Bn254>,
    verifying: PreparedVerifyingKey<Bn254>,
}

impl PreparedCircuit {
    /// The public words, after the checks that the circuit leaves to its caller.
    fn assignment(&self, task: &Task, result: &Array2<u64>) -> Result<Assignment, BackendError> {
        let words = |what, matrix: &Array2<u64>, expected| {
            let words: Vec<u64> = matrix.iter().copied().collect();
            if words.len() != expected {
                let found = words.len();
                return Err(BackendError::Shape {
                    what,
                    expected,
                    found,
                });
            }
            if words.iter().all(|word| *word < P) {
                Ok(words)
            } else {
                Err(BackendError::NotCanonical { what })
            }
        };
        Ok(Assignment {
            input: words("input", &task.input.words, self.input_words)?,
            result: words("result", result, self.result_words)?,
        })
    }
}

impl Prepared for PreparedCircuit {
    fn size(&self) -> Size {
        Size {
            units: self.constraints,
            unit: "R1CS constraints",
            proving_key: self.proving.compressed_size(),
            verifying_key: self.verifying.vk.compressed_size(),
        }
    }

    fn prove(&self, task: &Task, result: &Array2<u64>) -> Result<Vec<u8>, BackendError> {
        let circuit = Circuit {
            operation: &task.operation,
            keys: &task.keys,
            rows: task.input.rows(),
            assignment: Some(self.assignment(task, result)?),
        };
        let proof = Snark::prove(&self.proving, circuit, &mut rng()?)?;
        let mut bytes = Vec::new();
        proof
            .serialize_compressed(&mut bytes)
            .map_err(|error| BackendError::Malformed(error.to_string()))?;
        Ok(bytes)
    }

    fn verify(&self, task: &Task, result: &Array2<u64>, proof: &[u8]) -> Result<(), BackendError> {
        let assignment = self.assignment(task, result)?;
        let mut rest = proof;
        let proof = Proof::<Bn254>::deserialize_compressed(&mut rest)
            .map_err(|error| BackendError::Malformed(error.to_string()))?;
        if !rest.is_empty() {
            return Err(BackendError::Malformed(format!(
                "{} bytes too many",
                rest.len()
            )));
        }
        let words = assignment.input.into_iter().chain(assignment.result);
        let words: Vec<Fr> = words.map(Fr::from).collect();
        if Snark::verify_with_processed_vk(&self.verifying, &words, &proof)? {
            Ok(())
        } else {
            Err(BackendError::Rejected)
        }
    }
}
