//! Sumcheck of `sum_p sum_i A_p[i] B_p[i]` for pairs of large tables: the same messages as [`super::prove`] with the
//! combination `A_1 B_1 + A_2 B_2 + ..`, in packed arithmetic.
//!
//! The most significant variable is bound first, so both halves of a table are contiguous and lanes need no shuffling.

use super::SumcheckError;
use super::relation::interpolate;
use crate::field::K;
use crate::field::lanes::{Ext, Lane, Table, broadcast, ext, horizontal_sum};
use crate::transcript::ProverTranscript;
use p3_field::PackedValue;
use p3_goldilocks::Goldilocks;
use rayon::prelude::*;

/// Elements of one task; a multiple of every lane width.
const TASK: usize = 1 << 11;

/// Proves the sum over all `2^num_vars` indices of all pairs; shorter tables continue with zeros. Returns the point (most
/// significant variable first) and both extensions of each pair there.
///
/// # Errors
/// If a table is too long or the claim is wrong.
pub(crate) fn prove_products(
    mut pairs: Vec<[Table; 2]>,
    num_vars: usize,
    mut claim: K,
    t: &mut ProverTranscript,
) -> Result<(Vec<K>, Vec<[K; 2]>), SumcheckError> {
    for table in pairs.iter_mut().flatten() {
        if table.len() > 1 << num_vars {
            let len = table.len();
            return Err(SumcheckError::TableTooLong { len, num_vars });
        }
        for coordinate in &mut table.0 {
            coordinate.resize(1 << num_vars, Goldilocks::new(0));
        }
    }
    let mut point = Vec::with_capacity(num_vars);
    for round in 0..num_vars {
        let half = 1 << (num_vars - 1 - round);
        let [at_zero, at_one, at_two] = message(&pairs, half);
        if at_zero + at_one != claim {
            return Err(SumcheckError::WrongClaim);
        }
        t.send_ext("sumcheck round", &[at_zero, at_two]);
        let r = t.challenge("sumcheck");
        claim = interpolate(&[at_zero, at_one, at_two], r);
        point.push(r);
        for table in pairs.iter_mut().flatten() {
            fold(table, half, r);
        }
    }
    let ends: Vec<[K; 2]> = pairs
        .iter()
        .map(|pair| pair.each_ref().map(|table| table.get(0)))
        .collect();
    if ends.iter().map(|[a, b]| *a * b).sum::<K>() != claim {
        return Err(SumcheckError::WrongClaim);
    }
    Ok((point, ends))
}

/// The lane of a table that starts at `at`.
#[inline(always)]
fn lane(table: &Table, at: usize) -> Ext<Lane> {
    let [c0, c1, c2] = &table.0;
    let part = |c: &[Goldilocks]| *Lane::from_slice(&c[at..at + Lane::WIDTH]);
    Ext([part(c0), part(c1), part(c2)])
}

/// The round polynomial's values at 0, 1, 2.
fn message(pairs: &[[Table; 2]], half: usize) -> [K; 3] {
    let add = |a: [K; 3], b: [K; 3]| core::array::from_fn(|i| a[i] + b[i]);
    let tasks = half.div_ceil(TASK);
    (0..pairs.len() * tasks)
        .into_par_iter()
        .map(|task| {
            let [a, b] = &pairs[task / tasks];
            let start = task % tasks * TASK;
            let end = half.min(start + TASK);
            if half < Lane::WIDTH {
                return small_message(a, b, half);
            }
            let mut sums = [Ext::<Lane>::ZERO; 3];
            for i in (start..end).step_by(Lane::WIDTH) {
                let (a0, a1) = (lane(a, i), lane(a, i + half));
                let (b0, b1) = (lane(b, i), lane(b, i + half));
                sums[0] += a0 * b0;
                sums[1] += a1 * b1;
                sums[2] += (a1 + a1 - a0) * (b1 + b1 - b0);
            }
            sums.map(horizontal_sum)
        })
        .reduce(|| [K::from(0_u64); 3], add)
}

fn small_message(a: &Table, b: &Table, half: usize) -> [K; 3] {
    let mut sums = [K::from(0_u64); 3];
    for i in 0..half {
        let (a0, a1) = (a.get(i), a.get(i + half));
        let (b0, b1) = (b.get(i), b.get(i + half));
        sums[0] += a0 * b0;
        sums[1] += a1 * b1;
        sums[2] += (a1 + a1 - a0) * (b1 + b1 - b0);
    }
    sums
}

/// Binds the most significant variable to `r`.
fn fold(table: &mut Table, half: usize, r: K) {
    let (packed, single) = (broadcast(r), ext(r));
    let [c0, c1, c2] = &mut table.0;
    let (l0, h0) = c0.split_at_mut(half);
    let (l1, h1) = c1.split_at_mut(half);
    let (l2, h2) = c2.split_at_mut(half);
    l0.par_chunks_mut(TASK)
        .zip(l1.par_chunks_mut(TASK))
        .zip(l2.par_chunks_mut(TASK))
        .zip(
            h0.par_chunks(TASK)
                .zip(h1.par_chunks(TASK))
                .zip(h2.par_chunks(TASK)),
        )
        .for_each(|(((l0, l1), l2), ((h0, h1), h2))| {
            let whole = l0.len() / Lane::WIDTH * Lane::WIDTH;
            for i in (0..whole).step_by(Lane::WIDTH) {
                let at = i..i + Lane::WIDTH;
                let pack = |c: &[Goldilocks]| *Lane::from_slice(&c[at.clone()]);
                let low = Ext([pack(l0), pack(l1), pack(l2)]);
                let high = Ext([pack(h0), pack(h1), pack(h2)]);
                let Ext([s0, s1, s2]) = low + packed * (high - low);
                l0[at.clone()].copy_from_slice(s0.as_slice());
                l1[at.clone()].copy_from_slice(s1.as_slice());
                l2[at].copy_from_slice(s2.as_slice());
            }
            for i in whole..l0.len() {
                let low = Ext([l0[i], l1[i], l2[i]]);
                let high = Ext([h0[i], h1[i], h2[i]]);
                [l0[i], l1[i], l2[i]] = (low + single * (high - low)).0;
            }
        });
    for coordinate in &mut table.0 {
        coordinate.truncate(half);
    }
}

/// A table from extension elements.
pub(crate) fn table(values: &[K]) -> Table {
    values.iter().copied().collect()
}

/// The extension elements of a table.
#[cfg(test)]
fn elements(table: &Table) -> Vec<K> {
    (0..table.len()).map(|i| table.get(i)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::multilinear::tests::elements as random;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn messages_are_those_of_the_general_sumcheck(
            num_vars in 0..13_usize,
            pairs in 1..4_usize,
            seed: u64,
        ) {
            let tables: Vec<Vec<K>> = (0..2 * pairs)
                .map(|i| random(seed ^ i as u64, (1 << num_vars).min(900 + 7 * i)))
                .collect();
            let products = |v: &[K]| v.as_chunks::<2>().0.iter().map(|[a, b]| *a * b).sum::<K>();
            let claim = super::super::sum(&tables, num_vars, products);
            let mut general = ProverTranscript::new("test", b"");
            let expected =
                super::super::prove(tables.clone(), num_vars, 2, products, claim, &mut general).unwrap();
            let packed = tables.chunks(2).map(|p| [table(&p[0]), table(&p[1])]).collect();
            let mut t = ProverTranscript::new("test", b"");
            let (point, ends) = prove_products(packed, num_vars, claim, &mut t).unwrap();
            prop_assert_eq!(point, expected.0);
            prop_assert_eq!(ends.concat(), expected.1);
            prop_assert_eq!(t.finish(), general.finish());
        }
    }

    #[test]
    fn wrong_claims_and_long_tables_are_refused() {
        let pair = || [table(&random(1, 8)), table(&random(2, 8))];
        assert_eq!(elements(&pair()[0]), random(1, 8));
        let mut t = ProverTranscript::new("test", b"");
        let wrong = prove_products(vec![pair()], 3, K::from(1_u64), &mut t);
        assert!(matches!(wrong, Err(SumcheckError::WrongClaim)));
        let long = prove_products(vec![pair()], 2, K::from(1_u64), &mut t);
        assert!(matches!(
            long,
            Err(SumcheckError::TableTooLong {
                len: 8,
                num_vars: 2
            })
        ));
    }
}
