//! Results as text for people and as JSON.

use std::fmt::Write as _;
use std::path::Path;

use blindproof_bridge::artefact::hexadecimal;
use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use serde::Serialize;
use serde_json::{Value, json};

use super::Failure;
use crate::result::RunResult;
use crate::roles::verifier::Accepted;

/// What every answer says about zero knowledge.
const NOT_HIDING: &str =
    "none: the proof may reveal the server's intermediate ciphertexts and its model";

/// Indented JSON with a line break at the end.
pub(super) fn json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(value)
        .map(|text| text + "\n")
        .map_err(Failure::misuse)
}

/// The verifier's answer: what is proven, what is not, and how surely.
pub(super) fn acceptance(accepted: &Accepted, model: &str) -> String {
    let (statement, verified) = (&accepted.statement, &accepted.verified);
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "  {name:<16}{value}");
    };
    line(
        "model",
        format!("{model} ({})", hexadecimal(&statement.program)),
    );
    line("parameters", statement.parameters.clone());
    line("images", statement.images.to_string());
    line("selection", statement.selection.to_string());
    for entry in &verified.coverage {
        let mark = match entry.proven {
            0 => "NOT proven",
            proven if proven == entry.total => "proven",
            _ => "PARTLY proven",
        };
        line(
            mark,
            format!("{} {}/{}", entry.kind, entry.proven, entry.total),
        );
    }
    for sentence in &verified.not_proven {
        line("", sentence.clone());
    }
    let soundness = if proves_something(accepted) {
        format!(
            "{:.1} bits, {} (level {})",
            verified.soundness.total_bits(),
            verified.soundness.regime,
            statement.level
        )
    } else {
        "none: nothing is proven".to_owned()
    };
    line("soundness", soundness);
    line("zero knowledge", NOT_HIDING.to_owned());
    let verdict = if proves_something(accepted) {
        format!("VERIFIED in {:.2} s", accepted.cost.wall_seconds)
    } else {
        "NOTHING IS PROVEN: the selection covers no operation. The statement matches your files, and that is all; \
         the output may be anything."
            .to_owned()
    };
    format!("{verdict}\n{text}")
}

/// Whether the proof covers at least one operation.
fn proves_something(accepted: &Accepted) -> bool {
    accepted
        .verified
        .coverage
        .iter()
        .any(|entry| entry.proven > 0)
}

/// The verifier's answer as JSON.
pub(super) fn acceptance_json(accepted: &Accepted) -> Value {
    let (statement, verified) = (&accepted.statement, &accepted.verified);
    let soundness = proves_something(accepted).then_some(&verified.soundness);
    json!({
        "verified": true,
        "proves_something": proves_something(accepted),
        "parameters": statement.parameters,
        "images": statement.images,
        "selection": statement.selection.to_string(),
        "coverage": verified.coverage.iter().map(|entry| json!({
            "kind": entry.kind.to_string(), "proven": entry.proven, "total": entry.total,
        })).collect::<Vec<_>>(),
        "not_proven": verified.not_proven,
        "soundness_bits": soundness.map(|report| report.total_bits()),
        "soundness_regime": soundness.map(|report| report.regime.to_string()),
        "zero_knowledge": false,
        "verify_seconds": accepted.cost.wall_seconds,
        "program": hexadecimal(&statement.program),
    })
}

/// The summary of a run: one table, and where the files are.
pub(super) fn run_summary(result: &RunResult, folder: &Path) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(["accuracy"]);
    table.add_row([result.accuracy_vs_clear.to_string()]);
    format!("{table}\n{}\n", folder.display())
}
