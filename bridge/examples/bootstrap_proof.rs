//! Proves a batch of complete bootstraps and prints what each step costs: `cargo run --release -p blindproof-bridge
//! --example bootstrap_proof -- [BATCH] [PARAMETERS]`.

use std::time::Instant;

use blindproof_bridge::{
    ProveObserver, ProveStep, ProverData, prove,
    statement::{PublicData, Statement},
    verify,
};
use blindproof_fhe::{
    evaluate::evaluate,
    keys::{ClientKey, SeedSource},
    lut::Lut,
    lwe::LweMatrix,
    params::ParameterSet,
    program::{Node, Operation, Program, Wire, WireId, WireKind},
};

#[derive(Default)]
struct Print(std::cell::Cell<f64>);

impl ProveObserver for Print {
    fn start(&self, _: ProveStep) {
        self.0.set(cpu());
    }
    fn end(&self, step: ProveStep, seconds: f64) {
        println!(
            "{step}: {seconds:.3} s wall, {:.3} CPU-s",
            cpu() - self.0.get()
        );
    }
}

fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let batch: usize = arguments.next().map_or(Ok(8), |a| a.parse())?;
    let name = arguments.next().unwrap_or("message_4".into());
    let set = ParameterSet::by_name(&name)?;
    let wire = |kind| Wire {
        kind,
        features: batch,
    };
    let node = |input, output, operation| Node {
        layer: 0,
        layer_name: "bootstrap".into(),
        inputs: vec![WireId(input)],
        output: WireId(output),
        operation,
    };
    let entries: Vec<u64> = (0..1u64 << set.message_bits.0)
        .map(|v| v * set.delta())
        .collect();
    let program = Program {
        name: "bootstraps".into(),
        parameters: name,
        wires: vec![
            wire(WireKind::BigLwe),
            wire(WireKind::SmallLwe),
            wire(WireKind::Switched),
            wire(WireKind::BigLwe),
        ],
        nodes: vec![
            node(0, 1, Operation::KeySwitch),
            node(1, 2, Operation::ModulusSwitch),
            node(
                2,
                3,
                Operation::BlindRotation {
                    luts: vec![Lut::new(entries)?],
                },
            ),
        ],
        input: WireId(0),
        output: WireId(3),
    };
    let mut seeds = SeedSource::reproducible([1; 32]);
    let client = ClientKey::generate(set, &mut seeds)?;
    let keys = std::sync::Arc::new(client.generate_server_key(&mut seeds));
    let messages: Vec<u64> = (0..batch as u64).map(|v| v % 4 * set.delta()).collect();
    let input = client.encrypt(&messages, &mut seeds)?;
    let (start, before) = (Instant::now(), cpu());
    let (trace, _) = evaluate(&program, &keys, &input, &())?;
    println!(
        "evaluation: {:.3} s wall, {:.3} CPU-s",
        start.elapsed().as_secs_f64(),
        cpu() - before
    );
    let output = LweMatrix::new(trace.wires[3].clone())?;
    let public = PublicData {
        program: &program,
        keys: keys.as_ref().into(),
        input: &input,
        output: &output,
    };
    let statement = Statement::new(&public, "all".parse()?, 128)?;
    let (start, before) = (Instant::now(), cpu());
    let proof = prove(
        &statement,
        &public,
        &ProverData::new(&keys, &trace),
        &Print::default(),
    )?;
    println!(
        "proof: {:.3} s wall, {:.3} CPU-s, {:.3} CPU-s per bootstrap, {} bytes",
        start.elapsed().as_secs_f64(),
        cpu() - before,
        (cpu() - before) / batch as f64,
        proof.len()
    );
    let (start, before) = (Instant::now(), cpu());
    let verified = verify(&statement, &public, &proof)?;
    println!(
        "verification: {:.3} s wall, {:.3} CPU-s",
        start.elapsed().as_secs_f64(),
        cpu() - before
    );
    for coverage in &verified.coverage {
        println!("{coverage}");
    }
    println!("{:.1} bits", verified.soundness.total_bits());
    let status = std::fs::read_to_string("/proc/self/status")?;
    println!(
        "{}",
        status
            .lines()
            .find(|l| l.starts_with("VmHWM"))
            .unwrap_or_default()
    );
    Ok(())
}
