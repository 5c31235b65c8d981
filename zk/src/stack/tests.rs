use super::*;
use crate::field::{K, f, k};
use crate::multilinear::{evaluate_base, tests::elements};
use proptest::prelude::*;

fn layout(lengths: &[(usize, Option<u32>)]) -> Layout {
    let mut builder = LayoutBuilder::new();
    for &(len, range) in lengths {
        builder.column(len, range);
    }
    builder.build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pieces_are_aligned_and_disjoint(lengths in prop::collection::vec(1..2000_usize, 1..8)) {
        let shapes: Vec<_> = lengths.iter().map(|&l| (l, (l % 3 == 0).then_some(4))).collect();
        let layout = layout(&shapes);
        let mut next = 0;
        for p in &layout.pieces {
            prop_assert_eq!(p.offset, next);
            prop_assert_eq!(p.offset % (1 << p.log_size), 0);
            next += 1 << p.log_size;
        }
        prop_assert_eq!(next, layout.used());
        prop_assert!(layout.used() <= 1 << layout.num_vars());
        for (column, &len) in lengths.iter().enumerate() {
            let blocks = layout.blocks(column);
            let mut start = 0;
            for b in blocks {
                prop_assert_eq!(b.start, start);
                prop_assert_eq!(b.start % (1 << b.log_size), 0);
                prop_assert_eq!(b.offset % (1 << b.log_size), 0);
                start += 1 << b.log_size;
            }
            prop_assert_eq!(start, len);
        }
    }

    #[test]
    fn column_claims_are_linear_claims_on_the_stack(
        lengths in prop::collection::vec(1..300_usize, 1..5),
        seed: u64,
    ) {
        let shapes: Vec<_> = lengths.iter().map(|&l| (l, None)).collect();
        let layout = layout(&shapes);
        let columns: Vec<Vec<F>> = lengths
            .iter()
            .zip(seed..)
            .map(|(&l, s)| elements(s, l).into_iter().map(|v| v.c0).collect())
            .collect();
        let stack = layout.stack(&columns);
        let rho = elements(!seed, layout.num_vars());
        for (index, column) in columns.iter().enumerate() {
            let point = elements(seed ^ 1, num_vars(column.len()));
            let terms = layout.claim_terms(ColumnId(index), &point).unwrap();
            // The weight vector, from the terms' definition.
            let mut weights = vec![K::ZERO; 1 << layout.num_vars()];
            for term in &terms {
                for (j, w) in crate::multilinear::eq_table(&term.point).into_iter().enumerate() {
                    weights[term.offset + j] += term.coefficient * w;
                }
            }
            let value: K = weights.iter().zip(&stack).map(|(&w, &s)| w * k(s)).sum();
            prop_assert_eq!(value, evaluate_base(column, &point));
            let claim = LinearClaim { terms, value };
            prop_assert_eq!(claim.evaluate(&rho), crate::multilinear::evaluate_ext(&weights, &rho));
        }
    }
}

#[test]
fn bad_layouts_are_refused() {
    let build = |shapes: &[(usize, Option<u32>)]| {
        let mut builder = LayoutBuilder::new();
        for &(len, range) in shapes {
            builder.column(len, range);
        }
        builder.build().map(|_| ()).unwrap_err()
    };
    assert_eq!(build(&[]), LayoutError::NoColumns);
    assert_eq!(build(&[(1, None), (0, None)]), LayoutError::EmptyColumn(1));
    assert_eq!(
        build(&[(1, Some(0))]),
        LayoutError::Range { column: 0, bits: 0 }
    );
    assert_eq!(
        build(&[(1, Some(23))]),
        LayoutError::Range {
            column: 0,
            bits: 23
        }
    );
    assert_eq!(
        build(&[(usize::MAX, None), (2, None)]),
        LayoutError::TooLarge
    );
    assert_eq!(build(&[(1 << 30, None), (1, None)]), LayoutError::TooLarge);
}

#[test]
fn claims_on_foreign_columns_or_points_are_refused() {
    let layout = layout(&[(10, Some(3))]);
    let point = vec![k(f(1)); 4];
    assert!(layout.claim_terms(ColumnId(0), &point).is_some());
    assert!(layout.claim_terms(ColumnId(0), &point[1..]).is_none());
    // Column 1 exists, but holds multiplicities.
    assert!(layout.claim_terms(ColumnId(1), &point[1..]).is_none());
    assert_eq!(layout.column_len(ColumnId(1)), None);
}
