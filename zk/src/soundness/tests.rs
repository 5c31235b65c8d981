use super::report::total;
use super::*;
use crate::field::K;
use crate::stack::LayoutBuilder;

fn layout(len: usize) -> Layout {
    let mut builder = LayoutBuilder::new();
    builder.column(len, Some(16));
    builder.column(1000, None);
    builder.build().unwrap()
}

/// Published numbers (computed with `p3-security` by an independent review of proximity
/// results): queries for 128 bits, without and with 20 bits of grinding.
#[test]
fn query_counts_are_the_published_ones() {
    let unique = [(1, 309, 261), (2, 189, 160), (3, 155, 131), (4, 141, 119)];
    let johnson = [(1, 298, 252), (2, 138, 117), (3, 90, 76), (4, 67, 56)];
    for (regime, table) in [(Regime::UniqueDecoding, unique), (Regime::Johnson, johnson)] {
        for (rate, plain, ground) in table {
            assert_eq!(regime.queries(128, rate), plain, "{regime}, rate 2^-{rate}");
            assert_eq!(
                regime.queries(108, rate),
                ground,
                "{regime}, rate 2^-{rate}"
            );
        }
    }
}

/// Field ceilings at degree 2^24 and rate 1/2, published to the bit.
#[test]
fn proximity_gaps_are_the_published_ones() {
    for (field_bits, unique, johnson) in [
        (124, 99, 81),
        (128, 103, 85),
        (155, 130, 112),
        (192, 167, 149),
        (254, 229, 211),
    ] {
        let gap = |regime: Regime| regime.proximity_gap(24, 1, field_bits).round() as i32;
        assert_eq!(gap(Regime::UniqueDecoding), unique);
        assert_eq!(gap(Regime::Johnson), johnson);
    }
}

/// BCIKS20: with unique decoding a fold fails with probability `n / |K|`.
#[test]
fn unique_decoding_gap_is_the_code_length_over_the_field() {
    assert_eq!(
        Regime::UniqueDecoding.proximity_gap(24, 1, 192),
        192.0 - 25.0
    );
    // A word at distance (1 - rho)/2 passes t queries with probability ((1 + rho)/2)^t.
    for rate in 1..5 {
        let pass: f64 = (1.0 + (-(rate as f64)).exp2()) / 2.0;
        let queries = Regime::UniqueDecoding.queries(128, rate) as f64;
        assert!(pass.powf(queries) <= 2_f64.powi(-128));
        assert!(pass.powf(queries - 1.0) > 2_f64.powi(-128));
    }
}

#[test]
fn the_field_is_large_enough_for_its_stated_bits() {
    use ark_ff::{Field, PrimeField};
    let bits = K::extension_degree() as f64 * (crate::field::F::MODULUS.0[0] as f64).log2();
    assert!((FIELD_BITS..=192.0).contains(&bits));
}

#[test]
fn low_levels_and_large_grinding_are_refused() {
    assert_eq!(Config::new(99), Err(SoundnessError::LevelTooLow(99)));
    assert_eq!(Config::new(0), Err(SoundnessError::LevelTooLow(0)));
    assert_eq!(Config::new(100).unwrap().level(), 100);
    assert_eq!(Config::default().level(), 128);
    let refused = Config::default().with_grinding(21);
    assert_eq!(refused, Err(SoundnessError::TooMuchGrinding(21)));
    // No schedule reaches more bits than the field has.
    assert!(matches!(
        Config::new(190).unwrap().whir(20),
        Err(SoundnessError::NotReached { .. })
    ));
}

#[test]
fn the_union_bound_reaches_the_level() {
    for len in [1, 1 << 10, 1 << 16, 6_500_000, 1 << 27] {
        for regime in [Regime::UniqueDecoding, Regime::Johnson] {
            for (level, grinding) in [(100, 0), (128, 0), (128, 16), (130, 0)] {
                let config = Config::new(level)
                    .unwrap()
                    .with_regime(regime)
                    .with_grinding(grinding)
                    .unwrap();
                let report = config
                    .report(&layout(len), Config::log_rows(len), 100, &[])
                    .unwrap();
                assert!(report.total_bits() >= f64::from(level), "{report}");
                let binding = report.binding_term().unwrap();
                assert!(binding.name.contains("queries"), "{report}");
                assert!(report.terms.iter().all(|t| t.grinding <= grinding));
            }
        }
    }
}

#[test]
fn a_caller_s_weak_term_is_counted() {
    let weak = [Term {
        name: "weak".into(),
        bits: 60.0,
        grinding: 0,
        source: "test",
    }];
    let refused = Config::default().report(&layout(10), 6, 1, &weak);
    assert!(matches!(
        refused,
        Err(SoundnessError::NotReached { required: 128, .. })
    ));
}

#[test]
fn errors_add_up() {
    let term = |bits| Term {
        name: String::new(),
        bits,
        grinding: 0,
        source: "",
    };
    assert!((total(&[term(100.0), term(100.0)]) - 99.0).abs() < 1e-12);
    assert!((total(&[term(3.0), term(2.0), term(3.0)]) - 1.0).abs() < 1e-12);
}

/// Tier 1 is always decoded uniquely, so the claims on it lose nothing in the Johnson regime.
#[test]
fn claims_do_not_depend_on_the_regime_of_tier_two() {
    let find = |config: &Config| {
        let report = config.report(&layout(1 << 16), 10, 10, &[]).unwrap();
        let term = report
            .terms
            .into_iter()
            .find(|t| t.name == "claim batching");
        term.unwrap().bits
    };
    let config = Config::default();
    assert_eq!(find(&config), find(&config.with_regime(Regime::Johnson)));
}
