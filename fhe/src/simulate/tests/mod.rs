mod agreement;
mod statistics;

use super::*;
use crate::params::ParameterSet;

/// `features` inputs through a table of 16 entries, then a sum that reads each value twice.
fn model(features: usize, parameters: &str, bits: u32) -> QuantisedModel {
    let identity: Vec<Vec<(usize, i64)>> = (0..features).map(|i| vec![(i, 1)]).collect();
    let pairs: Vec<Vec<(usize, i64)>> = (0..features)
        .map(|i| {
            let mut row = vec![(i, 2), ((i + 1) % features, -1)];
            row.sort_unstable();
            row
        })
        .collect();
    let difference: Vec<Vec<(usize, i64)>> = (0..features)
        .map(|i| vec![(i, 1), (features + i, -1)])
        .collect();
    let table: Vec<i64> = (0..16).collect();
    let zeros = vec![0; features];
    let json = serde_json::json!({
        "format": 2, "name": "test", "parameters": parameters,
        "input": {"features": features, "min": 0, "max": 15 << (bits - 5), "bits": bits,
                  "quantise": {"scale": [1.0], "offset": [0.0]}},
        "layers": [
            {"type": "sparse", "name": "first", "rows": identity, "bias": zeros},
            {"type": "lut", "name": "table", "mode": "padded", "tables": [table], "output_bits": 10},
            {"type": "sparse", "name": "pairs", "rows": pairs, "bias": zeros},
            {"type": "sparse", "name": "same pairs", "inputs": [2], "rows": pairs, "bias": zeros},
            {"type": "sparse", "name": "difference", "inputs": [3, 4], "rows": difference, "bias": zeros}
        ],
        "output": {"kind": "values"}
    });
    QuantisedModel::from_json(&json.to_string()).unwrap()
}

fn variance(errors: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = errors.clone().count() as f64;
    errors.map(|e| e * e).sum::<f64>() / count
}

#[test]
fn without_noise_it_is_the_clear_model() {
    let model = model(24, "message_4", 8);
    let quiet = NoiseModel::new(model.parameter_set().unwrap()).scaled(0.0);
    let simulator = Simulator::with_noise(&model, quiet).unwrap();
    // All residues of the accumulators, also those half way between two entries.
    let inputs: Vec<Vec<i64>> = (0..5)
        .map(|k| (0..24).map(|i| (24 * k + i) % 121).collect())
        .collect();
    let simulation = simulator.run(&inputs, 1, 1).unwrap();
    for (input, outcome) in inputs.iter().zip(&simulation.outcomes) {
        let clear: Vec<f64> = model
            .predict_clear(input)
            .unwrap()
            .iter()
            .map(|&v| v as f64)
            .collect();
        assert_eq!(outcome.logits, clear);
        assert!(!outcome.changed);
        let sample = simulator.sample(input, 1, 0, 0).unwrap();
        assert_eq!(
            sample.values,
            ClearModel::new(&model).unwrap().values(input).unwrap()
        );
    }
    let reads = simulation.reads();
    assert_eq!(
        reads[1],
        Reads {
            total: 120,
            ..Reads::default()
        }
    );
    assert_eq!(simulation.changed().bounds(0.95).0, 0.0);
}

#[test]
fn errors_have_the_modelled_variances_and_shared_wires_share_them() {
    let model = model(4000, "message_4", 5);
    let set = ParameterSet::by_name("message_4").unwrap();
    let simulator = Simulator::new(&model).unwrap();
    let input: Vec<i64> = (0..4000).map(|i| i % 16).collect();
    let sample = simulator.sample(&input, 2, 0, 0).unwrap();
    let errors = |layer: usize| sample.errors[layer].iter().copied();
    let rotated = crate::noise::blind_rotation_variance(set);
    // The standard error of a variance of 4000 samples is 2.2 %; sums of neighbours have a little more.
    for (layer, expected) in [
        (0, set.glwe_noise.variance()),
        (2, rotated),
        (3, 5.0 * rotated),
    ] {
        let ratio = variance(errors(layer)) / expected;
        assert!((ratio - 1.0).abs() < 0.12, "layer {layer}: {ratio}");
    }
    // Two equal sums of the same ciphertexts have the same noise: their difference has none.
    assert!(errors(5).all(|e| e.abs() < 1e-12));
    let two_n = 2.0 * set.polynomial_size.0 as f64;
    let offset = simulator.noise.key_offset(2, 0);
    let at_table = sample.exponents[2].iter().zip(&input).map(|(&e, &v)| {
        let error = f64::from(e) / two_n - v as f64 / 32.0;
        error - error.round() - offset
    });
    let expected = simulator.noise.key_switch + crate::noise::modulus_switch_variance(set);
    let ratio = variance(at_table) / expected;
    assert!((ratio - 1.0).abs() < 0.12, "table: {ratio}");
}

#[test]
fn reads_are_off_as_often_as_predicted() {
    // Twice as fine as the table: every second accumulator sits on a boundary, and noise decides.
    let model = model(4000, "message_4", 6);
    let simulator = Simulator::new(&model).unwrap();
    let input: Vec<i64> = (0..4000).map(|i| i % 31).collect();
    // Many keys: the part of the noise that is a key's own moves the share of that key.
    let keys = 200;
    let simulation = simulator
        .run(std::slice::from_ref(&input), 3, keys)
        .unwrap();
    let reads = simulation.reads()[1];
    let odd = f64::from(keys) * input.iter().filter(|v| *v % 2 == 1).count() as f64;
    let share = reads.noise_by_one as f64 / odd;
    assert!((share - 0.5).abs() < 0.05, "{share}");
    assert_eq!(reads.noise_by_one, reads.clear_by_one);
    assert_eq!((reads.noise_by_more, reads.clear_by_more), (0, 0));
}

#[test]
fn results_depend_on_the_seed_and_not_on_threads() {
    let model = model(16, "message_4", 6);
    let simulator = Simulator::new(&model).unwrap();
    let inputs: Vec<Vec<i64>> = (0..20)
        .map(|k| (0..16).map(|i| (i + k) % 30).collect())
        .collect();
    let with_threads = |threads, seed| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| simulator.run(&inputs, seed, 3).unwrap())
    };
    assert_eq!(with_threads(1, 7), with_threads(3, 7));
    assert_ne!(with_threads(1, 7), with_threads(1, 8));
    assert_eq!(with_threads(1, 7).outcomes.len(), 60);
    assert!(simulator.run(&[vec![0; 15]], 7, 1).is_err());
    assert!(simulator.sample(&[99; 16], 7, 0, 0).is_err());
}
