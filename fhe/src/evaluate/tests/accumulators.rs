//! The recorded accumulators against the reference, step by step, and against the evaluator's output.

use super::*;

/// Exponents with whole groups of zeros in some rows.
fn exponents(set: &ParameterSet, rows: usize, rng: &mut ChaCha8Rng) -> Array2<u64> {
    let limit = 2 * set.polynomial_size.0 as u64;
    let grouping = set.grouping_factor.0;
    Array2::from_shape_fn((rows, set.lwe_dimension.0 + 1), |(row, column)| {
        let zero = row % 2 == 1 && column / grouping % 2 == row / 2 % 2;
        if zero { 0 } else { rng.gen_range(0..limit) }
    })
}

fn tables(set: &ParameterSet, count: usize, rng: &mut ChaCha8Rng) -> Vec<Lut> {
    let entries = 1 << set.message_bits.0;
    let mut table = || Lut::new((0..entries).map(|_| rng.gen_range(0..P)).collect()).unwrap();
    (0..count).map(|_| table()).collect()
}

#[test]
fn every_accumulator_equals_the_reference() {
    for set in insecure_sets() {
        let (_, server, _) = keys(set, 11);
        let mut rng = ChaCha8Rng::seed_from_u64(12);
        let size = set.polynomial_size.0;
        let rows = if size <= 128 { 4 } else { 2 };
        let exponents = exponents(set, rows, &mut rng);
        let luts = tables(set, 2, &mut rng);
        let Accumulators { steps, last } =
            accumulators(&server.bootstrapping, &luts, &exponents).unwrap();
        let (components, groups) = (set.glwe_dimension.0 + 1, set.group_count());
        assert_eq!(steps.len(), components * groups * rows * size);
        assert_eq!(last.len(), components * rows * size);
        for row in 0..rows {
            let table = luts[row % 2].polynomial(size).unwrap();
            let expected = reference::accumulators(
                &server.bootstrapping,
                &table,
                &exponents.row(row).to_vec(),
            );
            for (step, accumulator) in expected.iter().enumerate() {
                for (component, polynomial) in accumulator.iter().enumerate() {
                    let (words, plane) = if step < groups {
                        (&steps, component * groups + step)
                    } else {
                        (&last, component)
                    };
                    let start = (plane * rows + row) * size;
                    let given = &words[start..start + size];
                    assert_eq!(given, polynomial, "{} row {row} acc_{step}", set.name);
                }
            }
        }
    }
}

#[test]
fn the_last_accumulator_extracts_to_the_output_of_blind_rotation() {
    for set in insecure_sets() {
        let (_, server, _) = keys(set, 13);
        let mut rng = ChaCha8Rng::seed_from_u64(14);
        // More rows than one block has.
        let rows = if set.polynomial_size.0 <= 64 { 69 } else { 3 };
        let exponents = exponents(set, rows, &mut rng);
        let luts = tables(set, 3, &mut rng);
        let key = &server.bootstrapping;
        let output = blind_rotation(key, &luts, &exponents, &|_, _| {}).unwrap();
        let last = accumulators(key, &luts, &exponents).unwrap().last;
        let size = set.polynomial_size.0;
        for (row, output) in output.outer_iter().enumerate() {
            let polynomials: Vec<_> = last
                .chunks(rows * size)
                .map(|plane| plane[row * size..(row + 1) * size].to_vec())
                .collect();
            let extracted = reference::extract(&polynomials);
            assert_eq!(output.to_vec(), extracted, "{} row {row}", set.name);
        }
    }
}

#[test]
fn bad_exponents_are_refused() {
    let set = ParameterSet::by_name("insecure_tiny").unwrap();
    let (_, server, _) = keys(set, 15);
    let mut rng = ChaCha8Rng::seed_from_u64(16);
    let luts = tables(set, 1, &mut rng);
    let mut exponents = exponents(set, 2, &mut rng);
    exponents[(1, 4)] = 128;
    let error = accumulators(&server.bootstrapping, &luts, &exponents).unwrap_err();
    assert!(matches!(
        error,
        EvaluateError::Exponent {
            row: 1,
            column: 4,
            limit: 128
        }
    ));
}
