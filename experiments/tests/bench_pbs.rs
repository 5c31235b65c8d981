//! `blindproof bench pbs` with tiny parameters: every figure is there, and batches are measured apart.

mod common;

use common::{blindproof, code, stderr, stdout, succeed};
use serde_json::Value;

#[test]
fn every_figure_is_measured() {
    let arguments = "bench pbs --batch 1,3 --parameters insecure_tiny --repeat 3";
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let table = stdout(&succeed(&arguments));
    for part in [
        "insecure_tiny",
        "evaluation",
        "commitment",
        "range check",
        "collapse and quotient",
        "sumchecks",
        "opening",
        "proof, bytes",
        "verification",
        "with key index",
        "peak memory",
        "soundness",
        "cores",
    ] {
        assert!(table.contains(part), "{part}: {table}");
    }
    let results = succeed(&[&arguments[..], &["--json"]].concat());
    let results: Value = serde_json::from_slice(&results.stdout).expect("JSON and nothing else");
    let batches = results["batches"].as_array().unwrap();
    assert_eq!(batches.len(), 2);
    for (batch, bootstraps) in batches.iter().zip([1, 3]) {
        assert_eq!(batch["bootstraps"], bootstraps);
        let steps = batch["steps"].as_array().unwrap().iter();
        let steps: f64 = steps
            .map(|step| step["cpu_seconds"].as_f64().unwrap())
            .sum();
        let proof = batch["proof_cpu_seconds"].as_f64().unwrap();
        assert!(steps > 0.0 && steps <= proof, "{steps} of {proof}");
        for name in [
            "proof_bytes",
            "indexed_proof_bytes",
            "peak_bytes",
            "verify_seconds",
            "verify_indexed_cpu_seconds",
        ] {
            assert!(batch[name].as_f64().unwrap() > 0.0, "{name}");
        }
        assert!(batch["soundness_bits"].as_f64().unwrap() >= 128.0);
    }
}

#[test]
fn misuse_says_why() {
    for (arguments, part) in [
        ("bench pbs --batch 0", "--batch"),
        ("bench pbs --repeat 0", "--repeat"),
        ("bench pbs --parameters huge", "message_4"),
        (
            "bench pbs --parameters insecure_tiny --batch 1 --memory 1KiB",
            "--memory",
        ),
    ] {
        let output = blindproof(&arguments.split(' ').collect::<Vec<_>>());
        assert_eq!(code(&output), 2, "{arguments}");
        assert!(stderr(&output).contains(part), "{}", stderr(&output));
    }
}
