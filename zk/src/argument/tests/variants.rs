//! Every variant of both error enums is produced. The functions that name variants match without a wildcard, so that a
//! new variant does not compile before it has a row.

use super::*;
use crate::stack::Range;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

fn assert_all<E: core::fmt::Debug>(
    name: fn(&E) -> &'static str,
    rows: Vec<(&str, E)>,
    all: &[&str],
) {
    for (expected, error) in &rows {
        assert_eq!(name(error), *expected, "{error:?}");
    }
    let produced: BTreeSet<&str> = rows.iter().map(|(expected, _)| *expected).collect();
    assert_eq!(produced, all.iter().copied().collect());
}

fn prove_name(error: &ProveError) -> &'static str {
    match error {
        ProveError::OutOfRange { .. } => "OutOfRange",
        ProveError::Layout => "Layout",
        ProveError::Source(_) => "Source",
        ProveError::BadMultiplicity => "BadMultiplicity",
        ProveError::BadClaim { .. } => "BadClaim",
        ProveError::RangeCheck => "RangeCheck",
        ProveError::Soundness(_) => "Soundness",
        ProveError::Pcs(_) => "Pcs",
        ProveError::Fractions(_) => "Fractions",
        ProveError::Sumcheck(_) => "Sumcheck",
    }
}

fn verify_name(error: &VerifyError) -> &'static str {
    match error {
        VerifyError::RangeSums => "RangeSums",
        VerifyError::RangeNumerators => "RangeNumerators",
        VerifyError::RangeDenominators => "RangeDenominators",
        VerifyError::Layout => "Layout",
        VerifyError::BadMultiplicity => "BadMultiplicity",
        VerifyError::BadClaim { .. } => "BadClaim",
        VerifyError::Claims => "Claims",
        VerifyError::RangeCheck => "RangeCheck",
        VerifyError::Soundness(_) => "Soundness",
        VerifyError::Pcs(_) => "Pcs",
        VerifyError::Fractions(_) => "Fractions",
        VerifyError::Sumcheck(_) => "Sumcheck",
        VerifyError::Transcript(_) => "Transcript",
    }
}

/// Columns that cannot be read any more once they are committed.
struct Once {
    columns: Vec<Vec<F>>,
    left: AtomicUsize,
}

impl Source for Once {
    fn fill(&self, column: ColumnId, start: usize, out: &mut [F]) -> Result<(), SourceError> {
        let left = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| {
                n.checked_sub(out.len())
            });
        left.map_err(|_| "gone")?;
        self.columns.fill(column, start, out)
    }
}

/// A work folder that has this for every part.
struct Planted(Vec<u8>);

impl Checkpoints for Planted {
    fn load(&self, _: &[u8; 32]) -> Option<Vec<u8>> {
        Some(self.0.clone())
    }
    fn store(&self, _: &[u8; 32], _: &[u8]) {}
}

/// A level that the commitment alone reaches, and the whole argument about these columns does not.
fn between(shape: Shape) -> Instance {
    let mut instance = Instance::new(&[shape], 3);
    let mut levels = 100..192;
    let level = levels.find(|level| {
        instance.config = Config::new(*level).unwrap().with_code(1, 3, 2, 1);
        let report = instance
            .config
            .report(instance.layout(), instance.log_rows, 2, &[]);
        report.is_err()
    });
    assert!(level.is_some());
    instance
}

#[test]
fn every_reason_not_to_prove_is_produced() {
    let instance = Instance::small();
    let committed = || {
        let mut t = ProverTranscript::new(NAME, b"statement");
        let mut prover = instance.commit(&mut t).unwrap();
        prover.range_check(&mut t, &()).unwrap();
        (prover, t)
    };
    let mut out_of_range = Instance::small();
    out_of_range.columns[0][3] = f(8);
    let mut short = Instance::small();
    short.columns[1].pop();
    let (mut prover, mut t) = committed();
    let multiplicity = prover.claim_multiplicity(Range::from(9), 0, 0);
    let claim = prover.claim(instance.ids[0], &[], K::ONE);
    let again = prover.range_check(&mut t, &());
    prover
        .claim_rows(instance.ids[0], &[(0, K::ONE)], &[], k(f(9)))
        .unwrap();
    let false_claim = prover.open(&mut t);

    let mut t = ProverTranscript::new(NAME, b"statement");
    let mut gone = instance.prover();
    let cells = instance.columns.iter().map(Vec::len).sum::<usize>();
    let once = Once {
        columns: instance.columns.clone(),
        // The last shard is read again with its multiplicities.
        left: AtomicUsize::new(2 * cells),
    };
    gone.commit(instance.layout(), Arc::new(once), &mut t)
        .unwrap();
    let gone = gone.range_check(&mut t, &());

    let two = Instance::new(&[(64, Some(3)), (64, Some(3))], 3);
    let planted = Planted(forged::incomplete_part(&two));
    let mut t = ProverTranscript::new(NAME, b"statement");
    let mut prover = two.prover();
    let counts = two.multiplicities();
    prover
        .commit_forged(two.layout(), two.source(), counts, &mut t)
        .unwrap();
    let planted = prover.range_check(&mut t, &planted);

    let rows = vec![
        ("OutOfRange", out_of_range.prove().unwrap_err()),
        ("Pcs", short.prove().unwrap_err()),
        (
            "Layout",
            instance.prover().range_check(&mut t, &()).unwrap_err(),
        ),
        ("BadMultiplicity", multiplicity.unwrap_err()),
        ("BadClaim", claim.unwrap_err()),
        ("RangeCheck", again.unwrap_err()),
        ("Sumcheck", false_claim.unwrap_err()),
        ("Source", gone.unwrap_err()),
        ("Fractions", planted.unwrap_err()),
        (
            "Soundness",
            between((1 << 15, Some(3))).prove().map(|_| ()).unwrap_err(),
        ),
    ];
    let all = [
        "OutOfRange",
        "Layout",
        "Source",
        "BadMultiplicity",
        "BadClaim",
        "RangeCheck",
        "Soundness",
        "Pcs",
        "Fractions",
        "Sumcheck",
    ];
    assert_all(prove_name, rows, &all);
}

/// All but the misuse of the verifier is produced by proof bytes.
#[test]
fn every_reason_to_reject_is_produced() {
    let instance = Instance::small();
    let proof = instance.prove().unwrap();
    // One changed byte at a time: which checks reject, in the order of the bytes.
    let mut by_bytes = std::collections::BTreeMap::new();
    for i in 0..proof.len() {
        let mut forged = proof.clone();
        forged[i] ^= 1;
        let error = instance.verify(&forged).unwrap_err();
        by_bytes.insert(verify_name(&error), error);
    }
    // One cut at a time.
    for end in (0..proof.len()).step_by(8) {
        let error = instance.verify(&proof[..end]).unwrap_err();
        by_bytes.entry(verify_name(&error)).or_insert(error);
    }
    let mut counts = instance.multiplicities();
    counts[0][1] += F::ONE;
    let sums = instance.verify(&instance.forge(counts)).unwrap_err();

    let mut t = VerifierTranscript::new(NAME, b"statement", &proof);
    let mut early = Verifier::new(&instance.config, instance.log_rows).unwrap();
    let nothing = early.range_check(&mut t).unwrap_err();
    let mut verifier = instance.receive(&mut t).unwrap();
    let multiplicity = verifier.claim_multiplicity(Range::from(9), 0, 0);
    let claim = verifier.claim(instance.ids[0], &[], K::ONE);
    let unchecked = verifier.open(&mut t);

    let high = between((1 << 15, Some(3)));
    let ranges = forged::honest(&high);
    let mut t = VerifierTranscript::new(NAME, b"statement", &ranges);
    let mut verifier = high.receive(&mut t).unwrap();
    verifier.range_check(&mut t).unwrap();
    let beyond = verifier.open(&mut t);

    let [numerators, denominators] = forged::rejected_fractions();
    let mut rows: Vec<(&str, VerifyError)> = by_bytes.into_iter().collect();
    for name in ["Fractions", "Claims", "Pcs", "Sumcheck", "Transcript"] {
        assert!(rows.iter().any(|(found, _)| *found == name), "{name}");
    }
    rows.extend([
        ("RangeSums", sums),
        ("RangeNumerators", numerators),
        ("RangeDenominators", denominators),
        ("Layout", nothing),
        ("BadMultiplicity", multiplicity.unwrap_err()),
        ("BadClaim", claim.unwrap_err()),
        ("RangeCheck", unchecked.unwrap_err()),
        ("Soundness", beyond.unwrap_err()),
    ]);
    let all = [
        "RangeSums",
        "RangeNumerators",
        "RangeDenominators",
        "Layout",
        "BadMultiplicity",
        "BadClaim",
        "Claims",
        "RangeCheck",
        "Soundness",
        "Pcs",
        "Fractions",
        "Sumcheck",
        "Transcript",
    ];
    assert_all(verify_name, rows, &all);
}
