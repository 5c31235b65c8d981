//! One complete programmable bootstrap under the default set (4-bit messages, 128-bit security), proven at 128 bits: key
//! switch, modulus switch, blind rotation, sample extraction. Not zero-knowledge.

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use blindproof_bridge::statement::{PublicData, Statement};
use blindproof_bridge::{ProverData, prove, verify};
use blindproof_fhe::evaluate::evaluate;
use blindproof_fhe::keys::{ClientKey, SeedSource};
use blindproof_fhe::lwe::LweMatrix;
use blindproof_fhe::model::{Prediction, QuantisedModel};
use blindproof_fhe::modulus;

/// The square of a message, modulo 16.
const SQUARE: &str = r#"{"format": 2, "name": "square", "parameters": "message_4", "output": {"kind": "values"},
  "input": {"features": 1, "min": 0, "max": 15, "quantise": {"scale": [1], "offset": [0]}},
  "layers": [{"type": "dense", "name": "input", "weights": [[1]], "bias": [0]},
    {"type": "lut", "name": "square", "mode": "padded", "tables": [[0, 1, 4, 9, 0, 9, 4, 1, 0, 1, 4, 9, 0, 9, 4, 1]], "output_bits": 5},
    {"type": "dense", "name": "output", "weights": [[1]], "bias": [0]}]}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let model = QuantisedModel::from_json(SQUARE)?;
    let program = model.compile()?;

    // Client.
    let mut seeds = SeedSource::from_os()?;
    let client = ClientKey::generate(program.parameter_set()?, &mut seeds)?;
    let keys = Arc::new(client.generate_server_key(&mut seeds));
    let input = client.encrypt(&model.encode_input(&[5])?, &mut seeds)?;

    // Server.
    let start = Instant::now();
    let (trace, _) = evaluate(&program, &keys, &input, &())?;
    println!("evaluated in {:.2} s", start.elapsed().as_secs_f64());
    let output = LweMatrix::new(trace.wires[program.output.0].clone())?;
    let public = PublicData {
        program: &program,
        keys: keys.as_ref().into(),
        input: &input,
        output: &output,
    };
    let statement = Statement::new(&public, "all".parse()?, 128)?;
    let start = Instant::now();
    let proof = prove(&statement, &public, &ProverData::new(&keys, &trace), &())?;
    println!(
        "proven in {:.1} s, {} bytes",
        start.elapsed().as_secs_f64(),
        proof.len()
    );

    // Verifier.
    let start = Instant::now();
    let verified = verify(&statement, &public, &proof)?;
    println!(
        "accepted in {:.2} s with {:.1} proven bits; not proven: {:?}",
        start.elapsed().as_secs_f64(),
        verified.soundness.total_bits(),
        verified.not_proven
    );
    let mut wrong = output.clone();
    wrong.words[(0, 7)] = modulus::add(wrong.words[(0, 7)], 1);
    let public = PublicData {
        output: &wrong,
        ..public
    };
    let statement = Statement::new(&public, "all".parse()?, 128)?;
    let rejection = verify(&statement, &public, &proof).expect_err("another output");
    println!("rejected with one word of the output changed: {rejection}");

    // Client.
    let logits = model.decode_output(&client.decrypt_phase(&output)?)?;
    let answer = model.prediction(&logits).ok_or("an answer")?;
    println!("decrypted: {answer:?}");
    assert!(matches!(answer, Prediction::Values(v) if v[0].round() == 9.0));
    Ok(())
}

#[test]
fn runs() {
    main().unwrap();
}
