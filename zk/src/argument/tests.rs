use super::*;
use crate::field::{F, K, f, k};
use crate::multilinear::{evaluate_base, num_vars, tests::elements};
use crate::pcs::interleaved::{InterleavedError, Root};
use crate::soundness::{Config, Regime, SoundnessError, Term};
use crate::stack::{ColumnId, Layout, LayoutBuilder};
use crate::sumcheck::SumcheckError;
use crate::transcript::{ProverTranscript, VerifierTranscript};
use ark_ff::{AdditiveGroup, Field};
use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

mod forged;
mod reduction;
mod sharded;
mod variants;

const NAME: &str = "argument test";

/// Columns in shards and commitments, with valid values.
struct Instance {
    /// One for each commitment, the whole one last.
    layouts: Vec<Layout>,
    ids: Vec<ColumnId>,
    columns: Vec<Vec<F>>,
    config: Config,
    log_rows: usize,
}

type Shape = (usize, Option<u32>);

impl Instance {
    /// One shard with columns of the given lengths and ranges and pseudorandom values.
    fn new(shapes: &[Shape], seed: u64) -> Self {
        Self::sharded(&[&[shapes]], seed)
    }

    /// Commitments of shards of columns.
    fn sharded(commitments: &[&[&[Shape]]], seed: u64) -> Self {
        let mut layouts: Vec<Layout> = Vec::new();
        let mut ids = Vec::new();
        for (i, shards) in commitments.iter().enumerate() {
            let mut builder = layouts
                .last()
                .map_or_else(LayoutBuilder::new, LayoutBuilder::extending);
            for shapes in *shards {
                builder.shard();
                ids.extend(
                    shapes
                        .iter()
                        .map(|&(len, range)| builder.column(len, range)),
                );
            }
            let last = i + 1 == commitments.len();
            let layout = if last {
                builder.build()
            } else {
                builder.build_open()
            };
            layouts.push(layout.unwrap());
        }
        let shapes = commitments.iter().copied().flatten().copied().flatten();
        let columns = shapes
            .zip(seed..)
            .map(|(&(len, range), seed)| {
                let mask = range.map_or(u64::MAX, |bits| (1 << bits) - 1);
                let values = elements(seed, len).into_iter();
                values
                    .map(|v| f(crate::field::to_word(v.c0) & mask))
                    .collect()
            })
            .collect();
        let config = Config::new(100).unwrap().with_code(1, 3, 2, 1);
        Self {
            layouts,
            ids,
            columns,
            config,
            log_rows: 6,
        }
    }

    fn small() -> Self {
        Self::new(&[(70, Some(3)), (5, None), (1, Some(2))], 7)
    }

    fn layout(&self) -> &Layout {
        self.layouts.last().unwrap()
    }

    fn source(&self) -> Arc<dyn Source> {
        Arc::new(self.columns.clone())
    }

    fn prover(&self) -> Prover {
        Prover::new(&self.config, self.log_rows).unwrap()
    }

    fn commit(&self, t: &mut ProverTranscript) -> Result<Prover, ProveError> {
        let mut prover = self.prover();
        for layout in &self.layouts {
            prover.commit(layout, self.source(), t)?;
        }
        Ok(prover)
    }

    /// Claims every column at a random point.
    fn finish(
        &self,
        mut prover: Prover,
        checkpoints: &dyn Checkpoints,
        mut t: ProverTranscript,
    ) -> Result<Vec<u8>, ProveError> {
        prover.range_check(&mut t, checkpoints)?;
        for (&id, column) in self.ids.iter().zip(&self.columns) {
            let point = t.challenges("point", num_vars(column.len()));
            let value = prover.evaluate(id, &point)?;
            t.send_ext("value", &[value]);
            prover.claim(id, &point, value)?;
        }
        prover.open(&mut t)?;
        Ok(t.finish())
    }

    fn prove(&self) -> Result<Vec<u8>, ProveError> {
        let mut t = ProverTranscript::new(NAME, b"statement");
        let prover = self.commit(&mut t)?;
        self.finish(prover, &(), t)
    }

    /// Proves with any columns and multiplicities, valid or not.
    fn forge(&self, multiplicities: Vec<Vec<F>>) -> Vec<u8> {
        let mut t = ProverTranscript::new(NAME, b"statement");
        let mut prover = self.prover();
        for layout in &self.layouts {
            let given = multiplicities.clone();
            prover
                .commit_forged(layout, self.source(), given, &mut t)
                .unwrap();
        }
        self.finish(prover, &(), t).unwrap()
    }

    /// The multiplicities of an honest proof, by table.
    fn multiplicities(&self) -> Vec<Vec<F>> {
        let mut t = ProverTranscript::new(NAME, b"");
        let prover = self.commit(&mut t).unwrap();
        let tables = self.layout().widths().iter();
        tables
            .map(|&range| {
                (0..1 << range.bits)
                    .map(|j| f(prover.multiplicity(range, j)))
                    .collect()
            })
            .collect()
    }

    fn receive(&self, t: &mut VerifierTranscript<'_>) -> Result<Verifier, VerifyError> {
        let mut verifier = Verifier::new(&self.config, self.log_rows)?;
        for layout in &self.layouts {
            verifier.commit(layout, t)?;
        }
        Ok(verifier)
    }

    fn verify(&self, proof: &[u8]) -> Result<(), VerifyError> {
        self.verify_claims(b"statement", proof, &self.ids)
    }

    fn verify_claims(
        &self,
        statement: &[u8],
        proof: &[u8],
        ids: &[ColumnId],
    ) -> Result<(), VerifyError> {
        let mut t = VerifierTranscript::new(NAME, statement, proof);
        let mut verifier = self.receive(&mut t)?;
        verifier.range_check(&mut t)?;
        for &id in ids {
            let vars = num_vars(self.layout().column_len(id).unwrap());
            let point = t.challenges("point", vars);
            let value = t.receive_ext("value", 1)?[0];
            verifier.claim(id, &point, value)?;
        }
        verifier.open(&mut t)?;
        Ok(t.finish()?)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn complete_for_any_layout(
        shapes in prop::collection::vec((1..400_usize, 0..7_u32), 1..6),
        seed: u64,
    ) {
        let shapes: Vec<_> =
            shapes.into_iter().map(|(len, bits)| (len, (bits > 0).then_some(bits))).collect();
        let instance = Instance::new(&shapes, seed);
        let proof = instance.prove().unwrap();
        prop_assert!(instance.verify(&proof).is_ok());
    }
}

#[test]
fn complete_at_the_default_level_and_for_wide_ranges() {
    let shapes = [
        vec![(1, None)],
        vec![(1, Some(1))],
        vec![
            (3000, Some(16)),
            (1 << 12, Some(7)),
            (777, Some(16)),
            (64, None),
        ],
        vec![(100, Some(18))],
    ];
    for (i, shapes) in shapes.iter().enumerate() {
        let mut instance = Instance::new(shapes, i as u64);
        for regime in [Regime::UniqueDecoding, Regime::Johnson] {
            instance.config = Config::default().with_regime(regime);
            instance.verify(&instance.prove().unwrap()).unwrap();
        }
    }
}

#[test]
fn extreme_values_are_in_range() {
    let mut instance = Instance::new(&[(130, Some(5)), (64, None)], 1);
    instance.columns[0] = (0..130)
        .map(|i| f(if i % 2 == 0 { 31 } else { 0 }))
        .collect();
    instance.columns[1] = vec![-f(1); 64];
    instance.verify(&instance.prove().unwrap()).unwrap();
}

#[test]
fn evaluations_are_the_columns_extensions() {
    let instance = Instance::new(&[(133, None), (1, None), (64, None)], 2);
    let mut t = ProverTranscript::new(NAME, b"");
    let prover = instance.commit(&mut t).unwrap();
    for (&id, column) in instance.ids.iter().zip(&instance.columns) {
        let point = elements(3, num_vars(column.len()));
        assert_eq!(
            prover.evaluate(id, &point).unwrap(),
            evaluate_base(column, &point)
        );
    }
}

#[test]
fn rejects_every_changed_byte() {
    let instance = Instance::small();
    let proof = instance.prove().unwrap();
    instance.verify(&proof).unwrap();
    for i in 0..proof.len() {
        let mut forged = proof.clone();
        forged[i] ^= 1 << (i % 8);
        assert!(instance.verify(&forged).is_err(), "byte {i}");
    }
}

#[test]
fn rejects_truncated_extended_and_transplanted_proofs() {
    let instance = Instance::small();
    let proof = instance.prove().unwrap();
    for len in (0..proof.len()).step_by(211) {
        assert!(instance.verify(&proof[..len]).is_err());
    }
    assert!(instance.verify(&[&proof[..], &[0]].concat()).is_err());
    let other_statement = instance.verify_claims(b"another", &proof, &instance.ids);
    assert!(other_statement.is_err());
    for shapes in [
        [(70, Some(3)), (6, None), (1, Some(2))],
        [(70, Some(4)), (5, None), (1, Some(2))],
        [(70, Some(3)), (5, Some(3)), (1, Some(2))],
    ] {
        assert!(Instance::new(&shapes, 7).verify(&proof).is_err());
    }
    let mut other = Instance::small();
    other.config = Config::new(101).unwrap().with_code(1, 3, 2, 1);
    assert!(other.verify(&proof).is_err());
}

#[test]
fn rejects_a_claim_moved_to_another_column() {
    let instance = Instance::new(&[(70, Some(3)), (70, Some(3))], 8);
    let proof = instance.prove().unwrap();
    let swapped = [instance.ids[1], instance.ids[0]];
    let result = instance.verify_claims(b"statement", &proof, &swapped);
    assert!(matches!(result, Err(VerifyError::Claims)));
}

#[test]
fn rejects_wrong_multiplicities() {
    let instance = Instance::small();
    let honest = instance.multiplicities();
    instance.verify(&instance.forge(honest.clone())).unwrap();
    for (table, entry) in [(0, 0), (0, 7), (1, 3)] {
        let mut wrong = honest.clone();
        wrong[table][entry] += F::ONE;
        let result = instance.verify(&instance.forge(wrong));
        assert!(matches!(result, Err(VerifyError::RangeSums)));
    }
}

#[test]
fn rejects_values_out_of_range() {
    let instance = Instance::small();
    let honest = instance.multiplicities();
    // Also a value of the other table: widths must not mix.
    for value in [f(8), f(u64::MAX), -f(1), f(1 << 40)] {
        let mut cheat = Instance::small();
        cheat.columns[0][3] = value;
        let result = instance.verify(&cheat.forge(honest.clone()));
        assert!(matches!(result, Err(VerifyError::RangeSums)));
    }
    let mut cheat = Instance::small();
    cheat.columns[2][0] = f(5);
    let mut counts = honest;
    counts[1][crate::field::to_word(instance.columns[2][0]) as usize] -= F::ONE;
    counts[0][5] += F::ONE;
    let result = instance.verify(&cheat.forge(counts));
    assert!(matches!(result, Err(VerifyError::RangeSums)));
}

/// If `x` were known before the multiplicities are committed, base-field multiplicities
/// could balance an out-of-range value: three equations, four unknowns. With the
/// real transcript the same columns are rejected.
#[test]
fn multiplicities_chosen_after_the_challenge_would_break_it() {
    let cheat_value = f(1_000_003);
    let mut cheat = Instance::new(&[(64, Some(2))], 9);
    cheat.columns = vec![vec![cheat_value; 64]];
    // Frozen challenge: solve sum_j m_j / (x - j) = 64 / (x - v) over F.
    let x = elements(1, 1)[0];
    let coordinates = |v: K| [v.c0, v.c1, v.c2];
    let inverse = |j: u64| (x - k(f(j))).inverse().unwrap();
    let columns = [0, 1, 2].map(|j| coordinates(inverse(j)));
    let target = coordinates((x - k(cheat_value)).inverse().unwrap() * k(f(64)));
    let determinant = |c: [[F; 3]; 3]| {
        (0..3)
            .map(|i| {
                let [a, b] = [(i + 1) % 3, (i + 2) % 3];
                c[0][i] * (c[1][a] * c[2][b] - c[1][b] * c[2][a])
            })
            .sum::<F>()
    };
    let whole = determinant(columns).inverse().unwrap();
    let mut forged: Vec<F> = (0..3)
        .map(|j| {
            let mut replaced = columns;
            replaced[j] = target;
            determinant(replaced) * whole
        })
        .collect();
    forged.push(F::ZERO);
    let tables = |x: K| {
        let term = |(j, &m): (usize, &F)| (x - k(f(j as u64))).inverse().unwrap() * k(m);
        forged.iter().enumerate().map(term).sum::<K>()
    };
    let lookups = |x: K| (x - k(cheat_value)).inverse().unwrap() * k(f(64));
    assert_eq!(
        tables(x),
        lookups(x),
        "the attack works for the frozen challenge"
    );
    assert_ne!(tables(x + K::ONE), lookups(x + K::ONE));
    let result = cheat.verify(&cheat.forge(vec![forged]));
    assert!(matches!(result, Err(VerifyError::RangeSums)));
}

#[test]
fn the_prover_refuses_misuse() {
    let instance = Instance::small();
    let mut cheat = Instance::small();
    cheat.columns[0][69] = f(8);
    let refused = cheat.prove().unwrap_err();
    assert!(matches!(
        refused,
        ProveError::OutOfRange {
            column: 0,
            index: 69,
            value: 8,
            bits: 3
        }
    ));
    let expected = "element 69 of column 0 is 8, not below 2^3";
    assert_eq!(refused.to_string(), expected);
    let mut short = Instance::small();
    short.columns[1].pop();
    assert!(matches!(
        short.prove(),
        Err(ProveError::Pcs(InterleavedError::Load { shard: 0, .. }))
    ));

    let t = &mut ProverTranscript::new(NAME, b"");
    let prover = instance.commit(t).unwrap();
    assert!(matches!(prover.open(t), Err(ProveError::RangeCheck)));
    let mut prover = instance.commit(t).unwrap();
    prover.range_check(t, &()).unwrap();
    assert!(matches!(
        prover.range_check(t, &()),
        Err(ProveError::RangeCheck)
    ));
    let point = elements(1, 7);
    let column = instance.ids[1];
    for bad in [
        prover.claim(column, &point, K::ONE),
        prover.evaluate(column, &point).map(|_| ()),
        prover.claim_rows(column, &[(5, K::ONE)], &[], K::ONE),
        prover
            .evaluate_rows(column, &[(5, K::ONE)], &[])
            .map(|_| ()),
    ] {
        assert!(matches!(bad, Err(ProveError::BadClaim { .. })));
    }
    prover.claim(instance.ids[0], &point, K::ONE).unwrap();
    let wrong = prover.open(t);
    assert!(matches!(
        wrong,
        Err(ProveError::Sumcheck(SumcheckError::WrongClaim))
    ));
    let nothing = instance.prover().range_check(t, &());
    assert!(matches!(nothing, Err(ProveError::Layout)));
    let none = instance.prover().claim(column, &point, K::ONE);
    assert!(matches!(none, Err(ProveError::Layout)));
}

#[test]
fn the_verifier_refuses_misuse() {
    let instance = Instance::small();
    let proof = instance.prove().unwrap();
    let start = || {
        let mut t = VerifierTranscript::new(NAME, b"statement", &proof);
        let verifier = instance.receive(&mut t).unwrap();
        (verifier, t)
    };
    let (verifier, mut t) = start();
    assert!(matches!(
        verifier.open(&mut t),
        Err(VerifyError::RangeCheck)
    ));
    let (mut verifier, mut t) = start();
    verifier.range_check(&mut t).unwrap();
    assert!(matches!(
        verifier.range_check(&mut t),
        Err(VerifyError::RangeCheck)
    ));
    let bad = verifier.claim(instance.ids[0], &[], K::ONE);
    assert!(matches!(
        bad,
        Err(VerifyError::BadClaim { coordinates: 0, .. })
    ));
    // Without the claims that the prover made, the rest does not fit.
    assert!(verifier.open(&mut t).is_err());
}

/// Forged leaf claims are caught by the closed forms.
#[test]
fn leaf_claims_must_match_the_closed_forms() {
    use super::ranges::{Challenges, LeafMismatch, lookup_claim, table_claim, table_vars};
    use crate::gkr::LeafClaim;
    let instance = Instance::small();
    let layout = instance.layout();
    let [x, alpha] = [elements(1, 1)[0], elements(2, 1)[0]];
    let challenges = Challenges { x, alpha };
    let leaf = |vars| LeafClaim {
        sum: (K::ONE, K::ONE),
        point: elements(3, vars),
        numerator: K::ONE,
        denominator: K::ONE,
    };
    let lookups = lookup_claim(layout, 0, &challenges, &leaf(layout.num_vars(0)));
    assert_eq!(lookups.err(), Some(LeafMismatch::Numerators));
    let tables = table_claim(layout, &challenges, &leaf(table_vars(layout)));
    assert_eq!(tables.err(), Some(LeafMismatch::Denominators));
}

#[test]
fn proofs_do_not_depend_on_the_number_of_threads() {
    let one = Instance::new(&[(5000, Some(8)), (700, None)], 4);
    // Several shards and two commitments, each shard of more than one task.
    let shapes: &[Shape] = &[(70_000, Some(8)), (700, None), (66_000, Some(3))];
    let mut several = Instance::sharded(&[&[shapes, shapes], &[shapes, &[(9, Some(3))]]], 4);
    several.log_rows = 14;
    for instance in [one, several] {
        let proofs = [1, 2, 5].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build().unwrap().install(|| instance.prove().unwrap())
        });
        assert!(proofs.iter().all(|p| *p == proofs[0]));
        instance.verify(&proofs[0]).unwrap();
    }
}

/// Claims are bound even if the caller did not send their values.
#[test]
fn claims_are_bound_to_the_batching_challenge() {
    let instance = Instance::new(&[(9, None)], 5);
    let point = elements(6, 4);
    let value = evaluate_base(&instance.columns[0], &point);
    let mut t = ProverTranscript::new(NAME, b"");
    let mut prover = instance.commit(&mut t).unwrap();
    prover.range_check(&mut t, &()).unwrap();
    prover.claim(instance.ids[0], &point, value).unwrap();
    prover.open(&mut t).unwrap();
    let proof = t.finish();
    let verify = |points: &[&[K]], value: K| {
        let mut t = VerifierTranscript::new(NAME, b"", &proof);
        let mut verifier = instance.receive(&mut t)?;
        verifier.range_check(&mut t)?;
        for point in points {
            verifier.claim(instance.ids[0], point, value)?;
        }
        verifier.open(&mut t)
    };
    verify(&[&point], value).unwrap();
    assert!(verify(&[&point], value + K::ONE).is_err());
    assert!(verify(&[&elements(7, 4)], value).is_err());
    assert!(verify(&[&point, &point], value).is_err());
    assert!(verify(&[], value).is_err());
}
