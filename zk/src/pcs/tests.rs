use super::isomorphism::to_inner;
use super::*;
use crate::field::{f, k};
use crate::multilinear::{evaluate_base, tests::elements};
use crate::soundness::{Config, Regime, WhirParameters};
use p3_field::PrimeCharacteristicRing;
use proptest::prelude::*;

const NAME: &str = "pcs test";

fn values(n: usize, seed: u64) -> Vec<F> {
    elements(seed, n).into_iter().map(|v| v.c2).collect()
}

fn scheme(num_vars: usize, config: &Config) -> Whir {
    Whir::new(config.whir(num_vars).unwrap()).unwrap()
}

fn prove(pcs: &Whir, values: &[F]) -> Result<Vec<u8>, PcsError> {
    let mut t = ProverTranscript::new(NAME, b"");
    let data = pcs.commit(values, &mut t)?;
    let point = t.challenges("point", pcs.num_vars());
    let value = evaluate_base(values, &point);
    t.send_ext("value", &[value]);
    pcs.open(data, &point, value, &mut t)?;
    Ok(t.finish())
}

fn verify(pcs: &Whir, proof: &[u8]) -> Result<(), PcsError> {
    let mut t = VerifierTranscript::new(NAME, b"", proof);
    let root = pcs.receive(&mut t)?;
    let point = t.challenges("point", pcs.num_vars());
    let value = t.receive_ext("value", 1)?[0];
    pcs.verify(&root, &point, value, &mut t)?;
    Ok(t.finish()?)
}

/// Configurations whose small instances still have rounds, queries and grinding.
fn configs() -> Vec<Config> {
    let small = Config::new(100).unwrap().with_code(1, 2, 2, 1);
    vec![
        Config::default(),
        Config::default().with_regime(Regime::Johnson),
        small,
        small.with_regime(Regime::Johnson).with_grinding(8).unwrap(),
    ]
}

proptest! {
    #[test]
    fn the_isomorphism_is_a_ring_homomorphism(seed: u64) {
        let v = elements(seed, 2);
        let (a, b) = (v[0], v[1]);
        prop_assert_eq!(to_inner(a) * to_inner(b), to_inner(a * b));
        prop_assert_eq!(to_inner(a) + to_inner(b), to_inner(a + b));
        prop_assert_eq!(to_inner(k(f(seed))), Inner::from(crate::field::lanes::base(f(seed))));
    }
}

#[test]
fn the_isomorphism_is_injective() {
    assert_ne!(to_inner(K::new(f(0), f(1), f(0))), Inner::ZERO);
    assert_eq!(to_inner(k(f(1))), Inner::ONE);
}

#[test]
fn complete() {
    for config in configs() {
        for (num_vars, used) in [(8, 256), (8, 1), (11, 1500), (14, 16384)] {
            let pcs = scheme(num_vars, &config);
            let proof = prove(&pcs, &values(used, 5)).unwrap();
            assert!(proof.len() <= 64 + config.whir(num_vars).unwrap().max_opening_bytes());
            verify(&pcs, &proof).unwrap();
        }
    }
}

#[test]
fn the_prover_refuses_misuse() {
    let pcs = scheme(8, &Config::default());
    let t = &mut ProverTranscript::new(NAME, b"");
    assert!(matches!(
        pcs.commit(&values(257, 1), t),
        Err(PcsError::TooManyValues { .. })
    ));
    let own = values(256, 1);
    let data = pcs.commit(&own, t).unwrap();
    let short = elements(1, 7);
    let result = pcs.open(data, &short, k(f(0)), t);
    assert!(matches!(
        result,
        Err(PcsError::PointLength {
            expected: 8,
            actual: 7
        })
    ));
    let data = pcs.commit(&own, t).unwrap();
    assert!(matches!(
        pcs.open(data, &elements(1, 8), k(f(0)), t),
        Err(PcsError::WrongValue)
    ));
}

#[test]
fn rejects_another_value_point_and_statement() {
    let pcs = scheme(10, &configs()[2]);
    let proof = prove(&pcs, &values(1000, 2)).unwrap();
    let open = |shift: usize, statement: &[u8], add: u64| {
        let mut t = VerifierTranscript::new(NAME, statement, &proof);
        let root = pcs.receive(&mut t)?;
        let mut point = t.challenges("point", 10);
        point.rotate_left(shift);
        let value = t.receive_ext("value", 1)?[0] + k(f(add));
        pcs.verify(&root, &point, value, &mut t)
    };
    open(0, b"", 0).unwrap();
    assert!(open(1, b"", 0).is_err());
    assert!(open(0, b"other", 0).is_err());
    assert!(open(0, b"", 1).is_err());
}

#[test]
fn rejects_every_changed_byte() {
    for (i, config) in configs().into_iter().enumerate() {
        let pcs = scheme(9, &config);
        let proof = prove(&pcs, &values(400, 3)).unwrap();
        verify(&pcs, &proof).unwrap();
        for position in 0..proof.len() {
            let mut forged = proof.clone();
            forged[position] ^= 1 << ((position + i) % 8);
            assert!(
                verify(&pcs, &forged).is_err(),
                "config {i}, byte {position}"
            );
        }
    }
}

#[test]
fn rejects_malformed_lengths_without_panic() {
    let pcs = scheme(10, &configs()[2]);
    let proof = prove(&pcs, &values(1000, 4)).unwrap();
    // Root (4 + 32), value (24), then the length of the WHIR bytes.
    let whir = &proof[64..];
    let rebuilt = |whir: &[u8]| [&proof[..60], &(whir.len() as u32).to_le_bytes(), whir].concat();
    assert_eq!(rebuilt(whir), proof);
    for cut in (0..whir.len()).step_by(97) {
        assert!(verify(&pcs, &rebuilt(&whir[..cut])).is_err());
        let longer = [&whir[..cut], &[0xff; 5], &whir[cut..]].concat();
        assert!(verify(&pcs, &rebuilt(&longer)).is_err());
        let mut huge = whir.to_vec();
        huge[cut] = 0xff;
        assert!(huge == whir || verify(&pcs, &rebuilt(&huge)).is_err());
    }
    assert!(verify(&pcs, &rebuilt(&[whir, &[0]].concat())).is_err());
    assert!(verify(&pcs, &rebuilt(&vec![0; 9 << 20])).is_err());
}

/// Every kind of malformed bytes, and parameters without a schedule.
#[test]
fn malformed_openings_and_impossible_parameters_are_named() {
    let pcs = scheme(10, &configs()[2]);
    let proof = prove(&pcs, &values(1000, 4)).unwrap();
    let whir = &proof[64..];
    let rebuilt = |root: &[u8], whir: &[u8]| {
        let lengths = [root.len() as u32, whir.len() as u32].map(u32::to_le_bytes);
        [&lengths[0], root, &proof[36..60], &lengths[1], whir].concat()
    };
    let root = &proof[4..36];
    assert_eq!(rebuilt(root, whir), proof);
    let malformed = |proof: &[u8]| match verify(&pcs, proof) {
        Err(PcsError::Malformed(what)) => what,
        other => panic!("{other:?}"),
    };
    assert_eq!(malformed(&rebuilt(&root[..31], whir)), "commitment size");
    assert_eq!(
        malformed(&rebuilt(root, &whir[..whir.len() / 2])),
        "encoding"
    );
    assert_eq!(
        malformed(&rebuilt(root, &[whir, &[0]].concat())),
        "trailing bytes"
    );
    // A length or a field element in more bytes than it needs.
    let longer = (0..whir.len()).find_map(|i| {
        let last = whir[i] & 0x80 == 0;
        let bytes = [&whir[..i], &[whir[i] | 0x80, 0], &whir[i + 1..]].concat();
        match verify(&pcs, &rebuilt(root, &bytes)) {
            Err(PcsError::Malformed(what)) if last && what != "encoding" => Some(what),
            _ => None,
        }
    });
    assert_eq!(longer, Some("non-canonical encoding"));
    assert!(matches!(
        verify(&pcs, &rebuilt(root, &vec![0; 9 << 20])),
        Err(PcsError::Transcript(_))
    ));
    let mut wrong = proof.clone();
    wrong[40] ^= 1;
    assert!(matches!(verify(&pcs, &wrong), Err(PcsError::Rejected(_))));

    // More variables folded at once than there are.
    let parameters = WhirParameters {
        first_fold: 11,
        ..configs()[2].whir(10).unwrap()
    };
    assert!(matches!(
        Whir::new(parameters),
        Err(PcsError::Parameters(_))
    ));
}
