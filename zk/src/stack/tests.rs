use super::*;
use crate::field::{F, K, f, k};
use crate::multilinear::{evaluate_base, tests::elements};
use ark_ff::AdditiveGroup;
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
        for p in layout.pieces(0) {
            prop_assert_eq!(p.offset, next);
            prop_assert_eq!(p.offset % (1 << p.log_size), 0);
            next += 1 << p.log_size;
        }
        prop_assert_eq!(next, layout.used(0));
        prop_assert!(layout.used(0) <= 1 << layout.num_vars(0));
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
        let mut stack = vec![F::from(0_u64); layout.used(0)];
        for (index, column) in columns.iter().enumerate() {
            for b in layout.blocks(index) {
                stack[b.offset..b.offset + (1 << b.log_size)]
                    .copy_from_slice(&column[b.start..b.start + (1 << b.log_size)]);
            }
        }
        let rho = elements(!seed, layout.num_vars(0));
        for (index, column) in columns.iter().enumerate() {
            let point = elements(seed ^ 1, num_vars(column.len()));
            let terms = layout.column_terms(index, &point).unwrap();
            // The weight vector, from the terms' definition.
            let mut weights = vec![K::ZERO; 1 << layout.num_vars(0)];
            for term in &terms {
                for (j, w) in crate::multilinear::eq_table(&term.point).into_iter().enumerate() {
                    weights[term.offset + j] += term.coefficient * w;
                }
            }
            let value: K = weights.iter().zip(&stack).map(|(&w, &s)| w * k(s)).sum();
            prop_assert_eq!(value, evaluate_base(column, &point));
            let claim = LinearClaim { shard: 0, terms, value };
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
        build(&[(1, Some(25))]),
        LayoutError::Range {
            column: 0,
            bits: 25
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
    assert!(layout.column_claim(ColumnId(0), &point, k(f(0))).is_some());
    assert!(
        layout
            .column_claim(ColumnId(0), &point[1..], k(f(0)))
            .is_none()
    );
    // Column 1 exists, but holds multiplicities.
    assert!(
        layout
            .column_claim(ColumnId(1), &point[1..], k(f(0)))
            .is_none()
    );
    assert_eq!(layout.column_len(ColumnId(1)), None);
}

#[test]
fn shards_have_stacks_of_their_own_and_tables_come_last() {
    let mut builder = LayoutBuilder::new();
    builder.column(100, Some(3));
    builder.shard();
    builder.shard();
    builder.column(70, None);
    let first = builder.build_open().unwrap();
    assert_eq!((first.shards(), first.table_entries()), (2, 0));
    assert!(first.lacks_tables());
    let mut builder = LayoutBuilder::extending(&first);
    let third = builder.column(5, Some(4));
    let whole = builder.build().unwrap();
    assert_eq!((third.index(), whole.shards()), (2, 3));
    assert_eq!(whole.last_commitment(), 2..3);
    assert_eq!((whole.used(0), whole.used(1)), (128, 128));
    // 64 for the column, 64 for each table.
    assert_eq!((whole.used(2), whole.table_entries()), (192, 24));
    assert!(!whole.lacks_tables());
    assert!(first.begins(&whole) && !whole.begins(&first));
    // Tables close a proof, nothing extends them.
    let mut builder = LayoutBuilder::extending(&whole);
    builder.column(1, None);
    assert!(!whole.begins(&builder.build().unwrap()));
    let nothing_new = LayoutBuilder::extending(&first).build();
    assert_eq!(nothing_new.unwrap_err(), LayoutError::NoColumns);
}

#[test]
fn layouts_that_differ_have_different_bytes() {
    let make = |breaks: [bool; 2], commitments: bool, range: Option<Range>| {
        let mut builder = LayoutBuilder::new();
        builder.column(64, Some(3));
        if breaks[0] {
            builder.shard();
        }
        if commitments {
            builder = LayoutBuilder::extending(&builder.build_open().unwrap());
        }
        builder.column(64, None);
        if breaks[1] {
            builder.shard();
        }
        builder.column_in(64, range);
        builder.build().unwrap().bytes()
    };
    let own = |kind| Some(Range { bits: 3, kind });
    let all = [
        make([false, false], false, None),
        make([true, false], false, None),
        make([false, true], false, None),
        make([true, true], false, None),
        make([false, false], true, None),
        make([false, false], false, own(0)),
        make([false, false], false, own(1)),
    ];
    for (i, a) in all.iter().enumerate() {
        assert!(all[..i].iter().all(|b| a != b), "{i}");
    }
}

#[test]
fn rows_must_lie_in_one_block() {
    let layout = layout(&[(100, None)]);
    let point = vec![k(f(2)); 5];
    let claim = |row| layout.rows_claim(ColumnId(0), &[(row, k(f(1)))], &point, k(f(0)));
    // 100 = 64 + 32 + 4: the fourth row of 32 elements is not whole.
    assert!((0..3).all(|row| claim(row).is_some()));
    assert!(claim(3).is_none() && claim(usize::MAX).is_none());
    let huge = vec![k(f(2)); 64];
    assert!(
        layout
            .rows_claim(ColumnId(0), &[(0, k(f(1)))], &huge, k(f(0)))
            .is_none()
    );
}
