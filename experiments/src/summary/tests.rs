//! Reports of made-up records of every system.

use super::compare::{Comparison, Verdict};
use super::*;
use crate::grid::cell::{Cell, KeyMode, ProofBackend, ProofSettings, System, Vote};
use crate::grid::record::{Environment, FORMAT, Metric, Outcome, Provenance, Quantity, subject};
use crate::result::Host;

/// A record with `scale` times the usual figures.
fn record(system: System, workload: &str, select: Option<&str>, scale: f64) -> Record {
    let proof = system.proves().then(|| ProofSettings {
        select: select.unwrap_or("all").into(),
        backend: ProofBackend::Native,
        keys: KeyMode::Direct,
        bits: 128,
        memory: 4 << 30,
    });
    let cell = Cell {
        workload: workload.parse().unwrap(),
        parameters: system.encrypts().then(|| "message_4".to_owned()),
        system,
        proof,
        vote: (system == System::Redundancy).then_some(Vote {
            providers: 3,
            quorum: 2,
        }),
        images: 1,
        batch: 1,
        threads: 2,
        seed: 1,
        repeat: 4,
        warm_up: 1,
    };
    let mut quantities = Vec::new();
    let mut push = |subject: &str, metric, value: f64| {
        let noisy = |i: u32| value * scale * (1.0 + 0.01 * f64::from(i));
        let samples = match metric {
            Metric::Wall | Metric::Cpu | Metric::Peak => (0..4).map(noisy).collect(),
            _ => vec![value; 4],
        };
        let provenance = match metric {
            Metric::Bits | Metric::Log2Probability => Provenance::Predicted("a model".into()),
            _ => Provenance::Measured,
        };
        quantities.push(Quantity {
            subject: subject.to_owned(),
            metric,
            provenance,
            samples,
        });
    };
    let evaluate = if system.encrypts() { 2.0 } else { 1e-5 };
    push(subject::EVALUATE, Metric::Wall, evaluate / 2.0);
    push(subject::EVALUATE, Metric::Cpu, evaluate);
    push(subject::ACCURACY, Metric::Share, 1.0);
    if system.proves() {
        push(subject::PROVE, Metric::Wall, 5.0);
        push(subject::PROVE, Metric::Cpu, 10.0);
        push(subject::PROVE, Metric::Peak, 2e9);
        for part in subject::PROVE_PARTS {
            push(part, Metric::Cpu, 1.5);
        }
        push(subject::VERIFY, Metric::Wall, 0.2);
        push(subject::PROOF, Metric::Bytes, 961_472.0);
        push(subject::SOUNDNESS, Metric::Bits, 129.1);
    }
    if system.encrypts() {
        push(subject::BOOTSTRAPS, Metric::Count, 64.0);
        push(subject::FAILURE, Metric::Log2Probability, -137.3);
    }
    if let Some(share) = select.and_then(|select| select.strip_prefix("sample:")) {
        push(subject::COVERAGE, Metric::Share, share.parse().unwrap());
        push(subject::ESCAPE, Metric::Log2Probability, -0.5);
        push(subject::ESCAPE_PERCENT, Metric::Log2Probability, -3.0);
    } else if system == System::FheProof {
        push(subject::COVERAGE, Metric::Share, 1.0);
    }
    if system == System::Redundancy {
        push(subject::COALITIONS[1].0, Metric::Log2Probability, -5.2);
    }
    Record {
        format: FORMAT,
        experiment: "made-up".into(),
        id: cell.id(),
        cell,
        environment: Environment {
            host: Host {
                cpu: "<b>fast</b> & new".into(),
                cores: 2,
                memory_bytes: Some(25_000_000_000),
                os: "linux".into(),
                target_features: vec!["avx2".into()],
            },
            version: "0.1.0".into(),
            git_commit: "0123abc".into(),
            command: vec!["blindproof".into()],
            started_at: "2026-11-23 12:00:00 UTC".into(),
            seconds: 10.0,
        },
        outcome: Outcome::Measured,
        quantities,
    }
}

fn all_systems() -> Vec<Record> {
    let mut records: Vec<Record> = System::ALL
        .into_iter()
        .map(|system| record(system, "digits-mlp", None, 1.0))
        .collect();
    for share in ["sample:0.1", "sample:0.5"] {
        records.push(record(System::FheProof, "digits-mlp", Some(share), 1.0));
    }
    let mut failed = record(System::FheProof, "digits-cnn", None, 1.0);
    failed.outcome = Outcome::Failed("killed | \"quoted\"".into());
    failed.quantities.clear();
    records.push(failed);
    records
}

fn results() -> Vec<Results> {
    vec![Results {
        experiment: "made-up".into(),
        records: all_systems(),
    }]
}

fn named<'t>(tables: &'t [table::Table], name: &str) -> &'t table::Table {
    let found = tables.iter().find(|table| table.name == name);
    found.unwrap_or_else(|| panic!("{name}"))
}

#[test]
fn every_system_has_its_row_of_trust() {
    let records = all_systems();
    let tables = tables::all(&records.iter().collect::<Vec<_>>());
    let trust = named(&tables, "trust");
    assert_eq!(
        trust.rows.len(),
        records.len() - 1,
        "failed cells have none"
    );
    let text = trust.markdown();
    for system in System::ALL {
        assert!(text.contains(system.name()), "{system}: {text}");
    }
    assert!(text.contains("fewer than 2 of 3 colluding providers"));
    assert!(text.contains("against the server, every operation"));
    // Two CPU seconds of evaluation over ten millionths.
    assert!(text.contains("2.0·10^5×"), "{text}");
    let failures = named(&tables, "failures").markdown();
    assert!(failures.contains("killed \\| \"quoted\""), "{failures}");
    for name in [
        "cells",
        "phases",
        "overhead",
        "bootstraps",
        "selection",
        "sizes",
        "machines",
    ] {
        assert!(!named(&tables, name).rows.is_empty());
    }
}

#[test]
fn the_page_needs_no_network_and_says_where_numbers_come_from() {
    let folder = tempfile::tempdir().unwrap();
    let files = report::write(folder.path(), &results()).unwrap();
    let page = std::fs::read_to_string(folder.path().join("index.html")).unwrap();
    assert!(page.contains("&lt;b&gt;fast") && !page.contains("<b>fast"));
    assert!(page.contains("title=\"predicted\"") && page.contains("title=\"quoted\""));
    assert!(page.contains("prefers-color-scheme") && page.contains("default-src 'none'"));
    let links: Vec<&str> = page
        .match_indices("http")
        .map(|(at, _)| &page[at..at + 28])
        .collect();
    assert!(
        links
            .iter()
            .all(|link| link.starts_with("http://www.w3.org/2000/svg")
                || link.starts_with("http-equiv")),
        "{links:?}"
    );
    // Phases, cost, escape and size against coverage.
    assert_eq!(page.matches("<svg").count(), 4);
    for name in [
        "report.md",
        "samples.csv",
        "tables/made-up-trust.tex",
        "figures/made-up-coverage-escape.svg",
    ] {
        assert!(files.iter().any(|file| file == name), "{name}");
        assert!(folder.path().join(name).is_file());
    }
    let samples = std::fs::read_to_string(folder.path().join("samples.csv")).unwrap();
    let expected: usize = all_systems()
        .iter()
        .flat_map(|r| &r.quantities)
        .map(|q| q.samples.len())
        .sum();
    assert_eq!(samples.lines().count(), expected + 1);
    assert!(samples.contains("predicted: a model"));
}

#[test]
fn scaling_has_fitted_exponents() {
    let records: Vec<Record> = [(8, 1.0), (16, 2.0), (32, 4.0)]
        .map(|(width, scale)| record(System::FheProof, &format!("network:1x{width}"), None, scale))
        .into();
    let charts = charts::all(&records.iter().collect::<Vec<_>>()).unwrap();
    let scaling = charts.iter().find(|chart| chart.name == "scaling").unwrap();
    assert!(
        scaling.svg.contains("fhe-proof, prove: 1.00 ±"),
        "{}",
        scaling.svg
    );
}

#[test]
fn comparisons_tell_changes_from_chance() {
    let a: Vec<Record> = all_systems();
    let same = Comparison::new(&a, &a);
    assert!(
        same.changes
            .iter()
            .all(|change| !matches!(change.verdict, Verdict::Less | Verdict::More))
    );
    assert!(same.table(false).rows.is_empty());

    // One cell, so that eight samples can be significant among few comparisons.
    let widen = |mut record: Record, shift: f64| {
        record.quantities.retain(|q| {
            q.subject == subject::PROVE && q.metric == Metric::Cpu || q.metric == Metric::Bytes
        });
        for quantity in &mut record.quantities {
            quantity.samples = match quantity.metric {
                Metric::Cpu => (0..8).map(|i| 10.0 + shift + 0.01 * f64::from(i)).collect(),
                _ => vec![100.0 + shift],
            };
        }
        vec![record]
    };
    let before = widen(record(System::FheProof, "digits-mlp", None, 1.0), 0.0);
    let mut after = widen(record(System::FheProof, "digits-mlp", None, 1.0), -1.0);
    after[0].environment.git_commit = "fedcba9".into();
    let comparison = Comparison::new(&before, &after);
    assert_eq!(comparison.circumstances, ["commit: A 0123abc, B fedcba9"]);
    assert!(
        comparison
            .changes
            .iter()
            .all(|change| change.verdict == Verdict::Less),
        "{comparison:?}"
    );
    let back = Comparison::new(&after, &before);
    assert!(
        back.changes
            .iter()
            .all(|change| change.verdict == Verdict::More)
    );

    // Two samples each can never be significant.
    let few = |mut records: Vec<Record>| {
        records[0]
            .quantities
            .iter_mut()
            .for_each(|q| q.samples.truncate(2));
        records
    };
    let few = Comparison::new(&few(before.clone()), &few(after));
    let time = few
        .changes
        .iter()
        .find(|change| change.metric == Metric::Cpu)
        .unwrap();
    assert_eq!(time.verdict, Verdict::TooFew);
    let missing = Comparison::new(&before, &[]);
    assert_eq!((missing.only_a.len(), missing.changes.len()), (1, 0));
}

#[test]
fn quoted_figures_are_marked_and_sourced() {
    let table = quoted::table().unwrap();
    assert!(table.rows.len() >= 5);
    assert!(table.markdown().contains("†"));
    assert!(
        table
            .rows
            .iter()
            .all(|row| row.iter().all(|entry| !entry.text.is_empty()))
    );
}

#[test]
fn results_are_read_from_folders_and_joined() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, records: &[Record]| {
        let lines: String = records
            .iter()
            .map(|record| serde_json::to_string(record).unwrap() + "\n")
            .collect();
        std::fs::create_dir_all(folder.path().join(name)).unwrap();
        std::fs::write(folder.path().join(name).join("results.jsonl"), lines).unwrap();
        folder.path().join(name)
    };
    let all = all_systems();
    let paths = [write("a", &all[..5]), write("b", &all[3..])];
    let read = read(&paths).unwrap();
    assert_eq!((read.len(), read[0].records.len()), (1, all.len()));
    let empty = write("c", &[]);
    assert!(matches!(
        super::read(&[empty]),
        Err(SummaryError::Empty { .. })
    ));
}
