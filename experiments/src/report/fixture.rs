//! A made-up run for tests: no figure in here was measured.

use blindproof_fhe::model::Prediction as Answer;
use blindproof_fhe::params::ParameterSet;

use crate::result::{
    Covered, Host, NOT_ZERO_KNOWLEDGE, NodeTime, Noise, Phase, Prediction, ReadBy, RunResult,
    SoundnessTerm, Step, Verdict,
};

/// A made-up run of two images with figures that are easy to find in a page.
pub(super) fn fixture() -> RunResult {
    let prediction = |index, encrypted| Prediction {
        index,
        width: Some(2),
        raw_max: 16.0,
        pixels: vec![0.0, 16.0, 4.0, 8.0],
        label: Some(1),
        clear: Answer::Class(1),
        encrypted: Answer::Class(encrypted),
        agrees: encrypted == 1,
        clear_logits: vec![-3, 41, 7],
        logits: vec![-3.25, 41.5, 7.0],
    };
    RunResult {
        version: "0.0.0".into(),
        command: ["blindproof", "run", "digits", "--images", "2"]
            .map(String::from)
            .to_vec(),
        started_at: "2000-01-01 00:00:00 UTC".into(),
        git_commit: "c0ffee".into(),
        host: Host {
            cpu: "FIXTURE processor".into(),
            cores: 77,
            memory_bytes: Some(5 << 30),
            os: "FIXTURE system".into(),
            target_features: vec!["fixture-simd".into()],
        },
        seed: None,
        model: "FIXTURE model".into(),
        labels: Vec::new(),
        program: "abc123".into(),
        parameters: ParameterSet::default_set().into(),
        noise: vec![Noise {
            layer: 0,
            name: "first".into(),
            log2_std: -9.0,
            read: ReadBy::ExactTable,
            off_by_one: None,
            log2_p_fail: -131.0,
        }],
        images: 2,
        data: "FIXTURE data".into(),
        selection: "linear".into(),
        verdict: Verdict::Verified,
        rejection: None,
        coverage: [
            ("linear", 2222, 2222),
            ("key switch", 11, 33),
            ("blind rotation", 0, 44),
        ]
        .map(|(kind, proven, total)| Covered {
            kind: kind.into(),
            proven,
            total,
        })
        .to_vec(),
        not_proven: vec!["layer 1 (FIXTURE): 44 x blind rotation is NOT proven".into()],
        sample: Some("FIXTURE sample: 5 of 7 operations".into()),
        zero_knowledge: false,
        zero_knowledge_note: NOT_ZERO_KNOWLEDGE.into(),
        soundness_level: 128,
        soundness_bits: Some(128.75),
        soundness_regime: Some("FIXTURE regime".into()),
        soundness_terms: vec![SoundnessTerm {
            name: "FIXTURE term".into(),
            bits: 129.5,
            grinding: 3,
            source: "FIXTURE theorem".into(),
        }],
        accuracy_vs_clear: 1.0,
        accuracy_vs_label: Some(0.5),
        clear_accuracy: Some(1.0),
        eval_cpu_seconds: 13.5,
        eval_wall_seconds: 7.25,
        prove_cpu_seconds: 24.6,
        prove_wall_seconds: 12.9,
        verify_seconds: 0.456,
        proof_bytes: 543_210,
        statement_bytes: 321,
        peak_rss_bytes: Some(3 << 29),
        phases: vec![Phase {
            name: "FIXTURE phase".into(),
            wall_seconds: 3.21,
            cpu_seconds: 6.12,
        }],
        nodes: vec![NodeTime {
            node: 0,
            layer: 0,
            layer_name: "FIXTURE layer".into(),
            kind: "linear".into(),
            operations: 2222,
            wall_seconds: 1.11,
        }],
        prove_steps: vec![Step {
            name: "FIXTURE step".into(),
            wall_seconds: 0.888,
        }],
        predictions: vec![prediction(0, 1), prediction(1, 1)],
    }
}
