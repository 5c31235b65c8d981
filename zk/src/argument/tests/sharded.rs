//! Several shards and commitments.

use super::*;
use crate::stack::Range;

fn three() -> Instance {
    Instance::sharded(
        &[
            &[&[(70, Some(3)), (9, None)], &[(130, Some(4))]],
            &[&[(5, Some(3)), (300, None)]],
        ],
        3,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn complete_for_any_shards(
        shapes in prop::collection::vec(prop::collection::vec((1..300_usize, 0..6_u32), 1..4), 1..6),
        cut in 0..6_usize,
        log_rows in 6..9_usize,
        seed: u64,
    ) {
        let shards: Vec<Vec<Shape>> = shapes
            .iter()
            .map(|s| s.iter().map(|&(len, bits)| (len, (bits > 0).then_some(bits))).collect())
            .collect();
        let shards: Vec<&[Shape]> = shards.iter().map(Vec::as_slice).collect();
        let (first, second) = shards.split_at(cut.min(shards.len() - 1));
        let commitments: Vec<&[&[Shape]]> =
            [first, second].into_iter().filter(|c| !c.is_empty()).collect();
        let mut instance = Instance::sharded(&commitments, seed);
        instance.log_rows = log_rows;
        let proof = instance.prove().unwrap();
        prop_assert!(instance.verify(&proof).is_ok());
    }
}

#[test]
fn rejects_every_changed_byte_of_a_sharded_proof() {
    let instance = three();
    let proof = instance.prove().unwrap();
    instance.verify(&proof).unwrap();
    for i in 0..proof.len() {
        let mut forged = proof.clone();
        forged[i] ^= 1 << (i % 8);
        assert!(instance.verify(&forged).is_err(), "byte {i}");
    }
}

#[test]
fn rejects_another_order_of_shards_and_another_cut() {
    let proof = three().prove().unwrap();
    let swapped: &[&[&[Shape]]] = &[
        &[&[(130, Some(4))], &[(70, Some(3)), (9, None)]],
        &[&[(5, Some(3)), (300, None)]],
    ];
    let merged: &[&[&[Shape]]] = &[
        &[&[(70, Some(3)), (9, None), (130, Some(4))]],
        &[&[(5, Some(3)), (300, None)]],
    ];
    for shapes in [swapped, merged] {
        assert!(Instance::sharded(shapes, 3).verify(&proof).is_err());
    }
    let mut rows = three();
    rows.log_rows = 7;
    assert!(rows.verify(&proof).is_err());
}

/// Two shards of one shape: each branch's number is bound, and so is the order of joining.
#[test]
fn rejects_swapped_branches() {
    let shapes: &[Shape] = &[(64, Some(3))];
    let instance = Instance::sharded(&[&[shapes, shapes]], 5);
    let store = Store::default();
    let mut t = ProverTranscript::new(NAME, b"statement");
    let prover = instance.commit(&mut t).unwrap();
    let proof = instance.finish(prover, &store, t).unwrap();
    instance.verify(&proof).unwrap();
    // The branches follow each other.
    let branches: Vec<Vec<u8>> = store.map.into_inner().unwrap().into_values().collect();
    let size = branches[0].len();
    let find = |b: &Vec<u8>| proof.windows(size).position(|w| w == b.as_slice());
    let starts = [find(&branches[0]).unwrap(), find(&branches[1]).unwrap()];
    let start = starts[0].min(starts[1]);
    assert_eq!(starts[0].abs_diff(starts[1]), size);
    let mut forged = proof.clone();
    forged[start..start + 2 * size].rotate_left(size);
    assert_ne!(forged, proof);
    assert!(instance.verify(&forged).is_err());
}

#[test]
fn rejects_cheating_in_any_shard() {
    let honest = three().multiplicities();
    three().verify(&three().forge(honest.clone())).unwrap();
    for (column, limit) in [(0, 8), (2, 16), (3, 8)] {
        for value in [f(limit), -f(1)] {
            let mut cheat = three();
            cheat.columns[column][0] = value;
            let result = three().verify(&cheat.forge(honest.clone()));
            assert!(
                matches!(result, Err(VerifyError::RangeSums)),
                "column {column}"
            );
        }
    }
    // A value that moves to another shard keeps the sums, but not the claims; a lost one keeps neither.
    let mut wrong = honest;
    wrong[0][1] -= F::ONE;
    assert!(matches!(
        three().verify(&three().forge(wrong)),
        Err(VerifyError::RangeSums)
    ));
}

/// What one proof claims besides whole columns.
#[derive(Clone)]
struct Claims {
    column: usize,
    rows: Vec<(usize, K)>,
    point: Vec<K>,
    shift: K,
    table: Range,
    entry: usize,
    count: u64,
}

impl Claims {
    fn prove(&self, instance: &Instance) -> Vec<u8> {
        let mut t = ProverTranscript::new(NAME, b"");
        let mut prover = instance.commit(&mut t).unwrap();
        prover.range_check(&mut t, &()).unwrap();
        let column = instance.ids[self.column];
        let value = prover
            .evaluate_rows(column, &self.rows, &self.point)
            .unwrap();
        t.send_ext("value", &[value]);
        prover
            .claim_rows(column, &self.rows, &self.point, value)
            .unwrap();
        prover
            .claim_multiplicity(self.table, self.entry, self.count)
            .unwrap();
        prover.open(&mut t).unwrap();
        t.finish()
    }

    fn verify(&self, instance: &Instance, proof: &[u8]) -> Result<(), VerifyError> {
        let mut t = VerifierTranscript::new(NAME, b"", proof);
        let mut verifier = instance.receive(&mut t)?;
        verifier.range_check(&mut t)?;
        let value = t.receive_ext("value", 1)?[0];
        let column = instance.ids[self.column];
        verifier.claim_rows(column, &self.rows, &self.point, value + self.shift)?;
        verifier.claim_multiplicity(self.table, self.entry, self.count)?;
        verifier.open(&mut t)?;
        Ok(t.finish()?)
    }
}

#[test]
fn rows_cells_and_multiplicities_are_bound() {
    let mut instance = three();
    // Rows 1 and 8 of 16 elements are equal, so that only the row numbers differ.
    let (start, row) = instance.columns[2].split_at_mut(64);
    row[..16].copy_from_slice(&start[16..32]);
    let column = &instance.columns[2];
    let honest = Claims {
        column: 2,
        rows: vec![(1, K::ONE), (3, elements(4, 1)[0])],
        point: elements(5, 4),
        shift: K::ZERO,
        table: Range::from(4),
        entry: 0,
        count: crate::field::to_word(instance.multiplicities()[0][0]),
    };
    let proof = honest.prove(&instance);
    honest.verify(&instance, &proof).unwrap();
    let row = |r: usize| evaluate_base(&column[16 * r..16 * r + 16], &honest.point);
    let mut t = ProverTranscript::new(NAME, b"");
    let prover = instance.commit(&mut t).unwrap();
    let value = prover.evaluate_rows(instance.ids[2], &honest.rows, &honest.point);
    assert_eq!(value.unwrap(), row(1) + honest.rows[1].1 * row(3));

    let mut others = vec![honest.clone(); 7];
    others[0].column = 4;
    others[1].rows[0].0 = 4;
    others[2].rows[1].1 += K::ONE;
    others[3].point[2] += K::ONE;
    others[4].shift = K::ONE;
    others[5].entry = 1;
    others[6].count += 1;
    for (i, other) in others.iter().enumerate() {
        assert!(other.verify(&instance, &proof).is_err(), "{i}");
    }
    let cell = Claims {
        rows: vec![(129, K::ONE)],
        point: Vec::new(),
        ..honest.clone()
    };
    cell.verify(&instance, &cell.prove(&instance)).unwrap();
    for bad in [
        Claims {
            rows: vec![(8, K::ONE)],
            ..honest.clone()
        },
        Claims {
            table: Range::from(5),
            ..honest.clone()
        },
        Claims {
            entry: 16,
            ..honest
        },
    ] {
        let result = bad.verify(&instance, &proof);
        assert!(matches!(
            result,
            Err(VerifyError::BadClaim { .. } | VerifyError::BadMultiplicity)
        ));
    }
    let mut t = ProverTranscript::new(NAME, b"");
    let mut prover = instance.commit(&mut t).unwrap();
    let bad = prover.claim_multiplicity(Range::from(5), 0, 0);
    assert!(matches!(bad, Err(ProveError::BadMultiplicity)));
}

#[test]
fn a_false_row_or_multiplicity_has_no_proof() {
    let instance = &three();
    let prove = |claim: &dyn Fn(&mut Prover)| {
        let mut t = ProverTranscript::new(NAME, b"");
        let mut prover = instance.commit(&mut t).unwrap();
        prover.range_check(&mut t, &()).unwrap();
        claim(&mut prover);
        prover.open(&mut t)
    };
    let cell = k(instance.columns[2][3]);
    let claim = |value| {
        prove(&|p: &mut Prover| {
            p.claim_rows(instance.ids[2], &[(3, K::ONE)], &[], value)
                .unwrap();
        })
    };
    assert!(claim(cell).is_ok());
    let wrong = |result| matches!(result, Err(ProveError::Sumcheck(SumcheckError::WrongClaim)));
    assert!(wrong(claim(cell + K::ONE)));
    let count = crate::field::to_word(instance.multiplicities()[1][2]);
    let counts = |count| {
        prove(&move |p: &mut Prover| p.claim_multiplicity(Range::from(3), 2, count).unwrap())
    };
    assert!(counts(count).is_ok());
    assert!(wrong(counts(count + 1)));
}

#[derive(Default)]
struct Store {
    map: Mutex<HashMap<[u8; 32], Vec<u8>>>,
    loads: Mutex<usize>,
}

impl Checkpoints for Store {
    fn load(&self, key: &[u8; 32]) -> Option<Vec<u8>> {
        let found = self.map.lock().unwrap().get(key).cloned();
        *self.loads.lock().unwrap() += usize::from(found.is_some());
        found
    }
    fn store(&self, key: &[u8; 32], result: &[u8]) {
        self.map.lock().unwrap().insert(*key, result.to_vec());
    }
}

#[test]
fn stored_range_checks_are_used_and_bad_ones_made_again() {
    let instance = three();
    let store = Store::default();
    let prove = || {
        let mut t = ProverTranscript::new(NAME, b"statement");
        let prover = instance.commit(&mut t).unwrap();
        instance.finish(prover, &store, t).unwrap()
    };
    let proof = prove();
    assert_eq!(proof, instance.prove().unwrap());
    assert_eq!(
        (
            store.map.lock().unwrap().len(),
            *store.loads.lock().unwrap()
        ),
        (3, 0)
    );
    assert_eq!(prove(), proof);
    assert_eq!(*store.loads.lock().unwrap(), 3);
    let changes: [fn(&mut Vec<u8>); 4] =
        [|v| v[40] ^= 1, |v| v.truncate(9), |v| v.push(0), Vec::clear];
    for change in changes {
        store.map.lock().unwrap().values_mut().for_each(change);
        assert_eq!(prove(), proof);
    }
}

#[test]
fn keeping_stacks_changes_nothing() {
    let instance = three();
    let proof = instance.prove().unwrap();
    for budget in [1 << 10, 1 << 20] {
        let mut t = ProverTranscript::new(NAME, b"statement");
        let mut prover = instance.prover().keeping(budget);
        for layout in &instance.layouts {
            prover.commit(layout, instance.source(), &mut t).unwrap();
        }
        assert_eq!(instance.finish(prover, &(), t).unwrap(), proof);
    }
}

#[test]
fn a_known_root_is_bound_and_not_sent() {
    let instance = three();
    let first = &instance.layouts[0];
    let index = root(
        first,
        instance.source(),
        &instance.config,
        instance.log_rows,
    )
    .unwrap();
    let mut t = ProverTranscript::new(NAME, b"");
    let mut prover = instance.prover();
    prover
        .commit_known(first, instance.source(), &mut t)
        .unwrap();
    prover
        .commit(instance.layout(), instance.source(), &mut t)
        .unwrap();
    prover.range_check(&mut t, &()).unwrap();
    prover.open(&mut t).unwrap();
    let proof = t.finish();
    let verify = |root: &Root| {
        let mut t = VerifierTranscript::new(NAME, b"", &proof);
        let mut verifier = Verifier::new(&instance.config, instance.log_rows)?;
        verifier.commit_known(first, root, &mut t)?;
        verifier.commit(instance.layout(), &mut t)?;
        verifier.range_check(&mut t)?;
        verifier.open(&mut t)?;
        Ok::<_, VerifyError>(t.finish()?)
    };
    verify(&index).unwrap();
    let mut other = index;
    other[5] ^= 1;
    assert!(verify(&other).is_err());
}

#[test]
fn commitments_and_range_checks_come_in_order() {
    let instance = three();
    let [first, whole] = &instance.layouts[..] else {
        unreachable!()
    };
    let mut t = ProverTranscript::new(NAME, b"");
    // Ranges of an open layout cannot be checked yet, and are not skipped.
    let mut prover = instance.prover();
    prover.commit(first, instance.source(), &mut t).unwrap();
    assert!(matches!(
        prover.range_check(&mut t, &()),
        Err(ProveError::RangeCheck)
    ));
    prover.commit(whole, instance.source(), &mut t).unwrap();
    prover.range_check(&mut t, &()).unwrap();
    let late = prover.commit(whole, instance.source(), &mut t);
    assert!(matches!(late, Err(ProveError::RangeCheck)));
    // Another layout than one that extends the first.
    let other = Instance::small();
    let mut prover = instance.prover();
    prover.commit(first, instance.source(), &mut t).unwrap();
    let refused = prover.commit(other.layout(), other.source(), &mut t);
    assert!(matches!(refused, Err(ProveError::Layout)));

    let proof = instance.prove().unwrap();
    let mut t = VerifierTranscript::new(NAME, b"statement", &proof);
    let mut verifier = Verifier::new(&instance.config, instance.log_rows).unwrap();
    assert!(matches!(
        verifier.range_check(&mut t),
        Err(VerifyError::Layout)
    ));
    let mut verifier = Verifier::new(&instance.config, instance.log_rows).unwrap();
    verifier.commit(first, &mut t).unwrap();
    assert!(matches!(
        verifier.range_check(&mut t),
        Err(VerifyError::RangeCheck)
    ));
    let foreign = verifier.commit_known(other.layout(), &[0; 32], &mut t.clone());
    assert!(matches!(foreign, Err(VerifyError::Layout)));
    verifier.commit(whole, &mut t).unwrap();
    verifier.range_check(&mut t).unwrap();
    let late = verifier.commit_known(whole, &[0; 32], &mut t);
    assert!(matches!(late, Err(VerifyError::RangeCheck)));
}

/// If the batching challenge were fixed, errors of two claims could cancel; with the real one they do not.
#[test]
fn errors_that_cancel_for_a_frozen_batching_challenge_are_rejected() {
    let instance = three();
    let gamma = elements(8, 1)[0];
    let error = [gamma, -K::ONE];
    assert_eq!(error[0] + gamma * error[1], K::ZERO, "the attack works");
    let mut t = ProverTranscript::new(NAME, b"");
    let mut prover = instance.commit(&mut t).unwrap();
    prover.range_check(&mut t, &()).unwrap();
    for (i, error) in error.into_iter().enumerate() {
        let value = k(instance.columns[4][i]) + error;
        prover
            .claim_rows(instance.ids[4], &[(i, K::ONE)], &[], value)
            .unwrap();
    }
    assert!(matches!(
        prover.open(&mut t),
        Err(ProveError::Sumcheck(SumcheckError::WrongClaim))
    ));
}

#[test]
fn a_level_out_of_reach_and_a_failing_source_are_reported() {
    struct Broken;
    impl Source for Broken {
        fn fill(&self, _: ColumnId, _: usize, _: &mut [F]) -> Result<(), SourceError> {
            Err("no data".into())
        }
    }
    let instance = three();
    let broken = root(&instance.layouts[0], Arc::new(Broken), &instance.config, 6);
    assert!(matches!(
        broken,
        Err(ProveError::Pcs(InterleavedError::Load { .. }))
    ));
    let high = Config::new(190).unwrap();
    assert!(Prover::new(&high, 6).is_err() && Verifier::new(&high, 6).is_err());
    let weak = [Term {
        name: "weak".into(),
        bits: 60.0,
        grinding: 0,
        source: "test",
    }];
    let report = instance.config.report(instance.layout(), 6, 3, &weak);
    assert!(matches!(report, Err(SoundnessError::NotReached { .. })));
    let report = instance
        .config
        .report(instance.layout(), 6, 3, &[])
        .unwrap();
    assert!(report.total_bits() >= 100.0);
}
