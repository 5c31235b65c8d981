//! Short names for cells: only what differs between them.

use crate::grid::cell::Cell;
use crate::grid::record::{Metric, Record};

use super::statistics::Spread;

/// Coordinates of a cell, in the order of reports; empty where they mean nothing.
const COORDINATES: usize = 11;

/// Names of the coordinates.
pub const NAMES: [&str; COORDINATES] = [
    "model",
    "system",
    "parameters",
    "proven",
    "backend",
    "verifier has",
    "bits",
    "vote",
    "images",
    "batch",
    "threads",
];

/// The coordinates as texts.
pub fn coordinates(cell: &Cell) -> [String; COORDINATES] {
    let proof = cell.proof.as_ref();
    [
        cell.workload.to_string(),
        cell.system.to_string(),
        cell.parameters.clone().unwrap_or_default(),
        proof.map_or(String::new(), |proof| proof.select.clone()),
        proof.map_or(String::new(), |proof| proof.backend.to_string()),
        proof.map_or(String::new(), |proof| format!("{} keys", proof.keys)),
        proof.map_or(String::new(), |proof| proof.bits.to_string()),
        cell.vote.map_or(String::new(), |vote| {
            format!("{} of {}", vote.quorum, vote.providers)
        }),
        cell.images.to_string(),
        cell.batch.to_string(),
        cell.threads.to_string(),
    ]
}

/// For each record what tells it from the others; the model where nothing does.
pub fn labels(records: &[&Record]) -> Vec<String> {
    let all: Vec<_> = records
        .iter()
        .map(|record| coordinates(&record.cell))
        .collect();
    let differs = |index: usize| {
        let mut values = all.iter().map(|c| &c[index]).filter(|v| !v.is_empty());
        let first = values.next();
        values.any(|value| Some(value) != first)
    };
    let mut shown: Vec<usize> = (0..COORDINATES).filter(|&index| differs(index)).collect();
    // A batch is the images unless it is said to be something else.
    if shown.contains(&8)
        && records
            .iter()
            .all(|record| record.cell.batch == record.cell.images)
    {
        shown.retain(|&index| index != 9);
    }
    let label = |coordinates: &[String; COORDINATES]| {
        let parts = shown
            .iter()
            .filter(|&&index| !coordinates[index].is_empty());
        let parts: Vec<String> = parts
            .map(|&index| match index {
                6 => format!("{} bits", coordinates[6]),
                7 => format!("vote {}", coordinates[7]),
                8 => format!("{} inputs", coordinates[8]),
                9 => format!("by {}", coordinates[9]),
                10 => format!("{} threads", coordinates[10]),
                _ => coordinates[index].clone(),
            })
            .collect();
        match parts.is_empty() {
            true => coordinates[0].clone(),
            false => parts.join(", "),
        }
    };
    all.iter().map(label).collect()
}

/// The median of a quantity.
pub fn median(record: &Record, subject: &str, metric: Metric) -> Option<f64> {
    Some(Spread::of(&record.find(subject, metric)?.samples)?.median)
}
