//! Errors of real encrypted evaluation against those of the simulator.
//!
//! A model with one table and a linear layer of norm `sqrt(61)` behind it is evaluated on ciphertexts and simulated. Its
//! layers keep independent errors independent, so that each value is one sample: the linear layer consists of blocks
//! `(5, 6; 6, -5)`, whose rows are orthogonal.
//!
//! **Confidence.** Three places (fresh inputs, table inputs, logits), three tests each (same variance, same distribution,
//! mean as it should be), three parameter sets: 27 probabilities, each compared with `ALPHA / 27`. Were the seeds drawn
//! again, correct errors would fail any of the tests with a probability of at most `ALPHA`, in the Gaussian model. What is
//! noticed: that a doubled variance is, the tests below check; shapes whose distribution functions differ by more
//! than about `sqrt(9 / samples)`.

use super::statistics::{is_centred, moments, same_distribution, same_variance};
use super::*;
use crate::evaluate::{Trace, evaluate};
use crate::keys::{ClientKey, SeedSource};
use crate::lwe::LweMatrix;
use crate::modulus::{self, P};
use crate::program::{Program, WireKind};
use ndarray::ArrayView1;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Probability that any of the tests fails although the simulator is right.
const ALPHA: f64 = 1e-6;

/// Number of comparisons with the threshold.
const TESTS: f64 = 27.0;

/// Images that are simulated for the one that is evaluated.
const SIMULATED: u32 = 200;

/// Errors relative to `p`.
struct Errors {
    fresh: Vec<f64>,
    /// Of the exponents that tables are read at; with the offset that all ciphertexts of a key share. See [`dithered`].
    table: Vec<f64>,
    logits: Vec<f64>,
}

impl Errors {
    fn places(&self) -> [(&'static str, &[f64]); 3] {
        [
            ("fresh inputs", &self.fresh),
            ("table inputs", &self.table),
            ("logits", &self.logits),
        ]
    }
}

/// `features` inputs, the identity, a table of all messages, blocks `(5, 6; 6, -5)`.
fn model(set: &ParameterSet, features: usize) -> QuantisedModel {
    let identity: Vec<Vec<(usize, i64)>> = (0..features).map(|i| vec![(i, 1)]).collect();
    let blocks: Vec<Vec<(usize, i64)>> = (0..features)
        .map(|i| match i % 2 {
            0 => vec![(i, 5), (i + 1, 6)],
            _ => vec![(i - 1, 6), (i, -5)],
        })
        .collect();
    let messages = 1i64 << set.message_bits.0;
    let table: Vec<i64> = (0..messages).map(|v| 5 * v % messages).collect();
    let zeros = vec![0; features];
    let json = serde_json::json!({
        "format": 2, "name": "agreement", "parameters": set.name,
        "input": {"features": features, "min": 0, "max": messages - 1,
                  "quantise": {"scale": [1.0], "offset": [0.0]}},
        "layers": [
            {"type": "sparse", "name": "identity", "rows": identity, "bias": zeros},
            {"type": "lut", "name": "table", "mode": "padded", "tables": [table], "output_bits": 12},
            {"type": "sparse", "name": "blocks", "rows": blocks, "bias": zeros}
        ],
        "output": {"kind": "values"}
    });
    QuantisedModel::from_json(&json.to_string()).unwrap()
}

/// Evaluates one image on ciphertexts.
fn measure(model: &QuantisedModel, input: &[i64], seed: u8) -> Errors {
    let set = model.parameter_set().unwrap();
    let mut seeds = SeedSource::reproducible([seed; 32]);
    let client = ClientKey::generate(set, &mut seeds).unwrap();
    let server = client.generate_server_key(&mut seeds);
    let plain = model.encode_input(input).unwrap();
    let ciphertexts = client.encrypt(&plain, &mut seeds).unwrap();
    let program = model.compile().unwrap();
    let (trace, _) = evaluate(&program, &server, &ciphertexts, &()).unwrap();

    let phases = |words| {
        client
            .decrypt_phase(&LweMatrix::new(words).unwrap())
            .unwrap()
    };
    let fresh = phases(ciphertexts.words.clone());
    let unit = f64::from(model.output_bits().unwrap()).exp2();
    let logits = model
        .decode_output(&phases(trace.wires[program.output.0].clone()))
        .unwrap();
    let clear = model.predict_clear(input).unwrap();
    Errors {
        fresh: fresh
            .iter()
            .zip(&plain)
            .map(|(&x, &y)| modulus::to_signed(modulus::sub(x, y)) as f64 / P as f64)
            .collect(),
        table: dithered(model, &exponents(&program, &trace, &client), input, 0),
        logits: logits
            .iter()
            .zip(&clear)
            .map(|(logit, &clear)| (logit - clear as f64) / unit)
            .collect(),
    }
}

/// The exponents that the table was read at.
fn exponents(program: &Program, trace: &Trace, client: &ClientKey) -> Vec<u32> {
    let two_n = 2 * client.parameters().polynomial_size.0 as u64;
    let mut wires = program.wires.iter().zip(&trace.wires);
    let (_, words) = wires
        .find(|(wire, _)| wire.kind == WireKind::Switched)
        .unwrap();
    let n = client.parameters().lwe_dimension.0;
    let bits = &client.words()[..n];
    let exponent = |row: ArrayView1<'_, u64>| {
        let masks: u64 = row.iter().zip(bits).map(|(a, s)| a * s).sum();
        // The sum is below n 2N.
        ((row[n] + n as u64 * two_n - masks) % two_n) as u32
    };
    words.outer_iter().map(exponent).collect()
}

/// Errors of exponents, spread evenly over the step that they were rounded to: subtracting means then leaves no trace of
/// where the steps are.
fn dithered(model: &QuantisedModel, exponents: &[u32], input: &[i64], seed: u64) -> Vec<f64> {
    let two_n = 2.0 * model.parameter_set().unwrap().polynomial_size.0 as f64;
    let unit = f64::from(model.input_bits().unwrap()).exp2();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let errors = exponents.iter().zip(input).map(|(&exponent, &v)| {
        let place = (f64::from(exponent) + rng.gen_range(-0.5..0.5)) / two_n;
        let error = place - v as f64 / unit;
        error - (error + 0.5).floor()
    });
    errors.collect()
}

/// Simulates the image many times under one key.
fn simulate(model: &QuantisedModel, noise: NoiseModel, input: &[i64], seed: u64) -> Errors {
    let simulator = Simulator::with_noise(model, noise).unwrap();
    let mut errors = Errors {
        fresh: Vec::new(),
        table: Vec::new(),
        logits: Vec::new(),
    };
    for image in 0..SIMULATED {
        let sample = simulator.sample(input, seed, 0, image).unwrap();
        let table = dithered(model, &sample.exponents[2], input, 1 + u64::from(image));
        errors.table.extend(table);
        errors.fresh.extend(&sample.errors[0]);
        errors.logits.extend(&sample.errors[3]);
    }
    errors
}

/// The smallest of the probabilities of each place: same variance, same distribution, mean as expected.
fn compare(real: &Errors, simulated: &Errors, noise: &NoiseModel) -> [(&'static str, f64); 3] {
    let mut places = real.places().into_iter().zip(simulated.places());
    std::array::from_fn(|_| {
        let ((place, real), (_, simulated)) = places.next().unwrap();
        // Estimated means make the distributions more alike, not less.
        let centred = |sample: &[f64]| -> Vec<f64> {
            let mean = moments(sample).0;
            sample.iter().map(|e| e - mean).collect()
        };
        let shared = match place {
            "table inputs" => noise.key_switch_offset,
            _ => 0.0,
        };
        let (mean, (_, variance)) = (moments(real).0, moments(simulated));
        let variance_of_mean = shared + variance / real.len() as f64;
        let probabilities = [
            same_variance(real, simulated),
            same_distribution(&centred(real), &centred(simulated)),
            is_centred(mean, variance_of_mean),
        ];
        println!(
            "{place}: {} samples, log2 of the standard deviation {:.2}, simulated {:.2}; probabilities {probabilities:.3?}",
            real.len(),
            moments(real).1.log2() / 2.0,
            variance.log2() / 2.0,
        );
        (place, probabilities.into_iter().fold(1.0, f64::min))
    })
}

/// `bootstraps` real errors agree with the simulator, and not with one of doubled variances.
fn agree(name: &str, bootstraps: usize, seed: u8) {
    let set = ParameterSet::by_name(name).unwrap();
    let model = model(set, bootstraps);
    let messages = 1 << set.message_bits.0;
    let input: Vec<i64> = (0..bootstraps as i64).map(|i| i % messages).collect();
    let real = measure(&model, &input, seed);
    let noise = NoiseModel::new(set);
    let simulated = simulate(&model, noise, &input, u64::from(seed));
    for (place, probability) in compare(&real, &simulated, &noise) {
        assert!(
            probability > ALPHA / TESTS,
            "{name}, {place}: {probability:e}"
        );
    }
    let wrong = noise.scaled(2.0);
    let simulated = simulate(&model, wrong, &input, u64::from(seed));
    for (place, probability) in compare(&real, &simulated, &wrong) {
        assert!(
            probability < ALPHA / TESTS,
            "{name}, {place}: doubled variances pass with {probability:e}"
        );
    }
}

#[test]
fn message_2_agrees() {
    agree("message_2", 400, 40);
}

#[test]
fn message_3_agrees() {
    agree("message_3", 300, 43);
}

#[test]
fn message_4_agrees() {
    agree("message_4", 400, 41);
}

#[test]
fn message_5_agrees() {
    agree("message_5", 224, 42);
}
