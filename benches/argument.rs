//! What do commitment, opening, sumcheck and range check cost per element (128 bits, all cores).
#![allow(missing_docs)]

use std::sync::Arc;

use blindproof_benches::column;
use blindproof_zk::{
    argument,
    field::{F, K},
    multilinear::evaluate_base,
    pcs::{MultilinearPcs, Whir},
    soundness::Config,
    stack::{Layout, LayoutBuilder},
    sumcheck,
    transcript::{ProverTranscript, VerifierTranscript},
};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

const LOG_SIZE: usize = 20;

fn transcript() -> ProverTranscript {
    ProverTranscript::new("bench", b"")
}

fn commitment(c: &mut Criterion) {
    let config = Config::default();
    let whir =
        Whir::new(config.whir(LOG_SIZE).expect("a reachable level")).expect("valid parameters");
    let values = column(1 << LOG_SIZE, 31, 3);
    let mut group = c.benchmark_group("commitment (WHIR)");
    group.sample_size(10);
    group.throughput(Throughput::Elements(1 << LOG_SIZE));
    group.bench_function("commit", |b| {
        b.iter(|| whir.commit(&values, &mut transcript()).expect("fits"))
    });
    let mut t = transcript();
    let point = t.challenges("point", LOG_SIZE);
    let value = evaluate_base(&values, &point);
    group.bench_function("open", |b| {
        b.iter_batched(
            || {
                let mut t = transcript();
                let data = whir.commit(&values, &mut t).expect("fits");
                (t, data)
            },
            |(mut t, data)| {
                whir.open(data, &point, value, &mut t)
                    .expect("the right value")
            },
            BatchSize::PerIteration,
        );
    });
    let mut t = transcript();
    let data = whir.commit(&values, &mut t).expect("fits");
    whir.open(data, &point, value, &mut t)
        .expect("the right value");
    let proof = t.finish();
    println!("commitment and opening: {} bytes", proof.len());
    group.bench_function("verify", |b| {
        b.iter(|| {
            let mut t = VerifierTranscript::new("bench", b"", &proof);
            let commitment = whir.receive(&mut t).expect("a commitment");
            whir.verify(&commitment, &point, value, &mut t)
                .expect("a valid opening");
        });
    });
    group.finish();
}

fn sumchecks(c: &mut Criterion) {
    let mut t = transcript();
    let table: Vec<K> = t.challenges("table", 1 << 18);
    let claim = table.iter().map(|v| *v * v).sum();
    let mut group = c.benchmark_group("sumcheck");
    group.sample_size(10);
    group.throughput(Throughput::Elements(1 << 18));
    group.bench_function("product of two tables", |b| {
        b.iter_batched(
            || vec![table.clone(), table.clone()],
            |tables| {
                sumcheck::prove(tables, 18, 2, |v| v[0] * v[1], claim, &mut transcript())
                    .expect("the right sum")
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn layout(len: usize, bits: u32) -> Layout {
    let mut builder = LayoutBuilder::new();
    builder.column(len, Some(bits));
    builder.build().expect("one column")
}

fn range_checks(c: &mut Criterion) {
    let config = Config::default();
    let mut group = c.benchmark_group("range check (LogUp-GKR)");
    group.sample_size(10);
    for bits in [2, 16] {
        let len = (1 << LOG_SIZE) - (1 << bits);
        let layout = layout(len, bits);
        let columns: Vec<Vec<F>> = vec![column(len, bits, 5)];
        group.throughput(Throughput::Elements(len as u64));
        group.bench_function(format!("{bits} bits"), |b| {
            b.iter_batched(
                || {
                    let mut t = transcript();
                    let log_rows = Config::log_rows(layout.total());
                    let mut prover =
                        argument::Prover::new(&config, log_rows).expect("a reachable level");
                    let source = Arc::new(columns.clone());
                    prover.commit(&layout, source, &mut t).expect("in range");
                    (prover, t)
                },
                |(mut prover, mut t)| prover.range_check(&mut t, &()).expect("once"),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, commitment, sumchecks, range_checks);
criterion_main!(benches);
