//! [`SelectionError`].

use super::assert_table;
use crate::{
    selection::{Selection, SelectionError},
    testkit::Fixture,
};

fn name(error: &SelectionError) -> &'static str {
    match error {
        SelectionError::Unknown { .. } => "Unknown",
        SelectionError::Alone { .. } => "Alone",
        SelectionError::RowOrder { .. } => "RowOrder",
        SelectionError::NodeTwice { .. } => "NodeTwice",
        SelectionError::SampleSize { .. } => "SampleSize",
        SelectionError::SampleTooLarge { .. } => "SampleTooLarge",
        SelectionError::NotDrawn => "NotDrawn",
        SelectionError::NoSuchLayer { .. } => "NoSuchLayer",
        SelectionError::NoSuchNode { .. } => "NoSuchNode",
        SelectionError::NoSuchRow { .. } => "NoSuchRow",
    }
}

const ALL: [&str; 10] = [
    "Unknown",
    "Alone",
    "RowOrder",
    "NodeTwice",
    "SampleSize",
    "SampleTooLarge",
    "NotDrawn",
    "NoSuchLayer",
    "NoSuchNode",
    "NoSuchRow",
];

#[test]
fn every_variant_is_produced() {
    let program = &Fixture::tiny().program;
    let parse = |text: &str| text.parse::<Selection>();
    let resolve = |text: &str| parse(text).unwrap().resolve(program, 3).unwrap_err();
    let rows = vec![
        ("Unknown", parse("every").unwrap_err()),
        ("Alone", parse("linear,all").unwrap_err()),
        ("RowOrder", parse("node:1/3+1").unwrap_err()),
        ("NodeTwice", parse("node:1/1,node:1/2").unwrap_err()),
        ("SampleSize", parse("sample:0").unwrap_err()),
        (
            "SampleTooLarge",
            parse("sample:count=67")
                .unwrap()
                .check(program, 3)
                .unwrap_err(),
        ),
        ("NotDrawn", resolve("sample:0.5")),
        ("NoSuchLayer", resolve("layer:9")),
        ("NoSuchNode", resolve("node:9/0")),
        ("NoSuchRow", resolve("node:0/15")),
    ];
    assert_table(name, &ALL, rows);
}
