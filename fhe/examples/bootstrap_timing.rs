//! Time of one bootstrap on one thread: ours, tfhe's exact `ntt64` over `p`, and tfhe's FFT modulo `2^64`.
//!
//! `cargo run --release -p blindproof-fhe --example bootstrap_timing [SET] [BATCH] [own]`
//!
//! CPU time of the thread (Linux `/proc/thread-self/schedstat`), the minimum of several runs, divided by the
//! number of ciphertexts. Results are decrypted and compared. With `own`, tfhe is left out (its key generation is slow).

use blindproof_fhe::evaluate::{blind_rotation, key_switch, modulus_switch};
use blindproof_fhe::fast::{FftBootstrap, Ntt64Bootstrap};
use blindproof_fhe::keys::{ClientKey, SeedSource};
use blindproof_fhe::lut::Lut;
use blindproof_fhe::lwe::LweMatrix;
use blindproof_fhe::params::ParameterSet;
use std::error::Error;
use std::hint::black_box;

const RUNS: usize = 5;

/// CPU milliseconds used by this thread so far.
fn cpu_ms() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds: Option<f64> = text.split(' ').next().and_then(|word| word.parse().ok());
    nanoseconds.unwrap_or(f64::NAN) / 1e6
}

/// Smallest CPU time of several runs, divided by `count`, and the last result.
fn measure<T>(name: &str, count: usize, mut work: impl FnMut() -> T) -> T {
    let mut best = f64::INFINITY;
    let mut result = work();
    for _ in 0..RUNS {
        let start = cpu_ms();
        result = black_box(work());
        best = best.min(cpu_ms() - start);
    }
    println!("{name:<40} {:8.3} ms", best / count as f64);
    result
}

fn run(name: &str, batch: usize, with_tfhe: bool) -> Result<(), Box<dyn Error + Send + Sync>> {
    let set = ParameterSet::by_name(name)?;
    println!("set {name}, batch {batch}, one thread, CPU time of one ciphertext");
    let mut seeds = SeedSource::reproducible([1; 32]);
    let client = ClientKey::generate(set, &mut seeds)?;
    let start = cpu_ms();
    let server = client.generate_server_key(&mut seeds);
    println!(
        "{:<40} {:8.3} ms",
        "generation of both keys",
        cpu_ms() - start
    );
    let messages = 1u64 << set.message_bits.0;
    let lut = Lut::new((0..messages).map(|v| v * set.delta()).collect())?;
    let plain: Vec<u64> = (0..batch as u64)
        .map(|v| v % messages * set.delta())
        .collect();
    let input = client.encrypt(&plain, &mut seeds)?.words;

    let small = measure("own key switch", batch, || {
        key_switch(&server.key_switching, &input)
    })?;
    let exponents = measure("own modulus switch", batch, || modulus_switch(set, &small))?;
    let luts = std::slice::from_ref(&lut);
    let output = measure("own blind rotation and extraction", batch, || {
        blind_rotation(&server.bootstrapping, luts, &exponents, &|_, _| {})
    })?;
    let phases = client.decrypt_phase(&LweMatrix::new(output)?)?;
    let close = |(&phase, &word): (&u64, &u64)| {
        phase.wrapping_add(set.delta() / 2) / set.delta() == word / set.delta()
    };
    if !phases.iter().zip(&plain).all(close) {
        return Err("a bootstrap returned a wrong message".into());
    }
    if with_tfhe {
        // As many calls as we have ciphertexts: the clock of the thread is coarse.
        let oracle = Ntt64Bootstrap::generate(&client, &mut seeds);
        let row = small.row(0).to_vec();
        measure("tfhe ntt64 bootstrap over p", batch, || {
            (0..batch).try_for_each(|_| oracle.bootstrap(black_box(&row), &lut).map(drop))
        })?;
        let fast = FftBootstrap::generate(set, &mut seeds)?;
        let input = fast.encrypt(set.delta(), &mut seeds);
        let small = fast.key_switch(&input);
        measure("tfhe key switch mod 2^64", batch, || {
            (0..batch).for_each(|_| drop(fast.key_switch(black_box(&input))))
        });
        measure("tfhe FFT bootstrap mod 2^64", batch, || {
            (0..batch).try_for_each(|_| fast.bootstrap(black_box(&small), &lut).map(drop))
        })?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let set = arguments.first().map_or("message_4", String::as_str);
    let batch = arguments.get(1).map_or(Ok(8), |text| text.parse())?;
    let with_tfhe = arguments.get(2).map(String::as_str) != Some("own");
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()?
        .install(|| run(set, batch, with_tfhe))
}
