//! What does each relation cost to prove and to verify: 32 bootstraps, default parameters, 128 bits, all cores.
//!
//! A figure includes commitment, range check and opening of that selection, so the sum over selections exceeds "all".
#![allow(missing_docs)]

use blindproof_benches::Setup;
use blindproof_bridge::{
    ProverData, prove,
    statement::{PublicData, Statement},
    verify,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const BOOTSTRAPS: usize = 32;

fn relations(c: &mut Criterion) {
    let setup = Setup::new(BOOTSTRAPS);
    let public = PublicData {
        program: &setup.program,
        keys: setup.keys.as_ref().into(),
        input: &setup.input,
        output: &setup.output,
    };
    let data = ProverData::new(&setup.keys, &setup.trace);
    let mut group = c.benchmark_group(format!("relations, {BOOTSTRAPS} bootstraps"));
    group.sample_size(10);
    group.throughput(Throughput::Elements(BOOTSTRAPS as u64));
    for selection in ["linear", "keyswitch", "modswitch", "blindrotation", "all"] {
        let policy = selection.parse().expect("a selection");
        let statement = Statement::new(&public, policy, 128).expect("consistent data");
        let proof = prove(&statement, &public, &data, &()).expect("an honest trace");
        let verified = verify(&statement, &public, &proof).expect("an honest proof");
        println!(
            "{selection}: {} proof bytes, {:.1} bits ({})",
            proof.len(),
            verified.soundness.total_bits(),
            verified.soundness.regime
        );
        group.bench_function(format!("prove {selection}"), |b| {
            b.iter(|| prove(&statement, &public, &data, &()).expect("an honest trace"));
        });
        group.bench_function(format!("verify {selection}"), |b| {
            b.iter(|| verify(&statement, &public, &proof).expect("an honest proof"));
        });
    }
    group.finish();
}

criterion_group!(benches, relations);
criterion_main!(benches);
