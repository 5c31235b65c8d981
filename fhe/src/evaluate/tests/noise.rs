//! Measured noise against the formulas, and failures against their predicted probability.

use super::*;
use crate::noise::measure::{exponent_phases, measure};
use crate::noise::{bootstrap_input_variance, log2_p_fail};
use crate::params::{LweDimension, MessageBits, StdDevLog2};
use crate::simulate::Proportion;

/// Probability that one comparison fails although the formula is right.
const ALPHA: f64 = 1e-6;

/// Every operation's variance is the predicted one; a doubled prediction is noticed.
fn agrees(name: &str, samples: usize, seed: u8) {
    let set = ParameterSet::by_name(name).unwrap();
    let mut seeds = SeedSource::reproducible([seed; 32]);
    for measured in measure(set, samples, &mut seeds).unwrap() {
        let (ratio, probability) = (measured.ratio(set), measured.probability(set));
        let operation = measured.operation.name();
        assert!(
            probability > ALPHA,
            "{name}, {operation}: {ratio:.3} of the predicted variance, probability {probability:e}"
        );
    }
}

#[test]
fn noise_of_the_default_set_is_as_predicted() {
    agrees("message_4", 1000, 30);
}

#[test]
fn noise_of_a_small_set_is_as_predicted() {
    agrees("insecure_message_4", 1000, 31);
}

/// With a dozen key bits the variance depends on how many of them are set; the formula is an average over keys.
#[test]
fn noise_of_the_smallest_sets_is_near_the_prediction() {
    for name in ["insecure_k2_l3_g2", "insecure_k1_l2_g4"] {
        let set = ParameterSet::by_name(name).unwrap();
        let mut seeds = SeedSource::reproducible([31; 32]);
        for measured in measure(set, 1000, &mut seeds).unwrap() {
            let ratio = measured.ratio(set);
            let operation = measured.operation.name();
            assert!(
                (0.5..2.0).contains(&ratio),
                "{name}, {operation}: {ratio:.3}"
            );
        }
    }
}

#[test]
fn a_wrong_variance_is_noticed() {
    let set = ParameterSet::by_name("insecure_message_4").unwrap();
    let noisier: &'static ParameterSet = Box::leak(Box::new(ParameterSet {
        glwe_noise: StdDevLog2(set.glwe_noise.0 + 0.5),
        lwe_noise: StdDevLog2(set.lwe_noise.0 + 0.5),
        ..set.clone()
    }));
    let mut seeds = SeedSource::reproducible([32; 32]);
    let measured = measure(noisier, 1000, &mut seeds).unwrap();
    let fresh = &measured[0];
    assert!(fresh.probability(noisier) > ALPHA && fresh.probability(set) < ALPHA);
}

/// A set so noisy that one read in a hundred or so fails: the share of wrong reads is the predicted one. (The dimension is
/// not tiny: the first step adds less noise than the others, because its accumulator has no mask yet.)
#[test]
fn a_weak_set_fails_as_often_as_predicted() {
    let weak: &'static ParameterSet = Box::leak(Box::new(ParameterSet {
        name: "insecure_weak",
        message_bits: MessageBits(4),
        lwe_dimension: LweDimension(150),
        glwe_noise: StdDevLog2(-37.7),
        ..ParameterSet::by_name("insecure_message_4").unwrap().clone()
    }));
    let predicted = log2_p_fail(bootstrap_input_variance(weak, 1.0), weak.message_bits).exp2();
    let (client, server, mut seeds) = keys(weak, 33);
    let messages = 1u64 << weak.message_bits.0;
    let values: Vec<u64> = (0..40_000).map(|i| i % messages).collect();
    let plain: Vec<u64> = values.iter().map(|v| v * weak.delta()).collect();
    let identity = Lut::new((0..messages).map(|v| v * weak.delta()).collect()).unwrap();

    // The first bootstrap makes the noise, the entry of the second one feels it.
    let input = client.encrypt(&plain, &mut seeds).unwrap();
    let enter = |words: &Array2<u64>| {
        let small = key_switch(&server.key_switching, words).unwrap();
        modulus_switch(weak, &small).unwrap()
    };
    let first = enter(&input.words);
    let output = blind_rotation(&server.bootstrapping, &[identity], &first, &|_, _| {}).unwrap();
    let places = exponent_phases(&client, &enter(&output));
    let two_n = 2 * weak.polynomial_size.0 as u64;
    let box_size = two_n / (2 * messages);
    let wrong = places.iter().zip(&values).filter(|&(&place, &value)| {
        let read = (u64::from(place) + box_size / 2) % two_n / box_size;
        read != value
    });
    let wrong = Proportion {
        count: wrong.count() as u64,
        total: values.len() as u64,
    };
    assert!(wrong.count >= 200, "too few failures to compare: {wrong:?}");
    let (low, high) = wrong.bounds(0.95);
    assert!(
        (low..=high).contains(&predicted),
        "{wrong:?}: [{low:.5}, {high:.5}] does not hold {predicted:.5}"
    );
}
