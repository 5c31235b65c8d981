//! Measured noise against the formulas.

use super::*;
use crate::noise;

/// Errors of a batch of operations.
struct Measured {
    key_switch: Vec<f64>,
    modulus_switch: Vec<f64>,
    blind_rotation: Vec<f64>,
}

/// Runs `count` bootstraps of encryptions of random messages. Errors are relative to `p`.
fn measure(set: &'static ParameterSet, count: usize, seed: u8) -> Measured {
    let (client, server, mut seeds) = keys(set, seed);
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(seed));
    let messages = 1u64 << set.message_bits.0;
    let values: Vec<u64> = (0..count).map(|_| rng.gen_range(0..messages)).collect();
    let plain: Vec<u64> = values.iter().map(|v| v * set.delta()).collect();
    let input = client.encrypt(&plain, &mut seeds).unwrap();
    let big_phases = client.decrypt_phase(&input).unwrap();

    let small = key_switch(&server.key_switching, &input.words).unwrap();
    let small_phases = client
        .decrypt_phase_small(&LweMatrix::new(small.clone()).unwrap())
        .unwrap();
    let exponents = modulus_switch(set, &small).unwrap();
    let scale = set.modulus_switch_shift();
    let scaled = exponents.mapv(|exponent| exponent << scale);
    // Exponents stand for torus elements modulo 2^64; the key bits tell the phase.
    let bits = &client.words()[..set.lwe_dimension.0];
    let switched_phases = scaled.outer_iter().map(|row| {
        let masks = row
            .iter()
            .zip(bits)
            .fold(0u64, |sum, (a, s)| sum.wrapping_add(a * s));
        row[bits.len()].wrapping_sub(masks)
    });

    let lut = Lut::new((0..messages).map(|v| v * set.delta()).collect()).unwrap();
    let output = blind_rotation(&server.bootstrapping, &[lut], &exponents, &|_, _| {}).unwrap();
    let out_phases = client
        .decrypt_phase(&LweMatrix::new(output).unwrap())
        .unwrap();

    let torus = |error: i64| error as f64 / P as f64;
    let distance = |a: &[u64], b: &[u64]| {
        let pairs = a.iter().zip(b);
        pairs
            .map(|(&x, &y)| torus(modulus::to_signed(modulus::sub(x, y))))
            .collect()
    };
    Measured {
        key_switch: distance(&small_phases, &big_phases),
        modulus_switch: switched_phases
            .zip(&small_phases)
            .map(|(switched, &phase)| torus(switched.wrapping_sub(phase) as i64))
            .collect(),
        blind_rotation: distance(&out_phases, &plain),
    }
}

/// `log2` of the root mean square.
fn log2_rms(errors: &[f64]) -> f64 {
    let squares: f64 = errors.iter().map(|e| e * e).sum();
    0.5 * (squares / errors.len() as f64).log2()
}

fn compare(name: &str, errors: &[f64], variance: f64, tolerance: f64) {
    let (measured, predicted) = (log2_rms(errors), 0.5 * variance.log2());
    assert!(
        (measured - predicted).abs() < tolerance,
        "{name}: log2 of the standard deviation is {measured:.2}, predicted {predicted:.2}"
    );
}

#[test]
fn noise_of_the_default_set_is_as_predicted() {
    let set = ParameterSet::default_set();
    let measured = measure(set, 64, 30);
    // 64 samples: the standard error of log2 is 0.13; the tolerance is four of them.
    compare(
        "key switch",
        &measured.key_switch,
        noise::key_switch_variance(set),
        0.5,
    );
    compare(
        "modulus switch",
        &measured.modulus_switch,
        noise::modulus_switch_variance(set),
        0.5,
    );
    compare(
        "blind rotation",
        &measured.blind_rotation,
        noise::blind_rotation_variance(set),
        0.5,
    );
}

#[test]
fn noise_of_small_sets_is_as_predicted() {
    for name in [
        "insecure_message_4",
        "insecure_k2_l3_g2",
        "insecure_k1_l2_g4",
        "insecure_k3_l2_g1",
    ] {
        let set = ParameterSet::by_name(name).unwrap();
        let measured = measure(set, 600, 31);
        compare(
            name,
            &measured.modulus_switch,
            noise::modulus_switch_variance(set),
            0.4,
        );
        compare(
            name,
            &measured.blind_rotation,
            noise::blind_rotation_variance(set),
            0.6,
        );
    }
}
