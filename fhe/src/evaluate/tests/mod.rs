mod accumulators;
mod noise;
mod run;

use super::*;
use crate::keys::{ClientKey, SeedSource, ServerKey};
use crate::lut::Lut;
use crate::lwe::LweMatrix;
use crate::modulus::{self, P};
use crate::params::ParameterSet;
use crate::program::LinearMap;
use ndarray::Array2;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

fn keys(set: &'static ParameterSet, seed: u8) -> (ClientKey, ServerKey, SeedSource) {
    let mut seeds = SeedSource::reproducible([seed; 32]);
    let client = ClientKey::generate(set, &mut seeds).unwrap();
    let server = client.generate_server_key(&mut seeds);
    (client, server, seeds)
}

/// Words with all edge cases of the decomposition and of the modulus switch, then random ones.
fn words(rows: usize, width: usize, set: &ParameterSet, rng: &mut ChaCha8Rng) -> Array2<u64> {
    let half = 1u64 << (set.modulus_switch_shift() - 1);
    let edges: Vec<u64> = [
        0,
        1,
        P - 1,
        P / 2,
        P / 2 + 1,
        1 << 32,
        (1 << 32) - 1,
        P - (1 << 32),
    ]
    .into_iter()
    .chain([half, half - 1, half + 1, P - half, P - half - 1, 3 * half])
    .chain(
        [set.ks_gadget, set.pbs_gadget]
            .into_iter()
            .flat_map(|gadget| {
                let offset = gadget.offset();
                let tie = 1 << (gadget.remainder_bits() - 1);
                [
                    modulus::neg(offset),
                    modulus::sub(P - 1, offset),
                    tie,
                    tie - 1,
                    modulus::sub(0, tie),
                ]
            }),
    )
    .collect();
    Array2::from_shape_fn((rows, width), |(row, _)| {
        if row % 3 == 0 {
            edges[rng.gen_range(0..edges.len())]
        } else {
            rng.gen_range(0..P)
        }
    })
}

fn rows(matrix: &Array2<u64>) -> Vec<Vec<u64>> {
    matrix.outer_iter().map(|row| row.to_vec()).collect()
}

fn insecure_sets() -> impl Iterator<Item = &'static ParameterSet> {
    ParameterSet::all().iter().filter(|set| set.is_insecure())
}

#[test]
fn key_switch_and_modulus_switch_equal_the_reference() {
    for set in insecure_sets() {
        let (_, server, _) = keys(set, 1);
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let input = words(7, set.big_lwe_dimension() + 1, set, &mut rng);
        let switched = key_switch(&server.key_switching, &input).unwrap();
        let expected: Vec<_> = rows(&input)
            .iter()
            .map(|row| reference::key_switch(&server.key_switching, row))
            .collect();
        assert_eq!(rows(&switched), expected, "{}", set.name);

        let input = words(9, set.lwe_dimension.0 + 1, set, &mut rng);
        let expected: Vec<_> = rows(&input)
            .iter()
            .map(|row| reference::modulus_switch(set, row))
            .collect();
        let exponents = modulus_switch(set, &input).unwrap();
        assert_eq!(rows(&exponents), expected, "{}", set.name);
        let limit = 2 * set.polynomial_size.0 as u64;
        assert!(exponents.iter().all(|&e| e < limit));
    }
}

#[test]
fn blind_rotation_equals_the_reference() {
    for set in insecure_sets() {
        let (_, server, _) = keys(set, 3);
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let size = set.polynomial_size.0;
        let count = if size <= 128 { 3 } else { 1 };
        let limit = 2 * size as u64;
        let exponents = Array2::from_shape_fn((count, set.lwe_dimension.0 + 1), |(row, column)| {
            match (row, column % 5) {
                (1, 0) => 0,
                (1, 1) => limit - 1,
                (1, 2) => size as u64,
                _ => rng.gen_range(0..limit),
            }
        });
        let luts: Vec<Lut> = (0..count)
            .map(|_| {
                Lut::new(
                    (0..1 << set.message_bits.0)
                        .map(|_| rng.gen_range(0..P))
                        .collect(),
                )
                .unwrap()
            })
            .collect();
        let result = blind_rotation(&server.bootstrapping, &luts, &exponents, &|_, _| {}).unwrap();
        for (row, lut) in luts.iter().enumerate() {
            let table = lut.polynomial(size).unwrap();
            let exponents = exponents.row(row).to_vec();
            let expected = reference::blind_rotation(&server.bootstrapping, &table, &exponents);
            assert_eq!(result.row(row).to_vec(), expected, "{} row {row}", set.name);
        }
    }
}

#[test]
fn linear_equals_the_reference() {
    let set = ParameterSet::by_name("insecure_tiny").unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    for (outputs, inputs, images, width) in
        [(1, 1, 1, 65), (3, 5, 2, 1), (9, 4, 3, 64), (2, 7, 1, 130)]
    {
        let input = words(images * inputs, width, set, &mut rng);
        for magnitude in [3i64, (1 << 31) / inputs as i64 - 1] {
            let mut weights =
                Array2::from_shape_fn((outputs, inputs), |_| rng.gen_range(-magnitude..=magnitude));
            if outputs > 1 {
                weights.row_mut(1).fill(0);
            }
            let map = LinearMap {
                weights,
                bias: (0..outputs).map(|_| rng.gen_range(0..P)).collect(),
            };
            let result = linear(&map, &input).unwrap();
            assert_eq!(rows(&result), reference::linear(&map, &rows(&input)));
        }
    }
}

#[test]
fn every_message_goes_through_a_bootstrap() {
    for set in insecure_sets() {
        let (client, server, mut seeds) = keys(set, 6);
        let messages = 1u64 << set.message_bits.0;
        let entries: Vec<u64> = (0..messages)
            .map(|v| (v * v % messages) * set.delta())
            .collect();
        let lut = Lut::new(entries.clone()).unwrap();
        let plain: Vec<u64> = (0..2 * messages)
            .map(|v| modulus::mul(v, set.delta()))
            .collect();
        let input = client.encrypt(&plain, &mut seeds).unwrap();
        let small = key_switch(&server.key_switching, &input.words).unwrap();
        let exponents = modulus_switch(set, &small).unwrap();
        let output = blind_rotation(&server.bootstrapping, &[lut], &exponents, &|_, _| {}).unwrap();
        let phases = client
            .decrypt_phase(&LweMatrix::new(output).unwrap())
            .unwrap();
        for (v, phase) in phases.into_iter().enumerate() {
            let entry = entries[v % messages as usize];
            let expected = if v < messages as usize {
                entry
            } else {
                modulus::neg(entry)
            };
            let error = modulus::to_signed(modulus::sub(phase, expected)).unsigned_abs();
            assert!(
                error < set.delta() / 8,
                "{}: message {v}, error {error}",
                set.name
            );
        }
    }
}

#[test]
fn first_use_of_a_key_from_many_threads_does_not_block() {
    let set = ParameterSet::by_name("insecure_tiny").unwrap();
    let (_, server, _) = keys(set, 10);
    let exponents = Array2::from_elem((1, set.lwe_dimension.0 + 1), 5);
    let lut = [Lut::new(vec![1, 2, 3, 4]).unwrap()];
    let run = || blind_rotation(&server.bootstrapping, &lut, &exponents, &|_, _| {}).unwrap();
    let results: Vec<_> = (0..64).into_par_iter().map(|_| run()).collect();
    assert!(results.iter().all(|result| *result == results[0]));
}
