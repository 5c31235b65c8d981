//! What a forger can make a verifier spend: no changed proof costs more than twice the memory or time of the honest one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use blindproof_bridge::statement::{PublicData, Statement};
use blindproof_bridge::{ProverData, prove, verify};
use blindproof_fhe::evaluate::evaluate;
use blindproof_fhe::keys::{ClientKey, SeedSource};
use blindproof_fhe::lwe::LweMatrix;
use blindproof_fhe::model::QuantisedModel;
use blindproof_zk::transcript::audit;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const MODEL: &str = r#"{"format": 2, "name": "limits", "parameters": "insecure_tiny", "output": {"kind": "argmax"},
  "input": {"features": 1, "min": 0, "max": 3, "quantise": {"scale": [1], "offset": [0]}},
  "layers": [{"type": "dense", "name": "a", "weights": [[2]], "bias": [1]},
    {"type": "lut", "name": "t", "mode": "negacyclic", "tables": [[1, 2, 3, 1]], "output_bits": 5},
    {"type": "dense", "name": "b", "weights": [[1], [-1]], "bias": [0, 0]}]}"#;

/// Of every so many mutants one is tried.
const STRIDE: usize = 7;
/// A measured time is taken for too long only if it is so again and again: machines are shared.
const TRIES: usize = 5;

/// Bytes above what was there before, and time.
fn cost(work: impl FnOnce()) -> (usize, Duration) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let start = Instant::now();
    work();
    let time = start.elapsed();
    (MEMORY.peak_usage().saturating_sub(before), time)
}

#[test]
fn no_proof_costs_a_verifier_twice_the_honest_one() {
    let model = QuantisedModel::from_json(MODEL).unwrap();
    let program = model.compile().unwrap();
    let mut seeds = SeedSource::reproducible([7; 32]);
    let client = ClientKey::generate(program.parameter_set().unwrap(), &mut seeds).unwrap();
    let keys = Arc::new(client.generate_server_key(&mut seeds));
    let input = client
        .encrypt(&model.encode_input(&[2]).unwrap(), &mut seeds)
        .unwrap();
    let (trace, _) = evaluate(&program, &keys, &input, &()).unwrap();
    let output = LweMatrix::new(trace.wires[program.output.0].clone()).unwrap();
    let public = PublicData {
        program: &program,
        keys: keys.as_ref().into(),
        input: &input,
        output: &output,
    };
    for selection in ["linear", "all"] {
        let statement = Statement::new(&public, selection.parse().unwrap(), 100).unwrap();
        let proof = prove(&statement, &public, &ProverData::new(&keys, &trace), &()).unwrap();
        let accepts = |proof: &[u8]| verify(&statement, &public, proof).is_ok();
        let (accepted, events) = audit::record(|| accepts(&proof));
        assert!(accepted);
        let honest: Vec<_> = (0..TRIES)
            .map(|_| cost(|| assert!(accepts(&proof))))
            .collect();
        let bytes = honest.iter().map(|cost| cost.0).max().unwrap();
        let time = honest.iter().map(|cost| cost.1).max().unwrap();

        let mut forged: Vec<Vec<u8>> = audit::mutants(&proof, &audit::fields(&proof, &events))
            .into_iter()
            .step_by(STRIDE)
            .map(|mutant| mutant.proof)
            .collect();
        // Nothing, lengths beyond all bounds, and a thousand times the honest length.
        forged.extend([
            Vec::new(),
            vec![0xff; proof.len()],
            vec![0; 1000 * proof.len()],
        ]);
        let mut most = (0, Duration::ZERO);
        for proof in &forged {
            let tries = (0..TRIES).map(|_| cost(|| assert!(!accepts(proof))));
            let mut best: Option<(usize, Duration)> = None;
            for (used, took) in tries {
                let least = best.map_or((used, took), |b| (b.0.min(used), b.1.min(took)));
                best = Some(least);
                if least.0 <= 2 * bytes && least.1 <= 2 * time {
                    break;
                }
            }
            let (used, took) = best.unwrap();
            most = (most.0.max(used), most.1.max(took));
            assert!(
                used <= 2 * bytes,
                "{selection}: {used} bytes, honest {bytes}"
            );
            assert!(took <= 2 * time, "{selection}: {took:?}, honest {time:?}");
        }
        println!(
            "{selection}: honest {bytes} bytes in {time:?}; {} forgeries at most {} bytes in {:?}",
            forged.len(),
            most.0,
            most.1
        );
    }
}
