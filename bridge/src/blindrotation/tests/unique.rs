//! Exactly one witness: all values over a toy prime, and the real prime's borders.

use blindproof_fhe::{modulus::P, params::Gadget};

use super::super::cut::Cut;

/// 241 = 2^8 - 2^4 + 1 has the shape of p.
const TOY: u64 = 241;

/// All tuples of chunks of these widths, from the most significant down, as the 8-bit words that they spell.
fn tuples(widths: &[u32]) -> Vec<(Vec<u64>, u64)> {
    assert_eq!(widths.iter().sum::<u32>(), 8);
    let mut tuples = vec![(Vec::new(), 0)];
    for width in widths {
        tuples = tuples
            .iter()
            .flat_map(|(chunks, word)| {
                (0..1u64 << width).map(move |chunk| {
                    let chunks = [chunks.as_slice(), &[chunk]].concat();
                    (chunks, word << width | chunk)
                })
            })
            .collect();
    }
    tuples
}

#[test]
fn every_value_of_a_toy_field_has_exactly_one_tuple_of_chunks() {
    for widths in [
        vec![1, 7],
        vec![2, 2, 4],
        vec![3, 1, 4],
        vec![3, 3, 2],
        vec![4, 4],
    ] {
        let tuples = tuples(&widths);
        for value in 0..TOY {
            let spelled: Vec<_> = tuples
                .iter()
                .filter(|(_, word)| word % TOY == value)
                .collect();
            assert_eq!(
                spelled.len(),
                if value < 15 { 2 } else { 1 },
                "{widths:?} {value}"
            );
            // CN-2: a cell whose leading chunk is all ones is shown, and its word must be canonical.
            let all_ones = (1 << widths[0]) - 1;
            let accepted = spelled
                .iter()
                .filter(|(chunks, word)| chunks[0] != all_ones || *word < TOY);
            assert_eq!(accepted.count(), 1, "{widths:?} {value}");
        }
    }
}

#[test]
fn a_leading_chunk_wider_than_half_would_still_work_and_a_wrong_bound_would_not() {
    // The leading chunk of y + p is all ones only up to half the bits: with five bits one second spelling escapes.
    let escaped = tuples(&[5, 3])
        .iter()
        .filter(|(chunks, word)| *word >= TOY && chunks[0] != 31)
        .count();
    assert_eq!(escaped, 7);
}

#[test]
fn every_second_spelling_has_a_leading_chunk_of_all_ones() {
    for gadget in [(23, 1), (32, 1), (8, 3), (10, 2), (16, 2)] {
        for cells in [100, 1 << 14, 1 << 21, 1 << 26, 1 << 32] {
            let cut = Cut::cheapest(Gadget::new(gadget.0, gadget.1), cells);
            let leading = cut.chunks[0];
            assert!(leading.width <= 32);
            assert_eq!(leading.shift + leading.width, 64);
            let all_ones = (1u64 << leading.width) - 1;
            for small in [0, 1, 1 << 20, u64::from(u32::MAX) - 1] {
                assert_eq!(leading.of(small + P), all_ones);
            }
            assert_eq!(leading.of(P - 1), all_ones);
        }
    }
}

#[test]
fn the_two_spellings_of_a_small_word_have_different_digits() {
    // What the forger would gain: without canonicity the digits, so the noise and the output, are its choice.
    let gadget = Gadget::new(23, 1);
    let digit = |word: u64| word >> gadget.shift(1);
    assert_eq!(digit(5), 0);
    assert_eq!(digit(5 + P), (1 << 23) - 1);
}
