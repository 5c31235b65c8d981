//! Range checks of forgers who run every step themselves: wrong fractions, wrong tables, tables of another kind.

use super::super::ranges::{self, Challenges};
use super::super::stacks::Stacks;
use super::*;
use crate::gkr::{self, RangeTable, Segment, StackLeaves, TableLeaves};
use crate::stack::Range;

/// What a forger sums up.
struct Fractions {
    /// Looked-up parts of a shard's stack.
    segments: Vec<Segment>,
    tables: Vec<RangeTable>,
}

/// A proof up to the range check: columns and multiplicities as given, fractions as `change` makes them.
fn forge(
    instance: &Instance,
    multiplicities: &[Vec<F>],
    change: impl Fn(&mut Fractions),
) -> Vec<u8> {
    forge_parts(instance, multiplicities, change).0
}

/// The same, and the lookups' part by itself.
fn forge_parts(
    instance: &Instance,
    multiplicities: &[Vec<F>],
    change: impl Fn(&mut Fractions),
) -> (Vec<u8>, Vec<u8>) {
    let layout = instance.layout();
    assert_eq!(layout.shards(), 1);
    let mut t = ProverTranscript::new(NAME, b"statement");
    let mut prover = instance.prover();
    prover
        .commit_forged(layout, instance.source(), multiplicities.to_vec(), &mut t)
        .unwrap();
    let mut stacks = Stacks::new(layout.clone(), 0);
    stacks.extend(layout, instance.source());
    stacks.multiplicities = multiplicities.to_vec();
    let stack = stacks.build(0).unwrap();
    let challenges = Challenges {
        x: t.challenge("x"),
        alpha: t.challenge("alpha"),
    };
    let segments = layout.checked_pieces(0).map(|(piece, range)| Segment {
        start: piece.offset,
        end: piece.offset + (1 << piece.log_size),
        shift: challenges.shift(range),
    });
    let tables = ranges::tables(layout).zip(multiplicities);
    let mut fractions = Fractions {
        segments: segments.collect(),
        tables: tables
            .map(|((_, range, _), counts)| RangeTable {
                shift: challenges.shift(range),
                multiplicities: counts.clone(),
            })
            .collect(),
    };
    change(&mut fractions);
    let mut branch = t.fork(0);
    let leaves = StackLeaves::new(&stack, fractions.segments, layout.num_vars(0));
    gkr::prove_lookups(&leaves, &mut branch).unwrap();
    let part = branch.proof().to_vec();
    t.join(branch);
    let tables = TableLeaves::new(fractions.tables, ranges::table_vars(layout));
    gkr::prove_tables(&tables, &mut t).unwrap();
    (t.finish(), part)
}

/// A proof up to the end of the range check, with nothing wrong.
pub(super) fn honest(instance: &Instance) -> Vec<u8> {
    forge(instance, &instance.multiplicities(), |_| {})
}

/// The lookups' part of a proof that leaves the last of several columns out: consistent in itself, and not the stack's.
pub(super) fn incomplete_part(instance: &Instance) -> Vec<u8> {
    let leave_out = |fractions: &mut Fractions| {
        fractions.segments.pop();
    };
    forge_parts(instance, &instance.multiplicities(), leave_out).1
}

/// Wrong fractions, by the check that rejects them.
pub(super) fn rejected_fractions() -> [VerifyError; 2] {
    [lookups_left_out(), other_numbers()].map(Result::unwrap_err)
}

fn counts(values: &[u64], bits: u32) -> Vec<F> {
    let count = |j| values.iter().filter(|v| **v == j).count() as u64;
    (0..1 << bits).map(|j| f(count(j))).collect()
}

#[test]
fn an_honest_range_check_gets_to_the_end() {
    let instance = Instance::small();
    let proof = honest(&instance);
    // What is missing is the rest.
    assert!(matches!(
        instance.verify(&proof),
        Err(VerifyError::Transcript(_))
    ));
}

/// A cell that is not looked up may hold anything; the sums agree all the same.
fn lookups_left_out() -> Result<(), VerifyError> {
    let mut cheat = Instance::new(&[(64, Some(3)), (64, Some(3))], 3);
    cheat.columns[1][7] = f(1 << 40);
    let first: Vec<u64> = cheat.columns[0]
        .iter()
        .map(|v| crate::field::to_word(*v))
        .collect();
    let proof = forge(&cheat, &[counts(&first, 3)], |fractions| {
        fractions.segments.pop();
    });
    cheat.verify(&proof)
}

#[test]
fn rejects_lookups_that_leave_cells_out() {
    assert!(matches!(
        lookups_left_out(),
        Err(VerifyError::RangeNumerators)
    ));
}

/// A table of 1 to 8 in place of 0 to 7: the sums agree, and 8 would be in range.
fn other_numbers() -> Result<(), VerifyError> {
    let mut cheat = Instance::new(&[(64, Some(3))], 3);
    let values: Vec<u64> = (0..64).map(|i| 1 + i % 8).collect();
    cheat.columns[0] = values.iter().map(|v| f(*v)).collect();
    let shifted: Vec<u64> = values.iter().map(|v| v - 1).collect();
    let proof = forge(&cheat, &[counts(&shifted, 3)], |fractions| {
        fractions.tables[0].shift -= K::ONE;
    });
    cheat.verify(&proof)
}

#[test]
fn rejects_a_table_of_other_numbers() {
    assert!(matches!(
        other_numbers(),
        Err(VerifyError::RangeDenominators)
    ));
}

/// Two columns of one width, the second with a table of its own, and its values.
fn own_table() -> Instance {
    let own = Range { bits: 3, kind: 1 };
    let mut builder = LayoutBuilder::new();
    let ids = vec![
        builder.column(64, Some(3)),
        builder.column_in(64, Some(own)),
        builder.column(64, Some(4)),
    ];
    Instance {
        ids,
        columns: (0..3)
            .map(|c| (0..64).map(|i| f((i + c) % 8)).collect())
            .collect(),
        layouts: vec![builder.build().unwrap()],
        ..Instance::small()
    }
}

/// The place of a table in the list of multiplicities.
fn table(instance: &Instance, bits: u32, kind: u32) -> usize {
    let tables = instance.layout().widths();
    tables
        .iter()
        .position(|range| *range == Range { bits, kind })
        .unwrap()
}

#[test]
fn own_tables_count_their_own_columns_alone() {
    let instance = own_table();
    instance.verify(&instance.prove().unwrap()).unwrap();
    let honest = instance.multiplicities();
    for (bits, kind) in [(3, 0), (3, 1)] {
        let counts = &honest[table(&instance, bits, kind)];
        assert!(counts.iter().all(|count| *count == f(8)));
    }
    instance.verify(&instance.forge(honest)).unwrap();
}

/// The value is in no table of its column, and another table counts it.
#[test]
fn rejects_values_that_another_table_counts() {
    let honest = own_table();
    let [shared, own, wide] =
        [(3, 0), (3, 1), (4, 0)].map(|(bits, kind)| table(&honest, bits, kind));
    let counts = honest.multiplicities();
    let moved = |column: usize, value: u64, from: usize, to: usize| {
        let mut cheat = own_table();
        let before = crate::field::to_word(cheat.columns[column][5]) as usize;
        cheat.columns[column][5] = f(value);
        let mut counts = counts.clone();
        counts[from][before] -= F::ONE;
        counts[to][value as usize] += F::ONE;
        cheat.verify(&cheat.forge(counts))
    };
    // The same change, counted where it belongs, is no forgery.
    moved(1, 7, own, own).unwrap();
    for forged in [
        // Of one width, of another kind: what CN-2 of the bridge rests on.
        moved(1, 7, own, shared),
        moved(0, 7, shared, own),
        // 9 is out of range for the column, not for the wider table.
        moved(1, 9, own, wide),
        moved(0, 9, shared, wide),
    ] {
        assert!(matches!(forged, Err(VerifyError::RangeSums)));
    }
}

/// Counts that move between tables while the columns stay.
#[test]
fn rejects_counts_that_move_between_tables() {
    let instance = own_table();
    let [shared, own] = [0, 1].map(|kind| table(&instance, 3, kind));
    for (from, to) in [(own, shared), (shared, own)] {
        let mut counts = instance.multiplicities();
        counts[from][7] -= F::ONE;
        counts[to][7] += F::ONE;
        let forged = instance.verify(&instance.forge(counts));
        assert!(matches!(forged, Err(VerifyError::RangeSums)));
    }
}

/// The claims that a range check leaves are true for the committed stack, and weigh every looked-up cell and every
/// count: a stack that differs from what was summed up has no opening.
#[test]
fn the_claims_of_a_range_check_weigh_every_cell_and_every_count() {
    let instance = own_table();
    let layout = instance.layout();
    let proof = honest(&instance);
    let mut t = VerifierTranscript::new(NAME, b"statement", &proof);
    instance.receive(&mut t).unwrap();
    let challenges = Challenges {
        x: t.challenge("x"),
        alpha: t.challenge("alpha"),
    };
    let branch = t.fork(0);
    let mut branch = t.enter(branch);
    let leaf = gkr::verify(layout.num_vars(0), &mut branch).unwrap();
    t.join(branch);
    let lookups = ranges::lookup_claim(layout, 0, &challenges, &leaf).unwrap();
    let leaf = gkr::verify(ranges::table_vars(layout), &mut t).unwrap();
    let tables = ranges::table_claim(layout, &challenges, &leaf).unwrap();

    let mut stacks = Stacks::new(layout.clone(), 0);
    stacks.extend(layout, instance.source());
    stacks.multiplicities = instance.multiplicities();
    let stack = stacks.build(0).unwrap();
    let weights = |claim: &crate::stack::LinearClaim| {
        let mut weights = vec![K::ZERO; stack.len()];
        for term in &claim.terms {
            let eq = crate::multilinear::eq_table(&term.point);
            for (weight, eq) in weights[term.offset..].iter_mut().zip(eq) {
                *weight += term.coefficient * eq;
            }
        }
        let value: K = weights.iter().zip(&stack).map(|(&w, &s)| w * k(s)).sum();
        assert_eq!(value, claim.value);
        weights
    };
    let nonzero = |weights: &[K], cells: core::ops::Range<usize>, expected: bool| {
        assert!(weights[cells].iter().all(|w| (*w != K::ZERO) == expected));
    };
    // Three columns of 64 cells, then counts: 16 and twice 8 of them, in pieces of 64.
    let (lookups, tables) = (weights(&lookups), weights(&tables));
    nonzero(&lookups, 0..192, true);
    nonzero(&lookups, 192..stack.len(), false);
    nonzero(&tables, 0..192, false);
    for (place, entries) in [(192, 16), (256, 8), (320, 8)] {
        nonzero(&tables, place..place + entries, true);
    }
}
