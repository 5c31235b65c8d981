//! What does a complete bootstrap cost to evaluate, prove and verify: batches of 1, 8 and 32, default parameters, 128 bits.
//!
//! Before each batch is timed, one proof is taken apart: CPU seconds of each step per bootstrap, sizes, peak memory of the
//! process so far. Other batches: `BLINDPROOF_BATCHES=1,8 cargo bench -p blindproof-benches --bench bootstrap`. One
//! process for each batch, so that peak memory is its own: `blindproof bench pbs`.
#![allow(missing_docs)]

use std::cell::{Cell, RefCell};

use blindproof_benches::{Bootstraps, cpu_seconds, peak_bytes};
use blindproof_bridge::{
    ProveObserver, ProveStep, ProverData,
    index::KeyIndex,
    prove,
    statement::{PublicData, Statement},
    verify,
};
use blindproof_fhe::evaluate::evaluate;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn bootstrap(c: &mut Criterion) {
    let batches = std::env::var("BLINDPROOF_BATCHES").unwrap_or("1,8,32".to_owned());
    let mut setup = Bootstraps::new();
    for batch in batches.split(',') {
        let batch: usize = batch
            .parse()
            .expect("BLINDPROOF_BATCHES: numbers with commas");
        one_batch(c, &mut setup, batch);
    }
}

fn one_batch(c: &mut Criterion, setup: &mut Bootstraps, batch: usize) {
    let run = setup.batch(batch);
    let public = PublicData {
        program: &run.program,
        keys: setup.keys.as_ref().into(),
        input: &run.input,
        output: &run.output,
    };
    let data = ProverData::new(&setup.keys, &run.trace);
    let statement = |public| Statement::new(public, "all".parse().expect("a selection"), 128);
    let direct = statement(&public).expect("consistent data");
    let steps = Steps::default();
    let proof = prove(&direct, &public, &data, &steps).expect("an honest trace");
    let verified = verify(&direct, &public, &proof).expect("an honest proof");
    println!("{batch} bootstraps, CPU seconds for each:");
    for (name, seconds) in steps.done.borrow().iter() {
        println!("  {name:<16} {:.3}", seconds / batch as f64);
    }
    println!(
        "  {} proof bytes, {:.1} bits, peak memory {} MiB",
        proof.len(),
        verified.soundness.total_bits(),
        peak_bytes() >> 20
    );
    let index = KeyIndex::create(&setup.keys).expect("keys that can be committed to");
    let indexed = PublicData {
        keys: (&index).into(),
        ..public
    };
    let by_index = statement(&indexed).expect("consistent data");
    let indexed_proof = prove(&by_index, &indexed, &data, &()).expect("an honest trace");

    let mut group = c.benchmark_group(format!("bootstrap, batch of {batch}"));
    group.sample_size(10);
    group.throughput(Throughput::Elements(batch as u64));
    group.bench_function("evaluate", |b| {
        b.iter(|| evaluate(&run.program, &setup.keys, &run.input, &()).expect("a valid program"));
    });
    group.bench_function("prove", |b| {
        b.iter(|| prove(&direct, &public, &data, &()).expect("an honest trace"));
    });
    group.bench_function("verify with keys", |b| {
        b.iter(|| verify(&direct, &public, &proof).expect("an honest proof"));
    });
    group.bench_function("verify with index", |b| {
        b.iter(|| verify(&by_index, &indexed, &indexed_proof).expect("an honest proof"));
    });
    group.finish();
}

/// Adds up the CPU time of the prover's steps.
#[derive(Default)]
struct Steps {
    started: Cell<f64>,
    done: RefCell<Vec<(String, f64)>>,
}

impl ProveObserver for Steps {
    fn start(&self, _: ProveStep) {
        self.started.set(cpu_seconds());
    }

    fn end(&self, step: ProveStep, _: f64) {
        let seconds = cpu_seconds() - self.started.get();
        let name = step.to_string();
        let mut done = self.done.borrow_mut();
        match done.iter_mut().find(|(other, _)| *other == name) {
            Some((_, sum)) => *sum += seconds,
            None => done.push((name, seconds)),
        }
    }
}

criterion_group!(benches, bootstrap);
criterion_main!(benches);
