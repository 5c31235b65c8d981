//! Quantised networks of each kind, evaluated on ciphertexts of an insecure set.

use super::*;
use crate::evaluate::evaluate;
use crate::import::UnaryFunction;
use crate::keys::{ClientKey, SeedSource};
use crate::lwe::LweMatrix;

const SET: &str = "insecure_message_4";

/// Encrypts inputs, evaluates, decrypts; real outputs.
fn run(quantised: &Quantised, samples: &[Vec<f32>]) -> Vec<Vec<f64>> {
    let model = &quantised.model;
    let mut seeds = SeedSource::reproducible([5; 32]);
    let client = ClientKey::generate(model.parameter_set().unwrap(), &mut seeds).unwrap();
    let server = client.generate_server_key(&mut seeds);
    let words: Vec<u64> = samples
        .iter()
        .flat_map(|sample| {
            let raw: Vec<f64> = sample.iter().map(|&x| f64::from(x)).collect();
            model.encode_input(&model.quantise(&raw).unwrap()).unwrap()
        })
        .collect();
    let input = client.encrypt(&words, &mut seeds).unwrap();
    let program = model.compile().unwrap();
    let (trace, _) = evaluate(&program, &server, &input, &()).unwrap();
    let output = LweMatrix::new(trace.wires[program.output.0].clone()).unwrap();
    let phases = client.decrypt_phase(&output).unwrap();
    let logits = model.decode_output(&phases).unwrap();
    let outputs = quantised.output.rows.len();
    logits
        .chunks(outputs)
        .map(|logits| {
            let spec = &model.output;
            let at = |list: &[f64], i: usize| list[i.min(list.len() - 1)];
            let logits = logits.iter().enumerate();
            logits
                .map(|(i, v)| at(&spec.scale, i) * v + at(&spec.offset, i))
                .collect()
        })
        .collect()
}

/// Root of the mean square of the difference to the float model, relative to the signal.
fn relative_error(quantised: &Quantised, samples: &[Vec<f32>]) -> f64 {
    let (mut noise, mut signal) = (0.0, 0.0);
    for (got, sample) in run(quantised, samples).iter().zip(samples) {
        for (x, y) in got.iter().zip(&quantised.graph.evaluate(sample).output) {
            noise += (x - y).powi(2);
            signal += y * y;
        }
    }
    (noise / signal).sqrt()
}

fn check(net: &mut Net, bound: f64) {
    let samples = net.samples(100);
    let quantised = quantise(&net.model, &samples, &options(SET)).unwrap();
    let error = relative_error(&quantised, &samples[..4]);
    assert!(error < bound, "{error}");
}

#[test]
fn linear() {
    let mut net = Net::new(21, &[10]);
    net.affine(0, 3);
    check(&mut net, 0.01);
}

#[test]
fn functions() {
    for function in [
        UnaryFunction::Relu,
        UnaryFunction::Tanh,
        UnaryFunction::Sigmoid,
    ] {
        let mut net = Net::new(22, &[6]);
        let a = net.affine(0, 8);
        let b = net.unary(a, function);
        net.affine(b, 3);
        check(&mut net, 0.1);
    }
}

#[test]
fn convolution_pool_and_residual() {
    let mut net = Net::new(23, &[1, 4, 4]);
    let a = net.conv(0, 2, 3, 1, 1);
    let pool = FloatOperation::MaxPool {
        kernel: [2, 2],
        stride: [2, 2],
        padding: [0; 4],
    };
    let b = net.push(&[a], &[2, 2, 2], pool);
    let c = net.unary(b, UnaryFunction::Relu);
    let d = net.conv(c, 2, 1, 1, 0);
    let sum = net.push(&[d, c], &[2, 2, 2], FloatOperation::Sum);
    let e = net.unary(sum, UnaryFunction::Tanh);
    net.affine(e, 2);
    check(&mut net, 0.2);
}

#[test]
fn trees() {
    let (model, samples) = ensembles::forest(24, 2, 3, 2);
    let quantised = quantise(&model, &samples, &options(SET)).unwrap();
    // Samples that no comparison is near to, where "near" is what the noise can reach.
    let outputs = run(&quantised, &samples[..8]);
    let right = outputs.iter().zip(&samples).filter(|(got, sample)| {
        let want = ensembles::expected(&model, sample);
        got.iter().zip(&want).all(|(x, y)| (x - y).abs() < 0.1)
    });
    assert!(right.count() >= 7);
}
