//! Texts, resolution and the draw.

use std::collections::HashSet;

use blindproof_fhe::program::OperationKind;

use super::{Rows, Sample, Selection, SelectionError, sample::draw};
use crate::testkit::Fixture;

fn parse(text: &str) -> Result<Selection, SelectionError> {
    text.parse()
}

#[test]
fn every_selection_has_one_text() {
    for (given, canonical) in [
        ("all", "all"),
        ("none", "none"),
        ("linear", "linear"),
        ("modswitch", "modswitch"),
        ("blindrotation", "blindrotation"),
        ("bootstrap", "bootstrap"),
        ("blindrotation,modswitch,keyswitch", "bootstrap"),
        ("layer:1,bootstrap,keyswitch", "bootstrap,layer:1"),
        ("bootstrap,linear", "all"),
        ("keyswitch,linear", "linear,keyswitch"),
        ("layer:2,layer:0,layer:02", "layer:0,layer:2"),
        ("node:3/0-3+7", "node:3/0-3+7"),
        ("node:3/0+1+2-2+5-9", "node:3/0-2+5-9"),
        ("node:12/4,node:3/1,linear", "linear,node:3/1,node:12/4"),
        ("sample:1", "sample:1"),
        ("sample:1.000", "sample:1"),
        ("sample:0.050", "sample:0.05"),
        ("sample:0.000000001", "sample:0.000000001"),
        ("sample:count=7", "sample:count=7"),
    ] {
        let selection = parse(given).unwrap();
        assert_eq!(selection.to_string(), canonical, "{given}");
        assert_eq!(parse(canonical).unwrap(), selection, "{given}");
    }
}

#[test]
fn bad_texts_are_refused_by_item() {
    for (text, bad) in [
        ("", ""),
        ("All", "All"),
        ("linear,", ""),
        ("linear,bootstraps", "bootstraps"),
        ("layer:", "layer:"),
        ("layer:x", "layer:x"),
        ("layer:-1", "layer:-1"),
        ("layer:+1", "layer:+1"),
        ("node:1", "node:1"),
        ("node:1/", "node:1/"),
        ("node:/1", "node:/1"),
        ("node:1/1-", "node:1/1-"),
        ("node:1/1-2-3", "node:1/1-2-3"),
        ("node:1/99999999999999999999", "node:1/99999999999999999999"),
        ("linear, keyswitch", " keyswitch"),
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!(
            error,
            SelectionError::Unknown { item: bad.into() },
            "{text}"
        );
    }
    for text in ["node:1/1+1", "node:1/3+1", "node:1/0-3+2", "node:1/3-1"] {
        let error = parse(text).unwrap_err();
        assert_eq!(error, SelectionError::RowOrder { item: text.into() });
    }
    for item in ["all", "none", "sample:0.5"] {
        let error = parse(&format!("linear,{item}")).unwrap_err();
        assert_eq!(error, SelectionError::Alone { item: item.into() });
    }
    let error = parse("node:1/1,linear,node:1/2").unwrap_err();
    assert_eq!(error, SelectionError::NodeTwice { node: 1 });
    for text in [
        "sample:",
        "sample:0",
        "sample:0.0",
        "sample:1.1",
        "sample:2",
        "sample:-0.5",
        "sample:.5",
        "sample:1e-3",
        "sample:0.0000000001",
        "sample:count=0",
        "sample:count=",
        "sample:0.5,linear",
        "sample:NaN",
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!(error, SelectionError::SampleSize { item: text.into() });
    }
}

#[test]
fn rows_follow_the_items() {
    // 3 images; linear 15, key switch 15, modulus switch 15, blind rotation 15, linear 6.
    let program = &Fixture::tiny().program;
    let rows = |text: &str| parse(text).unwrap().resolve(program, 3);
    assert_eq!(rows("all").unwrap(), vec![Rows::All; 5]);
    assert_eq!(rows("none").unwrap(), vec![Rows::None; 5]);
    let list = Rows::List(vec![0, 1, 2, 3, 7]);
    assert_eq!(
        rows("keyswitch,node:2/0-3+7,node:1/4").unwrap(),
        [Rows::None, Rows::All, list, Rows::None, Rows::None]
    );
    let bootstrap = rows("bootstrap").unwrap();
    for (rows, node) in bootstrap.iter().zip(&program.nodes) {
        let linear = node.kind() == OperationKind::Linear;
        assert_eq!(*rows, if linear { Rows::None } else { Rows::All });
    }
    // All rows one by one are all rows.
    assert_eq!(rows("node:4/0-5").unwrap()[4], Rows::All);

    let layers = program.nodes.iter().map(|n| n.layer).max().unwrap() + 1;
    assert_eq!(
        rows(&format!("linear,layer:{layers}")),
        Err(SelectionError::NoSuchLayer {
            layer: layers,
            layers
        })
    );
    assert_eq!(
        rows("node:5/0"),
        Err(SelectionError::NoSuchNode { node: 5, nodes: 5 })
    );
    // Refused before the range is written out.
    assert_eq!(
        rows("node:4/0-18446744073709551615"),
        Err(SelectionError::NoSuchRow {
            node: 4,
            row: usize::MAX,
            rows: 6
        })
    );
    assert_eq!(rows("sample:0.5"), Err(SelectionError::NotDrawn));
}

fn sample(text: &str) -> Sample {
    match parse(text).unwrap() {
        Selection::Sample(sample) => sample,
        other => panic!("{other} is no sample"),
    }
}

#[test]
fn sample_sizes_are_rounded_up() {
    let program = &Fixture::tiny().program;
    for (text, expected) in [
        ("sample:1", 66),
        ("sample:0.5", 33),
        ("sample:0.07", 5),
        ("sample:0.000000001", 1),
        ("sample:count=66", 66),
        ("sample:count=1", 1),
    ] {
        assert_eq!(sample(text).size(program, 3), Ok((expected, 66)), "{text}");
        assert_eq!(parse(text).unwrap().check(program, 3), Ok(()));
    }
    let error = SelectionError::SampleTooLarge {
        count: 67,
        total: 66,
    };
    assert_eq!(
        parse("sample:count=67").unwrap().check(program, 3),
        Err(error)
    );
}

#[test]
fn draws_are_the_known_ones() {
    let seed = std::array::from_fn(|i| i as u8);
    assert_eq!(draw(8, 1000, &seed), KNOWN_DRAW);
    let rows = sample("sample:count=8")
        .draw(&Fixture::tiny().program, 3, &seed)
        .unwrap();
    let counts: usize = rows.iter().map(|rows| rows.count(15)).sum();
    assert_eq!(counts, 8);
    assert_eq!(rows, known_rows());
}

const KNOWN_DRAW: [usize; 8] = [0; 8];

fn known_rows() -> [Rows; 5] {
    [Rows::None, Rows::None, Rows::None, Rows::None, Rows::None]
}

#[test]
fn draws_are_without_repetition_and_complete() {
    for total in [1, 2, 3, 10, 257] {
        for count in [1, total / 2, total] {
            let drawn = draw(count, total, &[9; 32]);
            let different: HashSet<_> = drawn.iter().copied().collect();
            assert_eq!(different.len(), count);
            assert!(drawn.iter().all(|n| *n < total));
        }
    }
    let every = sample("sample:1")
        .draw(&Fixture::tiny().program, 3, &[5; 32])
        .unwrap();
    assert_eq!(every, vec![Rows::All; 5]);
}

#[test]
fn every_set_is_drawn_equally_often() {
    // 3 of 6: 20 sets, 20000 draws; each count has mean 1000 and standard deviation 31.
    let mut counts = std::collections::HashMap::new();
    for number in 0..20_000u32 {
        let mut seed = [0; 32];
        seed[..4].copy_from_slice(&number.to_le_bytes());
        let mut drawn = draw(3, 6, &seed);
        drawn.sort_unstable();
        *counts.entry(drawn).or_insert(0u32) += 1;
    }
    assert_eq!(counts.len(), 20);
    for (set, count) in counts {
        assert!((840..1160).contains(&count), "{set:?}: {count}");
    }
}
