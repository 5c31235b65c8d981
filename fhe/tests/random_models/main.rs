//! Random networks, in the clear and encrypted, against an evaluation by hand that shares no code with the crate.

mod generate;
mod network;

use blindproof_fhe::evaluate::evaluate;
use blindproof_fhe::keys::{ClientKey, SeedSource};
use blindproof_fhe::lwe::LweMatrix;
use blindproof_fhe::model::{ClearModel, QuantisedModel, Reading};
use blindproof_fhe::modulus::{P, to_signed};
use blindproof_fhe::simulate::{NoiseModel, Simulator};
use network::{Network, Operation, Values};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A network, its model, and inputs within their ranges, the extremes among them.
fn case(seed: u64) -> (Network, QuantisedModel, Vec<Vec<i64>>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let network = generate::network(&mut rng);
    let model = QuantisedModel::from_json(&network.json()).unwrap();
    let inputs = (0..3)
        .map(|image| {
            let pick = |&(low, high): &(i64, i64)| match image {
                0 => [low, high][rng.gen_range(0..2)],
                _ => rng.gen_range(low..=high),
            };
            network.ranges.iter().map(pick).collect()
        })
        .collect();
    (network, model, inputs)
}

/// The integers of a wire from its phases, modulo `2^bits`.
fn decoded(phases: &[u64], bits: u32) -> Vec<i128> {
    let unit = i128::from((P - 1) >> bits);
    let nearest = |&phase: &u64| (i128::from(to_signed(phase)) + unit / 2).div_euclid(unit);
    phases
        .iter()
        .map(|phase| nearest(phase).rem_euclid(1 << bits))
        .collect()
}

fn residues(values: &Values) -> Vec<i128> {
    values
        .integers
        .iter()
        .map(|v| v.rem_euclid(1 << values.bits))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn clear_values_are_those_by_hand(seed in any::<u64>()) {
        let (network, model, inputs) = case(seed);
        let clear = ClearModel::new(&model).unwrap();
        let quiet = NoiseModel::new(model.parameter_set().unwrap()).scaled(0.0);
        let simulator = Simulator::with_noise(&model, quiet).unwrap();
        for input in &inputs {
            let expected: Vec<Vec<i64>> = network
                .evaluate(input)
                .into_iter()
                .map(|values| values.integers.into_iter().map(|v| v as i64).collect())
                .collect();
            prop_assert_eq!(&clear.values(input).unwrap(), &expected);
            prop_assert_eq!(&simulator.sample(input, seed, 0, 0).unwrap().values, &expected);
        }
        let scales: Vec<u32> = network.evaluate(&inputs[0]).iter().map(|values| values.bits).collect();
        let analysed = model.analyse().unwrap();
        prop_assert_eq!(analysed.iter().map(|wire| wire.bits).collect::<Vec<_>>(), scales);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn encrypted_values_are_those_by_hand(seed in any::<u64>()) {
        let (network, model, inputs) = case(seed);
        for noise in model.noise_budget().unwrap() {
            let rounded = matches!(noise.reading, Reading::Rounded { .. });
            prop_assert!(!rounded, "{:?}", noise);
            // Left out: the few networks where a wrong decryption would be no fault of the code.
            prop_assume!(noise.log2_p_fail < -40.0);
        }
        let mut seeds = SeedSource::reproducible([7; 32]);
        let client = ClientKey::generate(model.parameter_set().unwrap(), &mut seeds).unwrap();
        let server = client.generate_server_key(&mut seeds);
        let plain: Vec<u64> =
            inputs.iter().flat_map(|input| model.encode_input(input).unwrap()).collect();
        let ciphertexts = client.encrypt_seeded(&plain, &mut seeds).unwrap().expand();
        let program = model.compile().unwrap();
        let (trace, _) = evaluate(&program, &server, &ciphertexts, &()).unwrap();
        let expected: Vec<Vec<Values>> = inputs.iter().map(|input| network.evaluate(input)).collect();
        for layer in 0..network.layers.len() {
            let node = program.nodes.iter().rfind(|node| node.layer == layer).unwrap();
            let words = trace.wires[node.output.0].clone();
            let phases = client.decrypt_phase(&LweMatrix::new(words).unwrap()).unwrap();
            let features = phases.len() / inputs.len();
            for (phases, expected) in phases.chunks(features).zip(&expected) {
                let expected = &expected[layer + 1];
                prop_assert_eq!(
                    decoded(phases, expected.bits), residues(expected), "layer {}", layer
                );
            }
        }
    }
}

/// The generator makes what the tests are meant to see.
#[test]
fn networks_are_of_all_kinds() {
    let networks: Vec<Network> = (0..300)
        .map(|seed| generate::network(&mut ChaCha8Rng::seed_from_u64(seed)))
        .collect();
    let count =
        |is: &dyn Fn(&Network) -> bool| networks.iter().filter(|network| is(network)).count();
    let has = |is: fn(&Operation) -> bool| {
        count(&|network| network.layers.iter().any(|layer| is(&layer.operation)))
    };
    let shares = [
        has(|operation| matches!(operation, Operation::Dense { .. })),
        has(|operation| matches!(operation, Operation::Sparse { .. })),
        has(|operation| matches!(operation, Operation::Conv(conv) if conv.padding != [0; 4])),
        has(|operation| matches!(operation, Operation::Conv(conv) if conv.groups > 1)),
        has(|operation| matches!(operation, Operation::Conv(conv) if conv.stride[0] > 1)),
        has(|operation| matches!(operation, Operation::Table { padded: true, .. })),
        has(|operation| matches!(operation, Operation::Table { padded: false, .. })),
        has(|operation| matches!(operation, Operation::Table { tables, .. } if tables.len() > 1)),
        count(&|network| network.layers.iter().any(|layer| layer.inputs.len() > 1)),
    ];
    assert!(shares.iter().all(|&share| share >= 30), "{shares:?}");
    for (name, _) in generate::SETS {
        assert!(count(&|network| network.parameters == name) >= 10, "{name}");
    }
}
