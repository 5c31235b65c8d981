//! Who must be trusted with what, and what it costs not to: one row for each system.

use crate::grid::cell::{Cell, System};
use crate::grid::record::{Metric, Record, subject};

use super::labels::median;
use super::table::{Entry, Table, factor, number};
use super::tables::clear_cost;

/// Privacy of the input, privacy of the model, integrity, and what that rests on.
fn words(cell: &Cell) -> [String; 4] {
    let lwe = "LWE with binary keys (lattice estimates)";
    let argument = "random oracle, BLAKE3";
    let [input, model, integrity, basis] = match cell.system {
        System::ClearF32 | System::ClearQuantised => [
            "from nobody: the server sees it",
            "from the client",
            "against nobody",
            "an honest server",
        ],
        System::FheFast => ["from the server", "from the client", "against nobody", lwe],
        System::FheExact => [
            "from the server",
            "from the client",
            "against nobody; whoever has the model can recompute it exactly",
            lwe,
        ],
        System::FheProof => {
            return [
                "from the server".into(),
                "from nobody: the verifier needs it; the proof is not zero-knowledge".into(),
                proven(cell).into(),
                format!("{lwe}; {argument}"),
            ];
        }
        System::ZkOnlyServer => [
            "from nobody: server and verifier see it",
            "from nobody: the verifier needs it",
            "against the server",
            argument,
        ],
        System::ZkOnlyClient => [
            "stays with the client; the proof is not zero-knowledge",
            "from nobody: the client computes it",
            "against the client",
            argument,
        ],
        System::Redundancy => {
            let vote = cell
                .vote
                .map_or((0, 0), |vote| (vote.quorum, vote.providers));
            return [
                "from all providers".into(),
                "from the client; all providers have it".into(),
                format!(
                    "against fewer than {} of {} colluding providers",
                    vote.0, vote.1
                ),
                format!("{lwe}; fewer than {} corrupt providers", vote.0),
            ];
        }
    };
    [input, model, integrity, basis].map(str::to_owned)
}

fn proven(cell: &Cell) -> &'static str {
    match cell
        .proof
        .as_ref()
        .map_or("none", |proof| proof.select.as_str())
    {
        "all" => "against the server, every operation",
        "none" => "against nobody: nothing is proven",
        select if select.starts_with("sample:") => "against the server, by a sample",
        _ => "against the server, for the proven operations only",
    }
}

/// The table; empty where all systems encrypt and nobody votes.
pub(super) fn table(records: &[&Record]) -> Table {
    let mut table = Table::new(
        "trust",
        "Privacy from whom, integrity against whom, at what cost",
        "Escape: probability that one wrong operation is not noticed (sample), or that so many of 10 % corrupt providers collude that they decide the vote. \
         Cost: CPU time of evaluation and proof over clear inference in 32-bit floats (on integers where there is none), same model and inputs. \
         Client: elapsed time to encrypt, verify and decrypt. Sent: input, output, statement and proof; evaluation keys are sent once and not counted.",
        &[
            "model",
            "system",
            "proven or vote",
            "input is private",
            "model is private",
            "result is sure",
            "rests on",
            "escape",
            "soundness bits",
            "evaluate",
            "prove",
            "client",
            "sent",
            "cost",
        ],
    );
    // Without a system to compare with there is nothing to say.
    let plain = |record: &Record| !record.cell.system.encrypts() || record.cell.vote.is_some();
    if !records.iter().any(|record| plain(record)) {
        return table;
    }
    for record in records {
        let cell = &record.cell;
        let which = match (&cell.proof, cell.vote) {
            (_, Some(vote)) => Entry::text(format!("{} of {}", vote.quorum, vote.providers)),
            (Some(proof), _) => Entry::text(proof.select.clone()),
            _ => Entry::nothing(),
        };
        let mut row = vec![
            Entry::text(cell.workload.to_string()),
            Entry::text(cell.system.name()),
            which,
        ];
        row.extend(words(cell).map(Entry::text));
        let escape = [subject::ESCAPE, subject::COALITIONS[1].0]
            .iter()
            .find_map(|subject| record.find(subject, Metric::Log2Probability));
        let quantity = |subject, metric| Entry::quantity(record.find(subject, metric));
        row.extend([
            Entry::quantity(escape),
            quantity(subject::SOUNDNESS, Metric::Bits),
            quantity(subject::EVALUATE, Metric::Wall),
            quantity(subject::PROVE, Metric::Wall),
            sum(
                record,
                Metric::Wall,
                &[subject::ENCRYPT, subject::VERIFY, subject::DECRYPT],
            ),
            sum(
                record,
                Metric::Bytes,
                &[
                    subject::INPUT,
                    subject::OUTPUT,
                    subject::STATEMENT,
                    subject::PROOF,
                ],
            ),
            cost(records, record),
        ]);
        table.rows.push(row);
    }
    table.compact(1)
}

fn sum(record: &Record, metric: Metric, subjects: &[&str]) -> Entry {
    let found = subjects
        .iter()
        .filter_map(|subject| median(record, subject, metric));
    let found: Vec<f64> = found.collect();
    match found.is_empty() {
        true => Entry::nothing(),
        false => {
            let total = found.iter().sum();
            Entry::derived(total, number(metric, total))
        }
    }
}

fn cost(records: &[&Record], record: &Record) -> Entry {
    let of = |subject| median(record, subject, Metric::Cpu);
    let clear = [System::ClearF32, System::ClearQuantised]
        .iter()
        .find_map(|system| clear_cost(records, &record.cell, *system));
    match (of(subject::EVALUATE), clear) {
        (Some(evaluate), Some(clear)) => {
            let ratio = (evaluate + of(subject::PROVE).unwrap_or(0.0)) / clear;
            Entry::derived(ratio, factor(ratio))
        }
        _ => Entry::nothing(),
    }
}
