//! A selection policy of your own: which operations a proof covers, decided by a rule in code. Here: all linear layers, and
//! the bootstraps of neurons whose weights in the next layer are large, because an error there moves a logit most.
//!
//! A policy that the server knows before it evaluates tells it where it can cheat; only a sample drawn after the results are
//! committed (`sample:..`) catches what it does not know.

use std::error::Error;
use std::sync::Arc;

use blindproof_bridge::coverage::escape_probability;
use blindproof_bridge::selection::Selection;
use blindproof_bridge::statement::{PublicData, Statement};
use blindproof_bridge::{ProverData, prove, verify};
use blindproof_fhe::evaluate::evaluate;
use blindproof_fhe::keys::{ClientKey, SeedSource};
use blindproof_fhe::lwe::LweMatrix;
use blindproof_fhe::model::QuantisedModel;
use blindproof_fhe::program::{Operation, OperationKind, Program};

const MODEL: &str = r#"{"format": 2, "name": "demo", "parameters": "insecure_tiny", "output": {"kind": "argmax"},
  "input": {"features": 2, "min": 0, "max": 3, "quantise": {"scale": [1], "offset": [0]}},
  "layers": [{"type": "dense", "name": "hidden", "weights": [[1, 2], [3, -1], [1, 1], [0, 1]], "bias": [0, 1, 0, 0]},
    {"type": "lut", "name": "activation", "mode": "negacyclic", "tables": [[3, 2, -1, -2]], "output_bits": 7},
    {"type": "dense", "name": "output", "weights": [[1, 0, 5, 0], [0, 1, -4, 1]], "bias": [0, 0]}]}"#;

/// The rule: linear layers, and every bootstrap whose output has a weight of at least `least`. One image: row = neuron.
fn policy(program: &Program, least: i64) -> Result<Selection, Box<dyn Error>> {
    let mut items = vec!["linear".to_owned()];
    let last = program
        .nodes
        .iter()
        .rev()
        .find_map(|node| match &node.operation {
            Operation::Linear(map) => Some(map),
            _ => None,
        });
    let weights = &last.ok_or("a linear layer")?.weights;
    let heavy = |neuron: &usize| weights.column(*neuron).iter().any(|w| w.abs() >= least);
    let rows: Vec<String> = (0..weights.ncols())
        .filter(heavy)
        .map(|neuron| neuron.to_string())
        .collect();
    for (number, node) in program.nodes.iter().enumerate() {
        if node.kind() != OperationKind::Linear && !rows.is_empty() {
            items.push(format!("node:{number}/{}", rows.join("+")));
        }
    }
    Ok(items.join(",").parse()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let model = QuantisedModel::from_json(MODEL)?;
    let program = model.compile()?;
    let mut seeds = SeedSource::from_os()?;
    let client = ClientKey::generate(program.parameter_set()?, &mut seeds)?;
    let keys = Arc::new(client.generate_server_key(&mut seeds));
    let input = client.encrypt(&model.encode_input(&[1, 3])?, &mut seeds)?;
    let (trace, _) = evaluate(&program, &keys, &input, &())?;
    let output = LweMatrix::new(trace.wires[program.output.0].clone())?;
    let public = PublicData {
        program: &program,
        keys: keys.as_ref().into(),
        input: &input,
        output: &output,
    };

    let selection = policy(&program, 3)?;
    println!("selection: {selection}");
    let statement = Statement::new(&public, selection, 128)?;
    let proof = prove(&statement, &public, &ProverData::new(&keys, &trace), &())?;
    let verified = verify(&statement, &public, &proof)?;
    for coverage in &verified.coverage {
        println!("accepted: {coverage}");
    }
    for sentence in &verified.not_proven {
        println!("not proven: {sentence}");
    }

    // The same proof does not stand for another policy.
    let other = Statement::new(&public, policy(&program, 1)?, 128)?;
    let rejection = verify(&other, &public, &proof).expect_err("another selection");
    println!("rejected for the policy with every neuron: {rejection}");

    // What a sample of as many operations would say instead.
    let total: usize = verified.coverage.iter().map(|c| c.total).sum();
    let proven: usize = verified.coverage.iter().map(|c| c.proven).sum();
    println!(
        "a sample of {proven} of {total} operations misses one wrong operation with probability {:.2}",
        escape_probability(total, proven, 1).value()
    );
    Ok(())
}

#[test]
fn runs() {
    main().unwrap();
}
