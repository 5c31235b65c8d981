//! Time of one evaluation of a network 784-HIDDEN-10, by operation.
//!
//! `cargo run --release -p blindproof-fhe --example network_timing [HIDDEN] [ZEROS]`
//!
//! Random weights from -3 to 3, of which the share ZEROS is 0 (0.3 if not given). For each operation the CPU time on one thread
//! (Linux `/proc/thread-self/schedstat`; short operations are repeated, as that clock is coarse) and the wall time on all cores,
//! the minimum of several runs. The result is decrypted and compared with the clear model.

use blindproof_fhe::evaluate::{blind_rotation, key_switch, linear, modulus_switch};
use blindproof_fhe::keys::{ClientKey, SeedSource};
use blindproof_fhe::lwe::LweMatrix;
use blindproof_fhe::model::QuantisedModel;
use blindproof_fhe::program::{Operation, Program};
use ndarray::Array2;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

type Failure = Box<dyn Error + Send + Sync>;

const RUNS: usize = 3;

/// CPU milliseconds used by this thread so far.
fn cpu_ms() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds: Option<f64> = text.split(' ').next().and_then(|word| word.parse().ok());
    nanoseconds.unwrap_or(f64::NAN) / 1e6
}

/// Prints the two times of some work and returns its result.
fn measure<T: Send>(
    name: &str,
    one: &rayon::ThreadPool,
    work: impl Fn() -> T + Sync,
) -> (T, [f64; 2]) {
    let mut best = [f64::INFINITY; 2];
    let start = Instant::now();
    let mut result = work();
    let repeats = (100.0 / start.elapsed().as_secs_f64() / 1e3).clamp(1.0, 1000.0) as usize;
    for _ in 0..RUNS {
        let cpu = one.install(|| {
            let start = cpu_ms();
            (0..repeats).for_each(|_| drop(black_box(work())));
            (cpu_ms() - start) / repeats as f64
        });
        let start = Instant::now();
        result = black_box(work());
        let wall = start.elapsed().as_secs_f64() * 1e3;
        best = [best[0].min(cpu), best[1].min(wall)];
    }
    println!("{name:<24} {:9.1} {:9.1}", best[0], best[1]);
    (result, best)
}

fn network(hidden: usize, zeros: f64) -> Result<QuantisedModel, Failure> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut dense = |name: &str, outputs: usize, inputs: usize| {
        let mut weight = || match rng.gen_bool(zeros) {
            true => 0,
            false => [-3, -2, -1, 1, 2, 3][rng.gen_range(0..6)],
        };
        let weights: Vec<Vec<i64>> = (0..outputs)
            .map(|_| (0..inputs).map(|_| weight()).collect())
            .collect();
        serde_json::json!({"type": "dense", "name": name, "weights": weights, "bias": vec![0; outputs]})
    };
    let layers = [
        dense("hidden", hidden, 784),
        serde_json::json!({"type": "lut", "name": "activation", "mode": "negacyclic", "output_bits": 16,
            "tables": [(0..16).collect::<Vec<i64>>()]}),
        dense("logits", 10, hidden),
    ];
    let json = serde_json::json!({
        "format": 2, "name": "timing", "parameters": "message_4",
        "input": {"features": 784, "min": 0, "max": 1, "quantise": {"scale": [1.0], "offset": [0.0]}},
        "layers": layers, "output": {"kind": "argmax"}
    });
    Ok(QuantisedModel::from_json(&json.to_string())?)
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let hidden = arguments.first().map_or(Ok(100), |text| text.parse())?;
    let zeros = arguments.get(1).map_or(Ok(0.3), |text| text.parse())?;
    let model = network(hidden, zeros)?;
    let program: Program = model.compile()?;
    let set = model.parameter_set()?;
    let mut seeds = SeedSource::reproducible([1; 32]);
    let client = ClientKey::generate(set, &mut seeds)?;
    let server = client.generate_server_key(&mut seeds);
    let image: Vec<i64> = (0..784).map(|i| i64::from(i % 5 == 0)).collect();
    let seeded = client.encrypt_seeded(&model.encode_input(&image)?, &mut seeds)?;

    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let threads = rayon::current_num_threads();
    println!("784-{hidden}-10, share of zeros {zeros}, milliseconds");
    println!(
        "{:<24} {:>9} {:>9}",
        "",
        "CPU, 1",
        format!("wall, {threads}")
    );
    let (input, mut total) = measure("masks from the seed", &one, || seeded.expand());
    let mut words: Array2<u64> = input.words;
    for node in &program.nodes {
        let name = format!("{} ({})", node.kind(), node.layer_name);
        let (result, times) = measure(&name, &one, || match &node.operation {
            Operation::Linear(map) => linear(map, &words),
            Operation::KeySwitch => key_switch(&server.key_switching, &words),
            Operation::ModulusSwitch => modulus_switch(set, &words),
            Operation::BlindRotation { luts } => {
                blind_rotation(&server.bootstrapping, luts, &words, &|_, _| {})
            }
        });
        words = result?;
        total = [total[0] + times[0], total[1] + times[1]];
    }
    println!("{:<24} {:9.1} {:9.1}", "all", total[0], total[1]);

    let phases = client.decrypt_phase(&LweMatrix::new(words)?)?;
    let logits = model.decode_output(&phases)?;
    let clear = model.predict_clear(&image)?;
    let budget = model.noise_budget()?;
    let std = budget.last().map_or(0.0, |noise| noise.log2_std.exp2());
    let unit = f64::from(model.output_bits()?).exp2();
    let far = |(x, &y): (&f64, &i64)| (x - y as f64).abs() > 8.0 * std * unit;
    if logits.iter().zip(&clear).any(far) {
        return Err("the encrypted logits differ from the clear ones by more than noise".into());
    }
    Ok(())
}
