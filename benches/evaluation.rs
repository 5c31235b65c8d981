//! What does evaluation cost: our exact bootstrap next to tfhe's ntt64 (exact) and FFT (not exact) ones.
//!
//! All on one thread, in one run, so that the figures can be compared. "bootstrap" is modulus switch, blind rotation and
//! extraction; the key switch is listed by itself. Ours is batched; throughput is per ciphertext.
#![allow(missing_docs)]

use std::hint::black_box;

use blindproof_benches::{Setup, single_thread};
use blindproof_fhe::{
    evaluate::{blind_rotation, key_switch, linear, modulus_switch},
    fast::{FftBootstrap, Ntt64Bootstrap},
    keys::SeedSource,
    lut::Lut,
    program::Operation,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ndarray::{Array2, Axis};

const BATCHES: [usize; 3] = [1, 8, 32];

fn rows(words: &Array2<u64>, count: usize) -> Array2<u64> {
    words.select(Axis(0), &(0..count).collect::<Vec<_>>())
}

fn evaluation(c: &mut Criterion) {
    let setup = Setup::new(32);
    let parameters = setup.client.parameters();
    let mut seeds = SeedSource::reproducible([2; 32]);
    let big = &setup.trace.wires[1];
    let small = key_switch(&setup.keys.key_switching, big).expect("big rows");
    let delta = parameters.delta();
    let lut = Lut::new(
        (0..1u64 << parameters.message_bits.0)
            .map(|v| v * delta)
            .collect(),
    )
    .expect("a table");
    let luts = std::slice::from_ref(&lut);

    let mut group = c.benchmark_group(format!("bootstrap, one thread, {}", parameters.name));
    group.sample_size(10);
    for batch in BATCHES {
        let input = rows(&small, batch);
        group.throughput(Throughput::Elements(batch as u64));
        group.bench_function(format!("ours, batch {batch}"), |b| {
            b.iter(|| {
                single_thread(|| {
                    let exponents = modulus_switch(parameters, &input).expect("small rows");
                    blind_rotation(&setup.keys.bootstrapping, luts, &exponents, &|_, _| {})
                        .expect("exponents")
                })
            });
        });
    }
    group.throughput(Throughput::Elements(1));
    let ntt64 = Ntt64Bootstrap::generate(&setup.client, &mut seeds);
    let row = small.row(0).to_vec();
    group.bench_function("tfhe ntt64 (exact, one key bit a step)", |b| {
        b.iter(|| ntt64.bootstrap(black_box(&row), &lut).expect("a table"));
    });
    let fft = FftBootstrap::generate(parameters, &mut seeds).expect("a valid set");
    let fft_input = fft.encrypt(delta, &mut seeds);
    let fft_small = fft.key_switch(&fft_input);
    group.bench_function("tfhe FFT over 2^64 (not provable)", |b| {
        b.iter(|| fft.bootstrap(black_box(&fft_small), &lut).expect("a table"));
    });
    group.finish();

    let mut group = c.benchmark_group(format!("key switch, one thread, {}", parameters.name));
    group.sample_size(10);
    for batch in BATCHES {
        let input = rows(big, batch);
        group.throughput(Throughput::Elements(batch as u64));
        group.bench_function(format!("ours, batch {batch}"), |b| {
            b.iter(|| {
                single_thread(|| key_switch(&setup.keys.key_switching, &input).expect("big rows"))
            });
        });
    }
    group.throughput(Throughput::Elements(1));
    group.bench_function("tfhe over 2^64", |b| {
        b.iter(|| fft.key_switch(black_box(&fft_input)))
    });
    group.finish();

    let Operation::Linear(map) = &setup.program.nodes[0].operation else {
        unreachable!("the network starts with a linear layer")
    };
    let mut group = c.benchmark_group("linear layer, one thread");
    group.throughput(Throughput::Elements(map.weights.len() as u64));
    group.bench_function("32 x 16 weights", |b| {
        b.iter(|| single_thread(|| linear(map, &setup.input.words).expect("big rows")));
    });
    group.finish();
}

criterion_group!(benches, evaluation);
criterion_main!(benches);
