//! The tables of one experiment's records.

use crate::grid::cell::{Cell, System};
use crate::grid::record::{Metric, Outcome, Record, subject};

use super::labels::{NAMES, coordinates, labels, median};
use super::table::{Entry, Table, factor};
use super::trust;

/// All tables that the records have something for.
pub fn all(records: &[&Record]) -> Vec<Table> {
    let measured: Vec<&Record> = records
        .iter()
        .copied()
        .filter(|record| record.outcome == Outcome::Measured)
        .collect();
    let tables = [
        cells(&measured),
        phases(&measured),
        trust::table(&measured),
        overhead(&measured),
        amortised(&measured),
        selection(&measured),
        units(&measured),
        sizes(&measured),
        failures(records),
        machines(records),
    ];
    tables
        .into_iter()
        .filter(|table| !table.rows.is_empty())
        .collect()
}

fn found(record: &Record, subject: &str, metric: Metric) -> Entry {
    Entry::quantity(record.find(subject, metric))
}

/// Every cell with its main figures.
fn cells(records: &[&Record]) -> Table {
    let mut header = NAMES.to_vec();
    header.extend([
        "evaluate",
        "prove",
        "verify",
        "prover CPU",
        "proof",
        "peak of prover",
        "soundness bits",
        "accuracy",
        "as clear model",
    ]);
    let mut table = Table::new(
        "cells",
        "Main figures of all cells",
        "Medians of elapsed times, all inputs together, unless the column says CPU (all threads).",
        &header,
    );
    for record in records {
        let named = coordinates(&record.cell).map(|text| match text.is_empty() {
            true => Entry::nothing(),
            false => Entry::text(text),
        });
        let mut row = named.to_vec();
        row.extend([
            found(record, subject::EVALUATE, Metric::Wall),
            found(record, subject::PROVE, Metric::Wall),
            found(record, subject::VERIFY, Metric::Wall),
            found(record, subject::PROVE, Metric::Cpu),
            found(record, subject::PROOF, Metric::Bytes),
            found(record, subject::PROVE, Metric::Peak),
            found(record, subject::SOUNDNESS, Metric::Bits),
            found(record, subject::ACCURACY, Metric::Share),
            found(record, subject::AGREEMENT, Metric::Share),
        ]);
        table.rows.push(row);
    }
    table.compact(NAMES.len())
}

/// Elapsed and CPU time and peak memory of every phase, with their spread.
fn phases(records: &[&Record]) -> Table {
    let mut table = Table::new(
        "phases",
        "Every phase",
        "Median (smallest to largest). Parts of a phase are indented; what is missing to their sum is digests, layout and memory. Peaks are of the \
         whole process, which keeps what earlier phases freed.",
        &[
            "cell",
            "phase",
            "elapsed",
            "elapsed, from",
            "elapsed, to",
            "CPU",
            "peak memory",
        ],
    );
    let names = labels(records);
    for (record, name) in records.iter().zip(names) {
        for quantity in &record.quantities {
            if quantity.metric != Metric::Wall {
                continue;
            }
            let edge = |pick: fn(f64, f64) -> f64| {
                let value = quantity.samples.iter().copied().reduce(pick);
                value.map_or(Entry::nothing(), |value| {
                    Entry::derived(value, super::table::number(Metric::Wall, value))
                })
            };
            let phase = match quantity.subject.split_once('/') {
                Some((_, part)) => format!("  · {part}"),
                None => quantity.subject.clone(),
            };
            table.rows.push(vec![
                Entry::text(name.clone()),
                Entry::text(phase),
                Entry::quantity(Some(quantity)),
                edge(f64::min),
                edge(f64::max),
                found(record, &quantity.subject, Metric::Cpu),
                found(record, &quantity.subject, Metric::Peak),
            ]);
        }
    }
    table
}

/// Proving against what is proven, and everything against clear inference.
fn overhead(records: &[&Record]) -> Table {
    let mut table = Table::new(
        "overhead",
        "What protection costs",
        "Ratios of CPU time of the server, medians: proof over the computation it proves; everything over clear inference in 32-bit floats and on \
         integers, same model, inputs and threads.",
        &[
            "cell",
            "evaluate CPU",
            "prove CPU",
            "proof / evaluation",
            "all / clear f32",
            "all / clear quantised",
        ],
    );
    let names = labels(records);
    for (record, name) in records.iter().zip(names) {
        let Some(evaluate) = median(record, subject::EVALUATE, Metric::Cpu) else {
            continue;
        };
        let prove = median(record, subject::PROVE, Metric::Cpu);
        let all = evaluate + prove.unwrap_or(0.0);
        let over = |system| {
            let clear = clear_cost(records, &record.cell, system)?;
            (record.cell.system != system).then(|| all / clear)
        };
        let ratio = |value: Option<f64>| {
            value.map_or(Entry::nothing(), |value| {
                Entry::derived(value, factor(value))
            })
        };
        table.rows.push(vec![
            Entry::text(name),
            found(record, subject::EVALUATE, Metric::Cpu),
            found(record, subject::PROVE, Metric::Cpu),
            ratio(prove.map(|prove| prove / evaluate)),
            ratio(over(System::ClearF32)),
            ratio(over(System::ClearQuantised)),
        ]);
    }
    if table
        .rows
        .iter()
        .all(|row| row[3..].iter().all(|entry| *entry == Entry::nothing()))
    {
        table.rows.clear();
    }
    table.compact(1)
}

/// CPU seconds of clear inference of the same workload.
pub(super) fn clear_cost(records: &[&Record], cell: &Cell, system: System) -> Option<f64> {
    let same = |other: &&&Record| {
        let other = &other.cell;
        other.system == system
            && (&other.workload, other.images, other.threads, other.seed)
                == (&cell.workload, cell.images, cell.threads, cell.seed)
    };
    let clear = records.iter().find(same)?;
    median(clear, subject::EVALUATE, Metric::Cpu).filter(|seconds| *seconds > 0.0)
}

/// Figures for one bootstrap.
fn amortised(records: &[&Record]) -> Table {
    let mut table = Table::new(
        "bootstraps",
        "For one bootstrap",
        "CPU seconds of all cells with bootstraps, divided by their number (linear layers are in it where the model has some).",
        &[
            "cell",
            "bootstraps",
            "evaluate CPU",
            "prove CPU",
            "verify CPU",
            "proof bytes",
        ],
    );
    let names = labels(records);
    for (record, name) in records.iter().zip(names) {
        let bootstraps = median(record, subject::BOOTSTRAPS, Metric::Count);
        let Some(bootstraps) = bootstraps.filter(|count| *count > 0.0) else {
            continue;
        };
        let each = |subject, metric| {
            let value = median(record, subject, metric).map(|value| value / bootstraps);
            value.map_or(Entry::nothing(), |value| {
                Entry::derived(value, super::table::number(metric, value))
            })
        };
        table.rows.push(vec![
            Entry::text(name),
            found(record, subject::BOOTSTRAPS, Metric::Count),
            each(subject::EVALUATE, Metric::Cpu),
            each(subject::PROVE, Metric::Cpu),
            each(subject::VERIFY, Metric::Cpu),
            each(subject::PROOF, Metric::Bytes),
        ]);
    }
    table.compact(1)
}

/// What is proven, and what escapes.
fn selection(records: &[&Record]) -> Table {
    let mut table = Table::new(
        "selection",
        "What is proven, and what escapes",
        "Share of ciphertext operations that are proven, and the probability that wrong operations are among the others: in a sample, for one attempt of \
         a server that fixed its results before the draw. A server that knows the selection beforehand escapes with every wrong operation outside it.",
        &[
            "cell",
            "proven",
            "linear",
            "key switch",
            "modulus switch",
            "blind rotation",
            "prove CPU",
            "proof",
            "1 wrong escapes",
            "1 % wrong escape",
        ],
    );
    let names = labels(records);
    for (record, name) in records.iter().zip(names) {
        if record.find(subject::COVERAGE, Metric::Share).is_none() {
            continue;
        }
        let kind = |kind| {
            found(
                record,
                &format!("{}/{kind}", subject::COVERAGE),
                Metric::Share,
            )
        };
        table.rows.push(vec![
            Entry::text(name),
            found(record, subject::COVERAGE, Metric::Share),
            kind("linear"),
            kind("key switch"),
            kind("modulus switch"),
            kind("blind rotation"),
            found(record, subject::PROVE, Metric::Cpu),
            found(record, subject::PROOF, Metric::Bytes),
            found(record, subject::ESCAPE, Metric::Log2Probability),
            found(record, subject::ESCAPE_PERCENT, Metric::Log2Probability),
        ]);
    }
    if table.rows.iter().all(|row| row[1] == table.rows[0][1]) {
        table.rows.clear();
    }
    table.compact(1)
}

/// Cost for each constraint or committed element.
fn units(records: &[&Record]) -> Table {
    let mut table = Table::new(
        "units",
        "For one constraint or committed element",
        "Groth16 counts R1CS constraints, and its setup is the operation's own; proofs of clear inference count committed field elements, tables of the range checks included.",
        &[
            "cell",
            "units",
            "setup CPU",
            "prove CPU",
            "setup for one",
            "prove for one",
            "verify",
            "proof",
        ],
    );
    let names = labels(records);
    for (record, name) in records.iter().zip(names) {
        let units = median(record, subject::UNITS, Metric::Count);
        let Some(units) = units.filter(|units| *units > 0.0) else {
            continue;
        };
        let each = |subject| {
            let value = median(record, subject, Metric::Cpu).map(|value| value / units);
            value.map_or(Entry::nothing(), |value| {
                Entry::derived(value, super::table::number(Metric::Cpu, value))
            })
        };
        table.rows.push(vec![
            Entry::text(name),
            found(record, subject::UNITS, Metric::Count),
            found(record, subject::SETUP, Metric::Cpu),
            found(record, subject::PROVE, Metric::Cpu),
            each(subject::SETUP),
            each(subject::PROVE),
            found(record, subject::VERIFY, Metric::Wall),
            found(record, subject::PROOF, Metric::Bytes),
        ]);
    }
    table.compact(1)
}

/// Everything that is sent or kept.
fn sizes(records: &[&Record]) -> Table {
    let mut table = Table::new(
        "sizes",
        "What is sent and kept",
        "Bytes without headers of files. Evaluation keys are sent once for all inputs.",
        &[
            "cell",
            "evaluation keys",
            "verifier's keys",
            "prover's keys",
            "input",
            "output",
            "statement",
            "proof",
            "table read fails",
        ],
    );
    let names = labels(records);
    for (record, name) in records.iter().zip(names) {
        table.rows.push(vec![
            Entry::text(name),
            found(record, subject::EVALUATION_KEYS, Metric::Bytes),
            found(record, subject::VERIFIER_KEYS, Metric::Bytes),
            found(record, subject::PROVING_KEY, Metric::Bytes),
            found(record, subject::INPUT, Metric::Bytes),
            found(record, subject::OUTPUT, Metric::Bytes),
            found(record, subject::STATEMENT, Metric::Bytes),
            found(record, subject::PROOF, Metric::Bytes),
            found(record, subject::FAILURE, Metric::Log2Probability),
        ]);
    }
    table.compact(1)
}

/// Cells that failed.
fn failures(records: &[&Record]) -> Table {
    let mut table = Table::new(
        "failures",
        "Cells that failed",
        "They are in no other table.",
        &["cell", "reason"],
    );
    let names = labels(records);
    for (record, name) in records.iter().zip(names) {
        if let Outcome::Failed(reason) = &record.outcome {
            table
                .rows
                .push(vec![Entry::text(name), Entry::text(reason.clone())]);
        }
    }
    table
}

/// Machines and sources of the measured and predicted numbers.
fn machines(records: &[&Record]) -> Table {
    let mut table = Table::new(
        "machines",
        "Machine and source",
        "All measured numbers are from here. Each cell ran in a process of its own; nothing was left out as an outlier.",
        &[
            "cells",
            "processor",
            "cores",
            "memory",
            "system",
            "compiled for",
            "program",
            "commit",
            "first cell",
            "repetitions",
        ],
    );
    let mut seen: Vec<(Vec<Entry>, usize)> = Vec::new();
    for record in records {
        let environment = &record.environment;
        let host = &environment.host;
        let memory = host.memory_bytes.map_or(Entry::nothing(), |bytes| {
            Entry::derived(
                bytes as f64,
                super::table::number(Metric::Bytes, bytes as f64),
            )
        });
        let row = vec![
            Entry::text(host.cpu.clone()),
            Entry::text(host.cores.to_string()),
            memory,
            Entry::text(host.os.clone()),
            Entry::text(host.target_features.join(" ")),
            Entry::text(format!("blindproof {}", environment.version)),
            Entry::text(environment.git_commit.clone()),
            Entry::text(environment.started_at.clone()),
            Entry::text(format!(
                "{} after {} thrown away",
                record.cell.repeat, record.cell.warm_up
            )),
        ];
        let same = |known: &&mut (Vec<Entry>, usize)| {
            (0..row.len()).all(|index| index == 7 || known.0[index] == row[index])
        };
        match seen.iter_mut().find(same) {
            Some(known) => known.1 += 1,
            None => seen.push((row, 1)),
        }
    }
    for (mut row, cells) in seen {
        row.insert(0, Entry::text(cells.to_string()));
        table.rows.push(row);
    }
    table
}
